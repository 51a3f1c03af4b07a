"""Decodes the values in a trajectory file: arrays and summaries."""

from __future__ import annotations

import base64
import math
import reprlib
import sys
from functools import cache
from typing import Any

import numpy as np

from migrate_vars.recorder.digest import digest_of
from migrate_vars.recorder.encoding import decode_strings, to_base64
from migrate_vars.recorder.sampling import sample_positions
from migrate_vars.trajectory import fields
from migrate_vars.trajectory.records import Array, Statistics, Summary


def decode_array(text: Any, dtype: str, shape: tuple[int, ...], digest: str = "") -> Array | None:
    """Decodes the base64 text of a value.

    Args:
        text: The text.
        dtype: Name of the dtype, as in the variable's record.
        shape: The shape.
        digest: The digest that the value must have, in base64; "" if unknown.

    Returns:
        The array; None if the dtype is not known here.

    Raises:
        ValueError: If the text is not base64, or if length or digest do not match.
    """
    try:
        data = base64.b64decode(fields.typed(text, str, "value"), validate=True)
    except ValueError as error:
        raise ValueError(f"value is not base64: {error}") from error
    if digest and digest != to_base64(digest_of(shape, np.frombuffer(data, np.uint8))):
        raise ValueError("the value does not have its digest")
    try:
        if dtype == "string":
            strings: Array = decode_strings(data)
            return strings.reshape(shape)
        kind = _numpy_dtype(dtype)
        if kind is None:
            return None
        if len(data) != kind.itemsize * math.prod(shape):
            raise ValueError(f"{len(data)} bytes do not fit shape {reprlib.repr(shape)} of {dtype}")
        return np.frombuffer(data, kind.newbyteorder("<")).reshape(shape).astype(kind)
    except OverflowError as error:
        # A size of 0 makes the product small even if other sizes are impossible.
        raise ValueError(f"shape {reprlib.repr(shape)} is too large") from error


def decode_summary(value: list[Any], dtype: str, shape: tuple[int, ...]) -> Summary | None:
    """Decodes the summary of a value.

    Args:
        value: The list of samples, and of statistics if there are any.
        dtype: Name of the dtype, as in the variable's record.
        shape: The shape of the value.

    Returns:
        The summary; None if the dtype is not known here.

    Raises:
        ValueError: If the list is malformed.
    """
    encoded, *numbers = fields.items(value, "summary", 1, 5)
    size = math.prod(shape)
    if size > sys.maxsize:
        raise ValueError(f"shape {reprlib.repr(shape)} is too large")
    samples = decode_array(encoded, dtype, sample_positions(size).shape)
    if samples is None:
        return None
    if not numbers:
        return Summary(shape, samples)
    *finite, n_not_finite = numbers
    low, high, mean = (fields.real(number, "statistic") for number in finite)
    return Summary(shape, samples, Statistics(low, high, mean, fields.number(n_not_finite, "n")))


@cache
def _numpy_dtype(name: str) -> np.dtype[Any] | None:
    """The dtype with that name if it is numeric, or None."""
    try:
        # NumPy has bfloat16 and the like only through ml_dtypes, which comes with TensorFlow.
        import ml_dtypes
    except ImportError:
        pass
    else:
        extended = getattr(ml_dtypes, name, None)
        if isinstance(extended, type) and issubclass(extended, np.generic):
            return np.dtype(extended)
    scalar = np.sctypeDict.get(name)
    if scalar is None or not issubclass(scalar, np.number | np.bool_):
        return None
    kind = np.dtype(scalar)
    return kind if kind.name == name else None
