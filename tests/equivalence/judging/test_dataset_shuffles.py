"""Orders of ``tf.data`` that cannot be the same in two programs."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.judging.dataset_shuffles import judge_shuffles
from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.trajectory.records import Fed, FedCall, Site
from migrate_vars.trajectory.trajectory import Trajectory
from tests.equivalence.recorded import run, trajectory

VALUES = {"v": [0.0, 1.0, 2.0]}
OTHERS = {"v": [0.0, 1.0, 2.5]}


def shuffling(values: dict[str, list[float]], *fed: str, **header: str) -> Trajectory:
    """A trajectory of a program that shuffles, and trains with values of these digests."""
    made = trajectory(values, **header)
    made.shuffles.append(Site("p.py", 9))
    made.feeds += [
        FedCall(n, n, (Fed("x", "float32", (2,), digest),)) for n, digest in enumerate(fed)
    ]
    return made


def verdict_of(ours: Trajectory, theirs: Trajectory) -> tuple[Verdict, int]:
    """The verdict, and the number of notes."""
    runs = run("old.py", ours), run("new.py", theirs)
    judgement, notes = judge_shuffles(judge(*runs), *runs)
    if judgement.verdict is Verdict.UNDEFINED:
        assert "p.py:9 in old.py, p.py:9 in new.py" in judgement.message
    return judgement.verdict, len(notes)


def test_between_releases_the_order_is_undefined() -> None:
    ours, theirs = shuffling(VALUES), shuffling(OTHERS, tensorflow="1.15.5")
    assert verdict_of(ours, theirs) == (Verdict.UNDEFINED, 0)
    ours, theirs = shuffling(VALUES, "a", "b"), shuffling(OTHERS, "b", "a", tensorflow="1.15.5")
    assert verdict_of(ours, theirs) == (Verdict.UNDEFINED, 0)


def test_within_a_release_it_is_said() -> None:
    assert verdict_of(shuffling(VALUES), shuffling(OTHERS)) == (Verdict.DIVERGED, 1)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(VALUES, VALUES, id="nothing differs"),
        pytest.param(VALUES, {"v": [9.0, 1.0, 2.0]}, id="the initial values differ"),
    ],
)
def test_what_no_order_can_have_done(
    ours: dict[str, list[float]], theirs: dict[str, list[float]]
) -> None:
    then = shuffling(theirs, tensorflow="1.15.5")
    runs = run("old.py", shuffling(ours)), run("new.py", then)
    judgement = judge(*runs)
    assert judge_shuffles(judgement, *runs) == (judgement, ())


def test_data_that_are_known_to_be_the_same_are_in_order() -> None:
    ours, theirs = shuffling(VALUES, "a", "b"), shuffling(OTHERS, "a", "b", tensorflow="1.15.5")
    assert verdict_of(ours, theirs) == (Verdict.DIVERGED, 0)


def test_a_program_that_does_not_shuffle_is_to_blame() -> None:
    ours, theirs = shuffling(VALUES), trajectory(OTHERS, tensorflow="1.15.5")
    assert verdict_of(ours, theirs) == (Verdict.DIVERGED, 0)
