"""Decides what is kept of a value besides its digest: the value, a summary, or nothing.

The rules depend only on the variable and on how often it has been written, so that two programs
that do the same keep the same. The amount kept per variable grows logarithmically at most.
"""

from __future__ import annotations

from .interfaces import Array

#: Larger values, in bytes, are only summarised, unless they are requested.
VALUE_LIMIT = 1 << 16
# Bytes of values, or number of summaries, kept of a variable before they thin out.
_VALUE_BYTES = 1 << 22
_SUMMARIES = 1 << 10
# Statistics inspect every element, so they thin out by cost as well.
_STATISTICS_ELEMENTS = 1 << 22


def is_kept(write: int, full: int) -> bool:
    """Whether something is kept at a variable's ``write``-th write.

    True for the first ``full`` writes, then for every second one up to twice as many, for every
    fourth one up to four times as many, and so on.
    """
    return write % (1 << (max(write - 1, 0) // full).bit_length()) == 0


def keeps_value(write: int, size: int) -> bool:
    """Whether a value of ``size`` bytes is kept at the variable's ``write``-th write."""
    return size <= VALUE_LIMIT and is_kept(write, _VALUE_BYTES // max(size, 1 << 9))


def keeps_summary(write: int) -> bool:
    """Whether a value that is not kept is summarised at the ``write``-th write."""
    return is_kept(write, _SUMMARIES)


def keeps_statistics(write: int, array: Array) -> bool:
    """Whether a summary has statistics: occasionally, for real numbers."""
    if array.dtype.kind not in "fiu" or array.size == 0:
        return False
    # NumPy is slow with half precision.
    cost = array.size * (1 if array.dtype.itemsize >= 4 else 16)
    return is_kept(write, max(1, min(_SUMMARIES, _STATISTICS_ELEMENTS // cost)))
