"""Which files are worked on.

A file that is named is taken whatever it is called. A directory is searched for ``*.py`` and
``*.ipynb``; stubs (``*.pyi``) hold no calls and are left out. What ``.gitignore`` and the exclude
patterns say is left out, and so are hidden directories and virtual environments, unless they are
named. Symlinked directories are not followed: what they point to is found where it is, and loops
cannot arise. A link to a file that is left out where it is, is left out, too.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from migrate_vars.workspace.exclusion import (
    DEFAULT_EXCLUDE,
    GitIgnore,
    Globs,
    gitignore_above,
    read_gitignore,
)

SUFFIXES = (".py", ".ipynb")


class Found(NamedTuple):
    """A file to work on, or a path that could not be searched."""

    path: str
    error: OSError | None = None


@dataclass(frozen=True)
class Selection:
    """What is left out of a search.

    Attributes:
        exclude: Glob patterns.
        root: The directory that patterns with a slash are relative to; the current one if empty.
        respect_gitignore: Whether what git ignores is left out.
        force_exclude: Whether files that are named are left out, too.
    """

    exclude: Sequence[str] = DEFAULT_EXCLUDE
    root: str = ""
    respect_gitignore: bool = True
    force_exclude: bool = False

    @cached_property
    def globs(self) -> Globs:
        """The patterns, compiled."""
        return Globs(self.exclude, os.path.realpath(self.root or "."))

    def excludes(self, path: str) -> bool:
        """Tell whether a search of the directory that patterns are relative to passes it over.

        Of a link, both the link and what it leads to count.
        """
        root = os.path.realpath(self.root or ".")
        # The link's own name, in the directory where it really is.
        directory = os.path.realpath(os.path.dirname(path))  # noqa: PTH120
        place = f"{directory.rstrip('/')}/{os.path.basename(path)}"  # noqa: PTH119
        if _Search(root if _is_below(place, root) else directory, self).would_skip(place):
            return True
        real = os.path.realpath(path)
        top = root if _is_below(real, root) else os.path.commonpath([directory, real])
        return real != place and _Search(top, self).would_skip(real)


def python_files(
    paths: Iterable[str | Path], selection: Selection | None = None
) -> Iterator[Found]:
    """Yield each file once, in a stable order.

    Args:
        paths: Files, directories, and glob patterns, as the user named them.
        selection: What is left out.
    """
    chosen = selection or Selection()
    named = [os.fspath(path) for path in paths]
    # One directory cannot hold a file twice; then nothing need be remembered of what was seen.
    seen: set[str] | None = set() if len(named) != 1 or _is_glob(named[0]) else None
    for name in named:
        for found in _named(name, chosen):
            if seen is not None and found.error is None:
                real = os.path.realpath(found.path)
                if real in seen:
                    continue
                seen.add(real)
            yield found


def _named(name: str, selection: Selection) -> Iterator[Found]:
    if os.path.isdir(name):  # noqa: PTH112 - a name with a null byte is no error here
        if not (selection.force_exclude and selection.excludes(name)):
            yield from _Search(name, selection).found()
    elif _is_glob(name) and not os.path.lexists(name):
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 - as the user wrote it
        if not matches:
            yield Found(name, FileNotFoundError(None, "no file matches the pattern"))
        for match in matches:
            if "**" not in name or not os.path.isdir(match):  # noqa: PTH112
                yield from _named(match, selection)
    elif not (selection.force_exclude and selection.excludes(name)):
        yield Found(name)


def _is_below(path: str, directory: str) -> bool:
    return path.startswith(f"{directory.rstrip('/')}/")


def _is_glob(name: str) -> bool:
    return glob.has_magic(name)


class _Search:
    """The search of one directory."""

    def __init__(self, directory: str, selection: Selection) -> None:
        self.directory = directory
        self.real = os.path.realpath(directory)
        self.globs = selection.globs
        self.git = selection.respect_gitignore

    def found(self) -> Iterator[Found]:
        ignore = gitignore_above(self.real) if self.git else None
        yield from self._search(self.directory, self.real, ignore)

    def _search(self, directory: str, real: str, ignore: GitIgnore | None) -> Iterator[Found]:
        try:
            with os.scandir(directory) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(directory, error)
            return
        if self.git and any(entry.name in {".gitignore", ".git"} for entry in entries):
            ignore = read_gitignore(real, ignore)
        for entry in entries:
            name = entry.name
            if entry.is_dir(follow_symlinks=False):
                below = f"{real}/{name}"
                if not self._skips_directory(name, below, ignore):
                    yield from self._search(entry.path, below, ignore)
            elif name.endswith(SUFFIXES) and not self._skips_file(entry, real, ignore):
                # Broken links and odd files are yielded too: reading them says what is wrong.
                yield Found(entry.path)

    def _skips_directory(self, name: str, path: str, ignore: GitIgnore | None) -> bool:
        return (
            name.startswith(".")
            or self.globs.match(name, path)
            or os.path.lexists(f"{path}/pyvenv.cfg")
            or (ignore is not None and ignore.ignores(path, directory=True))
        )

    def _skips_file(
        self, entry: os.DirEntry[str], directory: str, ignore: GitIgnore | None
    ) -> bool:
        path = f"{directory}/{entry.name}"
        if self.globs.match(entry.name, path) or (ignore is not None and ignore.ignores(path)):
            return True
        return entry.is_symlink() and self._is_elsewhere(entry.path)

    def _is_elsewhere(self, link: str) -> bool:
        """Tell whether a link leads to a directory, or to a file that is found where it is.

        Or to one that is left out where it is: a link is no way around that.
        """
        try:
            mode = os.stat(link).st_mode  # noqa: PTH116 - also of paths that are not text
        except OSError:
            return False  # reading it says what is wrong
        if stat.S_ISDIR(mode):
            return True
        real = os.path.realpath(link)
        if _is_below(real, self.real) and real.endswith(SUFFIXES):
            return True
        # What leaves out the directory that was named does not count for what is beside it.
        return self.would_skip(real, os.path.commonpath([self.real, real]))

    def would_skip(self, real: str, top: str | None = None) -> bool:
        """Tell whether the search passes over a real path.

        Args:
            real: The path.
            top: The directory from which on its parents count; that of the search by default.
        """
        top = self.real if top is None else top
        ignore = gitignore_above(top) if self.git else None
        at = top.rstrip("/")
        *directories, name = real[len(at) :].strip("/").split("/")
        for part in directories:
            if self.git:
                ignore = read_gitignore(at or "/", ignore)
            at = f"{at}/{part}"
            if self._skips_directory(part, at, ignore):
                return True
        if self.git:
            ignore = read_gitignore(at or "/", ignore)
        return self.globs.match(name, real) or (ignore is not None and ignore.ignores(real))
