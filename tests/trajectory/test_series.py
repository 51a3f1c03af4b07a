"""Numbers by step, against plain NumPy on the same values."""

from __future__ import annotations

import numpy as np
import pytest

from migrate_vars.trajectory.records import Summary
from migrate_vars.trajectory.series import StepEnds, first_difference, gaps, some_steps
from tests.equivalence.recorded import trajectory


def test_few_steps_are_all_looked_at() -> None:
    assert some_steps(0) == [0]
    assert some_steps(3) == [0, 1, 2, 3]
    assert some_steps(300) == list(range(301))


def test_of_many_steps_some_are_looked_at_and_all_around_one() -> None:
    steps = some_steps(10_000, around=5_123)
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (0, 10_000)
    assert len(steps) < 350
    assert max(np.diff(steps)) <= 34
    assert set(range(5_113, 5_144)) <= set(steps)
    assert some_steps(10_000, around=10_000)[-12:] == [9_967, *range(9_990, 10_001)]


def test_a_variable_is_what_it_was_last_written() -> None:
    ends = StepEnds(
        trajectory({"a": [1.0, 2.0, 3.0], "b": [np.ones((2, 2)), np.full((2, 2), 3.0)]})
    )
    assert [ends.size("a", step) for step in (0, 1, 2)] == [1.0, 2.0, 3.0]
    assert [ends.size("b", step) for step in (0, 1, 2)] == [2.0, 6.0, 6.0]
    assert (list(ends.written("a")), list(ends.written("b"))) == ([1, 2], [1])


@pytest.mark.parametrize(
    "value", [np.array([b"x"], object), np.array([np.nan]), np.array([np.inf]), np.zeros(0), 1j]
)
def test_what_is_no_number_has_no_size(value: object) -> None:
    assert StepEnds(trajectory({"a": [value]})).size("a", 0) is None


def test_a_norm_too_large_for_a_float_is_none() -> None:
    assert StepEnds(trajectory({"a": [np.full(2, 1e300)]})).size("a", 0) is None


def test_a_value_that_was_not_kept_has_no_size_and_no_distance() -> None:
    ours, theirs = trajectory({"a": [1.0, 2.0]}), trajectory({"a": [1.0, 2.5]})
    theirs.values.clear()
    ends = StepEnds(ours), StepEnds(theirs)
    assert ends[1].size("a", 1) is None
    assert [gap.scaled for gap in gaps(*ends, "a", "a", [0, 1])] == [0.0, None]


def test_distances_are_scaled_by_the_largest_magnitude_so_far() -> None:
    rng = np.random.default_rng(0)
    ours = rng.normal(size=(6, 3)).astype(np.float32)
    theirs = ours.copy()
    theirs[3:] += np.float32(1e-3)
    ends = StepEnds(trajectory({"a": list(ours)})), StepEnds(trajectory({"b": list(theirs)}))
    assert first_difference(*ends, "a", "b") == 3
    found = gaps(*ends, "a", "b", range(6))
    assert [gap.step for gap in found] == list(range(6))
    for gap in found:
        scale = np.abs(ours[: gap.step + 1].astype(float)).max()
        apart = np.abs(ours[gap.step].astype(float) - theirs[gap.step].astype(float)).max()
        assert gap.scaled == pytest.approx(apart / scale)
        ulps = np.abs(ours[gap.step].view(np.int32) - theirs[gap.step].view(np.int32)).max()
        assert gap.ulp == ulps


def test_steps_that_only_one_has_are_not_compared() -> None:
    ends = StepEnds(trajectory({"a": [1.0, 2.0]})), StepEnds(trajectory({"a": [1.0, 2.0, 9.0]}))
    assert first_difference(*ends, "a", "a") is None


def test_of_values_that_were_not_kept_the_samples_are_compared() -> None:
    sides = []
    for values in ([2.0, 4.0, 6.0], [2.0, 4.5, 6.5]):
        made = trajectory({"a": [np.zeros(3), np.array(values)]})
        (digest,) = (write.digest for write in made.states[0].writes.values())
        value = made.values.pop(("a", digest))
        made.summaries["a", digest] = Summary(value.shape, value[:2])
        sides.append(StepEnds(made))
    first, second = gaps(sides[0], sides[1], "a", "a", [0, 1])
    assert (first.scaled, first.exact) == (0.0, True)
    assert (second.scaled, second.exact) == (0.5 / 4.0, False)
    assert sides[0].is_sampled("a")
    assert sides[0].size("a", 1) is None
    assert sides[0].size("a", 1, sampled=True) == np.linalg.norm([2.0, 4.0])
