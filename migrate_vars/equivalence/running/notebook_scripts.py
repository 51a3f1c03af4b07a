"""Notebooks as the scripts that they are when they run from the top."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from migrate_vars.analysis.source import parse
from migrate_vars.codemod.engine import UnparseableSourceError
from migrate_vars.recorder import cell_lines
from migrate_vars.workspace.notebook_cells import Mask, Namespace, home_of, lines_of
from migrate_vars.workspace.notebooks import read_cells

# Cell magics that write what other cells may import, and line magics that do more than to show.
_FILE_CELLS = frozenset({"%%writefile", "%%file"})
_EFFECTS = frozenset(
    {"cd", "edit", "env", "load", "loadpy", "macro", "pylab", "recall", "rerun", "run", "set_env"}
    | {"store", "timeit"}
)
_MATTERS = "this only IPython can do, and the program may need it; say it in Python"
_HELP = re.compile(r"^\?|\?\s*(?:#.*)?$")


class NotebookError(Exception):
    """A notebook that cannot be run as a script; the message says where and why."""


class NotebookScript(NamedTuple):
    """A notebook as a script.

    Attributes:
        text: The code cells in their order; see ``recorder/cell_lines.py``.
        notes: What is left out of them, in words.
    """

    text: bytes
    notes: tuple[str, ...]


def as_script(source: bytes, path: str) -> NotebookScript:
    """Put the code cells of a notebook together, in their order, as they would run from the top.

    Lines of IPython are left out, where Python does without them; lines keep their place.

    Args:
        source: The bytes of the notebook.
        path: What messages call it.

    Raises:
        NotebookError: It is no notebook, a cell is no Python, or a line of IPython matters.
    """
    try:
        code = read_cells(source)
    except UnparseableSourceError as error:
        raise NotebookError(f"{path}:{error.line}: {error.cause}") from error
    if not code:
        raise NotebookError(f"{path}: has no cells of Python")
    parts: list[str] = []
    left_out: list[str] = []
    for number, text in code:
        try:
            parse(text)
        except UnparseableSourceError:
            text = _without_commands(f"{path}:cell {number}", number, text, left_out)
        parts.append(f"{cell_lines.mark(number)}\n{text}\n")
    notes = (f"{path}: left out: {', '.join(left_out)}",) if left_out else ()
    return NotebookScript("".join(parts).encode("utf-8", "replace"), notes)


def _without_commands(cell: str, number: int, source: str, left_out: list[str]) -> str:
    """Return a cell of which only the Python is left; what goes is added to ``left_out``."""
    mask = Mask(f"migrate-vars-{os.urandom(8).hex()}")
    shown = mask.hide(source)
    home = home_of(source)
    if home.namespace not in (Namespace.NOTEBOOK, Namespace.FUNCTION):
        magic = source.split()[0]
        if magic in _FILE_CELLS:
            raise NotebookError(f"{cell}:1: {magic}: {_MATTERS}")
        left_out.append(f"{magic} (cell {number})")
        return ""
    lines = lines_of(shown)
    for index, line in enumerate(lines):
        key = line.rpartition("# ")[2].rstrip("\r\n")
        if key in mask.hidden:
            command = mask.hidden[key]
            timed = _timed(command)
            instead = timed or line.rpartition("# ")[0].rstrip()
            continues = not instead.strip() and not command.startswith("%%")
            if not (timed or continues):
                _look_at(command.strip(), f"{cell}:{index + 1}")
                if not _HELP.search(command.strip()):
                    left_out.append(f"{command.strip()} (cell {number}:{index + 1})")
            lines[index] = instead + line[len(line.rstrip("\r\n")) :]
    text = "".join(lines)
    try:
        parse(text)
    except UnparseableSourceError as error:
        raise NotebookError(f"{cell}:{error.line}: cannot be parsed: {error.cause}") from error
    return text


def _timed(command: str) -> str:
    """Return the Python that a command runs to time it; "" if it is none of these."""
    match = re.match(r"([ \t]*)%time[ \t]+(\S.*)", command)
    return "" if match is None else match[1] + match[2]


def _look_at(command: str, place: str) -> None:
    """Refuse a command that the program may need.

    Raises:
        NotebookError: It is such a command.
    """
    magic = re.match(r"%{1,2}(\w+)", command)
    assigned = not command.startswith(("%", "!", "?")) and not _HELP.search(command)
    if assigned or (magic is not None and magic[1] in _EFFECTS):
        raise NotebookError(f"{place}: {command}: {_MATTERS}")
