"""Keeps the runs of a program from reading what another run of it has left in the folder.

Many programs save what they have trained, and go on from it where they find it. Before each run,
all that earlier runs have made is put aside, and files that they have changed become what they
were. In the end everything is put back, but for files that are there in a newer state. So the
folder then holds what one run leaves, and nothing is lost that anybody else has written there
meanwhile.

What is put aside lies in a hidden folder in that same folder: so files are only renamed, and who
has one open goes on writing to it. It is not there where nothing had to be put aside, and goes in
the end. Where this process was killed instead, the next one puts everything back.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path
from types import TracebackType

# In a folder with more entries, such as somebody's home, nothing is looked for.
_LIMIT = 20_000
# Files are restored that together have so many bytes, the smallest first.
_BYTES = 100_000_000
# What is put aside lies in a folder of this name and the number of the process.
_ASIDE = ".migrate-vars-"
# What somebody may be editing; programs do not change it.
_SOURCES = frozenset([".py", ".ipynb"])

# When a file was changed, and its size; of a folder, or whatever else there is, nothing.
_Entries = dict[Path, tuple[int, int] | None]


class Leftovers:
    """Follows what changes in one folder; a context manager, which puts it back in the end."""

    def __init__(self, folder: Path) -> None:
        """Notes what is in ``folder`` now, with what a process has put aside that was killed."""
        self._folder = folder
        for stale in folder.glob(_ASIDE + "*"):
            if _is_folder(stale) and not _runs(stale.name[len(_ASIDE) :]):
                _put_back(stale, folder)
        self._known = _entries(folder)
        self._copies = tempfile.TemporaryDirectory(prefix="migrate-vars-")
        self._originals = Path(self._copies.name)
        self._aside = folder / f"{_ASIDE}{os.getpid()}"
        self._copied = self._copy_originals()

    def __enter__(self) -> Leftovers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Puts back what is not there again."""
        if self._aside.is_dir():
            _put_back(self._aside, self._folder)
        self._copies.cleanup()

    def put_aside(self) -> None:
        """Puts aside what was not there at first, and what was there in another state."""
        now = _entries(self._folder)
        if self._known is None or now is None:
            return
        new = now.keys() - self._known.keys()
        changed = {entry for entry in self._copied if now.get(entry) != self._known[entry]}
        for entry in sorted({*new, *changed.intersection(now)}):
            if entry.parent not in new:  # else it goes with its folder
                place = self._aside / entry
                place.parent.mkdir(parents=True, exist_ok=True)
                _move(self._folder / entry, place)
        for entry in changed:
            (self._folder / entry).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self._originals / entry, self._folder / entry)

    def _copy_originals(self) -> set[Path]:
        files = [(found[1], path) for path, found in (self._known or {}).items() if found]
        copied: set[Path] = set()
        left = _BYTES
        for size, path in sorted(files):
            left -= size
            if left < 0:
                break
            if path.suffix not in _SOURCES:
                place = self._originals / path
                place.parent.mkdir(parents=True, exist_ok=True)
                try:
                    shutil.copy2(self._folder / path, place)
                except OSError:
                    continue  # it may not be read, or is gone
                copied.add(path)
        return copied


def _entries(folder: Path) -> _Entries | None:
    """Files and folders below a folder, relative to it; None if they are too many."""
    found: _Entries = {}
    for path, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if name not in (".git", "__pycache__") and not name.startswith(_ASIDE)
        ]
        for name in (*folders, *files):
            place = Path(path, name)
            try:
                status = place.lstat()
            except OSError:
                continue  # it is gone
            regular = stat.S_ISREG(status.st_mode)
            known = (status.st_mtime_ns, status.st_size) if regular else None
            found[place.relative_to(folder)] = known
        if len(found) > _LIMIT:
            return None
    return found


def _runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ValueError, OSError):
        return False
    return True


def _put_back(aside: Path, folder: Path) -> None:
    """Puts back all that is not there again in a newer state."""
    _move_all(aside, folder, only_newer=True)
    shutil.rmtree(aside)


def _move(entry: Path, place: Path, only_newer: bool = False) -> None:
    """Moves an entry to a place; what is there goes, or if ``only_newer``, an older file does."""
    if not os.path.lexists(place):
        shutil.move(entry, place)
    elif _is_folder(entry) and _is_folder(place):
        _move_all(entry, place, only_newer)
        if not only_newer:
            entry.rmdir()
    elif not only_newer:
        if _is_folder(place):
            shutil.rmtree(place)
        else:
            place.unlink()
        shutil.move(entry, place)
    elif not _is_folder(place) and entry.lstat().st_mtime_ns > place.lstat().st_mtime_ns:
        place.unlink()
        shutil.move(entry, place)


def _move_all(folder: Path, place: Path, only_newer: bool) -> None:
    for entry in list(folder.iterdir()):
        _move(entry, place / entry.name, only_newer)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
