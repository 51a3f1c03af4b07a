"""The v1 state ops as a table of facts: signature, method, what becomes of each argument.

Signatures are those of TensorFlow 1.15 ``tf.compat.v1`` (``tensorflow/python/ops/state_ops.py``);
TensorFlow 2 kept them. Nothing here decides anything about one call: ``arguments.py`` reads
this table, so a further op is a further row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType


class Fate(Enum):
    """What becomes of one argument of the function when the call turns into a method call."""

    RECEIVER = "the object whose method is called"
    VALUE = "the first argument of the method"
    KEYWORD = "a keyword argument of the same name"
    DEFAULT_ONLY = "dropped where it only repeats the default; the method has no such parameter"


@dataclass(frozen=True, slots=True, eq=False)
class StateOp:
    """One v1 function that writes a variable.

    Attributes:
        name: Its name in ``tf.compat.v1`` and in ``state_ops``.
        parameters: What becomes of each parameter, in the order of the signature.
        required: The parameters without a default.
        method: The method of ``tf.Variable`` that takes its place.
        value_keyword: What a plain variable's method calls its first parameter.
        method_on_slice: Whether ``variable[i]`` has the method too.
        renames_op: Whether ``name=`` is honoured by the method where the function ignored it.
        pending: Why the op is only reported so far; empty when it is rewritten.
    """

    name: str
    parameters: Mapping[str, Fate]
    required: tuple[str, ...]
    method: str
    value_keyword: str = "value"
    method_on_slice: bool = False
    renames_op: bool = False
    pending: str = ""


_ASSIGN = MappingProxyType(
    {
        "ref": Fate.RECEIVER,
        "value": Fate.VALUE,
        "validate_shape": Fate.DEFAULT_ONLY,
        "use_locking": Fate.KEYWORD,
        "name": Fate.KEYWORD,
    }
)
_ASSIGN_UPDATE = MappingProxyType(
    {
        "ref": Fate.RECEIVER,
        "value": Fate.VALUE,
        "use_locking": Fate.KEYWORD,
        "name": Fate.KEYWORD,
    }
)


def _pending(name: str, why: str) -> StateOp:
    return StateOp(name, MappingProxyType({}), (), name, pending=why)


_SPARSE = "its arguments must be packed into a tf.IndexedSlices, which is not done yet"
_SPARSE_ND = "distributed variables have no such method; not handled yet"

STATE_OPS: Mapping[str, StateOp] = MappingProxyType(
    {
        op.name: op
        for op in (
            StateOp("assign", _ASSIGN, ("ref", "value"), "assign", method_on_slice=True),
            *(
                StateOp(
                    name,
                    _ASSIGN_UPDATE,
                    ("ref", "value"),
                    name,
                    value_keyword="delta",
                    renames_op=True,
                )
                for name in ("assign_add", "assign_sub")
            ),
            *(
                _pending(f"scatter_{kind}", _SPARSE)
                for kind in ("update", "add", "sub", "mul", "div", "min", "max")
            ),
            *(
                _pending(f"scatter_nd_{kind}", _SPARSE_ND)
                for kind in ("update", "add", "sub", "min", "max")
            ),
            _pending("batch_scatter_update", _SPARSE),
            _pending("count_up_to", "it returns the value before the count, no method does"),
        )
    }
)

DEFAULTS: Mapping[str, tuple[object, ...]] = MappingProxyType({"validate_shape": (None, True)})
"""Literals that say no more than leaving the argument out."""

METHODS = frozenset(STATE_OPS) | {"scatter_nd_min", "scatter_nd_max"}
"""Methods of a variable whose result is an op's result, not the variable."""

_V1_SUFFIXES = (".compat.v1", ".compat.v2")
_HOMES = frozenset(
    {
        "tensorflow",
        "tensorflow.python",
        "tensorflow.python.ops.state_ops",
        "tensorflow._api.v1",
        "tensorflow._api.v2",
    }
)
_RAW = "tensorflow.python.ops.gen_state_ops"


def public_module(module: str) -> str:
    """Return the one name for a TensorFlow module that goes by several.

    >>> public_module("tensorflow.compat.v1.train")
    'tensorflow.train'
    """
    if module == "tensorflow_core" or module.startswith("tensorflow_core."):
        module = "tensorflow" + module[len("tensorflow_core") :]
    for suffix in _V1_SUFFIXES:
        prefix = "tensorflow" + suffix
        while module == prefix or module.startswith(prefix + "."):
            module = "tensorflow" + module[len(prefix) :]
    return module


def state_op(qualified_name: str) -> StateOp | None:
    """Return the state op that a fully qualified name stands for, or None."""
    module, _, name = qualified_name.rpartition(".")
    op = STATE_OPS.get(name)
    return op if op is not None and public_module(module) in _HOMES else None


def is_raw_op(qualified_name: str) -> bool:
    """Tell whether a qualified name is a raw op, which works on a reference, not a variable."""
    module, _, name = qualified_name.rpartition(".")
    return name in STATE_OPS and public_module(module) == _RAW


def is_tensorflow(qualified_name: str) -> bool:
    """Tell whether a qualified name lies within TensorFlow."""
    return qualified_name.partition(".")[0] in ("tensorflow", "tensorflow_core")
