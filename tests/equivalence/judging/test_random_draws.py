"""Which random draws are equal in one program and not in the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from migrate_vars.equivalence.judging.random_draws import Unlike, find_unlike
from migrate_vars.trajectory.records import RandomOp, Site


def op(line: int, seed: int | None = 7, **known: Any) -> RandomOp:
    """A random op of a session: with its own seed, or with one of the graph that is not known."""
    own = None if seed is None else (1, seed)
    found = RandomOp("random_normal", Site("p.py", line), own, own, seed, None, "float32", (2, 3))
    return replace(found, **known)


def stand_for(reference: list[RandomOp], *others: RandomOp) -> list[Unlike]:
    """What is unlike where the n-th of the others stands for the n-th of the reference."""
    return list(find_unlike(reference, [replace(other, like=n) for n, other in enumerate(others)]))


def test_ops_that_draw_from_one_stream_do_not_draw_the_same() -> None:
    reference = [op(1), op(2)]
    (unlike,) = stand_for(reference, op(3, drawn=0), op(4, drawn=1))
    assert unlike.equal
    assert unlike.is_copy
    assert unlike.is_asked_for
    assert unlike.ours == tuple(reference)
    assert [one.site.line for one in unlike.theirs] == [3, 4]


@pytest.mark.parametrize(
    "others",
    [
        pytest.param([op(3), op(4)], id="a function or a session, with the same seeds"),
        pytest.param([op(3, 8), op(4, 8)], id="with other seeds"),
        pytest.param([op(3, drawn=0), op(4, drawn=0)], id="the global seed is set in between"),
        pytest.param([op(3)], id="one that is drawn once"),
    ],
)
def test_what_draws_the_same_in_both_is_alike(others: list[RandomOp]) -> None:
    assert stand_for([op(1), op(2)], *others) == []


@pytest.mark.parametrize(
    "reference",
    [
        pytest.param([op(1, 5), op(2, 6)], id="other seeds"),
        pytest.param([op(1, None), op(2, None)], id="no seeds"),
        pytest.param([op(1), op(2, dtype="float64")], id="other dtypes"),
        pytest.param([op(1), op(2, kind="random_uniform")], id="other functions"),
    ],
)
def test_what_draws_others_in_both_is_alike(reference: list[RandomOp]) -> None:
    assert stand_for(reference, op(3, 8), op(4, 9)) == []
    assert stand_for(reference, op(3, drawn=0), op(4, drawn=1)) == []
    assert stand_for(reference, op(3, None), op(4, None)) == []


def test_what_the_other_program_alone_draws_the_same() -> None:
    (unlike,) = stand_for([op(1, 5), op(2, 6)], op(3), op(4))
    assert not unlike.equal
    assert unlike.is_asked_for
    (unlike,) = stand_for([op(1, 5), op(2, 6)], op(3, seed=None, own=(1, 0)), op(4, own=(1, 0)))
    assert not unlike.is_asked_for


@pytest.mark.parametrize(
    ("shape", "is_copy"),
    [((2, 3), True), ((None, 3), True), (None, True), ((3,), False), ((2, 4), False)],
)
def test_the_same_numbers_in_another_shape_are_no_copy(
    shape: tuple[int | None, ...] | None, is_copy: bool
) -> None:
    (unlike,) = stand_for([op(1), op(2, shape=shape)], op(3, drawn=0), op(4, drawn=1))
    assert unlike.is_copy == is_copy


@pytest.mark.parametrize(
    ("known", "first", "second", "is_copy"),
    [
        pytest.param({"kind": "random_shuffle"}, (9, 4), (9,), True, id="rows in one order"),
        pytest.param({"kind": "random_shuffle"}, (9, 4), (8, 4), False, id="of fewer rows"),
        pytest.param({"dtype": "int32"}, (3,), (2,), True, id="cut at one place"),
        pytest.param({"dtype": "int32"}, (3,), (200,), False, id="many whole numbers"),
        pytest.param({"dtype": "int32"}, (3,), (2, 1), False, id="whole numbers of another rank"),
        pytest.param({"dtype": "float32"}, (3,), (2,), False, id="a few numbers"),
    ],
)
def test_what_is_done_to_tensors_of_other_shapes_alike_is_a_copy(
    known: dict[str, Any], first: tuple[int, ...], second: tuple[int, ...], is_copy: bool
) -> None:
    reference = [op(1, shape=first, **known), op(2, shape=second, **known)]
    others = [op(3, 8, shape=first, **known), op(4, 9, shape=second, **known)]
    (unlike,) = stand_for(reference, *others)
    assert unlike.equal
    assert unlike.is_copy == is_copy


def test_each_of_many_is_told_once() -> None:
    others = [op(10 + n, drawn=n) for n in range(50)]
    assert len(stand_for([op(n) for n in range(50)], *others)) == 49


def test_ops_that_stand_for_none_are_left_out() -> None:
    assert list(find_unlike([op(1), op(2)], [op(3, drawn=0), op(4, drawn=1)])) == []
    assert list(find_unlike([op(1)], [op(3, like=0), op(4, like=9)])) == []
