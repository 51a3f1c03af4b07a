"""README and docs are a specification: what they show is what happens, and nothing is left out."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from migrate_vars.cli import cli
from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.compat.engine import rewrite_source as rewrite_to_compat
from tests.conftest import REPOSITORY
from tests.docs.examples import blocks, pages, run_block

README = (REPOSITORY / "README.md").read_text("utf-8")
DOCS = REPOSITORY / "docs"
COMMAND_LINE = (DOCS / "command-line.md").read_text("utf-8")
LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"")

DIFFS = [
    pytest.param(path.name, block.text, id=f"{path.relative_to(REPOSITORY)}-{number}")
    for path in pages()
    for number, block in enumerate(blocks(path.read_text("utf-8")))
    if block.language == "diff" and not block.title
]


def side(diff: str, sign: str) -> bytes:
    lines = diff.splitlines(keepends=True)
    return "".join(line[1:] for line in lines if line[0] in {" ", sign}).encode()


@pytest.mark.parametrize(("page", "diff"), DIFFS)
def test_rewriting_does_what_a_diff_shows(page: str, diff: str) -> None:
    before, after = side(diff, "-"), side(diff, "+")
    rewrite = rewrite_to_compat if page == "compat.md" else rewrite_source
    assert rewrite(before, "example.py").output == after
    assert rewrite(after, "example.py").output == after


def test_there_are_diffs() -> None:
    assert len(DIFFS) > 15
    assert str(DIFFS[0].id).startswith("README.md")


def test_the_readme_is_short() -> None:
    assert len(README.encode()) <= 5_000


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"]
)
def test_what_is_linked_is_there(name: str) -> None:
    text = (REPOSITORY / name).read_text("utf-8")
    for match in LINK.finditer(text):
        assert (REPOSITORY / (match[1] or match[2])).exists(), match[0]


def test_links_are_absolute_where_the_project_has_an_address() -> None:
    rewritten = runpy.run_path(str(REPOSITORY / "setup.py"))["with_absolute_links"]
    text = rewritten(README, "https://example.org/x", "v1")
    assert not LINK.search(re.sub(r'src="https:[^"]*"', "", text))
    assert "](https://example.org/x/blob/v1/docs/guide.md)" in text
    assert 'src="https://example.org/x/raw/v1/docs/assets/report.png"' in text
    assert rewritten(README, "", "v1") == README


def commands(group: click.Group, prefix: str = "") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


COMMANDS = dict(commands(cli))


def section(command: str) -> str:
    """What the page on the command line says about a command."""
    sections = re.split(r"^## ", COMMAND_LINE, flags=re.MULTILINE)
    (found,) = (text for text in sections if text.startswith(f"{command}\n"))
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_of_every_command_is_documented(command: str) -> None:
    rows = re.findall(r"^\| (`-.*?) \|", section(command), re.MULTILINE)
    listed = [match for row in rows for match in re.findall(r"`(-[\w-]+)", row)]
    options = [
        name
        for option in COMMANDS[command].params
        if isinstance(option, click.Option)
        for name in (*option.opts, *option.secondary_opts)
    ]
    assert sorted(listed) == sorted(options)


def test_every_command_is_in_the_table() -> None:
    listed = re.findall(r"^\| \[`([a-z ]+)`\]\(#", COMMAND_LINE, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS)


def test_what_rewrite_prints_is_what_is_shown(tmp_path: Path) -> None:
    page = (DOCS / "rewrite" / "output.md").read_text("utf-8")
    ran = [each for block in blocks(page) for each in run_block(block, tmp_path)]
    assert len(ran) == 1
    assert ran[0].output == ran[0].expected
