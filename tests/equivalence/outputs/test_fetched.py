"""What two programs take out of TensorFlow: found by its values, and a difference only for sure."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence.outputs.fetched import FetchComparison, compare_fetches
from migrate_vars.equivalence.running.fetched_streams import Stream, Value


def streams(**found: Sequence[object]) -> list[Stream]:
    """Streams that take turns; numbers are scalars, and texts stand for arrays of ten elements."""
    order = 0
    made: dict[str, Stream] = {}
    for name, values in found.items():
        shape = (10,) if isinstance(values[0], str) else ()
        dtype = "float32" if isinstance(values[0], float) else "int64"
        made[name] = Stream(name, f"p.py:{len(made)}", dtype, shape)
    for place in range(max(map(len, found.values()), default=0)):
        for name, values in found.items():
            if place < len(values):
                text = "" if isinstance(values[place], str) else str(values[place])
                made[name].values.append(Value(place + 1, repr(values[place]), text))
                made[name].order.append(order)
                order += 1
    return list(made.values())


def test_values_are_found_under_any_name() -> None:
    ours = streams(loss=[0.5, 0.25], predicted=["a", "b"])
    theirs = streams(line_8=["a", "b"], line_9=[0.5, 7.0, 0.25])
    assert compare_fetches(ours, theirs) == FetchComparison(found=2, values=4)
    # Several streams of one program may be one of the other.
    split = streams(first=[0.5], second=[0.25])
    assert compare_fetches(streams(loss=[0.5, 0.25]), split).found == 1


def test_what_nobody_takes_is_no_difference() -> None:
    ours = streams(loss=[0.5, 0.25], predicted=["a", "b"])
    assert compare_fetches(ours, []) == FetchComparison(not_found=2)
    assert compare_fetches([], ours).same
    assert compare_fetches(ours, streams(rate=[0.1, 0.2])).same, "it may be anything"
    assert compare_fetches(ours, streams(other=[1, 2])).same


def test_an_array_of_the_same_kind_must_be_meant() -> None:
    ours = streams(loss=[0.5, 0.25], predicted=["a", "b"])
    (difference,) = compare_fetches(ours, streams(line=["a", "c"], loss=[0.5, 0.25])).differing
    assert (difference.label, difference.differing, difference.step) == ("predicted", 1, 2)
    assert str(difference) == "'predicted' at step 2"
    both = streams(one=["a", "c"], two=["x", "y"])
    assert compare_fetches(ours, both).same, "either may be meant"


def test_an_array_of_another_shape_must_be_meant() -> None:
    ours = streams(predicted=["a"])
    other = [Stream("line 3", "q.py:3", "int64", (4,), [Value(1, "z", "")], [0])]
    (difference,) = compare_fetches(ours, other).differing
    assert str(difference) == "'predicted' at step 1: shape [10] / shape [4]"


def test_numbers_of_which_some_are_the_same_must_be_meant() -> None:
    ours = streams(loss=[0.5, 0.25, 0.125, 0.0625])
    found = compare_fetches(ours, streams(line=[0.5, 0.25, 0.75, 0.0625]))
    assert [str(one) for one in found.differing] == ["'loss' at step 3: 0.125 / 0.75"]
    assert not found.same
    assert compare_fetches(ours, streams(line=[0.5, 0.7, 0.8, 0.9])).same
    assert compare_fetches(ours, streams(line=[0.5, 0.25, 0.125])).same


def test_what_does_not_repeat_is_not_compared() -> None:
    ours, again = streams(noise=["a", "b"]), streams(noise=["a", "c"])
    theirs = streams(noise=["a", "d"])
    assert not compare_fetches(ours, theirs).same
    assert compare_fetches(ours, theirs, (ours, again)) == FetchComparison()


numbers = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=6)


@given(numbers, numbers)
def test_all_is_found_in_itself(one: list[float], other: list[float]) -> None:
    ours = streams(one=one, other=other)
    assert compare_fetches(ours, streams(new=one, more=other)).found == 2
    assert compare_fetches(ours, streams(other=other, x=["a"], one=one)).differing == ()
