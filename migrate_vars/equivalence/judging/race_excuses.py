"""Which differences the races of a reference excuse.

A program that trains in another way than a reference that races is not blamed for what the races
decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from migrate_vars.equivalence.judging.race_wording import NOUNS, describe
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.recorder.policy import EXACT
from migrate_vars.trajectory.records import Race
from migrate_vars.trajectory.trajectory import Trajectory

_ASYNCHRONOUS = ("iterator", "reader")


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
    variables = comparison.mapping.given.among(rest.variables, other_rest.variables)
    elsewhere = judge(
        replace(reference, trajectory=rest),
        replace(other, trajectory=other_rest),
        judgement.bound,
        variables,
    )
    if elsewhere.verdict is Verdict.DIVERGED and not _fed_since(causes, judgement):
        return elsewhere
    message = f"{reference.program.label}: {describe(causes[0])}"
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
        taken = [race for race in trajectory.races if race.model in NOUNS and race.fetched]
        if _fed_since(taken, judgement):
            return taken
    # For each variable that a race may change, the state from which on it may differ.
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
    """Whether two programs have the same order where one races, though the graph does not order it.

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
