"""Compares what two programs printed: numbers as numbers, and lines that only one of them prints.

Numbers must be equal at the precision at which they were printed. What does not repeat when the
reference runs again is not compared: single numbers, wherever they stand in lines of the same
words, and whole lines.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from migrate_vars.equivalence.outputs.common_subsequence import align, gaps
from migrate_vars.equivalence.outputs.printed_lines import NUMBERS, Line, Number, read_lines
from migrate_vars.equivalence.running.programs import Printed

# The number of differences of one kind that are kept to be shown.
_KEPT = 20
# The largest number of pairs of lines that are searched for reworded lines.
_SEARCHED = 10_000
# A value with fewer digits may be complete; one with this many was cut by a format.
_DIGITS = 4
# A clock does not show this many digits twice by chance.
_CLOCK_DIGITS = 4
# This many numbers with equally many decimals show that a format is used.
_FORMATTED = 3
# What has more digits was no float32.
_SINGLE_DIGITS = 9
# Two numbers closer than this, relative to their size, may differ in how they were rounded.
ROUNDING = 1e-6

Slot = tuple[tuple[str, ...], int]


@dataclass(frozen=True)
class NumberDifference:
    """A number that both programs print, with other values.

    Attributes:
        label: The words before it, or "".
        reference: The reference's number, as it was printed.
        other: The other one.
        lines: The lines in which they stand, from 1.
        rounding: Whether only their last digits differ, as rounding may.
    """

    label: str
    reference: str
    other: str
    lines: tuple[int, int]
    rounding: bool = False

    def __str__(self) -> str:
        name = f"{self.label} " if self.label else ""
        return f"{name}{self.reference} / {self.other}"


@dataclass(frozen=True)
class PrintedComparison:
    """How what two programs printed compares.

    Attributes:
        numbers: How many numbers were compared.
        unsteady: How many were not, because they do not repeat.
        n_differing: How many differ.
        differing: The first of them.
        n_reference_only: How many lines only the reference prints.
        reference_only: The first of them: line and text.
        n_other_only: How many lines only the other program prints.
        other_only: The first of them.
        n_reworded: How many lines say something similar in other words.
        reworded: The first of them: of both the line and the text.
        rounding: Whether all that differs are last digits.
        cut: Whether a program printed more than was compared.
    """

    numbers: int = 0
    unsteady: int = 0
    n_differing: int = 0
    differing: tuple[NumberDifference, ...] = ()
    n_reference_only: int = 0
    reference_only: tuple[tuple[int, str], ...] = ()
    n_other_only: int = 0
    other_only: tuple[tuple[int, str], ...] = ()
    n_reworded: int = 0
    reworded: tuple[tuple[int, str, int, str], ...] = ()
    rounding: bool = False
    cut: bool = False

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (
            self.n_differing or self.n_reference_only or self.n_other_only or self.n_reworded
        )


def compare_printed(
    reference: Printed,
    other: Printed,
    repeated: tuple[Printed, Printed] | None = None,
    allowed: float = 0.0,
) -> PrintedComparison:
    """Compares what two programs printed.

    Args:
        reference: What the program printed that is taken to be right.
        other: What the other one printed.
        repeated: What two runs of one program printed, or None if it was not repeated.
        allowed: How far numbers that are not whole may differ, relative to the largest magnitude
            that such a number has had.
    """
    cut = reference.cut or other.cut
    ours = read_lines(reference.text)
    if reference.text == other.text:
        return PrintedComparison(sum(len(line.numbers) for line in ours), cut=cut)
    steady = _Steady() if repeated is None else _learn(*repeated)
    comparison = _Comparison(steady, allowed)
    comparison.compare(ours, read_lines(other.text))
    return comparison.result(cut)


@dataclass
class _Steady:
    """What is known not to repeat.

    Attributes:
        known: Whether a program was run twice to find out.
        slots: Numbers, by the words of their line and their position.
        keys: The words of lines that not every run prints, or not as often.
        patterns: The words of lines of which some do not repeat; None stands for those.
    """

    known: bool = False
    slots: set[Slot] = field(default_factory=set)
    keys: set[tuple[str, ...]] = field(default_factory=set)
    patterns: set[tuple[str | None, ...]] = field(default_factory=set)

    def repeats(self, line: Line, position: int, number: Number) -> bool:
        """Whether a number can be expected to repeat."""
        if number.clock and (not self.known or number.digits < _CLOCK_DIGITS):
            return False
        return (line.key, position) not in self.slots

    def matches(self, line: Line) -> bool:
        """Whether a line is one of which some words do not repeat."""
        return line.key in self.keys or any(
            len(pattern) == len(line.key)
            and all(ours in (None, theirs) for ours, theirs in zip(pattern, line.key, strict=True))
            for pattern in self.patterns
        )


def _learn(run: Printed, again: Printed) -> _Steady:
    """What differs between two runs of one program."""
    steady = _Steady(known=True)
    if run.text == again.text:
        return steady
    pairs, hunks = _pair(read_lines(run.text), read_lines(again.text))
    for one, other in pairs:
        for position, numbers in enumerate(zip(one.numbers, other.numbers, strict=False)):
            if None not in numbers and numbers[0].value != numbers[1].value:  # type: ignore[union-attr]
                steady.slots.add((one.key, position))
        if len(one.numbers) != len(other.numbers):
            steady.keys.add(one.key)
    for first, second in hunks:
        similar, alone, others = _reworded(first, second)
        steady.keys.update(line.key for line in (*alone, *others))
        for one, other in similar:
            if len(one.key) == len(other.key):
                words = zip(one.key, other.key, strict=True)
                steady.patterns.add(tuple(a if a == b else None for a, b in words))
            else:
                steady.keys.update((one.key, other.key))
    return steady


Hunk = tuple[Sequence[Line], Sequence[Line]]


def _pair(
    ours: Sequence[Line], theirs: Sequence[Line]
) -> tuple[list[tuple[Line, Line]], list[Hunk]]:
    """Lines of the same words, in order, and the stretches of lines that have no such partner."""
    pairs: list[tuple[int, int]] = []
    exact = align([line.values for line in ours], [line.values for line in theirs])
    for first, second in gaps(exact, len(ours), len(theirs)):
        by_words = align([ours[i].key for i in first], [theirs[i].key for i in second])
        pairs += [(first[one], second[other]) for one, other in by_words]
    pairs = sorted([*exact, *pairs])
    hunks = [
        (ours[first.start : first.stop], theirs[second.start : second.stop])
        for first, second in gaps(pairs, len(ours), len(theirs))
    ]
    return [(ours[one], theirs[other]) for one, other in pairs], hunks


def _reworded(
    ours: Sequence[Line], theirs: Sequence[Line]
) -> tuple[list[tuple[Line, Line]], list[Line], list[Line]]:
    """Pairs of lines that share half of their words or more, in order; and the lines left over."""
    if not ours or not theirs or len(ours) * len(theirs) > _SEARCHED:
        return [], list(ours), list(theirs)
    bags = [[Counter(line.key) for line in lines] for lines in (ours, theirs)]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    likeness = [[_likeness(one, other) for other in bags[1]] for one in bags[0]]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            both = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], both)
    pairs: list[tuple[Line, Line]] = []
    left: tuple[list[Line], list[Line]] = ([], [])
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((ours[i], theirs[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            left[0].append(ours[i])
            i += 1
        else:
            left[1].append(theirs[j])
            j += 1
    return pairs, [*left[0], *ours[i:]], [*left[1], *theirs[j:]]


def _likeness(ours: Counter[str], theirs: Counter[str]) -> float:
    """The share of words that two lines have in common; 0 below a half."""
    common = sum((ours & theirs).values())
    share = common / max(sum(ours.values()), sum(theirs.values()))
    words = common - (ours & theirs)[NUMBERS]
    return share if share >= 0.5 and words else 0.0


@dataclass
class _Differences:
    """Differences of one kind: how many, and the first of them."""

    count: int = 0
    first: list[object] = field(default_factory=list)

    def add(self, item: object) -> None:
        self.count += 1
        if len(self.first) < _KEPT:
            self.first.append(item)


_Item = tuple[Line, int, Number | None]


class _Comparison:
    """Compares lines and collects what differs."""

    def __init__(self, steady: _Steady, allowed: float) -> None:
        self._steady = steady
        self._allowed = allowed
        self._numbers = self._unsteady = 0
        self._differing = _Differences()
        self._reference_only = _Differences()
        self._other_only = _Differences()
        self._reworded = _Differences()
        self._only_rounding = True
        self._largest: dict[Slot, float] = {}
        self._formatted: set[Slot] = set()

    def compare(self, ours: Sequence[Line], theirs: Sequence[Line]) -> None:
        pairs, hunks = _pair(ours, theirs)
        self._formatted = _formatted(pairs)
        for one, other in pairs:
            self._compare_numbers(_items([one]), _items([other]))
        for first, second in hunks:
            if first and second and _words(first) == _words(second):  # other line breaks
                self._compare_numbers(_items(first), _items(second))
                continue
            similar, alone, others = _reworded(first, second)
            for one, other in similar:
                if not (self._steady.matches(one) and self._steady.matches(other)):
                    self._reworded.add((one.number, one.text, other.number, other.text))
                self._compare_numbers(_items([one]), _items([other]))
            self._alone(alone, self._reference_only)
            self._alone(others, self._other_only)

    def _alone(self, lines: Iterable[Line], found: _Differences) -> None:
        for line in lines:
            if not (line.shows_objects or self._steady.matches(line)):
                found.add((line.number, line.text))

    def _compare_numbers(self, ours: list[_Item], theirs: list[_Item]) -> None:
        if len(ours) != len(theirs):
            ours, theirs = [[i for i in items if self._counts(i)] for items in (ours, theirs)]
            if len(ours) != len(theirs):
                self._compare_counts(ours, theirs)
                return
        for (line, position, one), (line_there, position_there, other) in zip(
            ours, theirs, strict=True
        ):
            if one is None or other is None:
                continue
            if not (
                self._steady.repeats(line, position, one)
                and self._steady.repeats(line_there, position_there, other)
            ):
                self._unsteady += 1
                continue
            self._numbers += 1
            slot = line.key, position
            largest = self._largest[slot] = max(
                self._largest.get(slot, 0.0), abs(one.value) if math.isfinite(one.value) else 0.0
            )
            if same_number(one, other, formatted=slot in self._formatted):
                continue
            gap = abs(one.value - other.value)
            if not (one.whole and other.whole) and gap <= self._allowed * largest:
                continue
            rounding = _rounds(one, other)
            self._only_rounding = self._only_rounding and rounding
            self._differing.add(
                NumberDifference(
                    line.label(position),
                    one.text,
                    other.text,
                    (line.number, line_there.number),
                    rounding,
                )
            )

    def _counts(self, item: _Item) -> bool:
        """Whether a number counts where two lines have not equally many."""
        line, position, number = item
        return number is not None and self._steady.repeats(line, position, number)

    def _compare_counts(self, ours: list[_Item], theirs: list[_Item]) -> None:
        if not ours and not theirs:
            return
        line, position, _ = (ours or theirs)[0]
        if line.key in self._steady.keys:
            return
        numbers = [lines[0][0].number if lines else line.number for lines in (ours, theirs)]
        self._numbers += max(len(ours), len(theirs))
        self._only_rounding = False
        self._differing.add(
            NumberDifference(
                line.label(position),
                f"{len(ours)} numbers",
                f"{len(theirs)} numbers",
                (numbers[0], numbers[1]),
            )
        )

    def result(self, cut: bool) -> PrintedComparison:
        texts = self._reference_only.count + self._other_only.count + self._reworded.count
        return PrintedComparison(
            numbers=self._numbers,
            unsteady=self._unsteady,
            n_differing=self._differing.count,
            differing=tuple(self._differing.first),  # type: ignore[arg-type]
            n_reference_only=self._reference_only.count,
            reference_only=tuple(self._reference_only.first),  # type: ignore[arg-type]
            n_other_only=self._other_only.count,
            other_only=tuple(self._other_only.first),  # type: ignore[arg-type]
            n_reworded=self._reworded.count,
            reworded=tuple(self._reworded.first),  # type: ignore[arg-type]
            rounding=bool(self._differing.count) and self._only_rounding and not texts,
            cut=cut,
        )


def _items(lines: Iterable[Line]) -> list[_Item]:
    return [
        (line, position, number) for line in lines for position, number in enumerate(line.numbers)
    ]


def _words(lines: Iterable[Line]) -> list[str]:
    """The words of lines, without regard to line breaks."""
    found: list[str] = []
    for line in lines:
        for word in line.key:
            if word != NUMBERS or found[-1:] != [NUMBERS]:
                found.append(word)
    return found


def _formatted(pairs: Iterable[tuple[Line, Line]]) -> set[Slot]:
    """Numbers that one program always prints with as many decimals, which are not all the same."""
    seen: dict[tuple[int, Slot], tuple[set[int], set[str], int]] = {}
    for pair in pairs:
        for side, line in enumerate(pair):
            for position, number in enumerate(line.numbers):
                if number is not None:
                    key = side, (line.key, position)
                    decimals, texts, count = seen.get(key, (set(), set(), 0))
                    decimals.add(number.decimals)
                    if len(texts) < _FORMATTED:
                        texts.add(number.text)
                    seen[key] = decimals, texts, count + 1
    return {
        slot
        for (_, slot), (decimals, texts, count) in seen.items()
        if count >= _FORMATTED and len(texts) > 1 and len(decimals) == 1 and min(decimals) > 0
    }


def same_number(ours: Number, theirs: Number, formatted: bool = False) -> bool:
    """Whether two numbers are one value, as far as the printed digits tell.

    Args:
        ours: One number.
        theirs: The other.
        formatted: Whether a format of few digits is known to be why one is shorter.
    """
    if ours.whole and theirs.whole:
        return int(ours.text) == int(theirs.text)
    if ours.value == theirs.value or (math.isnan(ours.value) and math.isnan(theirs.value)):
        return True
    if not (math.isfinite(ours.value) and math.isfinite(theirs.value)):
        return False
    coarse, fine = sorted((ours, theirs), key=lambda number: number.decimals)
    if coarse.decimals == fine.decimals and coarse.digits == fine.digits:
        return False
    gap = abs(coarse.value - fine.value)
    if (formatted or _was_cut(coarse)) and gap <= 10.0**-coarse.decimals * (0.5 + 1e-9):
        return True
    with np.errstate(over="ignore"):
        singles = np.float32(coarse.value), np.float32(fine.value)
    if singles[0] == singles[1] and math.isfinite(singles[0]):
        return True
    long, short = max(coarse.digits, fine.digits), min(coarse.digits, fine.digits)
    if long > _SINGLE_DIGITS >= short and math.isfinite(singles[0]):
        return bool(gap <= 4 * abs(float(np.spacing(singles[0]))))
    return False


def _was_cut(number: Number) -> bool:
    """Whether a number shows by itself that a format has cut it to its last digit."""
    if number.whole or "e" in number.text.lower():
        return not number.whole and number.digits >= _DIGITS
    if number.text.endswith("0"):
        return number.decimals > 1  # of a whole value, Python prints one 0 after the point
    return number.digits >= _DIGITS


def _rounds(ours: Number, theirs: Number) -> bool:
    """Whether two numbers differ in their last digits alone, of which there are many."""
    if ours.whole or theirs.whole or min(ours.digits, theirs.digits) < 6:
        return False
    gap = abs(ours.value - theirs.value)
    return gap <= ROUNDING * max(abs(ours.value), abs(theirs.value))
