"""Keeps the originals of what a program changes, and puts them back.

Each file gets a second name, which costs nothing, and saves it from being removed or replaced; one
whose own bytes may change is copied besides, and gets its bytes back. What belongs where is written
to a journal before the program goes on: where this process is killed, the next one puts everything
back.

Both lie in a hidden folder beside the folder that is protected, or in it where that cannot be. The
folder is made when there is something to keep, and goes when all is put back.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

#: What is kept lies in a folder whose name begins like this.
HIDDEN = ".migrate-vars-"

_JOURNAL = "journal.jsonl"
#: Seconds between two signs of life in the journal.
BEAT = 1.0
# What changes this many seconds after the last change was changed after the process was killed.
_LATE = 3.0
# From linux/fs.h: the copy shares the bytes until one of the two is written to.
_CLONE = 0x40049409
# The number of bytes left free on a disk that copies are made on.
_FREE = 200_000_000


@dataclass
class _Original:
    """What was at a path: its status as a dictionary, or None if nothing was there.

    Attributes:
        status: Mode, owner, times, size, device and inode.
        target: Where it leads, if it is a link.
        name: Its second name, in the hidden folder, or "".
        copy: The copy of its bytes there, or "".
    """

    path: str
    status: dict[str, int] | None
    target: str = ""
    name: str = ""
    copy: str = ""

    @property
    def mode(self) -> int:
        return self.status["mode"] if self.status else 0

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.mode)

    @property
    def inode(self) -> tuple[int, int]:
        assert self.status is not None
        return self.status["device"], self.status["inode"]


class Originals:
    """The originals of all that has been changed since they were last put back.

    Attributes:
        problems: What could not be kept or put back, in words.
        changed: Whether anything has been changed but what Python keeps of modules.
    """

    def __init__(self, folder: Path) -> None:
        """Puts back what a process could not that was killed in this folder.

        Args:
            folder: The folder to protect; what is kept lies beside it, or in it.
        """
        self.problems: list[str] = []
        self.changed = False
        self._folder = folder
        self._hidden: Path | None = None
        self._journal: IO[str] | None = None
        self._around: tuple[Path, os.stat_result] | None = None
        self._known: dict[str, _Original] = {}
        self._inodes: dict[tuple[int, int], _Original] = {}
        self._lost: set[str] = set()
        self._kept: list[tuple[str, int, str]] = []
        self._count = 0
        self._lock = threading.RLock()
        for place in _places(folder):
            for stale in sorted(place.glob(HIDDEN + "*")):
                self.problems += _recover(stale)

    def keep(self, path: str, writes: bool = False) -> None:
        """Keeps what is at a path, before it is changed.

        Args:
            path: An absolute path; no folder in it is a link.
            writes: Whether the bytes of the file that is there may change.
        """
        with self._lock:
            for each in (os.path.dirname(path), path):  # the folder has the time of the change
                if each not in self._known:
                    self._note(each)
            if writes:
                self._copy(path)
            if "__pycache__" not in path:
                self.changed = True

    def keep_moved(self, path: str, target: str) -> None:
        """Keeps what is at a path, and below it, before it is moved."""
        self.keep(path)
        if os.path.isdir(path) and not os.path.islink(path):
            for name in os.listdir(path):
                self.keep_moved(os.path.join(path, name), os.path.join(target, name))
        self.keep(target)

    def beat(self) -> None:
        """Says that this process lives; to be called every ``BEAT`` seconds while programs run."""
        with self._lock:
            if self._journal is not None:
                os.utime(self._journal.fileno())

    def put_back(self, keep_changes: bool = False) -> None:
        """Makes everything what it was.

        Args:
            keep_changes: Whether :meth:`repeat_changes` is to make it again what it is now.
        """
        with self._lock:
            if keep_changes and self._known:
                self._keep_changes()
            if self._hidden is not None:
                self.problems += _put_back(self._hidden, list(self._known.values()))
            self.forget()
            self.changed = False

    def holds(self, path: str) -> bool:
        """Whether something is what is kept here."""
        hidden = self._hidden
        return hidden is not None and (path == str(hidden) or path.startswith(f"{hidden}{os.sep}"))

    def are_below(self, path: str) -> bool:
        """Whether what is kept here would move with a folder."""
        return self._hidden is not None and str(self._hidden).startswith(path + os.sep)

    def give_up(self, path: str, reason: str) -> None:
        """Leaves something as it is, and records why."""
        with self._lock:
            self.problems.append(f"{path} stays changed: {reason}")
            self._known.pop(path, None)

    def repeat_changes(self, really: bool = True) -> None:
        """Makes everything what it was when changes were kept, or gives these up."""
        changes = sorted(self._kept) if really else []
        for path in reversed([path for path, mode, _ in changes if not mode]):
            with contextlib.suppress(OSError):
                _remove(path)
        for path, mode, kept in changes:
            with contextlib.suppress(OSError):
                if stat.S_ISDIR(mode):
                    os.makedirs(path, exist_ok=True)
                elif kept:
                    assert self._hidden is not None
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    _remove(path)
                    shutil.move(self._hidden / kept, path)
        self._kept.clear()
        self.forget()

    def forget(self) -> None:
        """Gives up what is kept, but for changes that are to be repeated."""
        with self._lock:
            self._known.clear()
            self._inodes.clear()
            self._lost.clear()
            if self._journal is not None:
                self._journal.truncate(0)
                self._journal.seek(0)
            if self._hidden is not None and not self._kept:
                assert self._journal is not None
                shutil.rmtree(self._hidden, ignore_errors=True)
                self._journal.close()
                self._hidden = self._journal = None
                if self._around is not None:
                    place, status = self._around
                    with contextlib.suppress(OSError):
                        os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _note(self, path: str) -> None:
        """Writes down what is at a path."""
        original = _Original(path, _status(path))
        if original.status is not None and not original.is_folder:
            if stat.S_ISLNK(original.mode):
                original.target = os.readlink(path)
            original.name = self._name()
            try:
                os.link(path, self._place() / original.name, follow_symlinks=False)
            except OSError:
                original.name = ""
            if original.is_file:
                self._inodes.setdefault(original.inode, original)
                if not original.name:
                    self._copy_of(original, path)
        self._known[path] = original
        self._write(original)

    def _copy(self, path: str) -> None:
        """Copies the file that is at a path now, if its bytes are those of an original."""
        status = _status(path)
        if status is None or not stat.S_ISREG(status["mode"]):
            return
        original = self._inodes.get((status["device"], status["inode"]))
        if original is not None and not original.copy and original.path not in self._lost:
            self._copy_of(original, path)
            self._write(original)

    def _copy_of(self, original: _Original, path: str) -> None:
        name = self._name()
        try:
            _copy_bytes(path, str(self._place() / name))
        except OSError as error:
            (self._place() / name).unlink(missing_ok=True)
            reason = error.strerror or str(error)
            self.problems.append(f"{original.path} could not be kept ({reason})")
            self._lost.add(original.path)
        else:
            original.copy = name

    def _keep_changes(self) -> None:
        hidden = self._place()
        for path, original in self._known.items():
            status = _status(path)
            if status is None:
                self._kept.append((path, 0, ""))
            elif stat.S_ISDIR(status["mode"]):
                if original.status is None:
                    self._kept.append((path, status["mode"], ""))
            else:
                name = self._name()
                with contextlib.suppress(OSError):
                    shutil.copy2(path, hidden / name, follow_symlinks=False)
                    self._kept.append((path, status["mode"], name))

    def _name(self) -> str:
        self._count += 1
        return str(self._count)

    def _place(self) -> Path:
        """The hidden folder."""
        if self._hidden is None:
            for place in _places(self._folder):
                with contextlib.suppress(OSError):
                    around = place.stat()
                    self._hidden = Path(tempfile.mkdtemp(prefix=HIDDEN, dir=place))
                    self._around = (place, around)
                    break
            else:
                raise OSError(errno.EACCES, "nothing can be written beside it")
            # Appending: after truncation, too, writes go to the end.
            self._journal = (self._hidden / _JOURNAL).open("a", encoding="ascii")
            fcntl.flock(self._journal, fcntl.LOCK_EX)
        return self._hidden

    def _write(self, original: _Original) -> None:
        self._place()
        assert self._journal is not None
        self._journal.write(json.dumps(vars(original)) + "\n")
        self._journal.flush()


def _places(folder: Path) -> Iterator[Path]:
    """Where the hidden folder may be: files can be given second names there."""
    with contextlib.suppress(OSError):
        device = folder.stat().st_dev
        if folder.parent.stat().st_dev == device and os.access(folder.parent, os.W_OK | os.X_OK):
            yield folder.parent
    yield folder
    yield Path(tempfile.gettempdir())


def _status(path: str) -> dict[str, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return {
        "mode": found.st_mode,
        "user": found.st_uid,
        "group": found.st_gid,
        "read": found.st_atime_ns,
        "written": found.st_mtime_ns,
        "size": found.st_size,
        "device": found.st_dev,
        "inode": found.st_ino,
    }


def _copy_bytes(path: str, place: str) -> None:
    """Copies a file's bytes, as fast as the disk allows.

    Raises:
        OSError: If it cannot be read, or the disk would be full.
    """
    with open(path, "rb") as source, open(place, "wb") as copy:
        with contextlib.suppress(OSError):
            fcntl.ioctl(copy, _CLONE, source.fileno())
            return
        size = os.fstat(source.fileno()).st_size
        free = os.statvfs(os.path.dirname(place))
        if size > free.f_bavail * free.f_frsize - _FREE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        shutil.copyfileobj(source, copy, 1 << 20)


def _put_back(
    hidden: Path,
    originals: list[_Original],
    touched: Callable[[str], bool] = lambda path: False,
) -> list[str]:
    """Restores everything, and records what could not be restored.

    Args:
        hidden: The folder with second names and copies.
        originals: What was there.
        touched: Whether somebody has changed a path since, so that it is to be left as it is.
    """
    problems: list[str] = []
    # What is made needs its folder, and what makes one empty comes before that.
    by_depth = sorted(originals, key=lambda original: original.path.count("/"))
    with _writable(by_depth):
        for original in reversed(by_depth):
            if original.status is None and not touched(original.path):
                with contextlib.suppress(OSError):  # another process may have put something into it
                    _remove(original.path)
        for original in by_depth:
            if original.status is None or touched(original.path):
                continue
            try:
                _restore(hidden, original)
            except OSError as error:
                reason = error.strerror or str(error)
                problems.append(f"{original.path} could not be put back ({reason})")
        for original in reversed(by_depth):
            if original.status is not None and not touched(original.path):
                with contextlib.suppress(OSError):
                    _restore_status(original)
    return problems


@contextlib.contextmanager
def _writable(originals: list[_Original]) -> Iterator[None]:
    """Lets folders be written to that a program has locked; their modes are put back later."""
    for original in originals:
        if original.is_folder:
            with contextlib.suppress(OSError):
                now = os.lstat(original.path)
                if stat.S_ISDIR(now.st_mode) and not now.st_mode & stat.S_IWUSR:
                    os.chmod(original.path, now.st_mode | stat.S_IRWXU)
    yield


def _restore(hidden: Path, original: _Original) -> None:
    """Makes a folder, a file or a link again, if it is not there as it was."""
    path = original.path
    if original.is_folder:
        now = _status(path)
        if now is None or not stat.S_ISDIR(now["mode"]):
            _remove(path)
            os.mkdir(path)
        return
    name = str(hidden / original.name) if original.name else path
    copy = str(hidden / original.copy)
    if original.copy and os.path.exists(copy):
        if _is_at(original, name):
            # Not another file of that name: this one may have more names, and be open somewhere.
            _write_bytes(copy, name)
        else:
            _replace(path, lambda place: _copy_bytes(copy, place))
    if original.name and os.path.lexists(name) and not _is_at(original, path):
        _replace(path, lambda place: os.link(name, place, follow_symlinks=False))
    elif original.target and not os.path.lexists(path):
        os.symlink(original.target, path)


def _is_at(original: _Original, path: str) -> bool:
    """Whether it is there itself, and not another file."""
    now = _status(path)
    return now is not None and (now["device"], now["inode"]) == original.inode


def _write_bytes(source: str, path: str) -> None:
    """Gives a file that is there the bytes of another one."""
    mode = os.stat(path).st_mode
    if not mode & stat.S_IWUSR:
        os.chmod(path, mode | stat.S_IWUSR)
    with open(source, "rb") as kept, open(path, "r+b") as file:
        shutil.copyfileobj(kept, file, 1 << 20)
        file.truncate()


def _replace(path: str, make: Callable[[str], None]) -> None:
    """Puts a new file at a path, at once."""
    new = os.path.join(os.path.dirname(path), f"{HIDDEN}{os.getpid()}.new")
    with contextlib.suppress(OSError):
        os.unlink(new)
    make(new)
    if os.path.isdir(path) and not os.path.islink(path):
        _remove(path)
    os.replace(new, path)


def _restore_status(original: _Original) -> None:
    status = original.status
    assert status is not None
    path, now = original.path, os.lstat(original.path)
    if stat.S_IFMT(now.st_mode) != stat.S_IFMT(original.mode):
        return
    if (now.st_uid, now.st_gid) != (status["user"], status["group"]):
        os.chown(path, status["user"], status["group"], follow_symlinks=False)
    if now.st_mode != original.mode and not stat.S_ISLNK(original.mode):
        os.chmod(path, stat.S_IMODE(original.mode))
    if now.st_mtime_ns != status["written"]:
        os.utime(path, ns=(status["read"], status["written"]), follow_symlinks=False)


def _remove(path: str) -> None:
    """Removes a file, or a folder if it is empty."""
    if os.path.isdir(path) and not os.path.islink(path):
        os.rmdir(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _recover(hidden: Path) -> list[str]:
    """Puts back what a killed process could not, unless it is alive, or another user's."""
    try:
        status = hidden.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            return []
        with (hidden / _JOURNAL).open("r+", encoding="ascii") as journal:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            last = os.fstat(journal.fileno()).st_mtime
            originals: dict[str, _Original] = {}
            for line in journal:
                # The last line may be cut off.
                with contextlib.suppress(ValueError, TypeError, KeyError):
                    entry: dict[str, Any] = json.loads(line)
                    if isinstance(entry["path"], str):
                        originals[entry["path"]] = _Original(**entry)
    except OSError:
        return []
    if not originals and time.time() - last < _LATE:
        return []  # another process has just begun
    later = {
        path
        for path, original in originals.items()
        if not original.is_folder and _changed_after(path, last + _LATE)
    }
    problems = _put_back(hidden, list(originals.values()), later.__contains__)
    if any(originals[path].name or originals[path].copy for path in later):
        named = ", ".join(sorted(later)[:3])
        kept = hidden.with_name(f"migrate-vars-kept-{int(time.time())}")
        with contextlib.suppress(OSError):
            hidden.rename(kept)
        problems.append(
            f"{named} changed after a migrate-vars was killed, and is left so: what was there "
            f"before is in {kept}"
        )
    else:
        shutil.rmtree(hidden, ignore_errors=True)
    return problems


def _changed_after(path: str, seconds: float) -> bool:
    with contextlib.suppress(OSError):
        status = os.lstat(path)
        return max(status.st_mtime, status.st_ctime) > seconds
    return False
