"""The MNIST reader of TensorFlow 1's tutorials, which TensorFlow 2 lacks.

Programs that use ``from tensorflow.examples.tutorials.mnist import input_data`` get the reader of
``migrate_vars/tf1``, found by its path. Here, it reads the four files if they exist, and downloads
nothing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from typing import Optional

from .interfaces import Value

_NAME = "tensorflow.examples.tutorials.mnist.input_data"
_PARTS = ("tf1", "examples", "tutorials", "mnist", "input_data.py")
_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), *_PARTS)


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads the reader, and keeps it from downloading."""

    def exec_module(self, module: Value) -> None:
        """Runs the module's code."""
        super().exec_module(module)
        module.maybe_download = _existing_file


class Finder(importlib.abc.MetaPathFinder):
    """Finds the reader under its old name, if no other finder does."""

    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """Finds the old name, and its parent packages."""
        if fullname == _NAME:
            loader = _Loader(fullname, _FILE)
            return importlib.util.spec_from_file_location(fullname, _FILE, loader=loader)
        if (_NAME + ".").startswith(fullname + ".") and fullname != "tensorflow":
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = []
            return spec
        return None


def _existing_file(filename: str, work_directory: str, source_url: str) -> str:
    path = os.path.join(work_directory, filename)
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path}: no such file (nothing is downloaded under TensorFlow 2)")
    return path


def install() -> None:
    """Makes the module importable by programs."""
    sys.meta_path.append(Finder())
