"""What is kept of a value besides its digest: all of it, or a summary, or nothing.

The rules look only at the variable and at how often it has been written, so that two programs that
do the same keep the same. What they keep of one variable is bounded, but for a logarithm.
"""

from __future__ import annotations

from .interfaces import Array

#: Values of more bytes are only summarised, unless they are asked for.
VALUE_LIMIT = 1 << 16
# Of one variable, this many bytes of values, or this many summaries, are kept before they thin out.
_VALUE_BYTES = 1 << 22
_SUMMARIES = 1 << 10
# Statistics look at every element, so they thin out by the time that they take, too.
_STATISTICS_ELEMENTS = 1 << 22


def is_kept(write: int, full: int) -> bool:
    """Whether something of a variable is kept at its ``write``-th write.

    It is for the first ``full`` writes, then for every second one up to twice as many, for every
    fourth one up to four times as many, and so on.
    """
    return write % (1 << (max(write - 1, 0) // full).bit_length()) == 0


def keeps_value(write: int, size: int) -> bool:
    """Whether a value of ``size`` bytes is kept at the variable's ``write``-th write."""
    return size <= VALUE_LIMIT and is_kept(write, _VALUE_BYTES // max(size, 1 << 9))


def keeps_summary(write: int) -> bool:
    """Whether a value that is not kept is summarised at the variable's ``write``-th write."""
    return is_kept(write, _SUMMARIES)


def keeps_statistics(write: int, array: Array) -> bool:
    """Whether a summary has statistics: where elements are numbers with an order, now and then."""
    if array.dtype.kind not in "fiu" or array.size == 0:
        return False
    # NumPy is slow with half precision.
    cost = array.size * (1 if array.dtype.itemsize >= 4 else 16)
    return is_kept(write, max(1, min(_SUMMARIES, _STATISTICS_ELEMENTS // cost)))
