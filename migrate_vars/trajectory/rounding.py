"""Whether differences are as large as those that rounding makes, by several measures.

What rounding makes of a program is known from runs of it that were rounded otherwise. A single
measure would not do: rounding that an optimizer amplifies touches few elements strongly; a wrong
constant nearly all of them by a little, and always in the direction in which they move. So of each
difference are taken

* its size: the largest element, the root of the mean square, and what nine tenths, and half, of the
  elements do not exceed;
* its share of the update: by what part of it an update is longer or shorter, over windows of steps.

Each must lie within :data:`LIMIT` times the largest that rounding makes of the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from migrate_vars.trajectory.records import Array

#: So many times what rounding is seen to make of a program is still taken for rounding. Between
#: TensorFlow 1.15 and 2.21, correct programs were seen to reach 1.0 times of it.
LIMIT = 3.0
#: Where nothing but moved values stands for rounding, which then is smaller than that of kernels.
LIMIT_OF_MOVES = 10.0

# What is rounded to the nearest is off by so much of a unit, as a root of the mean square.
_UNIT = 0.29

# A kernel may round to one side, as far as this part of what it gives, in all steps.
_LEAST = 3e-6
#: Where rounding makes a larger part of the updates, it is too large to see another constant.
BLIND = 1.5e-4

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def subtract(value: Array, reference: Array) -> Array:
    """The difference of two arrays, in float64 and one dimension.

    Equal infinities and NaN on both sides differ by 0; NaN or infinity on one side only, other
    shapes, and other values that are no numbers differ by infinity.
    """
    if value.shape != reference.shape or value.dtype != reference.dtype:
        return np.full(max(reference.size, 1), np.inf)
    if value.dtype.kind in "OSU":
        return np.asarray(np.where(value == reference, 0.0, np.inf)).ravel()
    wide = np.complex128 if value.dtype.kind == "c" else np.float64
    a, b = value.astype(wide).ravel(), reference.astype(wide).ravel()
    with np.errstate(invalid="ignore", over="ignore"):
        difference = a - b
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    difference = np.where(same, 0.0, np.where(np.isfinite(difference), difference, np.inf))
    return np.abs(difference) if wide is np.complex128 else difference


def units(value: Array) -> Array:
    """One unit in the last place of each element; 0 where they are no floating-point numbers."""
    if value.dtype.name not in _FLOATS:
        return np.zeros(max(value.size, 1))
    magnitude = np.abs(value.astype(np.float64).ravel())
    magnitude = np.where(np.isfinite(magnitude), magnitude, 0.0)
    _, exponents = np.frexp(magnitude)
    return np.where(magnitude == 0.0, 0.0, np.ldexp(1.0, exponents - 1 - _BITS[value.dtype.name]))


def sizes(difference: Array) -> Array:
    """The four measures of a difference, the largest first."""
    magnitude = np.abs(difference)
    if not magnitude.size:
        return np.zeros(4)
    if not np.isfinite(magnitude).all():
        return np.full(4, np.inf)
    # Magnitudes are as far from 1 as floats go: their squares would be further.
    largest = magnitude.max()
    scaled = magnitude / largest if largest else magnitude
    rms = largest * math.sqrt(float(np.mean(scaled * scaled)))
    places = [(magnitude.size - 1) * 9 // 10, (magnitude.size - 1) // 2]
    return np.array([largest, rms, *np.partition(magnitude, places)[places]])


def ratios(difference: Array, others: Sequence[Array], unit: Array) -> Array:
    """How large a difference is by the four measures, in multiples of the largest of rounding.

    Args:
        difference: What is judged.
        others: What rounding makes of the same, once or more.
        unit: One unit in the last place of each element, which rounding may always make.
    """
    found = sizes(difference)
    allowed = np.max([sizes(unit), *map(sizes, others)], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        multiples = np.where(found == 0.0, 0.0, found / allowed)
    return np.nan_to_num(multiples, nan=1.0, posinf=np.inf)


@dataclass(frozen=True)
class Share:
    """By what part of the update a variable is further, over a window of steps.

    Attributes:
        first: The first step of the window.
        last: The last one.
        found: The part.
        rounding: The largest part that rounding makes.
        unit: The part that the last place of the variable's own value makes, at least.
    """

    first: int
    last: int
    found: float
    rounding: float
    unit: float

    @property
    def ratio(self) -> float:
        """The part, in multiples of the largest that rounding makes."""
        return abs(self.found) / self.rounding

    @property
    def is_noise(self) -> bool:
        """Whether rounding has grown so much that another constant could not be told from it.

        Not where no more is at work than the last place of the variable's own value.
        """
        return self.rounding > BLIND and self.rounding > 10.0 * self.unit


class Shares:
    """Adds up, step by step, how much longer the updates of one variable are."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        # Of each step: the product with the update of the difference, of those that rounding makes,
        # and of the units; and the square of the update.
        self._rows: list[tuple[float, ...]] = []

    def add(
        self, step: int, update: Array, difference: Array, others: Sequence[Array], unit: Array
    ) -> None:
        """Takes in a step.

        Args:
            step: Its number.
            update: What the step adds to the variable.
            difference: By how much more or less that is in the other program.
            others: By how much in runs that were rounded otherwise; the same number in each step.
            unit: One unit in the last place of each element.
        """
        row = tuple(
            float(product)
            for product in (
                *(other @ update for other in (difference, *others)),
                np.linalg.norm(unit * update),
                update @ update,
            )
        )
        if row[-1] and others and np.isfinite(row).all():
            self._steps.append(step)
            self._rows.append(row)

    def windows(self) -> Iterator[Share]:
        """The shares over windows of 1, 2, 4, 8, ... steps, one after the other, and over all."""
        begin, length = 0, 1
        while begin < len(self._rows):
            yield self._share(begin, min(begin + length, len(self._rows)))
            begin, length = begin + length, 2 * length
        if len(self._rows) > 1:
            yield self._share(0, len(self._rows))

    def _share(self, begin: int, end: int) -> Share:
        rows = np.array(self._rows[begin:end])
        square = rows[:, -1].sum()
        sums = rows.sum(0) / square
        # Chance may make the sums of a few runs small: not that of their squares, too.
        spread = np.sqrt((rows[:, 1:-2] ** 2).sum(0).mean()) / square
        unit = _UNIT * np.linalg.norm(rows[:, -2]) / square
        rounding = max(*np.abs(sums[1:-2]), spread, unit, _LEAST)
        first, last = self._steps[begin], self._steps[end - 1]
        return Share(first, last, float(sums[0]), float(rounding), float(unit))
