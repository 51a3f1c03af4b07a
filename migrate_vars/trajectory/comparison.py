"""Whether two trajectories are the same, and where they first differ.

The two are seldom cut at the same places: a session shows a state after each run, eager execution
one after each assignment, a ``tf.function`` one after each call, which may be several steps. They
are the same in one of two ways:

* They take the same steps. Then all variables must agree at the end of every step. Within a step,
  variables may be written in another order; a variable that both write equally often must take the
  same values, and one that they do not (two assignments merged into one, an assignment of the value
  that was there) must not be seen to take values on the way that are foreign to the other.
* They do not. Then every state of the coarser one must occur in the finer one after the same number
  of writes of every variable, in order, and nothing else may follow. Where control flow hides the
  number of writes, all values must fit in one step only.

Values never decide what is compared with what, except for being equal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from migrate_vars.trajectory.distance import (
    Distance,
    estimate,
    known_magnitude,
    measure,
    scaled_difference,
)
from migrate_vars.trajectory.mapping import NO_WISHES, Mapping, Wishes, map_variables
from migrate_vars.trajectory.trajectory import Site, Trajectory


@dataclass(frozen=True)
class Unkept:
    """Two different values of one variable of which at least one was not kept.

    Attributes:
        variable: Its name in the reference.
        digest: Names the reference's value.
        other_variable: Its name in the other program.
        other_digest: Names the other program's value.
    """

    variable: str
    digest: str
    other_variable: str
    other_digest: str


@dataclass(frozen=True)
class Divergence:
    """The first place where two trajectories differ.

    Attributes:
        reason: What differs, in words.
        step: Training step of the reference, from 1; 0 stands for the initial values.
        variable: Its name in the reference, or None where no variable's value is at fault.
        distance: How far apart the values are; None where they were not kept or have no distance.
        scaled: Largest difference divided by the largest magnitude that the reference's variable
            has had so far; None as above, and where that was only ever zero.
        reference_site: Line that wrote the value in the reference, if it was written.
        other_site: Line that wrote it in the other program, if it was written.
        agreeing: The compared variables that are still the same at that place.
        unkept: The values that are lacking to say how far they are apart.
    """

    reason: str
    step: int
    variable: str | None = None
    distance: Distance | None = None
    scaled: float | None = None
    reference_site: Site | None = None
    other_site: Site | None = None
    agreeing: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()


@dataclass(frozen=True)
class Drift:
    """The largest difference of two trajectories at the end of any step.

    Attributes:
        scaled: Difference divided by the largest magnitude that the reference's variable has had.
        ulp: The same element-wise maximum in ULP, or None where a value has no ULP.
        variable: Where ``scaled`` is largest; "" if nothing differs.
        step: Likewise.
        sampled: The variables some of whose values were not kept: of these the samples and the
            extremes were compared, or nothing where even they were not kept.
        unkept: Of each of them the last values, and those that differ most by their samples.
        beyond: Where it is first above the bound that was given, or None.
    """

    scaled: float
    ulp: int | None
    variable: str
    step: int
    sampled: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()
    beyond: Divergence | None = None


@dataclass(frozen=True)
class Comparison:
    """What came out of comparing two trajectories.

    Attributes:
        mapping: Which variables were compared.
        steps: Training steps of the reference.
        states: States of the reference.
        divergence: The first difference in bits, or None if there is none.
    """

    mapping: Mapping
    steps: int
    states: int
    divergence: Divergence | None

    @property
    def identical(self) -> bool:
        """Whether every compared bit is the same, and everything trained was compared."""
        return self.divergence is None


def compare(reference: Trajectory, other: Trajectory, wishes: Wishes = NO_WISHES) -> Comparison:
    """Compares two trajectories bit for bit.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        wishes: What the user says of the variables.

    Returns:
        The comparison, with the first divergence if there is one.

    Raises:
        MappingError: If ``wishes`` do not fit the programs.
    """
    mapping = map_variables(reference, other, wishes)
    divergence = _find_divergence(reference, other, mapping)
    return Comparison(mapping, reference.steps, len(reference.states), divergence)


def measure_drift(
    reference: Trajectory, other: Trajectory, mapping: Mapping, bound: float = float("inf")
) -> Drift | Divergence:
    """Measures how far two trajectories move apart, step by step.

    Where they count their steps differently, they are compared where both have written every
    variable as often. The difference is taken relative to the largest magnitude of the variable so
    far, because ULP and plain relative differences explode where a value crosses zero.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        mapping: Which variables to compare.
        bound: The drift allowed.

    Returns:
        The drift, or a divergence if the two take steps that cannot be told to be the same, nothing
        is known of the values of a variable that differs, or two values have no distance.
    """
    a, b = _tracks(reference, other, mapping)
    stages = _stages_by_step(a, b) if a.steps == b.steps else _stages_by_count(a, b)
    if stages is None:
        return _step_count_divergence(a, b)
    worst = Drift(0.0, 0, "", 0)
    largest_ulp: int | None = 0
    scale = [0.0] * len(a.names)
    ours, theirs = list(a.initial), list(b.initial)
    events: list[tuple[int | None, int | None]] = [(None, None)] * len(a.names)
    measured: set[int] = set()
    # Of variables whose values were not kept: the last ones, those that differ most, and how much.
    last: dict[int, tuple[int, Unkept]] = {}
    most: dict[int, tuple[float, Unkept]] = {}
    # A variable that neither writes is no further away than it was.
    touched = set(range(len(a.names)))
    beyond: Divergence | None = None
    for step, mine, others in [(0, {}, {}), *stages]:
        above: dict[int, float] = {}
        for k, written in mine.items():
            ours[k], events[k] = written.digest, (written.event, events[k][1])
        for k, written in others.items():
            theirs[k], events[k] = written.digest, (events[k][0], written.event)
        touched.update(mine, others)
        agreeing = [k for k in range(len(a.names)) if ours[k] == theirs[k]]
        for k in sorted(touched):
            scale[k] = max(scale[k], known_magnitude(reference, a.names[k], ours[k]))
            last.pop(k, None)
            if ours[k] == theirs[k]:
                continue
            value = reference.value(a.names[k], ours[k])
            found = other.value(b.names[k], theirs[k])
            difference: float
            if value is not None and found is not None:
                distance = measure(value, found)
                if distance is None:
                    return _value_divergence(a, b, k, step, events[k], agreeing=agreeing)
                difference, ulp = distance.max_difference, distance.max_ulp
            else:
                unkept = Unkept(a.names[k], ours[k], b.names[k], theirs[k])
                last[k] = step, unkept
                summary = reference.summary(a.names[k], ours[k])
                other_summary = other.summary(b.names[k], theirs[k])
                if summary is None or other_summary is None:
                    most.setdefault(k, (0.0, unkept))
                    continue
                estimated = estimate(summary, other_summary)
                if estimated is None:
                    return _value_divergence(a, b, k, step, events[k], agreeing=agreeing)
                difference, ulp = estimated.max_difference, estimated.max_ulp
            measured.add(k)
            scaled = scaled_difference(difference, scale[k])
            if scaled > bound:
                above[k] = scaled
            if k in last and scaled >= most.get(k, (0.0, None))[0]:
                most[k] = scaled, last[k][1]
            if scaled > worst.scaled:
                worst = Drift(scaled, None, a.names[k], step)
            largest_ulp = None if ulp is None or largest_ulp is None else max(largest_ulp, ulp)
        touched.clear()
        if above and beyond is None:
            most_above = max(above, key=above.__getitem__)
            beyond = _value_divergence(
                a, b, most_above, step, events[most_above], agreeing=agreeing
            )
    wanted = [unkept for _, unkept in most.values()] + [unkept for _, unkept in last.values()]
    unknown = [(step, k) for k, (step, _) in last.items() if k not in measured]
    if unknown:
        step, k = min(unknown)
        found_divergence = _value_divergence(a, b, k, step, events[k], agreeing=agreeing)
        return replace(found_divergence, unkept=tuple(dict.fromkeys(wanted)))
    return Drift(
        worst.scaled,
        largest_ulp,
        worst.variable,
        worst.step,
        tuple(a.names[k] for k in sorted(most)),
        tuple(dict.fromkeys(wanted)),
        beyond,
    )


# A step of the reference, and what the two have written since the stage before, by variable.
_Stage = tuple[int, dict[int, "_Written"], dict[int, "_Written"]]


class _Written(NamedTuple):
    """A variable as one event left it, after that many writes in the event, if known."""

    event: int
    writes: int | None
    digest: str


class _Track:
    """A trajectory reduced to the variables that are compared, which are known by number.

    Its events are the states that write at least one of them.
    """

    def __init__(self, trajectory: Trajectory, names: Sequence[str]) -> None:
        self.trajectory = trajectory
        self.names = tuple(names)
        number = {name: k for k, name in enumerate(names)}
        self.initial = [trajectory.initial.get(name, "") for name in names]
        self.steps = trajectory.steps
        self.events: list[tuple[int, Site, list[tuple[int, _Written]]]] = []
        # Of each step that has any, by variable.
        self.by_step: dict[int, dict[int, list[_Written]]] = {}
        self.history: list[list[_Written]] = [[] for _ in names]
        self.uncounted: set[int] = set()
        for state in trajectory.states:
            event = []
            for name, write in state.writes.items():
                k = number.get(name)
                if k is None:
                    continue
                written = _Written(len(self.events), write.count, write.digest)
                if write.count is None:
                    self.uncounted.add(k)
                event.append((k, written))
                self.history[k].append(written)
                self.by_step.setdefault(state.step, {}).setdefault(k, []).append(written)
            if event:
                self.events.append((state.step, state.site, event))

    @cached_property
    def by_count(self) -> list[dict[int, _Written]]:
        """Of each variable that is not uncounted, by the number of writes so far."""
        return [
            {} if k in self.uncounted else dict(_running(history))
            for k, history in enumerate(self.history)
        ]

    def total(self, k: int) -> int:
        """How often a variable that is not uncounted was written."""
        return max(self.by_count[k], default=0)

    def last_write(self, k: int, step: int) -> int | None:
        """The last event up to the end of a step that writes variable ``k``."""
        position = bisect_right(self.history[k], step, key=lambda w: self.events[w.event][0])
        return self.history[k][position - 1].event if position else None

    def at_end_of(self, step: int) -> list[str]:
        """The digests of all variables at the end of a step; of step 0: the initial ones."""
        return [self.digest_at(k, self.last_write(k, step)) for k in range(len(self.names))]

    def digest_at(self, k: int, event: int | None) -> str:
        """The digest that variable ``k`` had after an event; None: the initial one."""
        if event is None:
            return self.initial[k]
        position = bisect_right(self.history[k], event, key=lambda w: w.event)
        return self.history[k][position - 1].digest if position else self.initial[k]

    def site_of(self, event: int | None) -> Site | None:
        """The line that caused an event."""
        return None if event is None else self.events[event][1]


def _running(written: Sequence[_Written]) -> Iterator[tuple[int, _Written]]:
    """Values of one variable, each with the number of writes so far; all counts are known."""
    count = 0
    for each in written:
        assert each.writes is not None
        count += each.writes
        yield count, each


def _tracks(reference: Trajectory, other: Trajectory, mapping: Mapping) -> tuple[_Track, _Track]:
    return (
        _Track(reference, [pair.reference for pair in mapping.pairs]),
        _Track(other, [pair.other for pair in mapping.pairs]),
    )


def _stages_by_step(a: _Track, b: _Track) -> list[_Stage]:
    """The ends of all steps of two tracks that count them alike."""

    def last(track: _Track, step: int) -> dict[int, _Written]:
        return {k: written[-1] for k, written in track.by_step.get(step, {}).items()}

    return [(step, last(a, step), last(b, step)) for step in sorted({*a.by_step, *b.by_step})]


def _stages_by_count(a: _Track, b: _Track) -> list[_Stage] | None:
    """The ends of the steps of the track that takes fewer, told in the other by numbers of writes.

    None if control flow hides the numbers, or if the other does not show every value that is there
    at the end of a step.
    """
    if a.uncounted or b.uncounted or any(a.total(k) != b.total(k) for k in range(len(a.names))):
        return None
    few, many = (a, b) if a.steps < b.steps else (b, a)
    counts = [0] * len(few.names)
    stages: list[_Stage] = []
    for step, by_variable in few.by_step.items():
        mine: dict[int, _Written] = {}
        others: dict[int, _Written] = {}
        for k, written in by_variable.items():
            counts[k] += _total(written) or 0
            found = many.by_count[k].get(counts[k])
            if found is None:
                return None
            mine[k], others[k] = written[-1], found
        if few is a:
            stages.append((step, mine, others))
        else:
            reached = max(many.events[written.event][0] for written in others.values())
            stages.append((reached, others, mine))
    return stages


def _find_divergence(
    reference: Trajectory, other: Trajectory, mapping: Mapping
) -> Divergence | None:
    for name in mapping.reference_only:
        ours, theirs = reference.variables[name], other.variables.get(name)
        if theirs is not None and name in mapping.other_only:
            reason = (
                f"{ours.dtype} of shape {ours.shape} in the reference, "
                f"{theirs.dtype} of shape {theirs.shape} in the other program"
            )
            return Divergence(reason, step=0, variable=name)
    a, b = _tracks(reference, other, mapping)
    for k in range(len(a.names)):
        if a.initial[k] != b.initial[k]:
            return _value_divergence(a, b, k, 0)
    found = _first_difference_by_step(a, b)
    if found is not None:
        coarse, fine = sorted((a, b), key=lambda track: len(track.events))
        if not _contained(coarse, fine):
            if a.steps == b.steps or not a.events or not b.events:
                return found
            # A write too many shows in the next state, which may be that of the next step.
            if _first_step(a) == _first_step(b) and (
                found.variable is None or _parting_step(a, b) <= found.step + 1
            ):
                return found
            return _first_difference_by_count(a, b)
    return find_unmapped(reference, other, mapping)


class _Fault(NamedTuple):
    """A variable that differs in a step.

    Attributes:
        place: Of several faults in one step, the least is the first: the others may follow from it.
        k: The variable.
        events: Where the values differ in the two tracks; None if they do at the step's end.
        reason: What differs, if it is not the values at that place.
    """

    place: tuple[int, int]
    k: int
    events: tuple[int, int] | None = None
    reason: str = ""


def _first_difference_by_step(a: _Track, b: _Track) -> Divergence | None:
    """Finds the first step in which two tracks part, if steps of one number belong together."""
    before = list(a.initial)
    common = min(a.steps, b.steps)
    for step in sorted({*a.by_step, *b.by_step}):
        if step > common:
            break
        ours, theirs = a.by_step.get(step, {}), b.by_step.get(step, {})
        faults = [
            fault
            for k in {*ours, *theirs}
            # One step is no sign that the program has steps: nothing then tells which writes
            # belong together.
            if (fault := _fault(k, before[k], ours.get(k, []), theirs.get(k, []), a.steps > 1))
        ]
        if faults:
            fault = min(faults)
            return _value_divergence(a, b, fault.k, step, fault.events, fault.reason)
        for k, written in ours.items():
            before[k] = written[-1].digest
    return None if a.steps == b.steps else _step_count_divergence(a, b)


def _fault(
    k: int, before: str, ours: list[_Written], theirs: list[_Written], lenient: bool
) -> _Fault | None:
    """Compares what two tracks write to one variable in one step, both starting from ``before``."""
    if [written[1:] for written in ours] == [written[1:] for written in theirs]:
        return None
    n, m = _total(ours), _total(theirs)
    if n is not None and n == m:
        found = dict(_running(theirs))
        for count, mine in _running(ours):
            other = found.get(count)
            if other is not None and other.digest != mine.digest:
                return _Fault((other.event, mine.event), k, (mine.event, other.event))
        return None
    place = _parting(ours, theirs)
    x = [before, *(written.digest for written in ours)]
    y = [before, *(written.digest for written in theirs)]
    if x[-1] != y[-1]:
        return _Fault(place, k)
    if _shows_all(ours) and _shows_all(theirs) and not (_passes(x, y) or _passes(y, x)):
        return _Fault(place, k, reason="other values on the way to the same one")
    if not lenient and n is not None and m is not None:
        return _Fault(place, k, reason=_written_unlike(n, m))
    return None


def _total(written: Sequence[_Written]) -> int | None:
    total = 0
    for each in written:
        if each.writes is None:
            return None
        total += each.writes
    return total


def _shows_all(written: Sequence[_Written]) -> bool:
    """Whether no event hides a value that another write has replaced."""
    return all(each.writes == 1 for each in written)


def _parting(ours: Sequence[_Written], theirs: Sequence[_Written]) -> tuple[int, int]:
    """The first place where two unlike lists of writes differ; -1 for a write that is not there."""
    alike = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine.digest != other.digest:
            break
        alike += 1
    return (
        theirs[alike].event if alike < len(theirs) else -1,
        ours[alike].event if alike < len(ours) else -1,
    )


def _passes(some: Sequence[str], more: Sequence[str]) -> bool:
    """Whether the values ``some`` occur in order among ``more``; repeated ones count once."""
    rest = iter(more)
    current = None
    return all(
        value == current or any((current := other) == value for other in rest) for value in some
    )


def _first_step(track: _Track) -> dict[int, int | None]:
    """How often the first step writes each variable."""
    first = next(iter(track.by_step.values()), {})
    return {k: _total(written) for k, written in first.items()}


def _contained(coarse: _Track, fine: _Track) -> bool:
    """Whether every state of one track occurs in the other, in order, and nothing else follows.

    The number of writes says where to look. If that of some variable is not known, the values must
    fit in one step of the finer track only: a program that stops early where nothing changes any
    more, or one that comes round to the same values, fits in several.
    """
    uncounted = coarse.uncounted | fine.uncounted
    counted = [k for k in range(len(coarse.names)) if k not in uncounted]
    if not coarse.events or not fine.events:
        return len(coarse.events) == len(fine.events)
    if coarse.at_end_of(coarse.steps) != fine.at_end_of(fine.steps) or any(
        coarse.total(k) != fine.total(k) for k in counted
    ):
        return False
    wanted = list(_states(coarse, uncounted))
    # Of each state of the coarser track, the events of the finer one after which it is there.
    places: dict[tuple[object, ...], list[int]] = {state: [] for _, state in wanted}
    for event, (_, state) in enumerate(_states(fine, uncounted)):
        if state in places:
            places[state].append(event)
    last_step = last_event = last_fine_step = -1
    for step, state in wanted:
        found = places[state]
        if not found or found[0] < last_event:
            return False
        fine_step = fine.events[found[0]][0]
        if uncounted and (
            fine.events[found[-1]][0] != fine_step
            or (step > last_step and fine_step <= last_fine_step)
        ):
            return False
        last_step, last_event, last_fine_step = step, found[0], fine_step
    return places[wanted[-1][1]][-1] == len(fine.events) - 1


def _parting_step(a: _Track, b: _Track) -> int:
    """The first step of ``a`` that may part from ``b``, however the two count their steps.

    Up to there, every state of the coarser track occurs in the other, in order. 0 if all do, or
    where control flow hides the number of writes.
    """
    if a.uncounted or b.uncounted:
        return 0
    coarse, fine = sorted((a, b), key=lambda track: len(track.events))
    rest = _states(fine, set())
    reached = 0
    for step, wanted in _states(coarse, set()):
        found = next((number for number, state in rest if state == wanted), None)
        if found is None:
            return step if coarse is a else reached
        reached = found
    return 0


def _states(track: _Track, uncounted: set[int]) -> Iterator[tuple[int, tuple[object, ...]]]:
    """After each event its step, and all values with the number of writes where it is known."""
    n = len(track.names)
    state: list[object] = [*track.initial, *([0] * n)]
    counts = [0] * n
    for step, _, event in track.events:
        for k, written in event:
            state[k] = written.digest
            if k not in uncounted:
                counts[k] += written.writes or 0
                state[n + k] = counts[k]
        yield step, tuple(state)


def _first_difference_by_count(a: _Track, b: _Track) -> Divergence:
    """Finds where two tracks part that are not the same and have other steps."""
    written = [0] * len(a.names)
    for number, (step, _, event) in enumerate(a.events):
        faults: list[tuple[int, int]] = []
        missing: list[int] = []
        for k, mine in event:
            if k in a.uncounted or k in b.uncounted:
                continue
            written[k] += mine.writes or 0
            found = b.by_count[k].get(written[k])
            if found is not None and found.digest != mine.digest:
                faults.append((found.event, k))
            elif written[k] > b.total(k):
                missing.append(k)
        if faults:
            found_event, k = min(faults)
            return _value_divergence(a, b, k, step, (number, found_event))
        if missing:
            return _missing_write(a, b, min(missing), step, number)
    more = [
        k
        for k in range(len(a.names))
        if k not in a.uncounted | b.uncounted and a.total(k) < b.total(k)
    ]
    if more:
        return _missing_write(a, b, min(more), a.steps)
    for k in range(len(a.names)):
        last = a.last_write(k, a.steps), b.last_write(k, b.steps)
        if a.digest_at(k, last[0]) != b.digest_at(k, last[1]):
            return _value_divergence(a, b, k, a.steps, last)
    if a.uncounted or b.uncounted:
        return Divergence(
            f"control flow hides how often variables are written, and the states of {a.steps} and "
            f"{b.steps} steps fit in more than one way, or in none",
            step=a.steps,
        )
    return Divergence("the variables take the same values, but not in the same order", step=a.steps)


def _missing_write(a: _Track, b: _Track, k: int, step: int, event: int | None = None) -> Divergence:
    """Describes a write that only one of two tracks has."""
    reason = _written_unlike(a.total(k), b.total(k))
    return Divergence(reason, step=step, variable=a.names[k], reference_site=a.site_of(event))


def _written_unlike(ours: int, theirs: int) -> str:
    return f"written {_times(ours)}, by the other program {_times(theirs)}"


def _value_divergence(
    a: _Track,
    b: _Track,
    k: int,
    step: int,
    events: tuple[int | None, int | None] | None = None,
    reason: str = "",
    agreeing: Sequence[int] | None = None,
) -> Divergence:
    """Describes the values of a variable after two events, or else at the end of a step.

    Those that agree there are given by number, or else they are those at the end of the step.
    """
    event, other_event = events or (a.last_write(k, step), b.last_write(k, step))
    ours, theirs = a.digest_at(k, event), b.digest_at(k, other_event)
    value = a.trajectory.value(a.names[k], ours)
    found = b.trajectory.value(b.names[k], theirs)
    distance = scaled = None
    unkept: tuple[Unkept, ...] = ()
    which = "values" if step else "initial values"
    if reason:
        pass
    elif not ours or not theirs:
        reason = f"{'the reference' if not ours else 'the other program'} never initialises it"
    elif value is None or found is None:
        unkept = (Unkept(a.names[k], ours, b.names[k], theirs),)
        known = _estimated(a.trajectory, b.trajectory, unkept[0])
        reason = f"the {which} differ (they were too large to keep{known})"
    elif value.shape != found.shape:
        reason = f"the shapes of the {which} differ: {value.shape} and {found.shape}"
    else:
        reason = f"the {which} differ"
        distance = measure(value, found)
        digests = {a.initial[k], *_digests_until(a.history[k], event)}
        scale = max(known_magnitude(a.trajectory, a.names[k], digest) for digest in digests)
        scaled = distance.max_difference / scale if distance is not None and scale else None
    if agreeing is None:
        end = min(step, a.steps, b.steps)
        pairs = zip(a.at_end_of(end), b.at_end_of(end), strict=True)
        agreeing = [j for j, (x, y) in enumerate(pairs) if x == y]
    return Divergence(
        reason=reason,
        step=step,
        variable=a.names[k],
        distance=distance,
        scaled=scaled,
        reference_site=a.site_of(event),
        other_site=b.site_of(other_event),
        agreeing=tuple(a.names[j] for j in agreeing if j != k),
        unkept=unkept,
    )


def _estimated(reference: Trajectory, other: Trajectory, unkept: Unkept) -> str:
    """What is known of the difference of two values that were not kept, in words."""
    ours = reference.summary(unkept.variable, unkept.digest)
    theirs = other.summary(unkept.other_variable, unkept.other_digest)
    found = None if ours is None or theirs is None else estimate(ours, theirs)
    if found is None:
        return ""
    by = f", by {found.max_difference:.2g} or more" if found.max_difference else ""
    return f"; {found.n_different} of {found.n_samples} samples differ{by}"


def _digests_until(history: Sequence[_Written], event: int | None) -> Iterator[str]:
    for written in history:
        if event is None or written.event > event:
            return
        yield written.digest


def _step_count_divergence(a: _Track, b: _Track) -> Divergence:
    if b.steps < a.steps:
        step, reason = b.steps + 1, f"the program stops after step {b.steps} of {a.steps}"
    else:
        step, reason = a.steps + 1, f"the program goes on for {b.steps} steps instead of {a.steps}"
    ahead = a if b.steps < a.steps else b
    site = next((site for number, site, _ in ahead.events if number == step), None)
    if ahead is a:
        return Divergence(reason, step=step, reference_site=site)
    return Divergence(reason, step=step, other_site=site)


def find_unmapped(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Divergence | None:
    """The first variable that one program changes and the other does not have, if there is one."""
    for trajectory, names, where in (
        (reference, mapping.reference_only, "the other program has no such variable"),
        (other, mapping.other_only, "the reference has no such variable"),
    ):
        alone = set(names)
        if trajectory is other:
            # Keras keeps metrics that nobody asked for, and optimizers of TensorFlow 2 count their
            # updates, whether or not anything reads it.
            alone.difference_update(
                name for name in names if other.variables[name].metric or _only_counts(other, name)
            )
        for state in trajectory.states:
            for name, write in state.writes.items():
                if name in alone and write.digest != trajectory.initial.get(name):
                    site = state.site
                    return Divergence(
                        f"changed, but {where}",
                        step=state.step,
                        variable=name,
                        reference_site=site if trajectory is reference else None,
                        other_site=site if trajectory is other else None,
                    )
    return None


def _only_counts(trajectory: Trajectory, name: str) -> bool:
    """Whether a variable is an integer that says how often it has been written."""
    variable = trajectory.variables[name]
    value = trajectory.value(name, trajectory.initial.get(name))
    if value is None or variable.shape or not variable.dtype.startswith(("int", "uint")):
        return False
    for state in trajectory.states:
        write = state.writes.get(name)
        if write is not None:
            before, value = value, trajectory.value(name, write.digest)
            if value is None or write.count is None or int(value) - int(before) != write.count:
                return False
    return True


def _times(count: int) -> str:
    if count == 0:
        return "never"
    return "once" if count == 1 else f"{count} times"
