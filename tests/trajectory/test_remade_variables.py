"""Variables that are made anew, against variables that get their initial values again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from migrate_vars.recorder import writer as recorder
from migrate_vars.trajectory.comparison import compare
from migrate_vars.trajectory.remade_variables import join_remade_variables
from migrate_vars.trajectory.trajectory import Trajectory

PLACE = ("p.py", 1)
FOLDS, STEPS = 3, 4


def fold(number: int) -> list[float]:
    """What a variable is in one fold, its initial value first."""
    return [0.5, *(10.0 * number + step for step in range(1, STEPS + 1))]


def once(path: Path) -> Trajectory:
    """One variable, which is initialised again for each fold."""
    written = recorder.TrajectoryWriter(str(path), {})
    for number in range(FOLDS):
        first, *rest = fold(number)
        written.state(number * STEPS, PLACE, [("w", 0, np.float32(first))])
        for step, value in enumerate(rest, number * STEPS + 1):
            written.state(step, PLACE, [("w", 1, np.float32(value))])
    written.end("finished")
    return Trajectory.load(path)


def anew(path: Path, wrong: int = -1, overlap: bool = False) -> Trajectory:
    """A variable for each fold."""
    written = recorder.TrajectoryWriter(str(path), {})
    for number in range(FOLDS):
        name = f"w_{number}" if number else "w"
        first, *rest = fold(number)
        written.state(number * STEPS, PLACE, [(name, 0, np.float32(first))])
        for step, value in enumerate(rest, number * STEPS + 1):
            value += step == wrong
            written.state(step, PLACE, [(name, 1, np.float32(value))])
        if overlap:
            written.state(number * STEPS + STEPS, PLACE, [("w", 1, np.float32(-number))])
    written.end("finished")
    return Trajectory.load(path)


def test_a_variable_for_each_fold_is_one_that_is_initialised_again(tmp_path: Path) -> None:
    ours, theirs = once(tmp_path / "once"), anew(tmp_path / "anew")
    for pair in ((ours, theirs), (theirs, ours), (theirs, theirs)):
        assert compare(*pair).identical
    found = compare(ours, theirs)
    assert found.notes == ("re-created variables were treated as one: 'w' (3 times)",)
    assert (found.compared, found.states) == (14, 14)


@pytest.mark.parametrize("wrong", [1, 6, 12])
def test_a_wrong_value_in_a_fold_is_found(tmp_path: Path, wrong: int) -> None:
    ours, theirs = once(tmp_path / "once"), anew(tmp_path / "anew", wrong)
    found = compare(ours, theirs)
    assert found.divergence is not None
    if wrong > STEPS:
        assert found.notes[0].endswith(f"then the first difference is at step {wrong} in 'w'")


def test_variables_that_are_used_together_are_not_one(tmp_path: Path) -> None:
    trajectory = anew(tmp_path / "t", overlap=True)
    merged, counts = join_remade_variables(trajectory)
    assert counts == {"w_1": 2}  # `w` is still written when the others are there
    assert set(merged.variables) == {"w", "w_1"}


def test_where_a_variable_begins_is_kept_in_the_file(tmp_path: Path) -> None:
    trajectory = anew(tmp_path / "t")
    assert trajectory.begins == {"w_1": 4, "w_2": 8}
    trajectory.save(tmp_path / "again")
    assert Trajectory.load(tmp_path / "again") == trajectory
