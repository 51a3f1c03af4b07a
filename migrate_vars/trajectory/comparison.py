"""Whether two trajectories are the same, and where they first differ.

The two are seldom cut at the same places: a session shows a state after each run, eager execution
one after each assignment, a ``tf.function`` one after each call. They are the same if every state
of the coarser one occurs in the finer one, in order, after the same number of writes of every
variable or in the same training step; and if nothing else follows. Values never decide what is
compared with what, except for being equal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from migrate_vars.trajectory.distance import Distance, max_difference, max_magnitude, measure
from migrate_vars.trajectory.mapping import Mapping, map_variables
from migrate_vars.trajectory.trajectory import Site, Trajectory


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
    """

    reason: str
    step: int
    variable: str | None = None
    distance: Distance | None = None
    scaled: float | None = None
    reference_site: Site | None = None
    other_site: Site | None = None
    agreeing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drift:
    """The largest difference of two trajectories at the end of any step.

    Attributes:
        scaled: Difference divided by the largest magnitude that the reference's variable has had.
        ulp: The same element-wise maximum in ULP, or None where a value has no ULP.
        variable: Where ``scaled`` is largest; "" if nothing differs.
        step: Likewise.
    """

    scaled: float
    ulp: int | None
    variable: str
    step: int


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


def compare(reference: Trajectory, other: Trajectory) -> Comparison:
    """Compares two trajectories bit for bit.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.

    Returns:
        The comparison, with the first divergence if there is one.
    """
    mapping = map_variables(reference, other)
    divergence = _find_divergence(reference, other, mapping)
    return Comparison(mapping, reference.steps, len(reference.states), divergence)


