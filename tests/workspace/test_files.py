"""Files are replaced as a whole, and stay what they were."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from migrate_vars.workspace.files import FileChangedError, read, replace


def test_mode_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o750)
    replace(read(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o750


def test_a_symlink_stays_one(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "target.py"
    target.parent.mkdir()
    target.write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to("sub/target.py")
    replace(read(link), b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


def test_a_file_that_changed_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    content = read(path)
    path.write_bytes(b"own")
    # The same size, and the time that it was read with: only the bytes tell.
    os.utime(path, ns=(content.status.st_atime_ns, content.status.st_mtime_ns))
    with pytest.raises(FileChangedError):
        replace(content, b"new")
    assert path.read_bytes() == b"own"


def test_a_file_that_vanished_is_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    content = read(path)
    path.unlink()
    with pytest.raises(OSError, match=r"a\.py"):
        replace(content, b"new")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    content = read(path)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        replace(content, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.py"]


def test_what_is_not_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - the message differs between systems
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.py")
