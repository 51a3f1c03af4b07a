"""Whether other files of a project import a name from a module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from migrate_vars.analysis.words import Words
from migrate_vars.workspace.discovery import SUFFIXES, python_files
from migrate_vars.workspace.module_files import PROJECT_MARKS

# A project of more files is not searched; then every name counts as imported.
LIMIT = 5_000


class TooManyFilesError(Exception):
    """The project is too large to look at."""


class ProjectFolder(NamedTuple):
    """The folder of a project.

    Attributes:
        top: The folder that its modules are named from; of files beside one another, theirs.
        searched: The folder whose files are its own; None where only those beside one another are.
    """

    top: Path
    searched: Path | None

    def files(self) -> Iterator[Path]:
        """Yield its files.

        Raises:
            TooManyFilesError: They are too many.
        """
        if self.searched is None:
            yield from (file for s in SUFFIXES for file in sorted(self.top.glob(f"*{s}")))
            return
        for number, found in enumerate(python_files([self.searched])):
            if number > LIMIT:
                raise TooManyFilesError
            if found.error is None:
                yield Path(found.path)


def project_of(own: Path) -> ProjectFolder:
    """Return the project of a file.

    Where nothing shows what the project is, its files are those beside the file.
    """
    top = own.parent
    while (top / "__init__.py").exists():
        top = top.parent
    marked = [
        up for up in (top, *top.parents) if any((up / mark).exists() for mark in PROJECT_MARKS)
    ]
    if not marked and top == own.parent:
        return ProjectFolder(top, None)
    searched = marked[0] if marked else top
    return ProjectFolder(searched, searched)


def imported_from(path: str) -> Callable[[str], bool]:
    """Return what tells whether another file names a module and one of its names.

    All files of the project are looked at, by their words alone: the answer can be yes too often,
    not no. Where nothing shows what the project is, its files are those beside the module.

    Args:
        path: The module. One that is no file has no others beside it.
    """

    @cache
    def imported(name: str) -> bool:
        if not os.path.isfile(path):  # noqa: PTH113 - a name with a null byte is no error here
            return False
        own = Path(path).resolve()
        try:
            return any(_names_both(file, own.stem, name) for file in _others(own))
        except TooManyFilesError:
            return True

    return imported


def _others(own: Path) -> Iterator[Path]:
    """Yield the other files of a module's project."""
    yield from (file for file in project_of(own).files() if file.resolve() != own)


def _names_both(file: Path, module: str, name: str) -> bool:
    try:
        data = file.read_bytes()
    except OSError:
        return False
    if b"import" not in data:
        return False
    if not (name.isascii() and module.isascii()):  # not worth more than a first look
        return name.encode() in data and module.encode() in data
    return all(any(True for _ in Words((word,), (word,)).found(data)) for word in (module, name))
