"""Runs other texts in place of some files: those of rewritten copies."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
from types import CodeType
from typing import Mapping, Optional, Sequence


def compile_file(path: str) -> CodeType:
    """Compiles a file; AutoGraph and tracebacks read the source from the file the code names."""
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


class SourceSwap(importlib.abc.MetaPathFinder):
    """Gives modules the text of another file; everything else about them is their own."""

    def __init__(self, copies: Mapping[str, str]) -> None:
        """Takes, of each file by its real path, the file with the text to run in its place."""
        self._copies = copies

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: object = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """Finds the modules that have such a file, and leaves all others to the next finder."""
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        copy = self._copies.get(os.path.realpath(spec.loader.path))
        if copy is None:
            return None
        spec.loader = _Loader(name, spec.loader.path, copy)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, copy: str) -> None:
        super().__init__(name, path)
        self._copy = copy

    def get_code(self, fullname: str) -> CodeType:
        return compile_file(self._copy)  # never bytecode of the file itself

    def get_data(self, path: str) -> bytes:
        return super().get_data(self._copy if path == self.path else path)
