"""The commands on the pages print what the pages show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import (
    DOCS,
    REPOSITORY,
    Ran,
    blocks,
    has_commands,
    link_oracle,
    pages,
    run_block,
)

PAGES = {
    path.relative_to(REPOSITORY).as_posix(): text
    for path in pages()
    if has_commands(text := path.read_text("utf-8"))
}


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_commands_print_what_the_page_shows(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = PAGES[name]
    if ".oracle" in page:
        link_oracle(tmp_path, request.getfixturevalue("tf1_python"))
    for block in blocks(page):
        for ran in run_block(block, tmp_path):
            assert ran.agrees, f"$ {ran.command}{ran.output}"


def test_the_verdict_in_the_readme_is_that_of_the_guide() -> None:
    readme = (REPOSITORY / "README.md").read_text("utf-8").replace("<!-- not run", "<!--")
    (shown,) = (block.text for block in blocks(readme) if block.language == "console")
    command, _, output = shown.partition("\n")
    guide = [block.text for block in blocks((DOCS / "guide.md").read_text("utf-8"))]
    (example,) = (text for text in guide if text.startswith(f"{command}\n") and "DIVERGED" in text)
    assert Ran(command, output, example.partition("\n")[2]).agrees
