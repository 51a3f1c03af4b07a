"""Verdicts as text: one line a pattern, and what is known of each failure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrate_vars.equivalence.description import describe, place_of, printable
from migrate_vars.equivalence.links import NEW_EAGER, ORACLE, REWRITTEN, Verification
from migrate_vars.equivalence.outputs import group
from migrate_vars.equivalence.rewriting import RewrittenFile
from migrate_vars.equivalence.verdicts import Judgement, Verdict

#: The links of a pattern, apart from that with the oracle.
COLUMNS = (REWRITTEN, "eager", "function", "keras")
_CELL = 10
# Between two releases of TensorFlow, a drift is common.
_WIDE = len("drift 1.0e-06 <= 1e-06")


class Table:
    """A table that is printed row by row, while results come in."""

    def __init__(self, title: str, names: Sequence[str], columns: Sequence[str] = COLUMNS) -> None:
        """Makes room.

        Args:
            title: What is verified: "pattern" or "script".
            names: What the results are called.
            columns: The names of the links.
        """
        self._title = title
        self._width = max(len(printable(name)) for name in (title, *names))
        self._columns = columns

    def header(self) -> str:
        """The line of column titles."""
        return self._line(self._title, "steps", "variables", self._columns)

    def row(self, result: Verification) -> str:
        """The line of one result."""
        trajectory = result.reference.trajectory
        steps = variables = "-"
        total = 0
        if trajectory is not None:
            compared = [
                len(judgement.comparison.mapping.pairs)
                for judgement in result.judgements.values()
                if judgement.comparison is not None and judgement.bound is None
            ]
            total = min(compared, default=len(trajectory.variables))
            steps, variables = str(trajectory.steps), str(total)
        cells = [
            _cell(result.judgements.get(name), total)
            + ", output differs" * result.fails_by_output(name)
            for name in self._columns
        ]
        return self._line(printable(result.name), steps, variables, cells)

    def _line(self, name: str, steps: str, variables: str, cells: Sequence[str]) -> str:
        columns = "".join(
            f"  {cell:<{_WIDE if column == ORACLE else _CELL}}"
            for column, cell in zip(self._columns, cells, strict=True)
        )
        return f"{name:<{self._width}}  {steps:>5}  {variables:>9}{columns}".rstrip()


def _cell(judgement: Judgement | None, total: int) -> str:
    """A verdict; a drift with its bound, and with the number of variables if not all have one."""
    if judgement is None:
        return "-"
    if judgement.verdict is not Verdict.DRIFT:
        return str(judgement.verdict.value)
    assert judgement.drift is not None
    assert judgement.comparison is not None
    pairs = len(judgement.comparison.mapping.pairs)
    some = f" ({pairs} of {total} variables)" if pairs < total else ""
    if judgement.drift.scaled == 0.0:
        return f"identical{some}"
    if judgement.bound is not None and judgement.drift.scaled > judgement.bound:
        return f"drift {judgement.drift.scaled:.1e} adds up{some}"
    return f"drift {judgement.drift.scaled:.1e} <= {judgement.bound:.0e}{some}"


def explain(result: Verification, only: str | None = None) -> Iterator[str]:
    """Lines that say what is wrong with one result, and its notes; none if all is well.

    Args:
        result: The result.
        only: The name of the one link to speak of, or None for all.
    """
    name = printable(result.name)
    told: dict[tuple[object, ...], str] = {}
    for link, judgement in result.judgements.items():
        if judgement.verdict.passed or only not in (None, link):
            continue
        divergence = judgement.divergence
        trajectory = result.reference.trajectory
        place = f" {place_of(divergence, trajectory.steps)}" if divergence and trajectory else ""
        head = f"{name}: {link} {judgement.verdict.value}{place}"
        # A mistake in a script shows in every run of it, and an unusable reference in every link.
        key = (judgement.message, divergence and (divergence.variable, divergence.distance))
        if key in told:
            yield f"{head}: as {told[key]}"
            if link == NEW_EAGER and divergence is not None and divergence.other_site is not None:
                # It can name a line inside a function, where the run as it is names the call.
                line = result.runs[link].program.line(divergence.other_site)
                yield printable(f"    written at {divergence.other_site}: {line}")
            continue
        told[key] = link
        yield f"{head}: {printable(judgement.message)}"
        if divergence is not None:
            ours, theirs = result.reference.program, result.runs[link].program
            if link == ORACLE:
                ours, theirs = theirs, ours
            lines = ours.line(divergence.reference_site), theirs.line(divergence.other_site)
            yield from describe(divergence, ours.label, theirs.label, lines)
        if judgement.forced is not None:
            yield f"    each step begun as in the reference: {printable(str(judgement.forced))}"
    yield from _explain_outputs(result, only)
    for file in result.rewritten:
        yield f"{name}: rewritten: {_counts(file, result.path)}"
    for note in result.notes:
        yield f"{name}: note: {printable(note)}"


def _explain_outputs(result: Verification, only: str | None) -> Iterator[str]:
    """Lines on what programs print and summarise, where it differs or has to be the same."""
    asked = {name: one for name, one in result.outputs.items() if only in (None, name)}
    for links, found in group(asked):
        if found.same and not result.compare_output:
            continue
        differs = "" if found.same else " differs"
        yield f"{printable(result.name)}: {links} output{differs}: {printable(found.headline)}"
        rows = found.rows()
        width = max((len(name) for name, _ in rows), default=0)
        yield from (printable(f"    {name:<{width}}  {text}") for name, text in rows)


def _counts(file: RewrittenFile, folder: Path) -> str:
    path = os.path.relpath(file.path, os.path.realpath(folder))
    calls = "1 call" if file.safe + file.assumed == 1 else f"{file.safe + file.assumed} calls"
    left = f", {file.left} left alone" if file.left else ""
    return f"{printable(path)}: {calls} ({file.safe} safe, {file.assumed} assumed){left}"
