"""Where two programs are first fed different data."""

from __future__ import annotations

import pytest

from migrate_vars.trajectory.feed_differences import (
    FeedDifference,
    first_feed_difference,
    pair_feeds,
)
from migrate_vars.trajectory.records import Fed, FedCall, Site, State
from migrate_vars.trajectory.trajectory import Trajectory


def values(text: str) -> tuple[Fed, ...]:
    """``x:a y[3]:b``: names, shapes and digests."""
    found = []
    for word in text.split():
        name, digest = word.split(":")
        name, _, size = name.partition("[")
        found.append(Fed(name, "float32", tuple(map(int, size.strip("]").split())), digest))
    return tuple(found)


def fed(*steps: str) -> Trajectory:
    """A trajectory; calls of one step are separated by a bar."""
    trajectory = Trajectory({})
    for step, text in enumerate(steps, 1):
        for call in text.split("|"):
            number = len(trajectory.states)
            trajectory.states.append(State(step, Site("p.py", number), {}))
            trajectory.feeds.append(FedCall(number, number, values(call)))
    return trajectory


def test_the_first_difference_and_its_lines() -> None:
    ours = fed("x:a y[2]:b", "x:a y[2]:b", "x:a y[2]:c")
    theirs = fed("x:a y[2]:b", "x:a y[2]:x", "x:d y[2]:c")
    found = first_feed_difference(ours, theirs, 3)
    assert found == FeedDifference(2, "y", "y", Site("p.py", 1), Site("p.py", 1), 1)
    assert str(found) == (
        "the data differ at step 2: different values are fed for 'y' at p.py:1 and p.py:1"
    )
    assert first_feed_difference(ours, theirs, 1) is None
    assert first_feed_difference(ours, ours, 3) is None


def test_calls_of_one_step_belong_together_in_order() -> None:
    found = first_feed_difference(fed("x:a|x:b"), fed("x:a|x:c"), 1)
    assert found is not None
    assert found.other_site.line == 1


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ("x:a", "x:b", [("x", "x")]),
        ("y:a x:a", "x:b y:b", [("y", "y"), ("x", "x")]),
        ("x[2]:a y:a", "images[2]:b labels:b", [("x", "images"), ("y", "labels")]),
        ("x[2]:a y:a", "y:b images[2]:b", [("y", "y"), ("x", "images")]),
        # Two of one shape could be either.
        ("x[2]:a y[2]:a", "a[2]:b b[2]:b", []),
        ("x[2]:a", "a[2]:b b[2]:b", []),
        # A name does not do where the shape is another, nor a part of what is fed.
        ("x[2]:a", "x[3]:a", []),
        ("x[2]:a rate:a", "images[2]:b", []),
        ("x[2]:a rate:a", "x[2]:b", [("x", "x")]),
        ("", "x:a", []),
    ],
)
def test_which_values_belong_together(
    ours: str, theirs: str, expected: list[tuple[str, str]]
) -> None:
    pairs = pair_feeds(values(ours), values(theirs))
    assert [(mine.name, found.name) for mine, found in pairs] == expected


def test_another_batch_size_is_other_data() -> None:
    found = first_feed_difference(fed("rate:a x[2]:a"), fed("rate:a x[3]:b"), 1)
    assert found is not None
    assert found.reference == found.other == "x"
    assert first_feed_difference(fed("rate:a x[2]:a"), fed("x[3]:b"), 1) is None
    assert first_feed_difference(fed("x:a"), fed("x[3]:b"), 1) is None


def test_nothing_is_said_of_steps_that_only_one_program_is_fed_in() -> None:
    ours, theirs = fed("x:a", "x:b"), fed("x:a")
    assert first_feed_difference(ours, theirs, 2) is None
    assert first_feed_difference(theirs, ours, 2) is None
    assert first_feed_difference(Trajectory({}), ours, 2) is None
