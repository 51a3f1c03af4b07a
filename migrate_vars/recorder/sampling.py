"""Summarises values that are not kept: a few elements, and statistics of all."""

from __future__ import annotations

import functools
from typing import List

import numpy as np

from .interfaces import Array

_SAMPLES = 8
# Multiples of the golden ratio (here times 2**64), modulo 1, are evenly distributed.
_GOLDEN = 0x9E3779B97F4A7C15


@functools.lru_cache(maxsize=1024)
def sample_positions(size: int) -> Array:
    """The indices, in C order, of at most 8 samples of an array with ``size`` elements."""
    if size <= _SAMPLES:
        return np.arange(size)
    found = {((i * _GOLDEN) % (1 << 64) * size) >> 64 for i in range(1, _SAMPLES + 1)}
    return np.array(sorted(found))


def statistics_of(array: Array) -> List[float]:
    """Minimum, maximum and mean of the finite elements, and the number of the others.

    Args:
        array: Integers or floating-point numbers of any shape, at least one.

    Returns:
        The four; the mean is rounded, and 0 if the sum overflows. The first three are 0 if no
        element is finite.
    """
    finite = array
    with np.errstate(all="ignore"):  # the program's settings must not turn this into an error
        least, largest = array.min(), array.max()
        if not (np.isfinite(least) and np.isfinite(largest)):
            finite = array[np.isfinite(array)]
            if finite.size == 0:
                return [0, 0, 0, int(array.size)]
            least, largest = finite.min(), finite.max()
        # NumPy's default is fastest, but small dtypes overflow easily.
        mean = float(finite.mean(dtype=np.float64 if array.dtype.itemsize < 4 else None))
    return [
        least.item(),
        largest.item(),
        float(f"{mean:.6g}") if np.isfinite(mean) else 0,
        int(array.size - finite.size),
    ]
