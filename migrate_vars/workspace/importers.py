"""Whether other files of a project import a name from a module."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from migrate_vars.analysis.words import Words
from migrate_vars.workspace.discovery import SUFFIXES, python_files
from migrate_vars.workspace.module_files import PROJECT_MARKS

# A project of more files is not searched; then every name counts as imported.
LIMIT = 5_000


class _TooManyError(Exception):
    """The project is too large to look at."""


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
        except _TooManyError:
            return True

    return imported


def _others(own: Path) -> Iterator[Path]:
    """Yield the other files of a module's project."""
    top = own.parent
    while (top / "__init__.py").exists():
        top = top.parent
    marked = [
        up for up in (top, *top.parents) if any((up / mark).exists() for mark in PROJECT_MARKS)
    ]
    if not marked and top == own.parent:
        yield from (f for s in SUFFIXES for f in sorted(top.glob(f"*{s}")) if f.resolve() != own)
        return
    for number, found in enumerate(python_files([marked[0] if marked else top])):
        if number > LIMIT:
            raise _TooManyError
        if found.error is None and Path(found.path).resolve() != own:
            yield Path(found.path)


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
