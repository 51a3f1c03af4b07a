"""How a file is read, and how it is replaced: as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Python needs about 100 bytes of memory for each byte of source that it parses.
LARGEST = 64 * 1024 * 1024
TEMPORARY = ".migrate-vars-{}.tmp"
# A pipe must not make us wait for whoever writes to it, nor a terminal become ours.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


class FileChangedError(OSError):
    """The file is no longer the one that was read."""


class FileContent(NamedTuple):
    """What was read, and from which state of the file.

    Attributes:
        path: The file, as it was named; perhaps a symlink.
        data: The bytes.
        status: The file's status when it was read.
    """

    path: str
    data: bytes
    status: os.stat_result


def read(path: str | Path) -> FileContent:
    """Read a file.

    Raises:
        OSError: It cannot be read.
    """
    name = os.fspath(path)
    try:
        handle = os.open(name, _FLAGS)
    except OSError as error:
        if error.errno == errno.ENXIO:  # a socket
            raise OSError(None, "not a regular file", name) from error
        raise
    except ValueError as error:
        raise OSError(None, str(error), name) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "not a regular file", name)
        if status.st_size > LARGEST:
            size = f"{status.st_size:,} bytes"
            raise OSError(None, f"too large for source: {size}, at most {LARGEST:,}", name)
        return FileContent(name, _all(handle, status.st_size), status)
    finally:
        os.close(handle)


def _all(handle: int, size: int) -> bytes:
    # One byte more than there should be, so that one call mostly shows the end, too.
    first = os.read(handle, size + 1)
    if len(first) == size:
        return first
    parts = [first]
    while parts[-1]:
        parts.append(os.read(handle, 1 << 20))
    return b"".join(parts)


def replace(content: FileContent, data: bytes) -> None:
    """Replace what was read by ``data``, atomically, keeping mode and owner.

    At every moment the file is either the old or the new one. A symlink stays one. Who is killed
    on the way leaves a temporary file, which is no source to anyone and which the next attempt
    takes over.

    Raises:
        FileChangedError: The file changed after it was read; it is left as it is.
        OSError: It cannot be written.
    """
    target = Path(os.path.realpath(content.path))
    if not os.access(target, os.W_OK):
        raise PermissionError(None, "not writable", str(target))
    with _temporary(target) as (handle, temporary):
        with os.fdopen(handle, "wb", closefd=False) as file:
            file.write(data)
        if hasattr(os, "fchown"):
            # Only a privileged user can give files away; then the mode matters alone.
            with contextlib.suppress(OSError):
                os.fchown(handle, content.status.st_uid, content.status.st_gid)
        temporary.chmod(stat.S_IMODE(content.status.st_mode))
        os.fsync(handle)
        if not _is_as_read(content, target):
            raise FileChangedError(None, "changed while it was being rewritten", str(target))
        if os.name == "nt":
            os.close(handle)  # an open file cannot be renamed there
        temporary.replace(target)


@contextlib.contextmanager
def _temporary(target: Path) -> Iterator[tuple[int, Path]]:
    """Give an empty file beside ``target``, and take it away unless it was renamed."""
    path, handle = _created(target)
    renamed = False
    try:
        yield handle, path
        renamed = True
    finally:
        if not renamed:
            with contextlib.suppress(OSError):
                path.unlink()
        with contextlib.suppress(OSError):  # closed already, where open files cannot be renamed
            os.close(handle)


def _created(target: Path) -> tuple[Path, int]:
    try:
        import fcntl
    except ImportError:
        return _unique(target)
    # The same name each time, so that nothing piles up; who holds the lock may write.
    # The name itself could become too long; two of the same sum only keep each other out.
    path = target.with_name(TEMPORARY.format(f"{zlib.crc32(os.fsencode(target.name)):08x}"))
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    handle = os.open(path, flags, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        mine = os.fstat(handle)
        # Another process may have renamed it between opening and locking.
        if not stat.S_ISREG(mine.st_mode) or not os.path.samestat(mine, path.stat()):
            raise BlockingIOError
        os.ftruncate(handle, 0)
    except (BlockingIOError, FileNotFoundError) as error:
        os.close(handle)
        raise OSError(None, "another process is rewriting it", str(target)) from error
    except OSError as error:
        os.close(handle)
        if error.errno in {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS}:
            return _unique(target)  # some network file systems have no locks
        raise
    return path, handle


def _unique(target: Path) -> tuple[Path, int]:
    import tempfile

    prefix, _, suffix = TEMPORARY.partition("{}")
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=suffix, dir=target.parent)
    return Path(name), handle


def _is_as_read(content: FileContent, target: Path) -> bool:
    try:
        now = target.stat()
    except OSError:
        return False
    before = content.status
    if (now.st_ino, now.st_dev, now.st_size, now.st_mtime_ns) != (
        before.st_ino,
        before.st_dev,
        before.st_size,
        before.st_mtime_ns,
    ):
        return False
    # A write within the clock's resolution shows in the bytes only.
    return target.read_bytes() == content.data
