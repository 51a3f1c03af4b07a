"""The command line of rewrite and explain, in process."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.cli import cli, main

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
    assert main(["rewrite", "--output-format", "concise", "."]) == 0
    assert (tree / "a.py").read_bytes() == WRITTEN
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("./a.py:3:1: MV101 [safe] ")
    assert lines[1].startswith("./a.py:4:1: MV101 [assumed] ")
    assert lines[2] == (
        "2 files scanned, 1 changed; 2 calls rewritten (1 safe, 1 assumed), "
        "0 left alone, 0 advice, 0 errors"
    )


def test_source_lines_are_shown(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert main(["rewrite", "--check", "a.py"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("a.py:3:1: MV101 [safe] ")
    assert lines[1:5] == ["  |", "3 | tf.assign(v, 1.)", "  | ^^^^^^^^^^^^^^^^", ""]
    assert main(["rewrite", "--check", "--color", "a.py"]) == 1
    coloured = capsys.readouterr().out
    assert "\x1b[32m^^^^" in coloured
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["rewrite", "--check", "a.py"]) == 1
    assert capsys.readouterr().out == coloured
    monkeypatch.setenv("NO_COLOR", "1")
    for form in ("full", "concise", "json"):
        assert main(["rewrite", "--check", "a.py", "--output-format", form]) == 1
        assert "\x1b" not in capsys.readouterr().out


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


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--help"], *([name, "--help"] for name in cli.commands)]
)
def test_information(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 0
    assert "migrate-vars" in capsys.readouterr().out


def test_heavy_modules_are_not_imported_without_need(tree: Path) -> None:
    program = (
        "import sys\nfrom migrate_vars.cli import main\n"
        "main(['--help']); main(['rewrite', 'b.py'])\n"
        "print(sorted({'tensorflow', 'libcst', 'numpy'} & set(sys.modules)))\n"
        "main(['rewrite', '.'])\n"
        "print(sorted({'tensorflow', 'libcst', 'numpy'} & set(sys.modules)))\n"
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


def test_options_win_over_the_configuration(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "pyproject.toml").write_text(
        "[tool.migrate-vars]\nignore = ['MV101']\nexclude = ['b.py']\noutput-format = 'json'\n"
    )
    assert main(["rewrite", "--check", "."]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["files"] == 1
    assert main(["rewrite", "--check", "--ignore", "MV301", "--output-format", "text", "."]) == 1
    capsys.readouterr()
    assert main(["rewrite", "--check", "--isolated", "."]) == 1
    assert "2 files scanned" in capsys.readouterr().out
    (tree / "pyproject.toml").rename(tree / "other.toml")
    assert main(["rewrite", "--check", "--config", "other.toml", "."]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--select", "MV77"], "--select: 'MV77' is not a code"),
        (["--exclude", "[a"], "--exclude: '[a' has a '['"),
        (["--tf-modules", "a-b"], "--tf-modules: 'a-b' is not the name of a module"),
        (["--config", "none.toml"], "none.toml: No such file"),
        (["--config", "x.toml", "--isolated"], "--config and --isolated cannot be combined"),
    ],
)
def test_wrong_options_are_told_in_one_line(
    options: list[str], message: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rewrite", *options, "."]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"Error: {message}")
    assert captured.err.count("\n") == 1


def test_tf_modules(tree: Path) -> None:
    (tree / "a.py").write_bytes(b"from lingvo import compat as tf\ntf.assign(v, 1.)\n")
    assert main(["rewrite", "--check", "."]) == 0
    assert main(["rewrite", "--tf-modules", "lingvo.compat", "."]) == 0
    assert (tree / "a.py").read_bytes().endswith(b"\nv.assign(1.)\n")


def test_statistics_and_quiet(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "--quiet", "--statistics", "."]) == 0
    assert capsys.readouterr().out == "2  MV101  State op becomes a method call\n"


def test_colour_is_for_terminals(
    tree: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def diff(*options: str) -> bytes:
        assert main(["rewrite", "--diff", *options, "."]) == 1
        return capsysbinary.readouterr().out

    assert b"\x1b" not in diff()
    assert b"\x1b[31m-tf.assign" in diff("--color")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert b"\x1b[31m-tf.assign" in diff()
    assert b"\x1b" not in diff("--no-color")
    monkeypatch.setenv("NO_COLOR", "1")
    assert b"\x1b" not in diff()


def test_a_notebook_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lines = SOURCE.decode().splitlines(keepends=True)
    book = json.dumps({"cells": [{"cell_type": "code", "source": lines}]}).encode()
    _stdin(monkeypatch, book)
    assert main(["rewrite", "-", "--stdin-filename", "x.ipynb"]) == 0
    captured = capsysbinary.readouterr()
    assert captured.out == book.replace(b"tf.assign(v, ", b"v.assign(").replace(
        b"tf.assign(w, ", b"w.assign("
    )
    assert captured.err.startswith(b"x.ipynb:cell 1:3:1: MV101")


def test_standard_input_that_is_excluded_comes_back(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    _stdin(monkeypatch, SOURCE)
    options = ["--stdin-filename", "build/x.py", "--force-exclude"]
    assert main(["rewrite", "-", *options]) == 0
    assert capsysbinary.readouterr().out == SOURCE


def test_the_hooks_of_pre_commit_run(tree: Path) -> None:
    text = (Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text("utf-8")
    hooks = dict(
        zip(
            re.findall(r"^- id: (.+)$", text, re.MULTILINE),
            re.findall(r"^  entry: migrate-vars (.+)$", text, re.MULTILINE),
            strict=True,
        )
    )
    assert list(hooks) == ["migrate-vars", "migrate-vars-check"]
    (tree / "build").mkdir()
    (tree / "build" / "c.py").write_bytes(SOURCE)
    files = ["a.py", "b.py", "build/c.py"]
    assert main([*hooks["migrate-vars-check"].split(), *files]) == 1
    assert (tree / "a.py").read_bytes() == SOURCE
    assert main([*hooks["migrate-vars"].split(), *files]) == 0
    assert (tree / "a.py").read_bytes() == WRITTEN
    assert (tree / "build" / "c.py").read_bytes() == SOURCE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str) -> None:
    page = (Path(__file__).parents[1] / "docs" / "command-line.md").read_text("utf-8")
    assert f"_MIGRATE_VARS_COMPLETE={shell}_source migrate-vars" in page
    program = "import sys; from migrate_vars.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[1]),
            "_MIGRATE_VARS_COMPLETE": f"{shell}_complete",
            "COMP_WORDS": "migrate-vars rewrite --extend",
            "COMP_CWORD": "--extend" if shell == "fish" else "2",
        },
    )
    assert "--extend-exclude" in done.stdout


def test_a_folder_without_a_file_of_python_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").touch()
    assert main(["rewrite", "docs"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("0 files scanned")
    assert err.startswith("warning: no .py or .ipynb file in docs; hidden,")
    assert main(["rewrite", "--quiet", "docs"]) == 0
    assert capsys.readouterr().err == ""
    (tmp_path / "docs" / "a.py").touch()
    assert main(["rewrite", "docs"]) == 0
    assert capsys.readouterr().err == ""
