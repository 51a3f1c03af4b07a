"""Verdicts as text: one line a pattern, and what is known of each failure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from migrate_vars.equivalence.judging.checks import NEW_EAGER, ORACLE, REPEAT, REWRITTEN
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.outputs.output_comparison import group
from migrate_vars.equivalence.reporting.description import (
    describe,
    describe_unseen,
    place_of,
    printable,
)
from migrate_vars.equivalence.running.failures import describe_failure
from migrate_vars.equivalence.running.rewritten_files import RewrittenFile
from migrate_vars.trajectory.wording import counted

#: The links of a pattern, apart from that with the oracle.
COLUMNS = (REWRITTEN, "eager", "function", "keras")
_CELL = 10
#: The number of the user's own frames shown for a failure.
FRAMES = 6
_ROUNDING = len("rounding 0.5x")
# Between two releases of TensorFlow, a drift is common.
_WIDE = len("drift 1.0e-06 <= 1e-06")


class Table:
    """A table that is printed row by row, while results come in."""

    def __init__(
        self,
        title: str,
        names: Sequence[str],
        columns: Sequence[str] = COLUMNS,
        rounding: bool = False,
    ) -> None:
        """Makes room.

        Args:
            title: What is verified: "pattern" or "script".
            names: What the results are called.
            columns: The names of the links.
            rounding: Whether rounding is allowed in all of them.
        """
        self._cell = _ROUNDING if rounding else _CELL
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
                if judgement.comparison is not None and judgement.drift is None
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
            f"  {cell:<{_WIDE if column == ORACLE else self._cell}}"
            for column, cell in zip(self._columns, cells, strict=True)
        )
        return f"{name:<{self._width}}  {steps:>5}  {variables:>9}{columns}".rstrip()


def _cell(judgement: Judgement | None, total: int) -> str:
    """A verdict, of rounding and drift how much, and of how many variables if not of all."""
    if judgement is None:
        return "-"
    if judgement.verdict not in (Verdict.DRIFT, Verdict.ROUNDING):
        return str(judgement.verdict.value)
    assert judgement.drift is not None
    assert judgement.comparison is not None
    pairs = len(judgement.comparison.mapping.pairs)
    some = f" ({pairs} of {total} variables)" if pairs < total else ""
    if judgement.rounding is not None:
        return f"rounding {judgement.rounding.figure}{some}"
    if judgement.drift.scaled == 0.0:
        return f"identical{some}"
    if judgement.bound is not None and judgement.drift.scaled > judgement.bound:
        return f"drift {judgement.drift.scaled:.1e} accumulated{some}"
    return f"drift {judgement.drift.scaled:.1e} <= {judgement.bound:.0e}{some}"


def explain(result: Verification, only: str | None = None, verbose: bool = False) -> Iterator[str]:
    """Lines that say what is wrong with one result, and its notes; none if all is well.

    Args:
        result: The result.
        only: The name of the one link to speak of, or None for all.
        verbose: Whether to show all that a program printed that failed.
    """
    name = printable(result.name)
    told: dict[tuple[object, ...], str] = {}
    for link, judgement in result.judgements.items():
        if only not in (None, link):
            continue
        if not judgement.verdict.passed:
            divergence = judgement.divergence
            place = f" {place_of(divergence, result.steps)}" if divergence else ""
            head = f"{name}: {link} {judgement.verdict.value}{place}"
            # A mistake in a script shows in every run of it, an unusable reference in every link.
            key = (judgement.message, divergence and (divergence.variable, divergence.distance))
            if key in told:
                yield f"{head}: same as {told[key]}"
                yield from _line_inside(result, link)
            else:
                told[key] = link
                yield f"{head}: {printable(judgement.message)}"
                yield from map(printable, _below_failure(result, link, verbose))
        yield from map(printable, _below(result, link))
    yield from _compared(result, only)
    unseen = [
        u for key, j in result.judgements.items() if only in (None, key) for u in j.not_compared
    ]
    if unseen:
        yield printable(f"{name}: not compared: {describe_unseen(unseen)}")
    yield from _explain_outputs(result, only)
    for file in result.rewritten:
        yield f"{name}: rewritten: {_counts(file, result.path)}"
    for note in result.notes:
        yield f"{name}: note: {printable(note)}"


def _compared(result: Verification, only: str | None) -> Iterator[str]:
    """A line on how much of the reference the verdicts rest on, by link."""
    found: dict[str, list[str]] = {}
    for link, judgement in result.judgements.items():
        if judgement.basis is not None and only in (None, link):
            found.setdefault(str(judgement.basis), []).append(link)
    whole = all(j.basis is None or j.basis.is_whole for j in result.judgements.values())
    # Always for a script; for patterns, of which there are many, only if not all was compared.
    if found and (REPEAT in result.judgements or not whole):
        parts = (f"{basis} ({', '.join(links)})" for basis, links in found.items())
        yield f"{printable(result.name)}: compared: {printable('; '.join(parts))}"


def _below(result: Verification, link: str) -> Iterator[str]:
    """Lines, indented, on a verdict of any kind: what else a reader of it should know."""
    for hint in result.judgements[link].hints:
        yield f"    try: {hint}"


def _below_failure(result: Verification, link: str, verbose: bool) -> Iterator[str]:
    """Lines, indented, on a verdict that does not pass."""
    judgement = result.judgements[link]
    divergence = judgement.divergence
    if divergence is not None:
        sides = result.sides(link)
        ours, theirs = (run.program for run in sides)
        lines = ours.line(divergence.reference_site), theirs.line(divergence.other_site)
        again = " (run again)" if judgement.again else ""
        yield from describe(divergence, ours.label, f"{theirs.label}{again}", lines)
        steps = [run.trajectory.steps for run in sides if run.trajectory is not None]
        if len(set(steps)) > 1:
            yield f"    steps: {steps[0]} of {ours.label}, {steps[1]} of {theirs.label}"
    if judgement.forced is not None:
        yield f"    with teacher forcing: {judgement.forced}"
    failed = result.failed_run(link)
    if failed is not None and failed.failure is not None:
        yield from describe_failure(failed.failure, None if verbose else FRAMES)
    if failed is not None and failed.output:
        if verbose:
            yield f"    {failed.program.label} printed:"
            yield from (f"    | {line}" for line in failed.output.expandtabs(4).splitlines())
        else:
            yield "    all of its output: -v"


def _line_inside(result: Verification, link: str) -> Iterator[str]:
    """The line inside a function, of a run as it is, that names only the call."""
    divergence = result.judgements[link].divergence
    if link == NEW_EAGER and divergence is not None and divergence.other_site is not None:
        line = result.runs[link].program.line(divergence.other_site)
        yield printable(f"    written at {divergence.other_site}: {line}")


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
    calls = counted(file.safe + file.assumed, "call")
    left = f", {file.left} left alone" if file.left else ""
    return (
        f"{printable(path)}: {calls} ({file.safe} safe, {file.assumed} assumed){left}"
        f"{_unreached(file)}"
    )


def _unreached(file: RewrittenFile) -> str:
    """Of which rewritten calls nothing is proven, in words."""
    if not file.unreached:
        return ""
    count = len(file.unreached)
    shown = ", ".join(file.unreached[:FRAMES]) + (", ..." if count > FRAMES else "")
    return f"; {count} not proven: never reached ({shown})"
