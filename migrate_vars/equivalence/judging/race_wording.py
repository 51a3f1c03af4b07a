"""Races in words."""

from __future__ import annotations

from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.records import Race, Site
from migrate_vars.trajectory.wording import enumerated

# Of the races of one program, so many are named in a verdict's notes.
_NOTES = 3
#: What is accessed, where that is no variable.
NOUNS = {
    "iterator": "iterator ",
    "queue": "queue ",
    "unsorted queue": "queue ",
    "reader": "reader ",
    "table": "table ",
    "staging area": "staging area ",
    "python": "Python's ",
}


def notes(run: Run) -> list[str]:
    """What to say of the races of a run beside its verdict."""
    races = run.trajectory.races if run.trajectory is not None else []
    label = run.program.label
    found = [f"{label} races: {describe(race)}" for race in races[:_NOTES]]
    if len(races) > _NOTES:
        found.append(f"{label} races in {len(races) - _NOTES} more places: see migrate-vars races")
    return found


# What is done to it.
_DONE = {
    "read": "read",
    "write": "written",
    "take": "asked for an element",
    "put": "given an element",
    "start": "started anew",
    "close": "closed",
    "call": "used by the function",
}


def describe(race: Race) -> str:
    """One line: which variable is accessed where."""
    first, second = race.accesses
    if (first.kind, first.site) == (second.kind, second.site):
        places = f"{_DONE[first.kind]} by {first.op} or by {second.op}, both {at(second.site)}"
    elif first.kind == second.kind:
        places = f"{_DONE[first.kind]} {at(first.site)} or {at(second.site)}"
    else:
        done = [f"{_DONE[each.kind]} {at(each.site)}" for each in race.accesses]
        places = " or ".join(done)
    decides = [repr(name) for name in race.decides if not is_own(race, name)]
    told = enumerated(decides or race.fetched)
    return f"nothing says whether {_noun(race)} is first {places}" + (
        f"; that decides {told}" if told else ""
    )


def _noun(race: Race) -> str:
    return f"{NOUNS.get(race.model, '')}{race.variable!r}"


def is_own(race: Race, name: str) -> bool:
    """Whether a name is that of what is accessed, which is no variable."""
    return race.model in NOUNS and name == race.variable


def at(site: Site) -> str:
    """Where an access is, in words."""
    return f"at {site}" if site.path else "by TensorFlow itself"
