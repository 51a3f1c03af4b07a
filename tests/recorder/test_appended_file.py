"""Records go to their own file, whatever becomes of descriptors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate_vars.recorder.appended_file import AppendedFile


def descriptors() -> list[Path]:
    return list(Path("/proc/self/fd").iterdir())


def test_a_descriptor_that_is_closed_is_opened_again(tmp_path: Path) -> None:
    before = len(descriptors())
    file = AppendedFile(str(tmp_path / "file"))
    file.write(b"one, ")
    os.close(file._descriptor)
    file.write(b"two, ")
    number = file._descriptor
    os.close(number)
    with (tmp_path / "other").open("w") as other:
        assert other.fileno() == number
        file.write(b"three")
        del file
        other.write("its own")
    assert (tmp_path / "file").read_text() == "one, two, three"
    assert (tmp_path / "other").read_text() == "its own"
    assert len(descriptors()) == before


def test_a_file_that_is_removed_is_written_to(tmp_path: Path) -> None:
    file = AppendedFile(str(tmp_path / "file"))
    (tmp_path / "name").hardlink_to(tmp_path / "file")
    (tmp_path / "file").unlink()
    file.write(b"one")
    assert (tmp_path / "name").read_bytes() == b"one"
    os.close(file._descriptor)
    with pytest.raises(OSError, match="the recording cannot be written: No such file"):
        file.write(b"two")


def test_a_full_disk_is_told() -> None:
    file = AppendedFile("/dev/full")
    with pytest.raises(OSError, match="the recording cannot be written: No space left"):
        file.write(b"one")
