"""Which file an import leads to: found by where the importing file lies, without importing it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator

from migrate_vars.workspace.files import read

#: What the top folder of a project holds.
PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg")
# Python 3.10 dies of what later ones call nested too deeply.
TOO_DEEP = re.compile(rb"(?:\.\s*\w+\s*){3000}|(?:[-+~]\s*){3000}|(?:not\s+){3000}")


class ModuleFiles:
    """Finds modules as Python would: beside a script, and in the folder around its package.

    Where nothing shows from where a program is started, the folders between the importing file and
    the top of its project count, too, if just one of them has the module.
    """

    def __init__(self) -> None:
        self._roots: dict[tuple[str, str], str | None] = {}
        self._folders: dict[str, tuple[list[str], list[str]]] = {}
        self._modules: dict[str, str] = {}
        self._below: dict[tuple[str, str], str | None] = {}

    def root(self, name: str, importer: str) -> str | None:
        """Return the file that an import begins at; the folder of a package without a file."""
        folder = os.path.dirname(os.path.abspath(importer))  # noqa: PTH100, PTH120 - links stay links
        key = (name, folder)
        if key not in self._roots:
            self._roots[key] = self._root(name, folder)
        return self._roots[key]

    def _root(self, name: str, folder: str) -> str | None:
        if name.startswith("."):
            for _ in name[1:]:
                folder = os.path.dirname(folder)  # noqa: PTH120
            return _package(folder)
        first, others = self._search_path(folder)
        for regular in (True, False):
            for place in first:
                found = _module(place, name, regular=regular)
                if found is not None:
                    return found
            elsewhere = {_module(place, name, regular=regular) for place in others} - {None}
            if elsewhere:
                return elsewhere.pop() if len(elsewhere) == 1 else None
        return None

    def _search_path(self, folder: str) -> tuple[list[str], list[str]]:
        """Return where Python looks first, and where else a module may be."""
        known = self._folders.get(folder)
        if known is None:
            top = _top(folder)
            between = list(_up(folder, top)) if folder != top else []
            above = list(_up(top, _project(top) or top))[1:]
            source = [f"{up}/src" for up in (top, *above) if os.path.isdir(f"{up}/src")]  # noqa: PTH112
            known = self._folders[folder] = [top], [*source, *above, *between]
        return known

    def submodule(self, file: str, name: str) -> str | None:
        """Return the file of a module inside a package; None where there is none."""
        key = (file, name)
        if key not in self._below:
            found = None
            if os.path.basename(file) == "__init__.py":  # noqa: PTH119
                file = os.path.dirname(file)  # noqa: PTH120
            if os.path.isdir(file):  # noqa: PTH112
                found = _module(file, name, regular=True) or _module(file, name, regular=False)
            self._below[key] = found
        return self._below[key]

    def module(self, file: str) -> str:
        """Return the name of the module that a file is."""
        known = self._modules.get(file)
        if known is None:
            folder, name = os.path.split(file)
            top = _top(folder)
            if top == folder:
                top = _project(folder) or folder
            inside = os.path.relpath(os.path.join(folder, name.removesuffix(".py")), top)  # noqa: PTH118
            known = inside.replace(os.sep, ".").removesuffix(".__init__")
            self._modules[file] = known
        return known

    def read(self, file: str) -> bytes | None:
        """Return what a file holds; None where it cannot be read, or had better not be."""
        try:
            data = read(file).data
        except (OSError, MemoryError):
            return None
        return None if sys.version_info < (3, 11) and TOO_DEEP.search(data) else data


def _up(folder: str, top: str) -> Iterator[str]:
    """Yield the folders from one up to another around it."""
    yield folder
    while folder != top:
        folder = os.path.dirname(folder)  # noqa: PTH120
        yield folder


def _top(folder: str) -> str:
    """Return the folder that holds the outermost package around a folder; itself if it is none."""
    while os.path.isfile(f"{folder}/__init__.py"):  # noqa: PTH113
        up = os.path.dirname(folder)  # noqa: PTH120
        if up == folder:
            break
        folder = up
    return folder


def _project(folder: str) -> str | None:
    """Return the top folder of the project around a folder; None where nothing shows one."""
    while not any(os.path.lexists(f"{folder}/{mark}") for mark in PROJECT_MARKS):
        up = os.path.dirname(folder)  # noqa: PTH120
        if up == folder:
            return None
        folder = up
    return folder


def _package(folder: str) -> str | None:
    return _first_file((f"{folder}/__init__.py",)) or (
        os.path.realpath(folder) if os.path.isdir(folder) else None  # noqa: PTH112
    )


def _module(folder: str, name: str, *, regular: bool) -> str | None:
    """Return the file of a module in a folder; of a package without a file, its folder."""
    if regular:
        return _first_file((f"{folder}/{name}/__init__.py", f"{folder}/{name}.py"))
    path = f"{folder}/{name}"
    return os.path.realpath(path) if os.path.isdir(path) else None  # noqa: PTH112


def _first_file(paths: Iterable[str]) -> str | None:
    for path in paths:
        if os.path.isfile(path):  # noqa: PTH113
            return os.path.realpath(path)
    return None
