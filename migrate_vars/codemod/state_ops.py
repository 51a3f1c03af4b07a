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

from migrate_vars.analysis.makers import state_op_name


class Fate(Enum):
    """What becomes of one argument of the function when the call turns into a method call."""

    RECEIVER = "the object whose method is called"
    VALUE = "the first argument of the method"
    SAME = "an argument of the same name, in the same place"
    KEYWORD = "a keyword argument of the same name"
    PACKED = "a part of the tf.IndexedSlices that is the first argument of the method"
    DEFAULT_ONLY = "dropped where it only repeats the default; the method has no such parameter"


@dataclass(frozen=True, slots=True, eq=False)
class StateOp:
    """One v1 function that writes a variable.

    Attributes:
        name: Its name in the modules that have it.
        parameters: What becomes of each parameter, in the order of the signature.
        required: The parameters without a default.
        method: The method of ``tf.Variable`` that takes its place.
        value_keyword: What a plain variable's method calls its first parameter.
        renames_op: Whether ``name=`` is honoured by the method where the function ignored it.
        undistributed: Whether distributed variables lack the method, or it does something else.
        caveat: Why a rewrite is never more than assumed, as text; empty when it can be safe.
        left: Why no method takes its place; empty when one does.
    """

    name: str
    parameters: Mapping[str, Fate]
    required: tuple[str, ...]
    method: str
    value_keyword: str = "value"
    renames_op: bool = False
    undistributed: bool = False
    caveat: str = ""
    left: str = ""


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
_SCATTER = MappingProxyType(
    {
        "ref": Fate.RECEIVER,
        "indices": Fate.PACKED,
        "updates": Fate.PACKED,
        "use_locking": Fate.KEYWORD,
        "name": Fate.KEYWORD,
    }
)
# The methods lock a reference variable whatever they are asked; a resource variable has no lock.
_SCATTER_ND = MappingProxyType(
    {
        "ref": Fate.RECEIVER,
        "indices": Fate.SAME,
        "updates": Fate.SAME,
        "use_locking": Fate.DEFAULT_ONLY,
        "name": Fate.KEYWORD,
    }
)
_SPARSE_ARGUMENTS = ("ref", "indices", "updates")

PACKED: Mapping[str, str] = MappingProxyType({"indices": "indices", "updates": "values"})
"""What ``tf.IndexedSlices`` calls each argument that is packed into one."""


def _left(name: str, why: str) -> StateOp:
    nothing: Mapping[str, Fate] = MappingProxyType({})
    return StateOp(name, nothing, (), name, left=why)


def _keras(name: str, value: str, method: str) -> StateOp:
    parameters = MappingProxyType({"x": Fate.RECEIVER, value: Fate.VALUE})
    return StateOp(name, parameters, ("x", value), method)


_COUNTED = "it returns the value before the count and stops at the limit; no method does"
_REFERENCE = "it works on a reference only, and TensorFlow's public modules never had it"
_DEBIASED = (
    "it corrects the bias of the first updates; with zero_debias=False a float variable may be "
    "given v.assign_sub((v - value) * (1 - decay)) by hand"
)
_DEBIASED_ONCE = "it corrects the bias of the first updates in TensorFlow 1, not in TensorFlow 2"

STATE_OPS: Mapping[str, StateOp] = MappingProxyType(
    {
        op.name: op
        for op in (
            StateOp("assign", _ASSIGN, ("ref", "value"), "assign"),
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
                StateOp(name, _SCATTER, _SPARSE_ARGUMENTS, name, undistributed=True)
                for kind in ("update", "add", "sub", "mul", "div", "min", "max")
                for name in (f"scatter_{kind}",)
            ),
            *(
                StateOp(name, _SCATTER_ND, _SPARSE_ARGUMENTS, name, undistributed=True)
                for kind in ("update", "add", "sub")
                for name in (f"scatter_nd_{kind}",)
            ),
            StateOp(
                "batch_scatter_update",
                _SCATTER,
                _SPARSE_ARGUMENTS,
                "batch_scatter_update",
                undistributed=True,
                caveat="for a resource variable the method adds one op to the graph, and before "
                "TensorFlow 2 random ops without a seed of their own depend on the number of ops",
            ),
            _left("scatter_nd_min", _REFERENCE),
            _left("scatter_nd_max", _REFERENCE),
            _left("count_up_to", _COUNTED),
            _keras("update", "new_x", "assign"),
            _keras("update_add", "increment", "assign_add"),
            _keras("update_sub", "decrement", "assign_sub"),
            _left("moving_average_update", _DEBIASED_ONCE),
            _left("assign_moving_average", _DEBIASED),
        )
    }
)

COMMON_NAMES = frozenset({"update", "update_add", "update_sub"})
"""State ops of Keras whose names say nothing by themselves: dictionaries have them too."""

DEFAULTS: Mapping[str, tuple[object, ...]] = MappingProxyType(
    {"validate_shape": (None, True), "use_locking": (None, True, False)}
)
"""Literals that say no more than leaving the argument out."""

OF_SLICE: Mapping[str, frozenset[str]] = MappingProxyType({"assign": frozenset({"name"})})
"""The methods of a slice of a variable, and what they take by name, in TensorFlow 1.15 and 2."""

OF_KERAS: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(("assign", "assign_add", "assign_sub"), frozenset[str]())
)
"""The methods of a Keras 3 weight that write, and what they take by name beside the value."""


def state_op(qualified_name: str) -> StateOp | None:
    """Return the state op that a fully qualified name stands for, or None."""
    name = state_op_name(qualified_name)
    return None if name is None else STATE_OPS[name]
