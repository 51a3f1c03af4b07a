"""Lookup tables: their contents are recorded as two variables, the sorted keys and the values.

They start empty. Immutable tables are constants, and not recorded.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from .encoding import as_array
from .interfaces import Array, Value, Write

_KINDS = ("MutableHashTable", "MutableHashTableOfTensors", "MutableDenseHashTable")
#: The ops that create a mutable table.
TABLE_OPS = frozenset([name for k in _KINDS for name in (k + "V2", "Anonymous" + k)])
#: The op that returns the contents of a table: keys and values.
EXPORT = "LookupTableExportV2"


class Contents(NamedTuple):
    """The contents of a table."""

    keys: Array
    values: Array


def is_dense(op: str) -> bool:
    """Whether such tables take two special keys as inputs, which mark empty entries."""
    return "Dense" in op


def contents_of(keys: Value, values: Value, *absent: Value) -> Contents:
    """The contents of a table, in an order that does not depend on its internal layout.

    Args:
        keys: The exported keys.
        values: The exported values.
        absent: The keys that mark empty entries.
    """
    keys, values = as_array(keys), as_array(values)
    for key in map(as_array, absent):
        same = (keys == key).reshape(len(keys), -1).all(axis=1)
        keys, values = keys[~same], values[~same]
    if absent:  # a dense table exports scalar keys and values as columns
        keys, values = (part[:, 0] if part.shape[1:] == (1,) else part for part in (keys, values))
    if keys.ndim == 1 and keys.dtype.kind not in "OSU":
        order = np.argsort(keys, kind="stable")
    else:
        listed = keys.tolist()
        order = np.array(sorted(range(len(listed)), key=listed.__getitem__), int)
    return Contents(keys[order], values[order])


def empty(contents: Contents) -> Contents:
    """The initial contents of a table of that type."""
    return Contents(contents.keys[:0], contents.values[:0])


def as_writes(name: str, count: Optional[int], contents: Contents) -> List[Write]:
    """The writes of the two variables that represent a table."""
    return [(f"{name}/table_{k}", count, v) for k, v in zip(Contents._fields, contents)]
