"""Variables in the HTML report: tables of them, and how far they are apart."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from migrate_vars.equivalence.reporting.side_by_side import SideBySide
from migrate_vars.trajectory.mapping import How, Pair
from migrate_vars.trajectory.series import Gap
from migrate_vars.trajectory.wording import counted

#: The number of variables that are listed; the page states how many more there are.
LISTED = 60
_CONFIDENCE: dict[How, str] = {
    "name": "same name",
    "leaf name": "same last part of the name, and shape",
    "first value": "same first value and shape",
    "values": "same values in the same order",
    "order": "order of creation only: check this",
}


@dataclass(frozen=True)
class VariableRow:
    """A row of the table of variables."""

    name: str
    shape: str
    dtype: str
    other: str
    how: str
    steps: str
    first: str
    scaled: str
    ulp: str


@dataclass(frozen=True)
class VariableTable:
    """A table of variables, of one or several links that agree in all of it."""

    links: list[str]
    rows: list[VariableRow]
    more: int
    reference_only: tuple[str, ...]
    other_only: tuple[str, ...]
    note: str

    def says_the_same_as(self, other: VariableTable) -> bool:
        """Whether all but the names of the checks is the same."""
        ours, theirs = (
            (table.rows, table.more, table.reference_only, table.other_only, table.note)
            for table in (self, other)
        )
        return ours == theirs


def table(name: str, sides: SideBySide) -> VariableTable:
    """The table of the variables of one check."""
    note = ""
    if not sides.aligned and not sides.comparison.identical:
        note = "The programs do not count the same steps, so there is no distance by step."
    elif sides.gaps and len(sides.measured_steps) <= sides.common_steps:
        note = f"Distances were measured at {len(sides.measured_steps):,} of the steps."
    mapping = sides.comparison.mapping
    pairs = sorted(mapping.pairs, key=lambda pair: pair.reference not in sides.gaps)
    return VariableTable(
        links=[name],
        rows=[_row(sides, pair) for pair in pairs[:LISTED]],
        more=max(0, len(pairs) - LISTED),
        reference_only=mapping.reference_only,
        other_only=mapping.other_only,
        note=note,
    )


def _row(sides: SideBySide, pair: Pair) -> VariableRow:
    variable = sides.ours.trajectory.variables[pair.reference]
    first = sides.first_differences.get(pair.reference)
    if first is not None:
        scaled, ulp = _largest(sides.gaps.get(pair.reference, ()))
        step = f"step {first:,}" if first else "start"
    elif sides.aligned or sides.comparison.identical:
        step, scaled, ulp = "none", "0", "0"
    else:
        step = scaled = ulp = "not known"
    return VariableRow(
        name=pair.reference,
        shape=" x ".join(map(str, variable.shape)) or "scalar",
        dtype=variable.dtype,
        other=pair.other,
        how=_CONFIDENCE[pair.how],
        steps=counted(len(sides.ours.written(pair.reference)), "step"),
        first=step,
        scaled=scaled,
        ulp=ulp,
    )


def _largest(found: Collection[Gap]) -> tuple[str, str]:
    """The largest distance, and the largest one in ULP, in words."""
    scaled = [gap.scaled for gap in found if gap.scaled is not None]
    finite = [one for one in scaled if math.isfinite(one)]
    ulps = [gap.ulp for gap in found if gap.ulp is not None]
    unknown = len(scaled) < len(found) or not all(gap.exact for gap in found)
    if unknown and not any(scaled):
        return "not known", "not known"
    more = " or more" if unknown else ""
    return (
        relative(max(finite or scaled, default=0.0)) + more,
        f"{max(ulps, default=0):,}{more}" if len(ulps) == len(scaled) else "no number",
    )


def furthest(sides: SideBySide, step: int) -> tuple[int, str, str, str]:
    """A step, the variable that is furthest away at its end, its distance, and that in ULP."""
    place = sides.measured_steps.index(step)
    at = {name: found[place] for name, found in sides.gaps.items()}
    known = {name: gap for name, gap in at.items() if gap.scaled is not None}
    if not known:
        return step, "-", "not known", "not known"
    name = max(known, key=lambda one: known[one].scaled or 0.0)
    return step, name if known[name].scaled else "-", *_largest([known[name]])


def relative(scaled: float, known: bool = True) -> str:
    """A distance relative to the reference's largest magnitude, if that was not zero."""
    if math.isfinite(scaled):
        return f"{scaled:.2g}"
    return "reference was 0" if known else "not known"
