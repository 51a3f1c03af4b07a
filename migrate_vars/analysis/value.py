"""What an expression can be: the kinds of values that matter to a training program."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """What an expression gives."""

    VARIABLE = "variable"
    TENSOR = "tensor"
    PLACEHOLDER = "placeholder"
    OPERATION = "operation"
    COMPUTED = "the result of arithmetic: a tensor, a number or a list"
    OPTIMIZER = "optimizer"
    SESSION = "session"
    SAVER = "saver"
    LIST = "list"
    TUPLE = "tuple"
    DICT = "dictionary"
    PYTHON = "another value of Python"
    UNKNOWN = "unknown"


_OF_GRAPH = frozenset({Kind.TENSOR, Kind.PLACEHOLDER, Kind.OPERATION, Kind.COMPUTED})
CONTAINERS = frozenset({Kind.LIST, Kind.TUPLE, Kind.DICT})


class Value(NamedTuple):
    """What is known about an expression.

    What a list, tuple or dictionary holds is asked by ``Values.element``.

    Attributes:
        kind: What it is.
        why: The evidence, as text.
        plain: Whether it is one plain variable: neither a keras weight nor a partitioned one.
        sliced: Whether it is a slice of a variable.
        keras: Whether it may be a weight of Keras 3, which is no ``tf.Variable``.
        doubt: Why a variable may have been replaced by something else, as text.
    """

    kind: Kind
    why: str
    plain: bool = False
    sliced: bool = False
    keras: bool = False
    doubt: str = ""

    @property
    def is_variable(self) -> bool:
        """Whether it is a variable, or a slice of one."""
        return self.kind is Kind.VARIABLE

    @property
    def is_of_graph(self) -> bool:
        """Whether it is what a graph computes, such as a tensor: never a variable."""
        return self.kind in _OF_GRAPH


UNKNOWN = Value(Kind.UNKNOWN, "nothing in this file says what it is")


def tensor(why: str) -> Value:
    """Return a tensor, with the evidence."""
    return Value(Kind.TENSOR, why)


def any_of(found: Iterable[Value | None]) -> Value:
    """Combine what an expression can be: a tensor if it ever is one, a variable if always."""
    results = [r for r in found if r is not None]
    for result in results:
        if result.is_of_graph:
            return result
    if not results or any(r.kind is not results[0].kind for r in results):
        return UNKNOWN
    first = results[0]
    if first.kind is Kind.UNKNOWN:
        return UNKNOWN
    if len(results) == 1 or not first.is_variable:
        return first
    return first._replace(
        plain=all(r.plain for r in results),
        sliced=any(r.sliced for r in results),
        keras=any(r.keras for r in results),
        doubt=next((r.doubt for r in results if r.doubt), ""),
    )


class Inside(NamedTuple):
    """A place inside of a container.

    Attributes:
        path: The indices that lead on from an element.
        key: The key that is looked up in a dictionary, where it is known.
        values: Whether a dictionary stands for its values, not for its keys.
    """

    path: tuple[int, ...] = ()
    key: str | None = None
    values: bool = False
