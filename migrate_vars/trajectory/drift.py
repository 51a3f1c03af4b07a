"""Measures how far two trajectories drift apart, relative to the reference's magnitude."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from migrate_vars.trajectory.alignment import Stage, align_tracks
from migrate_vars.trajectory.distance import Scale, ScaledDistance
from migrate_vars.trajectory.divergence import (
    Divergence,
    Unkept,
    step_count_divergence,
    value_divergence,
)
from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.track_comparison import same_beginning
from migrate_vars.trajectory.tracks import Track, tracks_of
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef


@dataclass(frozen=True)
class Drift:
    """The largest difference of two trajectories at the end of any step.

    Attributes:
        scaled: The largest difference divided by the largest magnitude of the reference's variable
            so far.
        ulp: The largest distance in ULP, or None if undefined for some value.
        variable: The variable with the largest ``scaled``; "" if nothing differs.
        step: The step of the largest ``scaled``.
        sampled: The variables with values that were not kept: only their samples and extremes were
            compared, or nothing if these were not kept either.
        unkept: The last values of each of them, and those whose samples differ most.
        beyond: The first place above the given bound, or None.
        compared: The number of the reference's steps after which both were compared.
    """

    scaled: float
    ulp: int | None
    variable: str
    step: int
    sampled: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()
    beyond: Divergence | None = None
    compared: int = 0


def measure_drift(
    reference: Trajectory,
    other: Trajectory,
    mapping: Mapping,
    bound: float = float("inf"),
) -> Drift | Divergence:
    """Measures how far two trajectories drift apart, step by step.

    If they count their steps differently, they are compared where both have written every variable
    equally often. Differences are relative to the largest magnitude of the variable so far.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        mapping: The variables to compare.
        bound: The drift allowed.

    Returns:
        The drift, or a divergence if the steps cannot be aligned, if nothing is known about the
        values of a variable that differs, or if two values have no distance.
    """
    a, b, _ = same_beginning(*tracks_of(reference, other, mapping))
    aligned = align_tracks(a, b)
    if aligned is None:
        return step_count_divergence(a, b)
    return _Measurement(aligned.reference, aligned.other, bound).measure(aligned.stages)


class _Measurement:
    """Follows two tracks stage by stage, and keeps the largest differences so far."""

    def __init__(self, a: Track, b: Track, bound: float) -> None:
        self._a, self._b, self._bound = a, b, bound
        self._ours, self._theirs = list(a.initial), list(b.initial)
        # By variable, the last event of each track that wrote it.
        self._events: list[tuple[int | None, int | None]] = [(None, None)] * len(a.names)
        self._scale = Scale()
        self._worst = Drift(0.0, 0, "", 0)
        self._ulp: int | None = 0
        self._measured: set[int] = set()
        # For variables whose values were not kept: the last values, and those that differ most.
        self._last: dict[int, tuple[int, Unkept]] = {}
        self._most: dict[int, tuple[float, Unkept]] = {}
        self._beyond: Divergence | None = None

    def measure(self, stages: Sequence[Stage]) -> Drift | Divergence:
        for step, written in self._follow(stages):
            without_distance = self._compare(step, written)
            if without_distance is not None:
                return without_distance
        return self._result(len(stages))

    def _follow(self, stages: Sequence[Stage]) -> Iterator[tuple[int, Iterable[int]]]:
        """Yields each step with the variables written in it; others have not moved."""
        yield 0, range(len(self._a.names))
        for step, mine, others in stages:
            for k, written in mine.items():
                self._ours[k], self._events[k] = written.digest, (written.event, self._events[k][1])
            for k, written in others.items():
                event = self._events[k][0], written.event
                self._theirs[k], self._events[k] = written.digest, event
            yield step, sorted({*mine, *others})

    def _compare(self, step: int, written: Iterable[int]) -> Divergence | None:
        """Compares the variables that were written; a divergence if two values have no distance."""
        above: dict[int, float] = {}
        for k in written:
            mine = ValueRef(self._a.trajectory, self._a.names[k], self._ours[k])
            other = ValueRef(self._b.trajectory, self._b.names[k], self._theirs[k])
            self._scale.add(mine)
            self._last.pop(k, None)
            if self._ours[k] == self._theirs[k]:
                continue
            if not (mine.is_kept and other.is_kept):
                self._last[k] = step, self._unkept(k)
            found = self._scale.distance(mine, other)
            if found is None:
                if mine.is_known and other.is_known:
                    return self._divergence(k, step)
                self._most.setdefault(k, (0.0, self._unkept(k)))
                continue
            self._take(k, step, found)
            if found.scaled > self._bound:
                above[k] = found.scaled
        if above and self._beyond is None:
            self._beyond = self._divergence(max(above, key=above.__getitem__), step)
        return None

    def _take(self, k: int, step: int, found: ScaledDistance) -> None:
        self._measured.add(k)
        if k in self._last and found.scaled >= self._most.get(k, (0.0, None))[0]:
            self._most[k] = found.scaled, self._last[k][1]
        if found.scaled > self._worst.scaled:
            self._worst = Drift(found.scaled, None, self._a.names[k], self._a.labels[step])
        unknown = found.ulp is None or self._ulp is None
        self._ulp = None if unknown else max(self._ulp or 0, found.ulp or 0)

    def _result(self, compared: int) -> Drift | Divergence:
        wanted = [unkept for _, unkept in (*self._most.values(), *self._last.values())]
        unkept = tuple(dict.fromkeys(wanted))
        unknown = [(step, k) for k, (step, _) in self._last.items() if k not in self._measured]
        if unknown:
            step, k = min(unknown)
            return replace(self._divergence(k, step), unkept=unkept)
        sampled = tuple(self._a.names[k] for k in sorted(self._most))
        return replace(
            self._worst,
            ulp=self._ulp,
            sampled=sampled,
            unkept=unkept,
            beyond=self._beyond,
            compared=compared,
        )

    def _unkept(self, k: int) -> Unkept:
        return Unkept(self._a.names[k], self._ours[k], self._b.names[k], self._theirs[k])

    def _divergence(self, k: int, step: int) -> Divergence:
        pairs = enumerate(zip(self._ours, self._theirs, strict=True))
        agreeing = [j for j, (ours, theirs) in pairs if ours == theirs]
        return value_divergence(self._a, self._b, k, step, self._events[k], agreeing=agreeing)
