"""Alignment: which places of two recordings of one run belong together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.trajectory.alignment import align_states, align_tracks, same_step_numbers
from migrate_vars.trajectory.mapping import map_variables
from migrate_vars.trajectory.series import StepEnds
from migrate_vars.trajectory.tracks import tracks_of
from migrate_vars.trajectory.trajectory import Trajectory

from .simulation import Program, by_call, by_session_run, by_write, programs, run, trajectory


def values_after(recorded: Trajectory, position: int) -> dict[str, str]:
    """The digests of all variables after a state."""
    found = dict(recorded.initial)
    for state in recorded.states[: position + 1]:
        found.update({name: write.digest for name, write in state.writes.items()})
    return found


@given(programs(min_steps=2), st.integers(1, 4), st.booleans())
def test_both_recordings_of_a_run_hold_the_same_values_at_every_boundary(
    program: Program, steps_in_a_call: int, calls_first: bool
) -> None:
    one = run(program)
    a, b = by_write(one), by_call(one, steps_in_a_call)
    if calls_first:
        a, b = b, a
    boundaries = align_states(a, b, map_variables(a, b))
    assert boundaries
    for _, ours, theirs in boundaries:
        assert values_after(a, ours) == values_after(b, theirs)
    assert boundaries[-1][1:] == (len(a.states) - 1, len(b.states) - 1)
    assert [boundary.step for boundary in boundaries] == [
        a.states[b.reference].step for b in boundaries
    ]


@given(programs(min_steps=2), st.integers(1, 4))
def test_both_tracks_of_a_run_hold_the_same_values_at_every_stage(
    program: Program, steps_in_a_call: int
) -> None:
    one = run(program)
    a, b = by_session_run(one), by_call(one, steps_in_a_call)
    aligned = align_tracks(*tracks_of(a, b, map_variables(a, b)))
    assert aligned is not None
    assert len(aligned.stages) == b.steps
    for _, ours, theirs in aligned.stages:
        assert {k: w.digest for k, w in ours.items()} == {k: w.digest for k, w in theirs.items()}


def test_states_align_by_step_where_there_are_as_many_steps() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), (1, {"v": (1, 2.0)}), (2, {"v": (1, 3.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 7.0)}), (2, {"v": (1, 8.0)}), v=0.0)
    assert align_states(a, b, map_variables(a, b)) == [(1, 1, 0), (2, 2, 1)]


def test_states_do_not_align_where_control_flow_hides_the_counts() -> None:
    a = trajectory((1, {"v": (None, 1.0)}), (2, {"v": (None, 2.0)}), v=0.0)
    b = trajectory((1, {"v": (2, 2.0)}), v=0.0)
    assert align_states(a, b, map_variables(a, b)) == []
    assert align_tracks(*tracks_of(a, b, map_variables(a, b))) is None


def test_tracks_align_without_the_writes_that_change_nothing() -> None:
    a = trajectory((1, {"v": (1, 1.0)}), (2, {"v": (1, 1.0)}), (3, {"v": (1, 2.0)}), v=0.0)
    b = trajectory((1, {"v": (1, 1.5)}), (2, {"v": (1, 2.5)}), v=0.0)
    aligned = align_tracks(*tracks_of(a, b, map_variables(a, b)))
    assert aligned is not None
    assert [stage.step for stage in aligned.stages] == [1, 2]
    assert [aligned.reference.labels[stage.step] for stage in aligned.stages] == [1, 3]


@pytest.mark.parametrize(
    ("first", "identical", "same"), [(1.0, False, True), (1.0, True, False), (5.0, False, False)]
)
def test_a_run_that_stops_early_counts_the_same_steps_if_it_began_alike(
    first: float, identical: bool, same: bool
) -> None:
    a = trajectory((1, {"v": (1, 1.0)}), (2, {"v": (1, 2.0)}), v=0.0)
    b = trajectory((1, {"v": (1, first)}), v=0.0)
    mapping = map_variables(a, b)
    assert same_step_numbers(StepEnds(a), StepEnds(b), mapping, identical) is same
    assert same_step_numbers(StepEnds(a), StepEnds(a), map_variables(a, a), identical)
