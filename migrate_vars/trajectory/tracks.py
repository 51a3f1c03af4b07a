"""A trajectory reduced to the variables that are compared, and to the writes that count."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.records import Site
from migrate_vars.trajectory.trajectory import Trajectory


class Written(NamedTuple):
    """A variable as one event left it, after that many writes in the event, if known."""

    event: int
    writes: int | None
    digest: str


class Event(NamedTuple):
    """A state that writes at least one of the variables, which are known by number."""

    step: int
    site: Site
    writes: Sequence[tuple[int, Written]]


# Of an event: its step, its line, and by variable the number of writes and the digest.
_Plain = tuple[int, Site, list[tuple[int, int | None, str]]]


class Track:
    """The writes to some variables of a trajectory, which are known by number.

    Attributes:
        trajectory: Where they come from.
        names: What the variables are called there.
        initial: The digest of each variable's initial value; "" where it has none.
        steps: How many steps there are.
        labels: The number of each step in the trajectory, from that of step 0 on.
        events: What was written, in order.
        by_step: What each step that writes any of them writes to each variable.
        history: What was written to each variable.
        uncounted: The variables of which it is not known how often they were written.
    """

    def __init__(
        self,
        trajectory: Trajectory,
        names: Sequence[str],
        initial: Sequence[str],
        events: Iterable[_Plain],
        labels: Sequence[int],
    ) -> None:
        self.trajectory = trajectory
        self.names = tuple(names)
        self.initial = list(initial)
        self.labels = labels
        # Not `len`, for which a range that a damaged file gives may be too long.
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
        """The step that has, or would have, a number in the trajectory."""
        return bisect_left(self.labels, label)

    @cached_property
    def by_count(self) -> list[dict[int, Written]]:
        """Of each variable that is not uncounted, by the number of writes so far."""
        return [
            {} if k in self.uncounted else dict(running(history))
            for k, history in enumerate(self.history)
        ]

    @cached_property
    def totals(self) -> list[int]:
        """How often each variable was written that is not uncounted."""
        return [max(by_count, default=0) for by_count in self.by_count]

    def total(self, k: int) -> int:
        """How often a variable that is not uncounted was written."""
        return self.totals[k]

    def last_write(self, k: int, step: int) -> int | None:
        """The last event up to the end of a step that writes variable ``k``."""
        position = bisect_right(self.history[k], step, key=lambda w: self.events[w.event].step)
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
        return None if event is None else self.events[event].site

    def states(self) -> Iterator[tuple[str, ...]]:
        """The digests of all variables after each event."""
        state = list(self.initial)
        for event in self.events:
            for k, written in event.writes:
                state[k] = written.digest
            yield tuple(state)

    def without_idle_writes(self) -> Track:
        """What is left without the writes of values that the variables have already.

        Of a write that control flow hides, nothing is known but the value: one that changes nothing
        may not have happened. Steps that are left with no write are no steps.
        """
        current = list(self.initial)
        kept: list[_Plain] = []
        for step, site, writes in self.events:
            changing: list[tuple[int, int | None, str]] = []
            for k, (_, count, digest) in writes:
                if (count is not None and count > 1) or digest != current[k]:
                    changing.append((k, count, digest))
                current[k] = digest
            if changing:
                kept.append((step, site, changing))
        return self._of(self.initial, kept)

    def from_event(self, number: int) -> Track:
        """What follows after so many events, with the values after them as the initial ones."""
        if not number:
            return self
        state = list(self.initial)
        for event in self.events[:number]:
            for k, written in event.writes:
                state[k] = written.digest
        return self._of(state, self._plain(number))

    def _plain(self, start: int = 0) -> Iterator[_Plain]:
        for step, site, writes in self.events[start:]:
            yield step, site, [(k, count, digest) for k, (_, count, digest) in writes]

    def _of(self, initial: Sequence[str], events: Iterable[_Plain]) -> Track:
        """A track of some of the events, whose steps are counted anew."""
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
    """What two trajectories write to the variables that are pairs."""
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
    """Values of one variable, each with the number of writes so far; all counts are known."""
    count = 0
    for each in written:
        assert each.writes is not None
        count += each.writes
        yield count, each


def total(written: Sequence[Written]) -> int | None:
    """How many writes there are; None if that is not known."""
    found = 0
    for each in written:
        if each.writes is None:
            return None
        found += each.writes
    return found
