"""The console examples of the documentation: they are run, and print what the pages show.

On a page, a code block with a title is a file, and a block of the language ``console`` holds
commands after ``$`` and their output. All blocks of a page are run in order in one folder. A line
``...`` of the output stands for any number of lines. A block below a comment that begins with
``not run:`` is left out.

``python -m tests.docs.examples PAGE...`` runs the examples and writes their output into the pages.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"

_BLOCK = re.compile(
    r"(?P<skip><!-- not run: [^>]* -->\n+)?"
    r"^(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?(?P<rest>[^\n]*)\n"
    r"(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ (?P<command>.*\n)(?P<output>(?:(?!\$ ).*\n)*)", re.MULTILINE)
#: What differs from run to run, or from one release of TensorFlow to the next.
_VARYING = (
    (r"\d+\.\d s\)", "# s)"),
    (r"passed in \d+\.\d+s", "passed in # s"),
    (r"TensorFlow ((?:[\d.]+ and )?2)\.\d+\.\d+", r"TensorFlow \1"),
    (r"(?:confirmed: different results in \d of|not confirmed: the same results in)", "results in"),
)
#: Settings of who runs the examples, which would change what they print.
_CHANGES_OUTPUT = {"NO_COLOR", "FORCE_COLOR", "MIGRATE_VARS_TF1_PYTHON", "PYTEST_ADDOPTS"}


@dataclass(frozen=True)
class Block:
    """A code block of a page.

    Attributes:
        language: What stands after the backticks.
        title: The file that it is, or "".
        text: What it holds, without indentation.
        start: Where the text begins in the page.
        end: Where it ends.
        indent: How far it is indented.
    """

    language: str
    title: str
    text: str
    start: int
    end: int
    indent: str


@dataclass(frozen=True)
class Ran:
    """A command of a page, with the output that the page shows and that it gave."""

    command: str
    expected: str
    output: str

    @property
    def agrees(self) -> bool:
        """Whether the page shows what the command printed."""
        parts = re.split(r"^\.\.\.\n", _settled(self.expected), flags=re.MULTILINE)
        pattern = "(?:.*\n)*".join(map(re.escape, parts))
        return re.fullmatch(pattern, _settled(self.output)) is not None


def pages() -> list[Path]:
    """All pages that people write."""
    return [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def blocks(page: str) -> Iterator[Block]:
    """Yields the code blocks of a page, without those that say that they are not run."""
    for match in _BLOCK.finditer(page):
        if match["skip"] is None:
            text = textwrap.dedent(match["text"])
            place = match.span("text")
            yield Block(match["language"], match["title"] or "", text, *place, match["indent"])


def has_commands(page: str) -> bool:
    """Tell whether a page has console examples to run."""
    return any(block.language == "console" for block in blocks(page))


def run_block(block: Block, folder: Path) -> list[Ran]:
    """Runs the commands of a console block in a folder, or writes the file that a block is."""
    if block.title:
        file = folder / block.title
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
    if block.language != "console":
        return []
    return [
        Ran(match["command"], match["output"], _run(match["command"], folder))
        for match in _COMMAND.finditer(block.text)
    ]


def update(page: Path, folder: Path) -> None:
    """Writes into a page what its commands print."""
    text = page.read_text("utf-8")
    changed, done = "", 0
    for block in blocks(text):
        shown = "".join(
            f"$ {ran.command}{ran.expected if ran.agrees else ran.output}"
            for ran in run_block(block, folder)
        )
        if shown:
            changed += text[done : block.start] + textwrap.indent(shown, block.indent)
            done = block.end
    page.write_text(changed + text[done:], encoding="utf-8")


def _run(command: str, folder: Path) -> str:
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name not in _CHANGES_OUTPUT},
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    return done.stdout


def _settled(output: str) -> str:
    for pattern, instead in _VARYING:
        output = re.sub(pattern, instead, output)
    return output


def link_oracle(folder: Path, python: Path) -> None:
    """Lets ``.oracle/bin/python`` of a folder be the interpreter with TensorFlow 1.15."""
    (folder / ".oracle").symlink_to(python.parent.parent, target_is_directory=True)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as temporary:
            oracle = os.environ.get("MIGRATE_VARS_TF1_PYTHON")
            if oracle:
                link_oracle(Path(temporary), Path(oracle))
            update(Path(name), Path(temporary))
