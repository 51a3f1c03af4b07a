"""Protects a folder where nothing tells what a program changes: looks through it before and after.

Before a run everything gets a second name, and small files are copied; what cannot be put back with
these is told. What is new after the run is taken away. Whether the program has made it, or somebody
else meanwhile, is not known: what only one run has left is therefore not deleted, but kept
elsewhere, and told. Python files are taken for somebody's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from migrate_vars.equivalence.running.originals import HIDDEN, Originals

# The number of bytes that are copied, the smallest files first.
_BYTES = 100_000_000
# Files that the user may be editing; programs do not change them.
_SOURCES = (".py", ".ipynb")

# For everything below a folder: inode, size and time of the last change.
_Entries = dict[str, os.stat_result]


class Snapshots:
    """Looks through one folder before and after each run."""

    def __init__(self, folder: str, originals: Originals) -> None:
        """Does nothing yet.

        Args:
            folder: The folder.
            originals: Keeps what is there.
        """
        self._folder = folder
        self._originals = originals
        self._before: _Entries = {}
        self._copied: set[str] = set()
        self._seen: dict[str, int] = {}
        self._taken = tempfile.mkdtemp(prefix="migrate-vars-left-")

    def begin(self) -> None:
        """Keeps everything that is there."""
        self._before = dict(_entries(self._folder))
        self._copied = set()
        left = _BYTES
        by_size = sorted(self._before.items(), key=lambda item: item[1].st_size)
        for path, status in by_size:
            small = stat.S_ISREG(status.st_mode) and (left := left - status.st_size) >= 0
            with contextlib.suppress(OSError):
                self._originals.keep(path, small)
                self._copied.update([path] if small else [])

    def end(self) -> None:
        """Takes away what is new, and gives up what cannot be put back."""
        now = dict(_entries(self._folder))
        for path in sorted(now.keys() - self._before.keys()):
            if not path.endswith(_SOURCES) and os.path.lexists(path):
                self._take(path)
        for path, before in self._before.items():
            after = now.get(path)
            if after is None or not stat.S_ISREG(before.st_mode):
                continue
            same = (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)
            written = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
            if path.endswith(_SOURCES) and not (same and not written):
                self._originals.give_up(path, "a run, or another process, wrote to it")
            elif same and written and path not in self._copied:
                self._originals.give_up(path, "a run wrote to it, and it is too large to copy")

    def close(self) -> None:
        """Deletes what more than one run has left, and records where the rest is."""
        for path, times in self._seen.items():
            if times > 1:
                with contextlib.suppress(OSError):
                    os.unlink(self._place(path))
        for folder, _, _ in os.walk(self._taken, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(folder)
        if os.path.isdir(self._taken):
            self._originals.problems.append(
                f"what only one run left in {self._folder}, or another process meanwhile, is in "
                f"{self._taken}"
            )

    def _take(self, path: str) -> None:
        """Moves something away; a folder stays until it is empty."""
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                self._take(os.path.join(path, name))
            with contextlib.suppress(OSError):
                os.rmdir(path)
        elif not path.endswith(_SOURCES):
            place = self._place(path)
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(place), exist_ok=True)
                if os.path.lexists(place):  # it may be the same file: then moving would do nothing
                    os.unlink(place)
                shutil.move(path, place)
                self._seen[path] = self._seen.get(path, 0) + 1

    def _place(self, path: str) -> str:
        return str(Path(self._taken, os.path.relpath(path, self._folder)))


def _entries(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Everything below a folder."""
    waiting = [folder]
    while waiting:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:
            for entry in found:
                if not entry.name.startswith(HIDDEN):
                    with contextlib.suppress(OSError):  # it is gone
                        yield entry.path, entry.stat(follow_symlinks=False)
                        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
                            waiting.append(entry.path)
