"""Which files are worked on.

A file that is named is taken whatever it is called. A directory is searched for ``*.py``; stubs
(``*.pyi``) hold no calls and are left out. Directories that ruff leaves out too (hidden ones,
virtual environments, build output) are skipped, unless they are named. Symlinked directories are
not followed: what they point to is found where it is, and loops cannot arise.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

SKIPPED_DIRECTORIES = frozenset(
    {
        *("__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist"),
        *("node_modules", "site-packages", "venv"),
    }
)


class Found(NamedTuple):
    """A file to work on, or a path that could not be searched."""

    path: str
    error: OSError | None = None


def python_files(paths: Iterable[str | Path]) -> Iterator[Found]:
    """Yield each file once, in a stable order.

    Args:
        paths: Files and directories, as the user named them.
    """
    seen: set[str] = set()
    for path in paths:
        name = os.fspath(path)
        candidates: Iterable[Found]
        candidates = _search(name) if Path(name).is_dir() else (Found(name),)
        for found in candidates:
            real = os.path.realpath(found.path)
            if found.error is not None or real not in seen:
                seen.add(real)
                yield found


def _search(directory: str) -> Iterator[Found]:
    try:
        with os.scandir(directory) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Found(directory, error)
        return
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            if not _is_skipped(entry):
                yield from _search(entry.path)
        elif entry.name.endswith(".py") and not Path(entry.path).is_dir():
            # Broken links and odd files are yielded too: reading them says what is wrong.
            yield Found(entry.path)


def _is_skipped(entry: os.DirEntry[str]) -> bool:
    return (
        entry.name.startswith(".")
        or entry.name in SKIPPED_DIRECTORIES
        or Path(entry.path, "pyvenv.cfg").exists()
    )
