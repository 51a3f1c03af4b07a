"""Which items of two sequences belong together: a longest common subsequence, or nearly that.

Items that both sequences hold once are paired first, if that keeps the order. What lies between
such pairs is compared as Myers describes ("An O(ND) difference algorithm and its variations",
1986), which is fast where there are few differences, and given up where there are many.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

Pair = tuple[int, int]

# A stretch with more differences is left unpaired, but for items that occur once.
_DIFFERENCES = 600


def align(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> list[Pair]:
    """Pairs of positions of equal items, in order.

    Args:
        ours: One sequence.
        theirs: The other.
    """
    pairs: list[Pair] = []
    before = (0, 0)
    for anchor in [*_anchors(ours, theirs), (len(ours), len(theirs))]:
        pairs += _align(ours, theirs, before, anchor)
        if anchor[0] < len(ours):
            pairs.append(anchor)
        before = anchor[0] + 1, anchor[1] + 1
    return pairs


def gaps(pairs: Sequence[Pair], ours: int, theirs: int) -> Iterator[tuple[range, range]]:
    """The stretches between pairs in which something is unpaired.

    Args:
        pairs: The pairs, in order.
        ours: The length of one sequence.
        theirs: The length of the other.
    """
    first, second = 0, 0
    for one, other in [*pairs, (ours, theirs)]:
        if one > first or other > second:
            yield range(first, one), range(second, other)
        first, second = one + 1, other + 1


def _anchors(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> list[Pair]:
    """Items that both hold once, as many as keep the order."""
    counts = Counter(ours), Counter(theirs)
    places = {item: place for place, item in enumerate(theirs) if counts[1][item] == 1}
    found = [
        (place, places[item])
        for place, item in enumerate(ours)
        if counts[0][item] == 1 and item in places
    ]
    # The longest series that increases, by patience sorting.
    ends: list[int] = []
    tops: list[int] = []
    last: list[int] = []
    for number, (_, other) in enumerate(found):
        pile = bisect_left(ends, other)
        last.append(tops[pile - 1] if pile else -1)
        ends[pile : pile + 1] = [other]
        tops[pile : pile + 1] = [number]
    chain: list[Pair] = []
    at = tops[-1] if tops else -1
    while at >= 0:
        chain.append(found[at])
        at = last[at]
    return chain[::-1]


def _align(
    ours: Sequence[Hashable], theirs: Sequence[Hashable], start: Pair, end: Pair
) -> list[Pair]:
    """Pairs of one stretch, its ends first."""
    (low, other_low), (high, other_high) = start, end
    head: list[Pair] = []
    while low < high and other_low < other_high and ours[low] == theirs[other_low]:
        head.append((low, other_low))
        low, other_low = low + 1, other_low + 1
    tail: list[Pair] = []
    while low < high and other_low < other_high and ours[high - 1] == theirs[other_high - 1]:
        high, other_high = high - 1, other_high - 1
        tail.append((high, other_high))
    middle: list[Pair] = []
    if low < high and other_low < other_high:
        middle = [
            (low + one, other_low + other)
            for one, other in _myers(ours[low:high], theirs[other_low:other_high])
        ]
    return head + middle + tail[::-1]


def _myers(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> list[Pair]:
    """Pairs of a shortest edit script; none if it would be too long."""
    n, m = len(ours), len(theirs)
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(n + m, _DIFFERENCES) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            down = diagonal == -edits or (
                diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
            )
            x = furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1
            y = x - diagonal
            while x < n and y < m and ours[x] == theirs[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= n and y >= m:
                return _backtrack(trace, n, m)
    return []


def _backtrack(trace: list[dict[int, int]], x: int, y: int) -> list[Pair]:
    pairs: list[Pair] = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        diagonal = x - y
        down = diagonal == -edits or (
            diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
        )
        previous = diagonal + 1 if down else diagonal - 1
        start_x = furthest[previous]
        start_y = start_x - previous
        while x > start_x and y > start_y:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = start_x, start_y
    return pairs[::-1]
