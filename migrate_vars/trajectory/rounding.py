"""Whether differences are as small as rounding errors, by several measures.

The effect of rounding on a program is measured in runs with perturbed rounding. A single measure is
not enough: rounding errors that an optimizer amplifies are large in few elements; a wrong constant
changes nearly all elements a little, and always in the direction of the update. So each difference
is measured by

* its size: the largest element, the root mean square, the 90th percentile and the median;
* its share of the update: the relative change of the update's length, over windows of steps.

Each must be within :data:`LIMIT` times the largest effect of rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from migrate_vars.trajectory.records import Array

#: Differences up to this multiple of the measured effect of rounding are taken for rounding.
#: Between TensorFlow 1.15 and 2.21, correct programs reached 1.0.
LIMIT = 3.0
#: The limit if only values were perturbed, which has a smaller effect than kernels.
LIMIT_OF_MOVES = 10.0

# The root mean square of rounding to nearest, in units in the last place.
_UNIT = 0.29

# A kernel may have a bias of this relative size in all steps.
_LEAST = 3e-6
#: If rounding is a larger part of the updates, a wrong constant would not be noticed.
BLIND = 1.5e-4

_FLOATS = ("float16", "bfloat16", "float32", "float64")
_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def subtract(value: Array, reference: Array) -> Array:
    """The difference of two arrays, in float64 and one dimension.

    Equal infinities, and NaN on both sides, differ by 0; NaN or infinity on one side only,
    different shapes, and different non-numeric values differ by infinity.
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
    """One unit in the last place of each element; 0 unless it is floating-point."""
    if value.dtype.name not in _FLOATS:
        return np.zeros(max(value.size, 1))
    magnitude = np.abs(value.astype(np.float64).ravel())
    magnitude = np.where(np.isfinite(magnitude), magnitude, 0.0)
    _, exponents = np.frexp(magnitude)
    return np.where(magnitude == 0.0, 0.0, np.ldexp(1.0, exponents - 1 - _BITS[value.dtype.name]))


def sizes(difference: Array) -> Array:
    """The four measures of a difference, largest first."""
    magnitude = np.abs(difference)
    if not magnitude.size:
        return np.zeros(4)
    if not np.isfinite(magnitude).all():
        return np.full(4, np.inf)
    # Squares of very large or small magnitudes would overflow or underflow.
    largest = magnitude.max()
    scaled = magnitude / largest if largest else magnitude
    rms = largest * math.sqrt(float(np.mean(scaled * scaled)))
    places = [(magnitude.size - 1) * 9 // 10, (magnitude.size - 1) // 2]
    return np.array([largest, rms, *np.partition(magnitude, places)[places]])


def ratios(difference: Array, others: Sequence[Array], unit: Array) -> Array:
    """The four measures of a difference, as multiples of the largest effect of rounding.

    Args:
        difference: The difference to judge.
        others: The effect of rounding on the same value, in one or more runs.
        unit: One unit in the last place of each element, which rounding may always cause.
    """
    found = sizes(difference)
    allowed = np.max([sizes(unit), *map(sizes, others)], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        multiples = np.where(found == 0.0, 0.0, found / allowed)
    return np.nan_to_num(multiples, nan=1.0, posinf=np.inf)


@dataclass(frozen=True)
class Share:
    """The relative change in length of a variable's updates, over a window of steps.

    Attributes:
        first: The first step of the window.
        last: The last step of the window.
        found: The relative change.
        rounding: The largest relative change caused by rounding.
        unit: The minimum caused by the last place of the variable's own value.
    """

    first: int
    last: int
    found: float
    rounding: float
    unit: float

    @property
    def ratio(self) -> float:
        """The change as a multiple of the largest caused by rounding."""
        return abs(self.found) / self.rounding

    @property
    def is_noise(self) -> bool:
        """Whether rounding is so large that a wrong constant would not be noticed.

        Not if it is explained by the last place of the variable's own value.
        """
        return self.rounding > BLIND and self.rounding > 10.0 * self.unit


class Shares:
    """Accumulates the relative change in length of one variable's updates."""

    def __init__(self) -> None:
        self._steps: list[int] = []
        # For each step, the dot products of the update with the difference, with the effects of
        # rounding, with the units, and with itself.
        self._rows: list[tuple[float, ...]] = []

    def add(
        self, step: int, update: Array, difference: Array, others: Sequence[Array], unit: Array
    ) -> None:
        """Adds a step.

        Args:
            step: Its number.
            update: The update of the variable.
            difference: The difference of the other program's update.
            others: The differences in runs with perturbed rounding; the same number in each step.
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
        """The shares over consecutive windows of 1, 2, 4, 8, ... steps, and over all steps."""
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
        # The sums of a few runs may be small by chance, but not the sum of their squares.
        spread = np.sqrt((rows[:, 1:-2] ** 2).sum(0).mean()) / square
        unit = _UNIT * np.linalg.norm(rows[:, -2]) / square
        rounding = max(*np.abs(sums[1:-2]), spread, unit, _LEAST)
        first, last = self._steps[begin], self._steps[end - 1]
        return Share(first, last, float(sums[0]), float(rounding), float(unit))
