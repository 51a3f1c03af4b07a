"""What stands for a value that is not kept: a few of its elements, and statistics of all."""

from __future__ import annotations

import functools
from typing import List

import numpy as np

from .interfaces import Array

_SAMPLES = 8
# Multiples of the golden ratio, here times 2**64, lie evenly between 0 and 1, at no fixed distance.
_GOLDEN = 0x9E3779B97F4A7C15


@functools.lru_cache(maxsize=1024)
def sample_positions(size: int) -> Array:
    """The elements, in C order, that stand for an array of ``size`` elements; at most 8."""
    if size <= _SAMPLES:
        return np.arange(size)
    found = {((i * _GOLDEN) % (1 << 64) * size) >> 64 for i in range(1, _SAMPLES + 1)}
    return np.array(sorted(found))


def statistics_of(array: Array) -> List[float]:
    """Least and largest finite element, the mean of the finite ones, and how many are not finite.

    Args:
        array: Integers or floating-point numbers of any shape, at least one.

    Returns:
        The four; the mean is rounded, and 0 where the elements are too large to be added. The first
        three are 0 where no element is finite.
    """
    finite = array
    with np.errstate(all="ignore"):  # what the program has set must not make an error of it
        least, largest = array.min(), array.max()
        if not (np.isfinite(least) and np.isfinite(largest)):
            finite = array[np.isfinite(array)]
            if finite.size == 0:
                return [0, 0, 0, int(array.size)]
            least, largest = finite.min(), finite.max()
        # The default, to be as fast as NumPy can, but where that overflows easily.
        mean = float(finite.mean(dtype=np.float64 if array.dtype.itemsize < 4 else None))
    return [
        least.item(),
        largest.item(),
        float(f"{mean:.6g}") if np.isfinite(mean) else 0,
        int(array.size - finite.size),
    ]
