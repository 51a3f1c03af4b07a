"""Values as JSON: ``[dtype, shape, data]``, data the base64 of the elements in C order.

Elements are little-endian; strings each have their length as 8 bytes before them.
"""

from __future__ import annotations

import base64
from typing import Any, Callable, List

import numpy as np

from .writer import dtype_name, encode_array, to_base64

DtypeOf = Callable[[str], Any]


def encode_value(array: Any) -> List[Any]:
    """An array as JSON."""
    return [dtype_name(array), list(array.shape), to_base64(encode_array(array))]


def decode_value(value: List[Any], dtype_of: DtypeOf) -> Any:
    """The array that a value stands for.

    Args:
        value: Name of the dtype, shape and data.
        dtype_of: Gives the NumPy dtype of a name such as "bfloat16", which NumPy does not know.
    """
    dtype, shape, data = value
    raw = base64.b64decode(data)
    if dtype == "string":
        return decode_strings(raw).reshape(shape)
    kind = np.dtype(dtype_of(dtype))
    return np.frombuffer(raw, kind.newbyteorder("<")).reshape(shape).astype(kind)


def decode_strings(data: bytes) -> Any:
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
