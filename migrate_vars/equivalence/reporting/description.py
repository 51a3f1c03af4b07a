"""Where and how two trajectories differ, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.records import Site, Unseen
from migrate_vars.trajectory.wording import some


def place_of(divergence: Divergence, steps: int) -> str:
    """At which step of a reference with ``steps`` steps, in words."""
    if divergence.step == 0:
        return "before step 1"
    if divergence.step > steps:
        return f"after step {steps}, the last of the reference"
    return f"at step {divergence.step} of {steps}"


def describe_judgement(
    judgement: Judgement, reference: str, other: str, steps: int
) -> Iterator[str]:
    """Lines on a verdict: what it is and why, and where the two first differ.

    Args:
        judgement: The verdict.
        reference: What to call the reference.
        other: What to call the other program.
        steps: How many steps the reference has.
    """
    divergence, drift = judgement.divergence, judgement.drift
    place = f" {place_of(divergence, steps)}" if divergence else ""
    why = printable(judgement.message)
    if judgement.verdict is Verdict.DRIFT and drift is not None:
        where = f" in {drift.variable} at step {drift.step}" if drift.scaled else ""
        why = printable(f"{drift.scaled:.2g} of {judgement.bound:g} allowed{where}")
    if judgement.verdict is Verdict.ROUNDING:
        why = printable(str(judgement.rounding))
    yield f"{judgement.verdict.value}{place}" + (f": {why}" if why else "")
    if divergence is not None:
        yield from describe(divergence, reference, other)
    if judgement.not_compared:
        yield printable(f"not compared: {describe_unseen(judgement.not_compared)}")
    for note in judgement.notes:
        yield f"note: {printable(note)}"
    for hint in judgement.hints:
        yield f"try: {printable(hint)}"


def describe(
    divergence: Divergence, reference: str, other: str, lines: tuple[str, str] = ("", "")
) -> Iterator[str]:
    """Indented lines on the values that differ and on what wrote them.

    Args:
        divergence: The first difference.
        reference: What to call the reference.
        other: What to call the other program.
        lines: The text of the lines that wrote the values, of both; "" where it is not known.
    """
    rows = facts(divergence, reference, other, lines)
    names = max((len(name) for name, _, _ in rows), default=0)
    values = max((len(value) for _, value, written in rows if written), default=0)
    for name, value, written in rows:
        yield printable(f"    {name:<{names}}  {value:<{values}}  {written}".rstrip())


def facts(
    divergence: Divergence, reference: str, other: str, lines: tuple[str, str] = ("", "")
) -> list[tuple[str, str, str]]:
    """What differs, as rows of a name, what it is, and the line that wrote it or "".

    Args:
        divergence: The first difference.
        reference: What to call the reference.
        other: What to call the other program.
        lines: The text of those lines, of both programs; "" where it is not known.
    """
    distance = divergence.distance
    rows: list[tuple[str, str, str]] = []
    if divergence.variable is not None:
        where = ""
        if distance is not None and distance.index:
            where = f"[{', '.join(map(str, distance.index))}]"
        if distance is not None and distance.n_elements > 1:
            where += f"  ({distance.n_different} of {distance.n_elements} elements differ)"
        rows.append(("variable", divergence.variable + where, ""))
    for name, value, site, line in (
        (reference, distance and distance.reference, divergence.reference_site, lines[0]),
        (other, distance and distance.other, divergence.other_site, lines[1]),
    ):
        shown = "" if distance is None else str(value)
        if shown or site:
            written = f"written at {site}" + (f": {_cut(line)}" if line else "")
            rows.append((name, shown, written if site else ""))
    if distance is not None:
        rows.append(("distance", _distance(divergence), ""))
    if divergence.variable is not None and divergence.agreeing:
        rows.append(("still equal", some(divergence.agreeing), ""))
    return rows


def describe_unseen(unseen: Iterable[Unseen]) -> str:
    """State that was not compared, in one line: "1 queue (train.py:4)"; "" where there is none."""
    found: dict[str, dict[Unseen, None]] = {}
    for each in unseen:
        found.setdefault(each.kind, {})[each] = None
    parts = []
    for kind, items in sorted(found.items()):
        plural = kind + ("es" if kind.endswith("s") else "s")
        sites = _places([each.site for each in items if each.site.path])
        parts.append(
            f"{len(items)} {kind if len(items) == 1 else plural}" + (f" ({sites})" if sites else "")
        )
    return ", ".join(parts)


def _places(sites: Iterable[Site], shown: int = 4) -> str:
    """Lines, each file named once: "train.py:12, 14"."""
    distinct = list(dict.fromkeys(sites))
    texts: list[str] = []
    path = ""
    for site in sorted(distinct[:shown], key=lambda site: (site.path, site.line)):
        texts.append(str(site.line) if site.path == path else str(site))
        path = site.path
    return ", ".join([*texts, *(["..."] if len(distinct) > shown else [])])


def _cut(line: str, width: int = 70) -> str:
    return line if len(line) <= width else line[: width - 3] + "..."


def printable(text: str) -> str:
    """The text with everything escaped that a terminal might take for a command."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _distance(divergence: Divergence) -> str:
    distance = divergence.distance
    assert distance is not None
    parts = []
    if distance.ulp is not None:
        parts.append(f"{distance.ulp:,} ULP")
        if distance.n_elements > 1:
            parts.append(f"at most {distance.max_ulp:,} ULP")
    if divergence.scaled is not None:
        parts.append(f"{divergence.scaled:.2g} of the variable's largest magnitude")
    return ", ".join(parts)
