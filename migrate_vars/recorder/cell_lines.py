"""Maps lines of the script that a notebook runs as to lines of its cells.

A line made by :func:`mark` precedes each cell. A line in a cell is called by the notebook's path,
the cell's number and the line in the cell: ``train.ipynb:cell 3``, line 2.
"""

from __future__ import annotations

import re
from typing import List, Optional, Sequence, Tuple

_MARK = re.compile(r"# %% cell (\d+) of the notebook\Z")
_PLACE = re.compile(r"(.*\.ipynb):cell (\d+)\Z", re.DOTALL)


def mark(number: int) -> str:
    """The line before a cell, given its number among cells of all kinds, from 1."""
    return f"# %% cell {number} of the notebook"


def starts(lines: Sequence[str]) -> List[Tuple[int, int]]:
    """For each cell, the number of the line before it, from 1, and the cell's number."""
    found = []
    for line, text in enumerate(lines, 1):
        match = _MARK.match(text.rstrip("\r\n"))
        if match:
            found.append((line, int(match.group(1))))
    return found


def place(path: str, begins: Sequence[Tuple[int, int]], line: int) -> Tuple[str, int]:
    """The path, with the cell, and the line in the cell for a line of the script."""
    for start, number in reversed(begins):
        if start < line:
            return f"{path}:cell {number}", line - start
    return path, line


def split(path: str) -> Tuple[str, Optional[int]]:
    """Splits a path into notebook and cell number; the number is None for other paths."""
    match = _PLACE.match(path)
    return (path, None) if match is None else (match.group(1), int(match.group(2)))
