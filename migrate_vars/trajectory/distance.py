"""The distance between two values: in units in the last place (ULP), and relative to a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from migrate_vars.trajectory.records import Array, Summary
from migrate_vars.trajectory.trajectory import ValueRef

_FLOATS = {"float16": "u2", "bfloat16": "u2", "float32": "u4", "float64": "u8"}


@dataclass(frozen=True)
class Distance:
    """The distance between two arrays of the same shape and dtype.

    Attributes:
        index: The first element that differs in any bit, in C order; () for a scalar.
        reference: That element of the reference.
        other: That element of the other array.
        ulp: Their distance in ULP; None if undefined (integers, strings, NaN).
        n_different: The number of elements that differ in any bit.
        n_elements: The number of elements.
        max_ulp: The largest distance of any element in ULP, or None as above.
        max_difference: The largest absolute difference; infinity if only one side is finite, or if
            the difference overflows a float64.
    """

    index: tuple[int, ...]
    reference: Any
    other: Any
    ulp: int | None
    n_different: int
    n_elements: int
    max_ulp: int | None
    max_difference: float


def ulp_distance(reference: Array, other: Array) -> Array:
    """Counts the representable numbers between two arrays, element by element.

    The bits below the sign, read as an integer, count the representable numbers from zero (Goldberg
    1991; the same measure as ``numpy.testing.assert_array_max_ulp``). +0.0 and -0.0 are 0 apart.

    Args:
        reference: Floating-point array (float16, bfloat16, float32 or float64), any shape.
        other: Array of the same dtype and shape.

    Returns:
        A uint64 array of that shape.

    Raises:
        TypeError: If the dtypes differ or are not floating-point.
    """
    if reference.dtype != other.dtype or reference.dtype.name not in _FLOATS:
        raise TypeError(f"no ULP distance between {reference.dtype} and {other.dtype}")
    bits = np.dtype(_FLOATS[reference.dtype.name])
    sign = np.uint64(1 << (8 * bits.itemsize - 1))
    a, b = (
        np.asarray(array, order="C").view(bits).astype(np.uint64) for array in (reference, other)
    )
    from_zero = a & ~sign, b & ~sign
    # Each is below 2**63, so neither the sum nor the difference can overflow.
    apart = np.maximum(*from_zero) - np.minimum(*from_zero)
    return np.asarray(np.where((a ^ b) & sign, from_zero[0] + from_zero[1], apart))


def measure(reference: Array, other: Array) -> Distance | None:
    """Compares two values bit by bit.

    Args:
        reference: Any array.
        other: Any array.

    Returns:
        Their distance, or None if shape or dtype differ or all bits are equal.
    """
    if reference.shape != other.shape or reference.dtype != other.dtype:
        return None
    different = _differs(reference, other)
    n_different = int(np.count_nonzero(different))
    if n_different == 0:
        return None
    first = np.unravel_index(int(np.argmax(different)), different.shape) if different.shape else ()
    index = tuple(int(i) for i in first)
    ulps = None
    if reference.dtype.name in _FLOATS:
        a, b = reference[different], other[different]
        with np.errstate(invalid="ignore"):
            countable = ~(np.isnan(a.astype(np.float64)) | np.isnan(b.astype(np.float64)))
        if np.all(countable):
            ulps = ulp_distance(a, b)
    return Distance(
        index=index,
        reference=reference[index],
        other=other[index],
        ulp=None if ulps is None else int(ulps.ravel()[0]),
        n_different=n_different,
        n_elements=reference.size,
        max_ulp=None if ulps is None else int(ulps.max()),
        max_difference=max_difference(reference, other),
    )


@dataclass(frozen=True)
class Estimate:
    """An estimate of the distance between two values that were not kept.

    Attributes:
        max_difference: A lower bound of the largest absolute difference.
        max_ulp: A lower bound in ULP, from the samples; None if undefined.
        n_different: The number of samples that differ in any bit.
        n_samples: The number of samples.
    """

    max_difference: float
    max_ulp: int | None
    n_different: int
    n_samples: int


def estimate(reference: Summary, other: Summary) -> Estimate | None:
    """Compares the summaries of two values: their samples, and their extremes if both have them.

    Args:
        reference: The reference's summary.
        other: The other program's summary.

    Returns:
        The estimate, or None if shape or dtype differ.
    """
    ours, theirs = reference.samples, other.samples
    if reference.shape != other.shape or ours.dtype != theirs.dtype:
        return None
    distance = measure(ours, theirs)
    difference = 0.0 if distance is None else distance.max_difference
    a, b = reference.statistics, other.statistics
    if a is not None and b is not None:
        # The difference of two extremes is at most the largest difference of two elements.
        difference = max(difference, abs(a.minimum - b.minimum), abs(a.maximum - b.maximum))
        if a.n_not_finite != b.n_not_finite:
            difference = float("inf")
    return Estimate(
        difference,
        0 if distance is None else distance.max_ulp,
        0 if distance is None else distance.n_different,
        ours.size,
    )


def between(reference: ValueRef, *other: ValueRef) -> Distance | Estimate | None:
    """Measures the distance between two values as exactly as possible.

    Args:
        reference: The reference's value.
        other: The other value; several references if it may have been kept in several trajectories.

    Returns:
        The distance if both were kept, an estimate if both have summaries; None if shape or dtype
        differ, all bits are equal, or one value is unknown.
    """
    value = reference.array()
    found = next((array for each in other if (array := each.array()) is not None), None)
    if value is not None and found is not None:
        return measure(value, found)
    ours = reference.summary()
    theirs = next((summary for each in other if (summary := each.summary()) is not None), None)
    return None if ours is None or theirs is None else estimate(ours, theirs)


def max_difference(reference: Array, other: Array) -> float:
    """The largest absolute difference of two numeric arrays of one shape.

    Equal infinities and NaN on both sides differ by 0; NaN or infinity on one side only, or values
    that are not numbers, differ by infinity.
    """
    kinds = {reference.dtype.kind, other.dtype.kind}
    if not kinds.isdisjoint("OSU"):
        return 0.0 if np.array_equal(reference, other) else float("inf")
    if kinds <= {"i", "u"} and reference.dtype == other.dtype:
        # A float64 cannot hold every 64-bit integer; unsigned subtraction wraps and stays exact.
        a, b = reference.astype(np.uint64), other.astype(np.uint64)
        return float(np.where(reference > other, a - b, b - a).max(initial=0))
    wide = np.complex128 if "c" in kinds else np.float64
    a, b = reference.astype(wide), other.astype(wide)
    with np.errstate(invalid="ignore", over="ignore"):
        difference = np.abs(a - b)
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    difference = np.where(same, 0.0, np.where(np.isnan(difference), np.inf, difference))
    return float(difference.max(initial=0.0))


def max_magnitude(array: Array) -> float:
    """The largest finite absolute value of a numeric array; 0 for other arrays."""
    if array.dtype.kind in "OSU" or array.size == 0:
        return 0.0
    magnitude = np.abs(array.astype(np.complex128 if array.dtype.kind == "c" else np.float64))
    return float(np.where(np.isfinite(magnitude), magnitude, 0.0).max())


def known_magnitude(value: ValueRef) -> float:
    """The largest known magnitude in a value; 0 if nothing is known."""
    array = value.array()
    if array is not None:
        return max_magnitude(array)
    summary = value.summary()
    if summary is None:
        return 0.0
    known = 0.0 if summary.statistics is None else summary.statistics.max_magnitude
    return max(known, max_magnitude(summary.samples))


def scaled_difference(difference: float, scale: float) -> float:
    """A difference divided by a magnitude; infinity if only the magnitude is 0."""
    if difference == 0.0:
        return 0.0
    return difference / scale if scale else float("inf")


class ScaledDistance(NamedTuple):
    """The distance between two values of a variable.

    Attributes:
        scaled: The largest difference divided by the largest magnitude of the reference's variable
            so far; infinite if that is zero.
        ulp: The largest distance of an element in ULP; None if undefined.
        exact: Whether both values were kept. Otherwise the distances are lower bounds, from
            samples.
    """

    scaled: float
    ulp: int | None
    exact: bool


class Scale:
    """The largest magnitude so far of each of the reference's variables.

    Distances are taken relative to it, because ULP and plain relative differences explode where a
    value crosses zero.
    """

    def __init__(self) -> None:
        self._largest: dict[str, float] = {}

    def add(self, value: ValueRef) -> None:
        """Takes a value of the reference into account, as far as it is known."""
        largest = self._largest.get(value.variable, 0.0)
        self._largest[value.variable] = max(largest, known_magnitude(value))

    def distance(self, reference: ValueRef, *other: ValueRef) -> ScaledDistance | None:
        """Measures like :func:`between`, relative to the variable's scale."""
        found = between(reference, *other)
        if found is None:
            return None
        scale = self._largest.get(reference.variable, 0.0)
        scaled = scaled_difference(found.max_difference, scale)
        return ScaledDistance(scaled, found.max_ulp, isinstance(found, Distance))


def _differs(reference: Array, other: Array) -> Array:
    if reference.dtype.kind in "OSU":
        return np.asarray(reference != other)
    size = reference.dtype.itemsize
    shape = (*reference.shape, size)
    a = np.frombuffer(np.ascontiguousarray(reference).tobytes(), np.uint8).reshape(shape)
    b = np.frombuffer(np.ascontiguousarray(other).tobytes(), np.uint8).reshape(shape)
    return np.asarray((a != b).any(axis=-1))
