"""The baseline of `rewrite --check`: what is known does not count, what is new does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate_vars.cli import main

SOURCE = "import tensorflow as tf\ntf.assign(w, 2.)\ntf.count_up_to(w, 3)\n"
CHECK = ["rewrite", "--check", "--isolated", "-q"]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file and its baseline, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(SOURCE)
    assert main([*CHECK, "--write-baseline", "known.json", "."]) == 1
    return tmp_path


def check(*options: str) -> int:
    return main([*CHECK, "--baseline", "known.json", "--fail-on-left", *options, "."])


def test_what_is_known_does_not_count(tree: Path) -> None:
    assert check() == 0


def test_moved_lines_are_known_and_so_is_another_working_directory(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "a.py").write_text("# a new line\n" + SOURCE.replace("tf.assign", "  \ntf.assign"))
    assert check() == 0
    (tree / "elsewhere").mkdir()
    monkeypatch.chdir(tree / "elsewhere")
    assert main([*CHECK, "--baseline", "../known.json", str(tree)]) == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("tf.assign(x, 2.)\n", 1),
        ("tf.assign(w, 2.)\n", 1),  # the same as one that is known, but once more
        ("tf.count_up_to(x, 3)\n", 1),
        ("y = 1\n", 0),
        ("print tf.assign(x, 1.)\n", 2),
    ],
)
def test_what_is_new_counts(more: str, code: int, tree: Path) -> None:
    (tree / "a.py").write_text(SOURCE + more)
    assert check() == code


def test_only_what_is_new_is_shown(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "a.py").write_text(SOURCE + "tf.assign(x, 2.)\n")
    capsys.readouterr()
    command = ["rewrite", "--check", "--isolated", "--output-format", "json"]
    assert main([*command, "--baseline", "known.json", "a.py"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert [finding["line"] for finding in document["findings"]] == [4]
    assert document["summary"]["changed"] == 1


def test_what_is_gone_is_said(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "a.py").write_text("import tensorflow as tf\ntf.assign(w, 2.)\n")
    capsys.readouterr()
    assert main(["rewrite", "--check", "--isolated", "--baseline", "known.json", "."]) == 0
    assert "1 of the findings in known.json are gone" in capsys.readouterr().err


def test_without_a_baseline_what_is_left_fails_if_asked(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text("import tensorflow as tf\ntf.count_up_to(w, 3)\n")
    assert main([*CHECK, str(file)]) == 0
    assert main([*CHECK, "--fail-on-left", str(file)]) == 1


@pytest.mark.parametrize("option", ["--fail-on-left", "--baseline=known.json"])
def test_they_need_check(option: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", option, "a.py"]) == 2
    assert "need --check" in capsys.readouterr().err
    assert (tree / "a.py").read_text() == SOURCE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        ("{}", "not a baseline"),
        ('{"migrate-vars rewrite": 2}', "another version"),
        ('{"migrate-vars rewrite": 1, "findings": [{"known": 1}]}', "damaged"),
    ],
)
def test_what_is_no_baseline_is_refused(
    text: str, why: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "known.json").write_text(text)
    assert check() == 2
    assert why in capsys.readouterr().err