def measure_drift(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Drift | Divergence:
    """Measures how far two trajectories move apart, step by step.

    The difference is taken relative to the largest magnitude of the variable so far, because ULP
    and plain relative differences explode where a value crosses zero.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        mapping: Which variables to compare.

    Returns:
        The drift, or a divergence if the two do not take the same number of steps, a value was too
        large to keep, or two values have no distance.
    """
    a, b = _tracks(reference, other, mapping)
    if a.steps != b.steps:
        return _step_count_divergence(a, b)
    worst = Drift(0.0, 0, "", 0)
    largest_ulp: int | None = 0
    scale = dict.fromkeys(range(len(a.names)), 0.0)
    for step in range(a.steps + 1):
        ours, theirs = a.at_end_of(step), b.at_end_of(step)
        for k, name in enumerate(a.names):
            value = reference.value(name, ours[k])
            if value is not None:
                scale[k] = max(scale[k], max_magnitude(value))
            if ours[k] == theirs[k]:
                continue
            found = other.value(b.names[k], theirs[k])
            distance = None if value is None or found is None else measure(value, found)
            if distance is None:
                return _value_divergence(
                    a, b, k, step, a.last_write(k, step), b.last_write(k, step)
                )
            scaled = _scaled(distance.max_difference, scale[k])
            if scaled > worst.scaled:
                worst = Drift(scaled, None, name, step)
            if distance.max_ulp is None or largest_ulp is None:
                largest_ulp = None
            else:
                largest_ulp = max(largest_ulp, distance.max_ulp)
    return Drift(worst.scaled, largest_ulp, worst.variable, worst.step)


class _Track:
    """A trajectory reduced to the variables that are compared, which are known by number."""

    def __init__(self, trajectory: Trajectory, names: Sequence[str]) -> None:
        self.trajectory = trajectory
        self.names = tuple(names)
        number = {name: k for k, name in enumerate(names)}
        self.initial = [trajectory.initial.get(name, "") for name in names]
        self.uncounted: set[int] = set()
        self.events: list[tuple[int, Site, list[tuple[int, int, str]]]] = []
        totals = [0] * len(names)
        # Of each variable, for each time it was written: event, writes so far, digest.
        self.history: list[list[tuple[int, int, str]]] = [[] for _ in names]
        for state in trajectory.states:
            event = []
            for name, write in state.writes.items():
                k = number.get(name)
                if k is None:
                    continue
                if write.count is None:
                    self.uncounted.add(k)
                totals[k] += write.count or 1
                event.append((k, totals[k], write.digest))
                self.history[k].append((len(self.events), totals[k], write.digest))
            if event:
                self.events.append((state.step, state.site, event))
        self.totals = totals
        self.steps = trajectory.steps

    @cached_property
    def _last_event(self) -> list[int]:
        """For each step from 0, the last event that belongs to it or to a step before."""
        last = [-1] * (self.steps + 1)
        for number, (step, _, _) in enumerate(self.events):
            last[step] = number
        for step in range(1, len(last)):
            last[step] = max(last[step], last[step - 1])
        return last

    @cached_property
    def _written_at(self) -> list[list[int]]:
        """Of each variable, the events that write it."""
        return [[event for event, _, _ in history] for history in self.history]

    @cached_property
    def by_count(self) -> list[dict[int, tuple[int, str]]]:
        """Of each variable, by the number of writes: event and digest."""
        return [
            {count: (event, digest) for event, count, digest in history} for history in self.history
        ]

    def last_write(self, k: int, step: int) -> int | None:
        """The last event up to the end of a step that writes variable ``k``."""
        position = bisect_right(self._written_at[k], self._last_event[step])
        return self._written_at[k][position - 1] if position else None

    def at_end_of(self, step: int) -> list[str]:
        """The digests of all variables at the end of a step; of step 0: the initial ones."""
        return [self.digest_at(k, self.last_write(k, step)) for k in range(len(self.names))]

    def digest_at(self, k: int, event: int | None) -> str:
        """The digest that variable ``k`` had after an event; None: the initial one."""
        position = 0 if event is None else bisect_right(self._written_at[k], event)
        return self.history[k][position - 1][2] if position else self.initial[k]

    def site_of(self, event: int | None) -> Site | None:
        """The line that caused an event."""
        return None if event is None else self.events[event][1]


def _tracks(reference: Trajectory, other: Trajectory, mapping: Mapping) -> tuple[_Track, _Track]:
    return (
        _Track(reference, [pair.reference for pair in mapping.pairs]),
        _Track(other, [pair.other for pair in mapping.pairs]),
    )


def _find_divergence(
    reference: Trajectory, other: Trajectory, mapping: Mapping
) -> Divergence | None:
    for name in reference.variables:
        ours, theirs = reference.variables[name], other.variables.get(name)
        if theirs is not None and (ours.dtype, ours.shape) != (theirs.dtype, theirs.shape):
            reason = (
                f"{ours.dtype} of shape {ours.shape} in the reference, "
                f"{theirs.dtype} of shape {theirs.shape} in the other program"
            )
            return Divergence(reason, step=0, variable=name)
    a, b = _tracks(reference, other, mapping)
    for k in range(len(a.names)):
        if a.initial[k] != b.initial[k]:
            return _value_divergence(a, b, k, 0, None, None)
    if not (_contained(a, b) or _contained(b, a) or _same_but_interleaved(a, b)):
        return _first_difference(a, b)
    return _unmapped(reference, other, mapping)


def _contained(coarse: _Track, fine: _Track) -> bool:
    """Whether every state of one track occurs in the other, in order, and nothing else follows."""
    if len(coarse.events) > len(fine.events):
        return False
    n = len(coarse.names)
    uncounted = coarse.uncounted | fine.uncounted
    digests = (list(coarse.initial), list(fine.initial))
    counts = ([0] * n, [0] * n)
    values_differ: set[int] = set()
    counts_differ: set[int] = set()

    def apply(side: int, writes: list[tuple[int, int, str]]) -> None:
        for k, count, digest in writes:
            digests[side][k] = digest
            counts[side][k] = count
            (values_differ.discard if digests[0][k] == digests[1][k] else values_differ.add)(k)
            if k not in uncounted:
                (counts_differ.discard if counts[0][k] == counts[1][k] else counts_differ.add)(k)

    position = 0
    for step, _, writes in coarse.events:
        apply(0, writes)
        while True:
            if position == len(fine.events):
                return False
            fine_step, _, fine_writes = fine.events[position]
            position += 1
            apply(1, fine_writes)
            if not values_differ and (not counts_differ or fine_step == step):
                break
    for _, _, writes in fine.events[position:]:
        apply(1, writes)
        if values_differ:
            return False
    return not counts_differ or coarse.steps == fine.steps


def _same_but_interleaved(a: _Track, b: _Track) -> bool:
    """Whether each variable takes the same values in the same order, and all agree at step ends."""
    if a.steps != b.steps or a.uncounted or b.uncounted or a.totals != b.totals:
        return False
    for ours, theirs in zip(a.by_count, b.by_count, strict=True):
        if ours.keys() != theirs.keys():
            return False
        if any(ours[count][1] != theirs[count][1] for count in ours):
            return False
    return all(a.at_end_of(step) == b.at_end_of(step) for step in range(a.steps + 1))


def _first_difference(a: _Track, b: _Track) -> Divergence:
    """Finds where two tracks part that are known not to be the same."""
    # Several training steps in one function call: the steps of the two are not each other's.
    by_step = a.steps == b.steps or a.totals != b.totals
    written = [0] * len(a.names)
    for number, (step, _, writes) in enumerate(a.events):
        candidates: list[tuple[int, int]] = []
        for k, count, digest in writes:
            written[k] = count
            hit = b.by_count[k].get(count)
            if hit is None or k in a.uncounted or k in b.uncounted:
                continue
            event, found = hit
            if found != digest and (not by_step or b.events[event][0] == step):
                candidates.append((event, k))
        if candidates:
            event, k = min(candidates)
            return _value_divergence(a, b, k, step, number, event)
        last = number + 1 == len(a.events) or a.events[number + 1][0] != step
        if not (last and by_step):
            continue
        if step > b.steps:
            return _step_count_divergence(a, b)
        ours, theirs = a.at_end_of(step), b.at_end_of(step)
        different = [k for k in range(len(a.names)) if ours[k] != theirs[k]]
        if different:
            # What the other program wrote first, the rest may only follow from.
            k = min(different, key=lambda k: (_first_in_step(a, k, step), k))
            return _divergence_at_end(a, b, k, step)
    if a.steps != b.steps and by_step:
        return _step_count_divergence(a, b)
    for name, ours_total, theirs_total in zip(a.names, a.totals, b.totals, strict=True):
        if ours_total != theirs_total:
            reason = f"written {_times(ours_total)}, by the other program {_times(theirs_total)}"
            return Divergence(reason, step=a.steps, variable=name)
    reason = "the variables take the same values, but not in the same order"
    return Divergence(reason, step=a.steps)


def _first_in_step(track: _Track, k: int, step: int) -> int:
    for event, _, _ in track.history[k]:
        if track.events[event][0] == step:
            return event
    return len(track.events)


def _divergence_at_end(a: _Track, b: _Track, k: int, step: int) -> Divergence:
    return _value_divergence(a, b, k, step, a.last_write(k, step), b.last_write(k, step))


def _value_divergence(
    a: _Track, b: _Track, k: int, step: int, event: int | None, other_event: int | None
) -> Divergence:
    ours, theirs = a.digest_at(k, event), b.digest_at(k, other_event)
    value = a.trajectory.value(a.names[k], ours)
    found = b.trajectory.value(b.names[k], theirs)
    distance = scaled = None
    reason = "the values differ (they were too large to keep)"
    if value is not None and found is not None:
        distance = measure(value, found)
        reason = "the values differ" if distance else "the shapes differ"
        if distance:
            reached = (event if event is not None else -1) + 1
            scale = max_magnitude(value)
            for number, _, digest in a.history[k]:
                kept = a.trajectory.value(a.names[k], digest)
                if number < reached and kept is not None:
                    scale = max(scale, max_magnitude(kept))
            scaled = max_difference(value, found) / scale if scale else None
    elif not ours or not theirs:
        reason = "one program never gave it an initial value"
    end = min(step, a.steps, b.steps)
    agreeing = tuple(
        name
        for j, (name, x, y) in enumerate(
            zip(a.names, a.at_end_of(end), b.at_end_of(end), strict=True)
        )
        if x == y and j != k
    )
    return Divergence(
        reason=reason if step else f"the initial {reason.removeprefix('the ')}",
        step=step,
        variable=a.names[k],
        distance=distance,
        scaled=scaled,
        reference_site=a.site_of(event),
        other_site=b.site_of(other_event),
        agreeing=agreeing,
    )


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


def _unmapped(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Divergence | None:
    """A variable that one program changes and the other does not have."""
    for trajectory, names, where in (
        (reference, mapping.reference_only, "the other program has no such variable"),
        (other, mapping.other_only, "the reference has no such variable"),
    ):
        for state in trajectory.states:
            for name, write in state.writes.items():
                if name in names and write.digest != trajectory.initial.get(name):
                    site = state.site
                    return Divergence(
                        f"changed, but {where}",
                        step=state.step,
                        variable=name,
                        reference_site=site if trajectory is reference else None,
                        other_site=site if trajectory is other else None,
                    )
    return None


def _scaled(difference: float, scale: float) -> float:
    if difference == 0.0:
        return 0.0
    return difference / scale if scale else float("inf")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
