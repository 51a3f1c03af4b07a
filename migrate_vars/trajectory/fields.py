"""Checked access to the fields of a JSON record: what is not as expected is a ValueError."""

from __future__ import annotations

import math
import reprlib
import sys
from typing import Any, TypeVar

_T = TypeVar("_T")
_NAMES: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "an object",
    bool: "true or false",
}
_DIMENSIONS_LIMIT = 64  # NumPy's


def typed(value: Any, kind: type[_T], what: str) -> _T:
    """A value of exactly that type."""
    # Not isinstance: a bool is an int to Python, but not to JSON.
    if type(value) is not kind:
        raise ValueError(f"{what} is {reprlib.repr(value)}, which is not {_NAMES[kind]}")
    return value


def number(value: Any, what: str) -> int:
    """A whole number from 0."""
    found = typed(value, int, what)
    if found < 0:
        raise ValueError(f"{what} is {found}, which is below 0")
    return found


def number_or_none(value: Any, what: str) -> int | None:
    """A whole number from 0, or null."""
    return None if value is None else number(value, what)


def real(value: Any, what: str) -> float:
    """A finite number."""
    if type(value) is int and abs(value) <= 1 << 64:
        return float(value)
    found = typed(value, float, what)
    if not math.isfinite(found):
        raise ValueError(f"{what} is {found}")
    return found


def text(record: dict[str, Any], key: str) -> str:
    """The text that a record has under a key."""
    return typed(record.get(key), str, key)


def texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    """The list of texts that a record has under a key."""
    return tuple(typed(each, str, key) for each in items(record.get(key), key))


def one_of(value: Any, what: str, *known: str) -> str:
    """One of some texts."""
    if typed(value, str, what) not in known:
        raise ValueError(f"{what} is {reprlib.repr(value)} instead of {' or '.join(known)}")
    return str(value)


def items(value: Any, what: str, *lengths: int) -> list[Any]:
    """A list, of one of these lengths if any is given."""
    found = typed(value, list, what)
    if lengths and len(found) not in lengths:
        expected = " or ".join(map(str, lengths))
        raise ValueError(f"{what} has {len(found)} items instead of {expected}")
    return found


def pair(value: Any, what: str) -> tuple[int, int]:
    """A list of two whole numbers from 0."""
    first, second = items(value, what, 2)
    return number(first, what), number(second, what)


def shape(value: Any) -> tuple[int, ...]:
    """The sizes of an array."""
    sizes = items(value, "shape")
    if len(sizes) > _DIMENSIONS_LIMIT:
        raise ValueError(f"a shape of {len(sizes)} dimensions")
    if any(number(size, "size") > sys.maxsize for size in sizes):
        raise ValueError(f"shape {reprlib.repr(sizes)} is too large")
    return tuple(sizes)


def digest(value: Any) -> str:
    """The digest of a value, which is not empty."""
    found = typed(value, str, "digest")
    if not found:
        raise ValueError("an empty digest")
    return found
