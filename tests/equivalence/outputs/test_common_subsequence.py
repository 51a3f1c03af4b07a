"""Which items of two sequences belong together."""

from __future__ import annotations

import random
import time
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence.outputs.common_subsequence import align, gaps

few = st.lists(st.sampled_from("abc"), max_size=12)


def longest(ours: list[str], theirs: list[str]) -> int:
    """The length of a longest common subsequence, by the textbook."""
    row = [0] * (len(theirs) + 1)
    for one in ours:
        before, row = row, [0]
        for place, other in enumerate(theirs, 1):
            both = before[place - 1] + 1 if one == other else 0
            row.append(max(row[place - 1], before[place], both))
    return row[-1]


def check(ours: list[str], theirs: list[str]) -> list[tuple[int, int]]:
    pairs = align(ours, theirs)
    assert all(ours[one] == theirs[other] for one, other in pairs)
    for before, after in pairwise(pairs):
        assert before[0] < after[0]
        assert before[1] < after[1]
    unpaired = list(gaps(pairs, len(ours), len(theirs)))
    assert sum(len(one) for one, _ in unpaired) == len(ours) - len(pairs)
    assert sum(len(other) for _, other in unpaired) == len(theirs) - len(pairs)
    return pairs


@given(few, few)
def test_pairs_are_equal_and_in_order(ours: list[str], theirs: list[str]) -> None:
    check(ours, theirs)


@given(few, few)
def test_of_items_that_occur_often_as_many_as_possible_are_paired(
    ours: list[str], theirs: list[str]
) -> None:
    # Two of each: nothing occurs once.
    ours, theirs = ours * 2 + ["x", "x"], theirs * 2 + ["x", "x"]
    assert len(check(ours, theirs)) == longest(ours, theirs)


@given(few)
def test_equal_sequences_are_paired_item_by_item(items: list[str]) -> None:
    assert align(items, items) == [(i, i) for i in range(len(items))]


@given(few, few, few)
def test_what_is_added_is_left_over(head: list[str], added: list[str], tail: list[str]) -> None:
    marked = [item.upper() for item in added]
    assert len(check(head + tail, head + marked + tail)) == len(head + tail)


def test_long_sequences_with_nothing_in_common_take_no_time() -> None:
    numbers = random.Random(1)
    ours = [str(numbers.randrange(1000)) for _ in range(20_000)]
    theirs = [str(numbers.randrange(1000, 2000)) for _ in range(20_000)]
    start = time.process_time()
    assert align(ours, theirs) == []
    assert align(["step"] * 20_000, ["step"] * 19_900) == [(i, i) for i in range(19_900)]
    assert time.process_time() - start < 10
