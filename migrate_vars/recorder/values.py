"""Values as JSON: ``[dtype, shape, data]``, data the base64 of the elements in C order.

Elements are little-endian; strings each have their length as 8 bytes before them.
"""

from __future__ import annotations

import base64
from typing import Any, Callable, List

import numpy as np

from .writer import encode_array

DtypeOf = Callable[[str], Any]


def encode_value(array: Any) -> List[Any]:
    """An array as JSON."""
    dtype = "string" if array.dtype.kind in "OSU" else array.dtype.name
    return [dtype, list(array.shape), base64.b64encode(encode_array(array)).decode()]


def decode_value(value: List[Any], dtype_of: DtypeOf) -> Any:
    """The array that a value stands for.

    Args:
        value: Name of the dtype, shape and data.
        dtype_of: Gives the NumPy dtype of a name such as "bfloat16", which NumPy does not know.
    """
    dtype, shape, data = value
    raw = base64.b64decode(data)
    if dtype == "string":
        return _strings(raw).reshape(shape)
    kind = np.dtype(dtype_of(dtype))
    return np.frombuffer(raw, kind.newbyteorder("<")).reshape(shape).astype(kind)


def _strings(data: bytes) -> Any:
    items: List[bytes] = []
    position = 0
    while position < len(data):
        start = position + 8
        position = start + int.from_bytes(data[position:start], "little")
        items.append(data[start:position])
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array
