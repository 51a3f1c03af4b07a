"""Aligns two trajectories: which of their places correspond.

If both have the same number of steps, steps are aligned by number. Otherwise they are aligned by
how often each variable has been written: one ``tf.function`` call may take several steps of a
session program. There are three such questions:

* :func:`align_tracks`: which writes correspond, variable by variable, to compare their values;
* :func:`align_states`: after which states all variables can be compared, or set, at once;
* :func:`same_step_numbers`: whether two lists of steps can be shown side by side.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.series import StepEnds
from migrate_vars.trajectory.tracks import Track, Written, total
from migrate_vars.trajectory.trajectory import Trajectory


class Stage(NamedTuple):
    """The end of a step, and the writes since the previous stage, by variable."""

    step: int
    reference: dict[int, Written]
    other: dict[int, Written]


class AlignedTracks(NamedTuple):
    """Two tracks, and the stages at which they can be compared."""

    reference: Track
    other: Track
    stages: list[Stage]


class Boundary(NamedTuple):
    """A place where both programs can be compared: the step, and the state that ends it in each."""

    step: int
    reference: int
    other: int


def align_tracks(a: Track, b: Track) -> AlignedTracks | None:
    """Finds the stages at which two tracks can be compared.

    If neither the steps nor the numbers of writes match, writes that change nothing are left out.

    Returns:
        The tracks to compare, and the stages; None if their steps cannot be aligned.
    """
    if a.steps == b.steps:
        return AlignedTracks(a, b, _by_step(a, b))
    stages = _by_count(a, b)
    if stages is not None:
        return AlignedTracks(a, b, stages)
    a, b = a.without_idle_writes(), b.without_idle_writes()
    return AlignedTracks(a, b, _by_step(a, b)) if a.steps == b.steps else None


def _by_step(a: Track, b: Track) -> list[Stage]:
    """The ends of all steps of two tracks with the same number of steps."""

    def last(track: Track, step: int) -> dict[int, Written]:
        return {k: written[-1] for k, written in track.by_step.get(step, {}).items()}

    steps = sorted({*a.by_step, *b.by_step})
    return [Stage(step, last(a, step), last(b, step)) for step in steps]


def _by_count(a: Track, b: Track) -> list[Stage] | None:
    """The ends of the steps of the track with fewer steps, aligned by write counts.

    None if control flow hides the counts, or if the other track lacks a value that is needed.
    """
    if a.uncounted or b.uncounted or any(a.total(k) != b.total(k) for k in range(len(a.names))):
        return None
    few, many = (a, b) if a.steps < b.steps else (b, a)
    counts = [0] * len(few.names)
    stages: list[Stage] = []
    for step, by_variable in few.by_step.items():
        mine: dict[int, Written] = {}
        others: dict[int, Written] = {}
        for k, written in by_variable.items():
            counts[k] += total(written) or 0
            found = many.by_count[k].get(counts[k])
            if found is None:
                return None
            mine[k], others[k] = written[-1], found
        if few is a:
            stages.append(Stage(step, mine, others))
        else:
            reached = max(many.events[written.event][0] for written in others.values())
            stages.append(Stage(reached, others, mine))
    return stages


def align_states(reference: Trajectory, other: Trajectory, mapping: Mapping) -> list[Boundary]:
    """Finds the places where steps of both programs end.

    By step number if both take equally many steps; otherwise by the number of writes of each
    variable, which must be known.
    """
    ours, theirs = _last_states(reference), _last_states(other)
    if reference.steps == other.steps:
        found = [
            Boundary(step, ours[step], theirs[step]) for step in sorted(ours) if step in theirs
        ]
        return found if all(a.other < b.other for a, b in pairwise(found)) else []
    counted = [
        pair
        for pair in mapping.pairs
        if _is_counted(reference, pair.reference) and _is_counted(other, pair.other)
    ]
    if not counted:
        return []
    places = {
        counts: position
        for position, counts in enumerate(_counts(reference, [p.reference for p in counted]))
    }
    ends = set(theirs.values())
    return [
        Boundary(reference.states[places[counts]].step, places[counts], position)
        for position, counts in enumerate(_counts(other, [p.other for p in counted]))
        if position in ends and counts in places
    ]


def _last_states(trajectory: Trajectory) -> dict[int, int]:
    return {state.step: position for position, state in enumerate(trajectory.states)}


def _is_counted(trajectory: Trajectory, name: str) -> bool:
    return all(
        state.writes[name].count is not None for state in trajectory.states if name in state.writes
    )


def _counts(trajectory: Trajectory, names: Sequence[str]) -> Iterator[tuple[int, ...]]:
    """The number of writes of each variable so far, after each state."""
    counts = dict.fromkeys(names, 0)
    for state in trajectory.states:
        for name, write in state.writes.items():
            if name in counts:
                counts[name] += write.count or 0
        yield tuple(counts.values())


def same_step_numbers(ours: StepEnds, theirs: StepEnds, mapping: Mapping, identical: bool) -> bool:
    """Whether steps with the same number correspond.

    Two runs may be identical although they count their steps differently. A run that stops early,
    or goes on, must at least have begun like the other.

    Args:
        ours: The reference.
        theirs: The other program.
        mapping: The pairs of variables.
        identical: Whether the two were found to be identical.
    """
    if ours.trajectory.steps == theirs.trajectory.steps:
        return True
    return not identical and all(
        ours.digest(pair.reference, 1) == theirs.digest(pair.other, 1) for pair in mapping.pairs
    )
