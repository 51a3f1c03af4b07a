"""What becomes of each argument of one call, decided by the op's row in the table."""

from __future__ import annotations

import ast
from enum import Enum
from typing import NamedTuple

from migrate_vars.codemod.state_ops import DEFAULTS, PACKED, Fate, StateOp
from migrate_vars.editing.method_text import MethodArgument


class Problem(Enum):
    """Why the arguments of a call cannot be given to the method."""

    STARRED = "starred"
    SIGNATURE = "signature"
    VALIDATE_SHAPE = "validate_shape"
    ORDER = "order"


class Refusal(NamedTuple):
    """The arguments do not fit the method.

    Attributes:
        problem: The kind of problem; each kind has a rule of its own.
        why: What it is in this call.
    """

    problem: Problem
    why: str


class Bound(NamedTuple):
    """The arguments of a call, matched with the signature.

    Attributes:
        op: The state op.
        receiver: Position in the source of the argument that becomes the receiver.
        parameters: The parameter that each argument fills, in source order.
        expressions: The arguments, in source order.
        positional: How many of them are positional.
    """

    op: StateOp
    receiver: int
    parameters: tuple[str, ...]
    expressions: tuple[ast.expr, ...]
    positional: int


def bind(call: ast.Call, op: StateOp) -> Bound | Refusal:
    """Match the arguments of a call with the signature of the state op."""
    starred = any(isinstance(a, ast.Starred) for a in call.args)
    if starred or any(k.arg is None for k in call.keywords):
        return Refusal(Problem.STARRED, "starred arguments hide which one is the variable")
    names = tuple(op.parameters)
    if len(call.args) > len(names):
        return Refusal(
            Problem.SIGNATURE, f"{op.name} takes {len(names)} arguments, {len(call.args)} given"
        )
    parameters = list(names[: len(call.args)])
    for keyword in call.keywords:
        name = keyword.arg or ""
        if name not in op.parameters:
            return Refusal(Problem.SIGNATURE, f"{op.name} has no argument '{name}'")
        if name in parameters:
            return Refusal(Problem.SIGNATURE, f"'{name}' is given twice")
        parameters.append(name)
    for name in op.required:
        if name not in parameters:
            return Refusal(Problem.SIGNATURE, f"'{name}' is missing")
    expressions = (*call.args, *(k.value for k in call.keywords))
    receiver = next(i for i, p in enumerate(parameters) if op.parameters[p] is Fate.RECEIVER)
    return Bound(op, receiver, tuple(parameters), expressions, len(call.args))


def method_arguments(
    bound: Bound, *, plain: bool, by_name: bool = True
) -> tuple[MethodArgument, ...] | Refusal:
    """Return the arguments of the method call.

    Args:
        bound: The arguments of the function call.
        plain: Whether the receiver is known to be a single plain variable, so that the name of
            the method's first parameter is known too.
        by_name: Whether the method can be given its value by name.
    """
    op = bound.op
    if not _may_swap(bound.expressions[: bound.receiver], bound.expressions[bound.receiver]):
        return Refusal(
            Problem.ORDER, "the arguments before 'ref=' would be evaluated after the variable"
        )
    kept: list[MethodArgument] = []
    for index, parameter in enumerate(bound.parameters):
        fate = op.parameters[parameter]
        expression = bound.expressions[index]
        if fate is Fate.RECEIVER:
            continue
        if fate is Fate.DEFAULT_ONLY:
            if not _is_default(parameter, expression):
                return Refusal(
                    Problem.VALIDATE_SHAPE if parameter == "validate_shape" else Problem.SIGNATURE,
                    f"{parameter}={_shown(expression)} has no counterpart in the method",
                )
            continue
        given_by_name = index >= bound.positional
        if fate is Fate.KEYWORD:
            kept.append(MethodArgument(index, parameter))
        elif fate is Fate.SAME:
            kept.append(MethodArgument(index, parameter if given_by_name else None))
        elif fate is Fate.PACKED:
            packed = sum(argument.packed for argument in kept)
            if not _may_swap([bound.expressions[a.position] for a in kept[packed:]], expression):
                return Refusal(
                    Problem.ORDER, f"'{parameter}=' would have to move before other arguments"
                )
            kept.insert(packed, MethodArgument(index, PACKED[parameter], packed=True))
        elif given_by_name and by_name and (op.value_keyword == parameter or plain):
            kept.append(MethodArgument(index, op.value_keyword))
        else:
            # Distributed and partitioned variables, and slices, name this parameter otherwise.
            if not _may_swap([bound.expressions[a.position] for a in kept], expression):
                return Refusal(
                    Problem.ORDER, f"'{parameter}=' would have to move before other arguments"
                )
            kept.insert(0, MethodArgument(index, None))
    return tuple(kept)


def _is_default(parameter: str, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and any(
        node.value is default for default in DEFAULTS[parameter]
    )


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."


_PURE = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List),
    *(ast.expr_context, ast.operator, ast.unaryop),
)


def _may_swap(earlier: list[ast.expr] | tuple[ast.expr, ...], later: ast.expr) -> bool:
    """Tell whether evaluating ``later`` before ``earlier`` cannot be noticed."""
    if not earlier:
        return True
    if not all(_is_pure(node) for node in earlier):
        return False
    if _is_pure(later) or (isinstance(later, ast.Subscript) and _is_pure_subscript(later)):
        return True
    # Whatever `later` does, it cannot change a constant or, without a walrus, a local name.
    return all(isinstance(node, (ast.Constant, ast.Name)) for node in earlier) and not any(
        isinstance(node, (ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom))
        for node in ast.walk(later)
    )


def _is_pure(node: ast.expr) -> bool:
    return all(isinstance(child, _PURE) for child in ast.walk(node))


def _is_pure_subscript(node: ast.Subscript) -> bool:
    return _is_pure(node.value) and _is_pure(node.slice)
