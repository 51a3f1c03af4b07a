"""The races of a program, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from migrate_vars.equivalence.judging.race_search import RaceReport
from migrate_vars.equivalence.judging.race_wording import ACCESSES, NOUNS, at, is_own
from migrate_vars.equivalence.reporting.description import printable
from migrate_vars.trajectory.records import Access, Race
from migrate_vars.trajectory.wording import counted, enumerated


def as_text(report: RaceReport) -> Iterator[str]:
    """Lines on every race: the variable, both places, and whether further runs confirm it."""
    for number, race in enumerate(report.races):
        yield from map(printable, _of_one_op(race) if race.model == "random" else _of_two(race))
        decided = [name for name in race.decides if not is_own(race, name)]
        decides = [enumerated(names) for names in (decided, race.fetched)]
        if decides[0]:
            yield printable(f"    decides the value of {decides[0]}")
        if decides[1]:
            yield printable(f"    decides what is fetched from {decides[1]}")
        yield f"    {_confirmation(report, number)}"


def _of_two(race: Race) -> Iterator[str]:
    what = NOUNS.get(race.model, f"{race.model} variable").strip()
    what = "shared by Python functions" if race.model == "python" else what
    yield f"{race.variable}: {race.kind}, {what}, run {at(race.site)}"
    places = [_place(access) for access in race.accesses]
    width = max(map(len, places))
    for access, place in zip(race.accesses, places, strict=True):
        yield f"    {place:<{width}}  {ACCESSES[access.kind]}  ({access.op})"
    yield "    no path in the graph orders these ops"


def _of_one_op(race: Race) -> Iterator[str]:
    yield f"{race.variable}: random op in a loop, run {at(race.site)}"
    yield f"    {_place(race.accesses[0])}  draws in each iteration"
    yield "    no path in the graph orders these draws"


def _place(access: Access) -> str:
    return at(access.site).removeprefix("at ")


def _confirmation(report: RaceReport, number: int) -> str:
    runs = counted(report.again, "run")
    if not report.again:
        return "not run again"
    if not report.repeats:
        return "cannot be confirmed: the program is nondeterministic even with one op at a time"
    if report.seen[number]:
        return f"confirmed: different results in {report.seen[number]} of {runs}"
    return f"not confirmed: the same results in {runs}"


def as_json(report: RaceReport) -> str:
    """A machine-readable document with every race."""
    document: Mapping[str, Any] = {
        "version": 1,
        "program": report.run.program.label,
        "tensorflow": report.run.trajectory.header.get("tensorflow")
        if report.run.trajectory is not None
        else None,
        "error": report.run.error,
        "runs": report.again,
        "repeats": report.repeats,
        "failures": list(report.failures),
        "races": [
            {
                **asdict(race),
                "kind": race.kind,
                "seen": report.seen[number] if report.seen else None,
            }
            for number, race in enumerate(report.races)
        ],
    }
    return json.dumps(document, indent=2)
