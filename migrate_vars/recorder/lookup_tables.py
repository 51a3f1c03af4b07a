"""Lookup tables: their contents are recorded like two variables, the keys in order and the values.

They begin empty. Tables that keep what they are initialised with are constants, and none of these.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional

import numpy as np

from .encoding import as_array
from .interfaces import Array, Value, Write

_KINDS = ("MutableHashTable", "MutableHashTableOfTensors", "MutableDenseHashTable")
#: The ops that make a table that can be changed.
TABLE_OPS = frozenset([name for k in _KINDS for name in (k + "V2", "Anonymous" + k)])
#: The op that gives the contents of a table: its keys and its values.
EXPORT = "LookupTableExportV2"


class Contents(NamedTuple):
    """What a table holds."""

    keys: Array
    values: Array


def is_dense(op: str) -> bool:
    """Whether such tables are told two keys, as inputs, that stand for places without an entry."""
    return "Dense" in op


def contents_of(keys: Value, values: Value, *absent: Value) -> Contents:
    """The contents of a table, in an order that does not depend on how it keeps them.

    Args:
        keys: The keys that an export gives.
        values: Likewise the values.
        absent: The keys that stand for places without an entry.
    """
    keys, values = as_array(keys), as_array(values)
    for key in map(as_array, absent):
        same = (keys == key).reshape(len(keys), -1).all(axis=1)
        keys, values = keys[~same], values[~same]
    if absent:  # a dense table keeps single keys, and values, in columns
        keys, values = (part[:, 0] if part.shape[1:] == (1,) else part for part in (keys, values))
    if keys.ndim == 1 and keys.dtype.kind not in "OSU":
        order = np.argsort(keys, kind="stable")
    else:
        listed = keys.tolist()
        order = np.array(sorted(range(len(listed)), key=listed.__getitem__), int)
    return Contents(keys[order], values[order])


def empty(contents: Contents) -> Contents:
    """What a table like one with these contents begins with."""
    return Contents(contents.keys[:0], contents.values[:0])


def as_writes(name: str, count: Optional[int], contents: Contents) -> List[Write]:
    """The writes of the two variables that stand for a table."""
    return [(f"{name}/table_{k}", count, v) for k, v in zip(Contents._fields, contents)]
