"""How a file is read, and how it is replaced: as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path


class FileChangedError(OSError):
    """The file is no longer the one that was read."""


@dataclass(frozen=True, slots=True)
class FileContent:
    """What was read, and from which state of the file.

    Attributes:
        path: The real path: where a symlink points to.
        data: The bytes.
        status: The file's status when it was read.
    """

    path: Path
    data: bytes
    status: os.stat_result


def read(path: str | Path) -> FileContent:
    """Read a file.

    Raises:
        OSError: It cannot be read.
    """
    real = Path(os.path.realpath(path))
    with real.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "not a regular file", str(path))
        return FileContent(real, file.read(), status)


def replace(content: FileContent, data: bytes) -> None:
    """Replace what was read by ``data``, atomically, keeping mode and owner.

    At every moment the file is either the old or the new one. A symlink stays one.

    Raises:
        FileChangedError: The file changed after it was read; it is left as it is.
        OSError: It cannot be written.
    """
    target = content.path
    if not os.access(target, os.W_OK):
        raise PermissionError(None, "not writable", str(target))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if hasattr(os, "fchown"):
                # Only a privileged user can give files away; then the mode matters alone.
                with contextlib.suppress(OSError):
                    os.fchown(file.fileno(), content.status.st_uid, content.status.st_gid)
            Path(name).chmod(stat.S_IMODE(content.status.st_mode))
            os.fsync(file.fileno())
        if not _is_as_read(content):
            raise FileChangedError(None, "changed while it was being rewritten", str(target))
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _is_as_read(content: FileContent) -> bool:
    try:
        now = content.path.stat()
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
    return content.path.read_bytes() == content.data
