"""The lines of a program around the one that wrote a value."""

from __future__ import annotations

import io
import tokenize
from dataclasses import dataclass
from pathlib import Path

from migrate_vars.equivalence.running.programs import Program
from migrate_vars.recorder import cell_lines
from migrate_vars.trajectory.records import Site

# Longer files are not source code.
_LIMIT = 4 << 20


@dataclass(frozen=True)
class Excerpt:
    """Some lines of a source.

    Attributes:
        program: What the program is called.
        site: The line that they are around.
        lines: Number and text of each.
    """

    program: str
    site: Site
    lines: tuple[tuple[int, str], ...]


def excerpt(program: Program, site: Site, around: int = 3) -> Excerpt | None:
    """Reads the lines around a place in a program, or in a Python file that it has imported.

    Args:
        program: The program.
        site: The place; its path may be relative to the program's folder.
        around: How many lines before and after it.

    Returns:
        The lines; None where there is no such file, or no such line in it.
    """
    try:
        if not _may_be_read(program, program.folder / cell_lines.split(site.path)[0]):
            return None
        lines, before = program.lines(site)
    except (OSError, ValueError):  # a name that no file can have
        return None
    encoding = _encoding(b"\n".join(lines[:2]))
    lines = lines[before:]
    if not 0 < site.line <= len(lines):
        return None
    start = max(0, site.line - 1 - around)
    shown = [line.decode(encoding, "replace") for line in lines[start : site.line + around]]
    return Excerpt(program.label, site, tuple(enumerate(shown, start + 1)))


def _may_be_read(program: Program, path: Path) -> bool:
    """Whether a place is in a text that ran, or in a Python source file."""
    real = path.resolve()
    if str(real) in program.texts or (program.source is not None and real == _script(program)):
        return True
    return path.suffix == ".py" and path.is_file() and path.stat().st_size <= _LIMIT


def _script(program: Program) -> Path:
    return program.script.resolve()


def _encoding(data: bytes) -> str:
    try:
        return tokenize.detect_encoding(io.BytesIO(data).readline)[0]
    except SyntaxError:
        return "utf-8"
