"""Arrays as bytes and as text, alike on every machine: as files have them, and as digests see them.

The bytes of an array are its elements in C order, little-endian; strings each have their length as
8 bytes before them. As JSON, a value is ``[dtype, shape, data]``, data the base64 of these bytes.
"""

from __future__ import annotations

import base64
import sys
from typing import Any, Callable, List

import numpy as np

from .digest import digest_of
from .interfaces import Array, ByteArray, Value

DtypeOf = Callable[[str], Any]

# On a machine whose numbers have their highest byte first, NumPy calls that order native.
_BIG = "=" if sys.byteorder == "big" else ">"


def as_array(value: Value) -> Array:
    """A value as an array; strings stay what they are, where NumPy drops NUL bytes at their end."""
    array = np.asarray(value)
    if array.dtype.kind not in "SU" or isinstance(value, np.ndarray):
        return array
    value = value.numpy() if hasattr(value, "numpy") else value
    if isinstance(value, (bytes, str)):
        array = np.empty((), object)
        array[()] = bytes(value) if isinstance(value, bytes) else str(value)
        return array
    return np.array(value, object)


def encode_array(array: Array) -> ByteArray:
    """An array's bytes in C order, little-endian; strings each with their length before them.

    Returns:
        A uint8 array of one dimension; where the bytes are those in memory, it shares them.
    """
    if array.dtype.kind in "OSU":
        items = [item if isinstance(item, bytes) else str(item).encode() for item in array.ravel()]
        data = b"".join(len(item).to_bytes(8, "little") + item for item in items)
        return np.frombuffer(data, np.uint8)
    if array.dtype.byteorder in (">", _BIG):
        array = array.astype(array.dtype.newbyteorder("<"))
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def dtype_name(array: Array) -> str:
    """What a trajectory calls the dtype of an array."""
    return "string" if array.dtype.kind in "OSU" else str(array.dtype.name)


def digest_text(array: Array) -> str:
    """The digest of an array, as text."""
    return to_base64(digest_of(array.shape, encode_array(array)))


def to_base64(data: ByteArray) -> str:
    """The base64 of bytes, as text."""
    return base64.b64encode(data).decode("ascii")


def encode_value(array: Array) -> List[Any]:
    """An array as JSON."""
    return [dtype_name(array), list(array.shape), to_base64(encode_array(array))]


def decode_value(value: List[Any], dtype_of: DtypeOf) -> Array:
    """The array that a value stands for.

    Args:
        value: Name of the dtype, shape and data.
        dtype_of: Gives the NumPy dtype of a name such as "bfloat16", which NumPy does not know.
    """
    dtype, shape, data = value
    raw = base64.b64decode(data)
    if dtype == "string":
        strings: Array = decode_strings(raw).reshape(shape)
        return strings
    kind = np.dtype(dtype_of(dtype))
    numbers: Array = np.frombuffer(raw, kind.newbyteorder("<")).reshape(shape).astype(kind)
    return numbers


def decode_strings(data: bytes) -> Array:
    """The strings whose bytes these are, as an object array of one dimension.

    Raises:
        ValueError: If the last one is cut off.
    """
    items: List[bytes] = []
    position = 0
    while position < len(data):
        start = position + 8
        position = start + int.from_bytes(data[position:start], "little")
        if position > len(data):
            raise ValueError("string value is cut off")
        items.append(data[start:position])
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
