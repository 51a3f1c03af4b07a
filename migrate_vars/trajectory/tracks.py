"""A trajectory reduced to the compared variables, and to the writes that count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.records import Site
from migrate_vars.trajectory.trajectory import Trajectory


class Written(NamedTuple):
    """The value of a variable after an event, and the number of writes in it, if known."""

    event: int
    writes: int | None
    digest: str


class Event(NamedTuple):
    """A state that writes at least one of the variables; variables are numbered."""

    step: int
    site: Site
    writes: Sequence[tuple[int, Written]]


# An event: step, line, and for each variable the number of writes and the digest.
_RawEvent = tuple[int, Site, list[tuple[int, int | None, str]]]


class Track:
    """The writes to some variables of a trajectory; variables are numbered.

    Attributes:
        trajectory: The trajectory.
        names: The names of the variables in it.
        initial: The digest of each variable's initial value; "" if it has none.
        steps: The number of steps.
        labels: The step numbers in the trajectory, starting with that of step 0.
        events: All events, in order.
        by_step: For each step that writes any variable, the writes to each variable.
        history: The writes to each variable.
        uncounted: The variables whose number of writes is unknown.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        names: Sequence[str],
        initial: Sequence[str],
        events: Iterable[_RawEvent],
        labels: Sequence[int],
    ) -> None:
        self.trajectory = trajectory
        self.names = tuple(names)
        self.initial = list(initial)
        self.labels = labels
        # Not `len`, which fails for huge ranges, such as those of a damaged file.
        self.steps = labels.stop - 1 if isinstance(labels, range) else len(labels) - 1
        self.events: list[Event] = []
        self.by_step: dict[int, dict[int, list[Written]]] = {}
        self.history: list[list[Written]] = [[] for _ in names]
        self.uncounted: set[int] = set()
        for step, site, writes in events:
            event = []
            for k, count, digest in writes:
                written = Written(len(self.events), count, digest)
                if count is None:
                    self.uncounted.add(k)
                event.append((k, written))
                self.history[k].append(written)
                self.by_step.setdefault(step, {}).setdefault(k, []).append(written)
            if event:
                self.events.append(Event(step, site, event))

    def number_of(self, label: int) -> int:
        """The step with that number in the trajectory, or where it would be."""
        return bisect_left(self.labels, label)

    @cached_property
    def by_count(self) -> list[dict[int, Written]]:
        """For each variable that is not uncounted, its value by the number of writes so far."""
        return [
            {} if k in self.uncounted else dict(running(history))
            for k, history in enumerate(self.history)
        ]

    @cached_property
    def totals(self) -> list[int]:
        """The number of writes to each variable that is not uncounted."""
        return [max(by_count, default=0) for by_count in self.by_count]

    def total(self, k: int) -> int:
        """The number of writes to a variable that is not uncounted."""
        return self.totals[k]

    def last_write(self, k: int, step: int) -> int | None:
        """The last event that writes variable ``k``, up to the end of a step."""
        position = bisect_right(self.history[k], step, key=lambda w: self.events[w.event].step)
        return self.history[k][position - 1].event if position else None

    def at_end_of(self, step: int) -> list[str]:
        """The digests of all variables at the end of a step; the initial ones for step 0."""
        return [self.digest_at(k, self.last_write(k, step)) for k in range(len(self.names))]

    def digest_at(self, k: int, event: int | None) -> str:
        """The digest of variable ``k`` after an event; the initial one for None."""
        if event is None:
            return self.initial[k]
        position = bisect_right(self.history[k], event, key=lambda w: w.event)
        return self.history[k][position - 1].digest if position else self.initial[k]

    def site_of(self, event: int | None) -> Site | None:
        """The line that caused an event."""
        return None if event is None else self.events[event].site

    def states(self) -> Iterator[tuple[str, ...]]:
        """The digests of all variables after each event."""
        state = list(self.initial)
        for event in self.events:
            for k, written in event.writes:
                state[k] = written.digest
            yield tuple(state)

    def without_idle_writes(self) -> Track:
        """A track without writes that do not change the value.

        If control flow hides the number of writes, a write that leaves the value unchanged may not
        have happened at all. Steps without remaining writes are dropped.
        """
        current = list(self.initial)
        kept: list[_RawEvent] = []
        for step, site, writes in self.events:
            changing: list[tuple[int, int | None, str]] = []
            for k, (_, count, digest) in writes:
                if (count is not None and count > 1) or digest != current[k]:
                    changing.append((k, count, digest))
                current[k] = digest
            if changing:
                kept.append((step, site, changing))
        return self._renumbered(self.initial, kept)

    def from_event(self, number: int) -> Track:
        """The track after that many events; the values then become the initial ones."""
        if not number:
            return self
        state = list(self.initial)
        for event in self.events[:number]:
            for k, written in event.writes:
                state[k] = written.digest
        return self._renumbered(state, self._raw_events(number))

    def _raw_events(self, start: int = 0) -> Iterator[_RawEvent]:
        for step, site, writes in self.events[start:]:
            yield step, site, [(k, count, digest) for k, (_, count, digest) in writes]

    def _renumbered(self, initial: Sequence[str], events: Iterable[_RawEvent]) -> Track:
        """A track with some of the events, whose steps are renumbered."""
        labels = [self.labels[0]]
        renumbered = []
        last = None
        for step, site, writes in events:
            if step != last:
                labels.append(self.labels[step])
                last = step
            renumbered.append((len(labels) - 1, site, writes))
        return Track(self.trajectory, self.names, initial, renumbered, labels)


def tracks_of(reference: Trajectory, other: Trajectory, mapping: Mapping) -> tuple[Track, Track]:
    """The tracks of the paired variables of two trajectories."""
    return (
        _track(reference, [pair.reference for pair in mapping.pairs]),
        _track(other, [pair.other for pair in mapping.pairs]),
    )


def _track(trajectory: Trajectory, names: Sequence[str]) -> Track:
    number = {name: k for k, name in enumerate(names)}
    events = (
        (
            state.step,
            state.site,
            [
                (number[name], write.count, write.digest)
                for name, write in state.writes.items()
                if name in number
            ],
        )
        for state in trajectory.states
    )
    initial = [trajectory.initial.get(name, "") for name in names]
    return Track(trajectory, names, initial, events, range(trajectory.steps + 1))


def running(written: Sequence[Written]) -> Iterator[tuple[int, Written]]:
    """The values of one variable with the number of writes so far; all counts must be known."""
    count = 0
    for each in written:
        assert each.writes is not None
        count += each.writes
        yield count, each


def total(written: Sequence[Written]) -> int | None:
    """The total number of writes; None if unknown."""
    found = 0
    for each in written:
        if each.writes is None:
            return None
        found += each.writes
    return found
