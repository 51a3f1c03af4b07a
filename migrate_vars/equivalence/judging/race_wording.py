"""Races in words."""

from __future__ import annotations

from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.records import Race, Site
from migrate_vars.trajectory.wording import counted, enumerated

# The number of races of one program that a verdict's notes name.
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
    "random": "random op ",
}


def notes(run: Run) -> list[str]:
    """The races of a run, to be noted beside its verdict."""
    races = run.trajectory.races if run.trajectory is not None else []
    label, more = run.program.label, len(races) - _NOTES
    found = [f"{label}: {describe(race)}" for race in races[:_NOTES]]
    if more > 0:
        found.append(f"{label}: {counted(more, 'more data race')}: see migrate-vars races")
    return found


#: What the accesses are called.
ACCESSES = {
    "read": "read",
    "write": "write",
    "take": "take",
    "put": "put",
    "start": "reinitialisation",
    "close": "close",
    "call": "call",
}


def describe(race: Race) -> str:
    """One line: what is accessed, where, and what the order decides."""
    first, second = race.accesses
    decides = [repr(name) for name in race.decides if not is_own(race, name)]
    result = enumerated(decides or race.fetched)
    which_decides = f", which decides {result}" if result else ""
    if race.model == "random":
        draws = f"its draws in the iterations of a loop, {at(second.site)},"
        return f"data race on {_noun(race)}: {draws} are unordered{which_decides}"
    kinds = [ACCESSES[access.kind] for access in race.accesses]
    if first.site == second.site:
        places = f"{kinds[0]} by {first.op} and {kinds[1]} by {second.op}, both {at(second.site)},"
    else:
        places = f"{kinds[0]} {at(first.site)} and {kinds[1]} {at(second.site)}"
    return f"data race on {_noun(race)}: {places} are unordered{which_decides}"


def _noun(race: Race) -> str:
    return f"{NOUNS.get(race.model, '')}{race.variable!r}"


def is_own(race: Race, name: str) -> bool:
    """Whether a name is that of what is accessed, which is no variable."""
    return race.model in NOUNS and name == race.variable


def at(site: Site) -> str:
    """Where an access is, in words."""
    return f"at {site}" if site.path else "by TensorFlow itself"
