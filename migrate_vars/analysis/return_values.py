"""What functions of TensorFlow, arithmetic and a file's own functions return."""

from __future__ import annotations

import ast

from migrate_vars.analysis import makers
from migrate_vars.analysis.makers import is_raw_op, state_op_name
from migrate_vars.analysis.members import decorators
from migrate_vars.analysis.scopes import Binding
from migrate_vars.analysis.tensorflow import is_tensorflow, tensorflow_or_keras_member
from migrate_vars.analysis.value import UNKNOWN, Kind, Value, tensor

_OTHER_KINDS = (
    (Kind.TENSOR, makers.TENSORS),
    (Kind.PLACEHOLDER, makers.PLACEHOLDERS),
    (Kind.OPERATION, makers.OPERATIONS),
    (Kind.SESSION, makers.SESSIONS),
    (Kind.SAVER, makers.SAVERS),
)


def computed(operator: ast.operator, operands: list[Value]) -> Value:
    """Return what arithmetic gives: lists are added and multiplied, too."""
    if isinstance(operator, (ast.Add, ast.Mult)):
        kinds = {operand.kind for operand in operands}
        for kind in (Kind.LIST, Kind.TUPLE):
            if kind in kinds:
                return Value(kind, f"it is a {kind.value}")
        if kinds <= {Kind.UNKNOWN, Kind.COMPUTED, Kind.PYTHON}:
            return Value(Kind.COMPUTED, "arithmetic gives a tensor")
    return tensor("arithmetic gives a tensor")


def made_by_function(qualified_name: str, call: ast.Call) -> Value | None:
    """Return what a function of TensorFlow or Keras returns; None if that is not known."""
    op = state_op_name(qualified_name)
    if op is not None or is_raw_op(qualified_name):
        name = qualified_name.rpartition(".")[2]
        return tensor(f"it is the result of {name} on line {call.lineno}")
    maker = tensorflow_or_keras_member(qualified_name)
    if maker == "keras.Variable":
        return Value(Kind.VARIABLE, "made by keras.Variable", keras=True)
    if not is_tensorflow(qualified_name):
        return None
    if maker in makers.PLAIN_VARIABLES:
        plain = not any(k.arg in ("partitioner", None) for k in call.keywords)
        return Value(Kind.VARIABLE, f"made by {maker}", plain=plain)
    if maker in makers.OTHER_VARIABLES:
        return Value(Kind.VARIABLE, f"made by {maker}")
    if maker in makers.LISTS_OF_VARIABLES or maker in makers.LISTS_OF_TENSORS:
        return Value(Kind.LIST, f"made by {maker}")
    for kind, functions in _OTHER_KINDS:
        if maker in functions:
            return Value(kind, f"it is the result of {maker}")
    if maker.startswith(makers.TENSOR_MODULES):
        return tensor(f"it is the result of {maker}")
    if makers.is_optimizer(maker):
        return Value(Kind.OPTIMIZER, f"made by {maker}")
    return None


def returned_by(binding: Binding, result: Value) -> Value:
    """Return what the caller of a function gets, given what its body returns."""
    if result.kind is Kind.UNKNOWN or (
        result.is_variable and decorators(binding.node) - {"staticmethod", "classmethod"}
    ):
        return UNKNOWN  # a decorator may do anything; tf.function turns variables into tensors
    line = getattr(binding.node, "lineno", 0)
    return result._replace(why=f"{result.why}, returned by the function on line {line}")
