"""Races of a program: which there are, whether running again shows them, and what they excuse.

A session run that accesses a variable twice, at least once to write it, or something else that ops
share, without anything that puts the two in order, has no defined result. The recorder finds such
runs in the graph. Here the program is run again and again, with several ops at a time, to see
whether the results really differ; and a program that trains in another way than such a reference is
not blamed for what the races decide.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from typing import Any

from migrate_vars.equivalence.description import printable
from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.equivalence.verdicts import Judgement, Verdict, judge
from migrate_vars.recorder.policy import EXACT
from migrate_vars.recorder.race_log import NOT_LOOKED
from migrate_vars.trajectory.trajectory import Race, Site, Trajectory

# Of the races of one program, so many are named in a verdict's notes.
_NOTES = 3
# What is accessed, where that is no variable, and what is done to it.
_NOUNS = {
    "iterator": "iterator ",
    "queue": "queue ",
    "unsorted queue": "queue ",
    "reader": "reader ",
    "table": "table ",
    "staging area": "staging area ",
    "python": "Python's ",
}
_ASYNCHRONOUS = ("iterator", "reader")


@dataclass(frozen=True)
class RaceReport:
    """The races of one program.

    Attributes:
        run: The run in which they were found, with one op at a time.
        again: How often the program was run again.
        seen: Of each race of the run's trajectory, in how many runs its order gave other values.
        repeats: Whether a second run with one op at a time was the same; if it was not, other
            values prove nothing, and ``seen`` is empty.
        failures: Why runs did not come to their end, where the first one did.
    """

    run: Run
    again: int = 0
    seen: tuple[int, ...] = ()
    repeats: bool = True
    failures: tuple[str, ...] = ()

    @property
    def races(self) -> Sequence[Race]:
        """What was found in the graphs."""
        return self.run.trajectory.races if self.run.trajectory is not None else ()

    @property
    def unknown(self) -> Sequence[str]:
        """What could not be looked into, in words."""
        warnings = self.run.trajectory.warnings if self.run.trajectory is not None else ()
        return [warning for warning in warnings if warning.startswith(NOT_LOOKED)]


def find_races(
    program: Program,
    interpreter: Interpreter,
    again: int = 5,
    done: Callable[[Run], None] = lambda run: None,
) -> RaceReport:
    """Finds the races of a program, and runs it again to see what they do.

    Args:
        program: The program. Its random numbers get fixed seeds, so that runs can be compared.
        interpreter: Runs it, under the exact numerics policy.
        again: How often to run it again where there are races.
        done: Called after each run.

    Raises:
        InterpreterError: If the interpreter cannot run TensorFlow programs.
    """
    program = replace(program, races=True, align_seeds=True)
    run = interpreter.run(program)
    done(run)
    ours = run.trajectory
    if run.error or ours is None or not ours.races or not again:
        return RaceReport(run)
    # Another number of threads is another schedule.
    program = replace(program, streams=tuple(ours.random))
    programs = [program, *(replace(program, ops=2 + number % 3) for number in range(again))]
    same, *others = interpreter.run_all(programs, done)
    if same.error or same.trajectory is None or not _alike(ours, same.trajectory):
        return RaceReport(run, again, repeats=False)
    seen = [0] * len(ours.races)
    for other in others:
        if other.trajectory is not None:
            for number in _differing(ours, other.trajectory):
                seen[number] += 1
    failures = tuple(dict.fromkeys(other.error for other in others if other.error))
    return RaceReport(run, again, tuple(seen), failures=failures)


def _alike(ours: Trajectory, theirs: Trajectory) -> bool:
    return (ours.initial, ours.states, ours.fetched) == (
        theirs.initial,
        theirs.states,
        theirs.fetched,
    )


def _differing(ours: Trajectory, theirs: Trajectory) -> set[int]:
    """The races whose order made two runs of one program differ.

    Only until variables differ: what comes later may follow from that. What was fetched changes no
    variable, so the comparison goes on after it.
    """
    found = {
        number
        for number, race in enumerate(ours.races)
        if any(ours.initial.get(name) != theirs.initial.get(name) for name in race.decides)
    }
    mine, others = _by_states(ours), _by_states(theirs)
    for position in range(len(ours.states) + 1):
        if position:
            if position > len(theirs.states):
                break
            state, other = ours.states[position - 1], theirs.states[position - 1]
            names = {
                name
                for name in {*state.writes, *other.writes}
                if state.writes.get(name) != other.writes.get(name)
            }
            found |= {
                number
                for number, race in enumerate(ours.races)
                if race.step <= state.step and not names.isdisjoint(race.decides)
            }
        for each, another in zip(mine.get(position, ()), others.get(position, ()), strict=False):
            tensors = {n for n, digest in each.digests.items() if another.digests.get(n) != digest}
            found |= {
                number
                for number, race in enumerate(ours.races)
                if race.run == each.run and not tensors.isdisjoint(race.fetched)
            }
        if position and names:
            break
    return found


def _by_states(trajectory: Trajectory) -> dict[int, list[Any]]:
    return {key: list(each) for key, each in groupby(trajectory.fetched, lambda f: f.states)}


def excuse(reference: Run, other: Run, judgement: Judgement) -> Judgement:
    """Says "undefined" instead of "diverged" where races of the reference decide what differs.

    They do where the first step that differs writes a variable that a race decides, and where every
    other variable that differs by then can have it from there: in the graph, or by way of the
    program, which has been fed other data since. A divergence in an earlier step, or at any time in
    a variable that nothing of this reaches, stays one. So does one where both programs evidently
    have the same order; see :func:`_settled`.

    Args:
        reference: Run of the program that is taken to be right, recorded with its races.
        other: Run of the program that is checked.
        judgement: What was found in comparing them.
    """
    ours, theirs, comparison = reference.trajectory, other.trajectory, judgement.comparison
    if judgement.verdict is not Verdict.DIVERGED or ours is None or not ours.races:
        return judgement
    if theirs is None or comparison is None:
        return judgement
    causes = _causes(ours, theirs, judgement)
    if not causes:
        return judgement
    reached = {name for race in ours.races for name in race.reaches}
    also = {pair.other for pair in comparison.mapping.pairs if pair.reference in reached}
    rest, other_rest = _without(ours, reached), _without(theirs, also)
    wishes = comparison.mapping.wishes.among(rest.variables, other_rest.variables)
    elsewhere = judge(
        replace(reference, trajectory=rest),
        replace(other, trajectory=other_rest),
        judgement.bound,
        wishes,
    )
    if elsewhere.verdict is Verdict.DIVERGED and not _fed_since(causes, judgement):
        return elsewhere
    message = f"{reference.program.label} races: {describe(causes[0])}"
    return replace(judgement, verdict=Verdict.UNDEFINED, message=message)


def _without(trajectory: Trajectory, names: set[str]) -> Trajectory:
    """What was recorded of all other variables."""
    writes = [
        {n: w for n, w in state.writes.items() if n not in names} for state in trajectory.states
    ]
    left = [number for number, each in enumerate(writes) if each]
    place = {number: new for new, number in enumerate(left)}
    return replace(
        trajectory,
        variables={n: v for n, v in trajectory.variables.items() if n not in names},
        initial={n: digest for n, digest in trajectory.initial.items() if n not in names},
        states=[replace(trajectory.states[number], writes=writes[number]) for number in left],
        feeds=[
            replace(call, state=place[call.state])
            for call in trajectory.feeds
            if call.state in place
        ],
    )


def _causes(trajectory: Trajectory, other: Trajectory, judgement: Judgement) -> list[Race]:
    """The races that decide what differs first, if all that differs can come from races.

    A race can have changed what its own run has written, and what was written later.
    """
    divergence, drift, comparison = judgement.divergence, judgement.drift, judgement.comparison
    if comparison is None:
        return []
    if divergence is not None:
        if divergence.variable is None or "values differ" not in divergence.reason:
            return []
        step, differing = divergence.step, {divergence.variable}
        if judgement.bound is None:
            differing = {pair.reference for pair in comparison.mapping.pairs}
            differing.difference_update(divergence.agreeing)
    elif drift is not None:
        step, differing = drift.step, {drift.variable}
    else:
        return []
    places = {
        pair.reference: _first_differing(trajectory, other, pair.reference, pair.other, step)
        if judgement.bound is None
        else _last_written(trajectory, pair.reference, step)
        for pair in comparison.mapping.pairs
        if pair.reference in differing
    }
    if judgement.data is not None:
        if not _fed_since(trajectory.races, judgement):
            return []
        # What ops take from an iterator by chance, and Python fetches, is data of what it feeds.
        taken = [race for race in trajectory.races if race.model in _NOUNS and race.fetched]
        if _fed_since(taken, judgement):
            return taken
    # Of each variable that a race may change, the state from which on it may differ.
    reached: dict[str, int] = {}
    causes = []
    for race in trajectory.races:
        found = [
            place
            for name, place in places.items()
            if name in race.decides and _may_show(race, place, trajectory, judgement)
        ]
        if found and not (judgement.bound is None and _settled(race, trajectory, other, step)):
            causes.append(race)
            for name in race.reaches:
                reached[name] = min(found[0], reached.get(name, found[0]), *found)
    if any(name not in reached or place < reached[name] for name, place in places.items()):
        return causes if _fed_since(causes, judgement) else []
    return causes


def _may_show(race: Race, place: int, trajectory: Trajectory, judgement: Judgement) -> bool:
    """Whether a state can be that of a run with the race; -1 stands for the initial values."""
    first = race.states - 1
    if place < first or judgement.bound is not None:
        return place >= first
    if place < 0 or first < 0:
        return True
    state, racing = trajectory.states[place], trajectory.states[first]
    return state.site == race.site or state.writes.keys() == racing.writes.keys()


def _first_differing(ours: Trajectory, theirs: Trajectory, name: str, other: str, step: int) -> int:
    """The state of a reference that first gives a variable another value than a program does.

    Args:
        ours: The reference.
        theirs: The program.
        name: The variable in the reference.
        other: The variable in the program.
        step: The first step of the reference that differs.

    Returns:
        The place of the state. Where writes cannot be told to belong together, it is the last one
        of the step that writes the variable.
    """
    if not step:
        return -1
    only = step if ours.steps == theirs.steps else None
    found = {count: digest for count, _, digest in _counted(theirs, other, only)}
    for count, place, digest in _counted(ours, name, only):
        if found.get(count, digest) != digest:
            return place
    return _last_written(ours, name, step)


def _counted(trajectory: Trajectory, name: str, step: int | None) -> Iterator[tuple[int, int, str]]:
    """The writes of a variable, in one step or in all: their number so far, state and digest."""
    count = 0
    for place, state in enumerate(trajectory.states):
        write = state.writes.get(name)
        if write is None or step not in (None, state.step):
            continue
        if write.count is None:
            return
        count += write.count
        yield count, place, write.digest


def _last_written(trajectory: Trajectory, name: str, step: int) -> int:
    """The last state up to the end of a step that writes a variable; -1 if none does."""
    places = [
        place
        for place, state in enumerate(trajectory.states)
        if state.step <= step and name in state.writes
    ]
    return places[-1] if places else -1


def _settled(race: Race, ours: Trajectory, theirs: Trajectory, step: int) -> bool:
    """Whether two programs have the same order where one races, though nothing says so.

    One op at a time, a release of TensorFlow 2 runs the same ops in the same order, but for those
    that leave their work to another thread, as taking from an iterator does. So it is where
    the other program has the same race, and where earlier steps, in which the order would have
    shown, are the same in both.
    """
    if race.model in _ASYNCHRONOUS:
        return False
    release, policy = (ours.header.get(key) for key in ("tensorflow", "policy"))
    if policy != EXACT.name or str(release).startswith("1."):
        return False
    if (release, policy) != (theirs.header.get("tensorflow"), theirs.header.get("policy")):
        return False
    if any(_same_ops(race, each) for each in theirs.races):
        return True
    before = ours.initial.get(race.variable)
    for state in ours.states:
        if state.step >= step:
            break
        write = state.writes.get(race.variable)
        if write is not None:
            if state.step >= race.step and state.site == race.site and write.digest != before:
                return True
            before = write.digest
    return False


def _same_ops(one: Race, other: Race) -> bool:
    ops, others = ({(a.kind, a.op) for a in race.accesses} for race in (one, other))
    return (one.variable, ops) == (other.variable, others)


def _fed_since(races: Sequence[Race], judgement: Judgement) -> bool:
    """Whether the program has been fed other data since it may have fetched what a race decides."""
    data = judgement.data
    return data is not None and any(race.states <= data.state for race in races)


def notes(run: Run) -> list[str]:
    """What to say of the races of a run beside its verdict."""
    races = run.trajectory.races if run.trajectory is not None else []
    label = run.program.label
    found = [f"{label} races: {describe(race)}" for race in races[:_NOTES]]
    if len(races) > _NOTES:
        found.append(f"{label} races in {len(races) - _NOTES} more places: see migrate-vars races")
    return found


_DONE = {
    "read": "read",
    "write": "written",
    "take": "asked for an element",
    "put": "given an element",
    "start": "started anew",
    "close": "closed",
    "call": "used by the function",
}

_DOES = {
    "read": "reads it",
    "write": "writes it",
    "take": "takes an element",
    "put": "gives it an element",
    "start": "starts it anew",
    "close": "closes it",
    "call": "calls a function that uses it",
}


def describe(race: Race) -> str:
    """One line: which variable is accessed where."""
    first, second = race.accesses
    if (first.kind, first.site) == (second.kind, second.site):
        places = f"{_DONE[first.kind]} by {first.op} or by {second.op}, both {_at(second.site)}"
    elif first.kind == second.kind:
        places = f"{_DONE[first.kind]} {_at(first.site)} or {_at(second.site)}"
    else:
        done = [f"{_DONE[each.kind]} {_at(each.site)}" for each in race.accesses]
        places = " or ".join(done)
    decides = [repr(name) for name in race.decides if not _is_own(race, name)]
    told = _and(decides or list(race.fetched))
    return f"nothing says whether {_noun(race)} is first {places}" + (
        f"; that decides {told}" if told else ""
    )


def _noun(race: Race) -> str:
    return f"{_NOUNS.get(race.model, '')}{race.variable!r}"


def _is_own(race: Race, name: str) -> bool:
    """Whether a name is that of what is accessed, which is no variable."""
    return race.model in _NOUNS and name == race.variable


def _at(site: Site) -> str:
    return f"at {site}" if site.path else "by TensorFlow itself"


def _and(names: Sequence[str]) -> str:
    shown = list(names[:4])
    if len(names) > 4:
        shown.append(f"{len(names) - 4} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def as_text(report: RaceReport) -> Iterator[str]:
    """Lines on every race: the variable, both places, and whether running again has shown it."""
    for number, race in enumerate(report.races):
        what = _NOUNS.get(race.model, f"{race.model} variable").strip()
        what = "shared by Python functions" if race.model == "python" else what
        yield printable(f"{race.variable}: {race.kind}, {what}, run {_at(race.site)}")
        places = [_at(access.site).removeprefix("at ") for access in race.accesses]
        width = max(map(len, places))
        for access, place in zip(race.accesses, places, strict=True):
            yield printable(f"    {place:<{width}}  {_DOES[access.kind]}  ({access.op})")
        yield "    why: no path leads from one of these ops to the other"
        decided = [name for name in race.decides if not _is_own(race, name)]
        decides = [_and(names) for names in (decided, race.fetched)]
        if decides[0]:
            yield printable(f"    decides the value of {decides[0]}")
        if decides[1]:
            yield printable(f"    decides what is fetched from {decides[1]}")
        yield f"    {_confirmation(report, number)}"


def _confirmation(report: RaceReport, number: int) -> str:
    if not report.again:
        return "not run again"
    if not report.repeats:
        return "cannot be confirmed: two runs differ even with one op at a time"
    if report.seen[number]:
        return f"seen to give different results in {report.seen[number]} of {report.again} runs"
    return f"not seen to differ in {report.again} runs"


def as_json(report: RaceReport) -> str:
    """One document with every race, for programs to read."""
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
