"""What stands in the way of files and programs to the next rung."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from migrate_vars.findings.finding import Finding, Status
from migrate_vars.survey.rungs import Rung

# What a modern interpreter or package breaks beside TensorFlow.
_BESIDE = {
    "MV412": "names that NumPy dropped",
    "MV413": "functions that SciPy dropped",
    "MV414": "names of Python 2",
}
_WORDS = {
    "MV102": "receivers that are tensors",
    "MV103": "slices whose method takes less",
    "MV104": "validate_shape",
    "MV105": "starred arguments",
    "MV106": "arguments that do not fit",
    "MV107": "the order of evaluation",
    "MV108": "state ops without a method",
    "MV109": "calls whose text cannot be edited",
    "MV110": "distributed variables",
    "MV111": "state ops of what may be TensorFlow",
    "MV112": "Keras weights",
    "MV201": "state ops passed on as values",
    "MV202": "state ops that are given a new value",
    "MV203": "state ops of unknown modules",
    "MV204": "star imports",
    "MV205": "names with several meanings",
    "MV206": "raw ops",
    "MV208": "state ops named in strings",
}
_SYMBOL = re.compile(r"TensorFlow 2 has no (?:tf|tensorflow)\.([\w.]+)|for tf\.([\w.]+) in")


class Obstacle(NamedTuple):
    """Something at one place that keeps a file from a rung.

    Attributes:
        rung: The rung.
        what: What it is, in a few words; the same for all places of its kind.
        code: The code that explains it.
        line: Its line; in a notebook, of the cell.
        cell: The cell of a notebook.
    """

    rung: Rung
    what: str
    code: str
    line: int
    cell: int | None = None


class Obstruction(NamedTuple):
    """A kind of obstacle, and whom it keeps from a rung.

    Attributes:
        rung: The rung.
        what: What it is.
        codes: The codes that explain it.
        programs: The programs in whose way it stands.
        freed: Those in whose way nothing else stands.
        files: The files that it is in.
        places: How many places there are.
    """

    rung: Rung
    what: str
    codes: tuple[str, ...]
    programs: tuple[str, ...]
    freed: tuple[str, ...]
    files: tuple[str, ...]
    places: int


def obstacle_of(
    finding: Finding,
    rung: Rung,
    symbols: Mapping[tuple[int | None, int, int], str],
    calls: Mapping[tuple[int | None, int, int], str],
) -> Obstacle | None:
    """Return the obstacle that a finding tells of; None where it tells of none.

    Args:
        finding: What the command that leads to the rung says.
        rung: The rung.
        symbols: What stands at a place, below ``tensorflow``.
        calls: Which state op is called at a place.
    """
    place = (finding.cell, finding.line, finding.column)
    what = _BESIDE.get(finding.code, "")
    if "IPython command" in finding.message:
        what = "IPython commands that name TensorFlow"
    elif not what and finding.status is Status.LEFT:
        if rung is Rung.COMPAT:
            what = _symbol(finding, symbols.get(place, ""))
        elif finding.code == "MV108" and place in calls:
            what = f"{calls[place]}, which has no method"
        else:
            what = _WORDS.get(finding.code, finding.code)
    if not what:
        return None
    return Obstacle(rung, what, finding.code, finding.line, finding.cell)


def _symbol(finding: Finding, member: str) -> str:
    """Return the symbol that a finding is about, in as many parts as tell what is to be done."""
    if not member:
        match = _SYMBOL.search(finding.message)
        member = (match[1] or match[2]) if match else ""
    if not member:
        return _WORDS.get(finding.code, finding.code)
    parts = member.split(".")
    deep = 2 if parts[0] in ("contrib", "examples", "python") else 1
    return "tf." + ".".join(parts[:deep] if deep < len(parts) or parts[0] != "contrib" else parts)


def obstructions(
    programs: Iterable[tuple[str, Sequence[str]]], obstacles: Mapping[str, Sequence[Obstacle]]
) -> list[Obstruction]:
    """Return the kinds of obstacles, those first without which most programs would be free.

    Args:
        programs: Each program with its files.
        obstacles: The obstacles of each file.
    """
    in_way: dict[tuple[Rung, str], list[str]] = {}
    alone: dict[tuple[Rung, str], list[str]] = {}
    for program, files in programs:
        kinds = dict.fromkeys((o.rung, o.what) for file in files for o in obstacles.get(file, ()))
        for rung, what in kinds:
            in_way.setdefault((rung, what), []).append(program)
            # The rung below has to be reached first.
            others = [k for k in kinds if k != (rung, what) and k[0] in (rung, Rung.COMPAT)]
            if not others:
                alone.setdefault((rung, what), []).append(program)
    found: dict[tuple[Rung, str], list[tuple[str, Obstacle]]] = {}
    for file, some in obstacles.items():
        for one in some:
            found.setdefault((one.rung, one.what), []).append((file, one))
    result = [
        Obstruction(
            *key,
            tuple(sorted({one.code for _, one in places})),
            tuple(in_way.get(key, ())),
            tuple(alone.get(key, ())),
            tuple(dict.fromkeys(file for file, _ in places)),
            len(places),
        )
        for key, places in found.items()
    ]
    return sorted(
        result, key=lambda o: (-len(o.freed), -len(o.programs), -len(o.files), o.rung, o.what)
    )
