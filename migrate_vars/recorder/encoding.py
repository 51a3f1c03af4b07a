"""Encodes arrays as bytes and text, the same on every machine.

The bytes of an array are its elements in C order, little-endian; each string is preceded by its
length as 8 bytes. As JSON, a value is ``[dtype, shape, data]``, with the base64 of these bytes.
"""

from __future__ import annotations

import base64
import sys
from typing import Any, Callable, List

import numpy as np

from .digest import digest_of
from .interfaces import Array, ByteArray, Value

DtypeOf = Callable[[str], Any]

# NumPy reports the machine's own byte order as native.
_BIG = "=" if sys.byteorder == "big" else ">"


def as_array(value: Value) -> Array:
    """Converts a value to an array; strings become objects, since NumPy strips trailing NULs."""
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
    """The bytes of an array in C order, little-endian; strings are preceded by their length.

    Returns:
        A one-dimensional uint8 array, which shares the array's memory if possible.
    """
    if array.dtype.kind in "OSU":
        items = [item if isinstance(item, bytes) else str(item).encode() for item in array.ravel()]
        data = b"".join(len(item).to_bytes(8, "little") + item for item in items)
        return np.frombuffer(data, np.uint8)
    if array.dtype.byteorder in (">", _BIG):
        array = array.astype(array.dtype.newbyteorder("<"))
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8)


def dtype_name(array: Array) -> str:
    """The name of an array's dtype in a trajectory."""
    return "string" if array.dtype.kind in "OSU" else str(array.dtype.name)


def digest_text(array: Array) -> str:
    """The digest of an array, as text."""
    return to_base64(digest_of(array.shape, encode_array(array)))


def to_base64(data: ByteArray) -> str:
    """The base64 of bytes, as text."""
    return base64.b64encode(data).decode("ascii")


def encode_value(array: Array) -> List[Any]:
    """Encodes an array as JSON."""
    return [dtype_name(array), list(array.shape), to_base64(encode_array(array))]


def decode_value(value: List[Any], dtype_of: DtypeOf) -> Array:
    """Decodes an array from JSON.

    Args:
        value: Name of the dtype, shape and data.
        dtype_of: Returns the NumPy dtype for a name such as "bfloat16", which NumPy does not know.
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
    """Decodes strings as a one-dimensional object array.

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
