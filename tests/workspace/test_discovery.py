"""Which files are found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from migrate_vars.workspace.discovery import python_files


def _names(root: Path, *paths: Path) -> list[str]:
    return [os.path.relpath(f.path, root) for f in python_files(paths or [root])]


def _touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def test_directories_are_searched_in_order(tmp_path: Path) -> None:
    _touch(tmp_path, "b.py", "a/z.py", "a/a.py", "a/x.txt", "c.pyi", "d.pyc")
    assert _names(tmp_path) == ["a/a.py", "a/z.py", "b.py"]


def test_hidden_environment_and_build_directories_are_skipped(tmp_path: Path) -> None:
    _touch(tmp_path, ".git/a.py", "build/a.py", "venv/a.py", "env/pyvenv.cfg", "env/a.py")
    _touch(tmp_path, "x/node_modules/a.py", "__pycache__/a.py", "kept/a.py")
    assert _names(tmp_path) == ["kept/a.py"]


def test_what_is_named_is_taken(tmp_path: Path) -> None:
    _touch(tmp_path, "build/a.py", "script")
    assert _names(tmp_path, tmp_path / "build", tmp_path / "script") == ["build/a.py", "script"]


def test_each_file_is_found_once(tmp_path: Path) -> None:
    _touch(tmp_path, "a.py")
    (tmp_path / "b.py").symlink_to("a.py")
    assert _names(tmp_path, tmp_path / "a.py", tmp_path, tmp_path / "a.py") == ["a.py"]


def test_symlinked_directories_are_not_followed(tmp_path: Path) -> None:
    _touch(tmp_path, "a/a.py")
    (tmp_path / "a" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "d.py").symlink_to(tmp_path / "a", target_is_directory=True)
    assert _names(tmp_path) == ["a/a.py"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_directory_without_permission_is_said(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    (found,) = python_files([tmp_path])
    assert isinstance(found.error, PermissionError)
