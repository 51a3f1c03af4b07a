"""Runs rewritten copies in place of a program's files."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
from types import CodeType
from typing import Mapping, Optional, Sequence


def compile_file(path: str) -> CodeType:
    """Compiles a file; AutoGraph and tracebacks read the source from the copy."""
    with open(path, "rb") as file:
        return compile(file.read(), path, "exec", dont_inherit=True)


class SourceSwap(importlib.abc.MetaPathFinder):
    """Loads the source of modules from other files; everything else stays the same."""

    def __init__(self, copies: Mapping[str, str]) -> None:
        """Takes the files to load instead, by the real path of the replaced file."""
        self._copies = copies

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: object = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        """Finds modules with a replaced file, and leaves others to the next finder."""
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
        return compile_file(self._copy)  # never from cached bytecode of the replaced file

    def get_data(self, path: str) -> bytes:
        return super().get_data(self._copy if path == self.path else path)
