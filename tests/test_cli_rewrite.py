"""The command line of rewrite and explain, in process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.cli import main

SOURCE = b"import tensorflow as tf\nv = tf.Variable(1.)\ntf.assign(v, 1.)\ntf.assign(w, 2.)\n"
WRITTEN = b"import tensorflow as tf\nv = tf.Variable(1.)\nv.assign(1.)\nw.assign(2.)\n"
BROKEN = b"import tensorflow as tf\nprint tf.assign(v, 1.)\n"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with one file to rewrite, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(SOURCE)
    (tmp_path / "b.py").write_bytes(b"x = 1\n")
    return tmp_path


def test_rewrite_writes_and_counts(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "."]) == 0
    assert (tree / "a.py").read_bytes() == WRITTEN
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("./a.py:3:1: MV101 [safe] ")
    assert lines[1].startswith("./a.py:4:1: MV101 [assumed] ")
    assert lines[2] == (
        "2 files scanned, 1 changed; 2 calls rewritten (1 safe, 1 assumed), "
        "0 left alone, 0 advice, 0 errors"
    )


def test_a_second_run_changes_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "."]) == 0
    stamp = (tree / "a.py").stat().st_mtime_ns
    capsys.readouterr()
    assert main(["rewrite", "--check", "."]) == 0
    assert main(["rewrite", "."]) == 0
    assert (tree / "a.py").stat().st_mtime_ns == stamp


def test_check_writes_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--check", "a.py"]) == 1
    assert (tree / "a.py").read_bytes() == SOURCE
    assert "1 would be changed" in capsys.readouterr().out


def test_diff_goes_to_standard_output_alone(
    tree: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["rewrite", "--diff", "."]) == 1
    assert (tree / "a.py").read_bytes() == SOURCE
    captured = capsysbinary.readouterr()
    subprocess.run(["git", "apply", "-"], input=captured.out, cwd=tree, check=True)
    assert (tree / "a.py").read_bytes() == WRITTEN
    assert b"MV101" in captured.err


def test_safe_applies_proven_rewrites_only(tree: Path) -> None:
    assert main(["rewrite", "--safe", "."]) == 0
    assert (tree / "a.py").read_bytes() == WRITTEN.replace(b"w.assign(2.)", b"tf.assign(w, 2.)")


def test_errors_are_one_line_each_and_exit_2(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "broken.py").write_bytes(BROKEN)
    assert main(["rewrite", ".", "missing.py"]) == 2
    assert (tree / "a.py").read_bytes() == WRITTEN
    assert (tree / "broken.py").read_bytes() == BROKEN
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("./broken.py:2:1: MV901 ") for line in lines)
    assert any(line.startswith("missing.py:1:1: MV903 ") for line in lines)
    assert lines[-1].endswith("2 errors")


def test_errors_count_even_when_their_code_is_ignored(tree: Path) -> None:
    (tree / "broken.py").write_bytes(BROKEN)
    assert main(["rewrite", "--ignore", "MV9", "."]) == 2


def test_json(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--check", "--output-format", "json", "."]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [f["safety"] for f in report["findings"]] == ["safe", "assumed"]
    assert report["findings"][0]["path"] == "./a.py"
    assert report["summary"] == {
        "files": 2,
        "changed": 1,
        "safe": 1,
        "assumed": 1,
        "left": 0,
        "advice": 0,
        "errors": 0,
    }


class _Standard(io.TextIOWrapper):
    """Standard input made of bytes."""


def _stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", _Standard(io.BytesIO(data)))


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _stdin(monkeypatch, SOURCE.replace(b"\n", b"\r\n"))
    assert main(["rewrite", "-", "--stdin-filename", "x.py"]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out == WRITTEN.replace(b"\n", b"\r\n")
    assert captured.err.startswith(b"x.py:3:1: MV101")


def test_standard_input_that_cannot_be_parsed_comes_back(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _stdin(monkeypatch, BROKEN)
    assert main(["rewrite", "-"]) == 2
    assert capsysbinary.readouterr().out == BROKEN


def test_standard_input_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    _stdin(monkeypatch, SOURCE)
    assert main(["rewrite", "-", "--check"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["rewrite"],
        ["rewrite", "-", "a.py"],
        ["rewrite", "--no-such", "."],
        ["rewrite", "--select", "E501", "."],
        ["explain", "MV999"],
        ["no-such"],
    ],
)
def test_wrong_usage_exits_2(arguments: list[str], tree: Path) -> None:
    assert main(arguments) == 2


def test_select_and_ignore(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--ignore", "MV101,mv301", "."]) == 0
    assert main(["rewrite", "--select", "MV2", "--select", "MV3", "."]) == 0
    assert (tree / "a.py").read_bytes() == SOURCE
    assert "MV101" not in capsys.readouterr().out


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "mv101"]) == 0
    shown = capsys.readouterr().out
    assert "MV101: " in shown
    assert "v.assign(2.)" in shown


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["rewrite", "--help"]])
def test_information(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "migrate-vars" in capsys.readouterr().out


def test_heavy_modules_are_not_imported_without_need(tree: Path) -> None:
    program = (
        "import sys\nfrom migrate_vars.cli import main\n"
        "main(['--help']); main(['rewrite', 'b.py'])\n"
        "print(sorted({'tensorflow', 'libcst', 'numpy'} & set(sys.modules)))\n"
        "main(['rewrite', '.'])\n"
        "print(sorted({'tensorflow', 'numpy'} & set(sys.modules)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tree,
        env={"PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    )
    assert run.stdout.count("[]\n") == 2
