"""Diffs that patch takes."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from migrate_vars.findings.diff import coloured, unified_diff

PAIRS = {
    "plain": (b"a\nb\n", b"a\nc\n"),
    "no final line break": (b"a\nb", b"a\nc"),
    "line break added": (b"a\nb", b"a\nb\n"),
    "windows": (b"a\r\nb\r\n", b"a\r\nc\r\n"),
    "carriage returns": (b"a\rb\r", b"a\rc\r"),
    "form feed": (b"a\n\x0cb\x0b\n", b"a\n\x0cc\x0b\n"),
    "latin-1": (b"\xe9\nb\n", b"\xe9\nc\n"),
}


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS.keys())
def test_git_applies_the_diff(before: bytes, after: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(before)
    diff = unified_diff("./a.py", before, after)
    subprocess.run(["git", "apply", "-"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == after


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize(("before", "after"), PAIRS.values(), ids=PAIRS.keys())
@pytest.mark.parametrize("name", ["a.py", "sub/a b.py"])
def test_patch_applies_the_diff(before: bytes, after: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / name).write_bytes(before)
    diff = unified_diff(name, before, after)
    subprocess.run(["patch", "-p1", "--quiet", "--binary"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / name).read_bytes() == after


def test_absolute_names_below_the_current_directory_are_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    diff = unified_diff(str(tmp_path / "a.py"), b"a\n", b"b\n")
    assert diff.startswith(b"--- a/a.py\n+++ b/a.py\n")


def test_a_missing_final_line_break_is_said() -> None:
    diff = unified_diff("a.py", b"a", b"b")
    assert diff.count(b"\\ No newline at end of file\n") == 2


def test_colours_do_not_change_the_text() -> None:
    diff = unified_diff("a.py", b"a\n", b"b\n")
    plain = coloured(diff)
    for colour in (b"\x1b[0m", b"\x1b[1m", b"\x1b[31m", b"\x1b[32m", b"\x1b[36m"):
        assert colour in plain
        plain = plain.replace(colour, b"")
    assert plain == diff
