"""The README's diffs are a specification: `rewrite` does exactly what they show."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from migrate_vars.cli import cli, main
from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.codemod.rules import RULES
from tests.conftest import REPOSITORY

README = (REPOSITORY / "README.md").read_text("utf-8")
DIFFS = re.findall(r"^```diff\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
CODES = re.findall(r"^\| `(MV\d+)` \| (.+) \|$", README, re.MULTILINE)


def side(diff: str, sign: str) -> bytes:
    lines = diff.splitlines(keepends=True)
    return "".join(line[1:] for line in lines if line[0] in {" ", sign}).encode()


@pytest.mark.parametrize("diff", DIFFS)
def test_rewriting_does_what_the_readme_shows(diff: str) -> None:
    before, after = side(diff, "-"), side(diff, "+")
    assert rewrite_source(before, "example.py").output == after
    assert rewrite_source(after, "example.py").output == after


def test_the_readme_has_diffs() -> None:
    assert len(DIFFS) > 5


def test_the_readme_lists_every_rule() -> None:
    assert sorted(CODES) == sorted((rule.code, rule.title) for rule in RULES)


@pytest.mark.parametrize("command", ["rewrite", "verify", "races"])
def test_the_readme_lists_every_option(command: str) -> None:
    sections = re.split(r"^## ", README, flags=re.MULTILINE)
    (section,) = (text for text in sections if text.startswith(f"`migrate-vars {command}`"))
    rows = re.findall(r"^\| (`-.*?) \|", section, re.MULTILINE)
    listed = [match for row in rows for match in re.findall(r"`(--[\w-]+)", row)]
    options = [
        next(name for name in option.opts if name.startswith("--"))
        for option in cli.commands[command].params
        if isinstance(option, click.Option)
    ]
    assert sorted(listed) == sorted(options)


def test_the_readme_shows_what_rewrite_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    match = re.search(r"^\$ migrate-vars rewrite \.\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert match
    (tmp_path / "train.py").write_text(
        "import tensorflow as tf\n"
        "\n"
        "v = tf.Variable(1.0)\n"
        "tf.assign(v, 2.0)\n"
        "tf.assign_add(weights, 1.0)\n"
        'tf.assign(graph.get_tensor_by_name("v:0"), 0.0)\n'
        "v = v + 1.0\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    assert main(["rewrite", "."]) == 0
    assert capfd.readouterr().out == match[1]
