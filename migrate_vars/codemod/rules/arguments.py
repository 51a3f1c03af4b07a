"""What the rules about arguments share: whether a call has a given problem."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from migrate_vars.codemod.arguments import (
    Bound,
    MethodArgument,
    Problem,
    Refusal,
    method_arguments,
)
from migrate_vars.codemod.receivers import Kind, Receiver
from migrate_vars.codemod.sites import Decision, Site, refuse


def receiver_of(site: Site, bound: Bound) -> Receiver:
    """Say what the receiver of a call is: by the file, and by what recorded runs saw."""
    receiver = site.module.receivers.receiver(bound.expressions[bound.receiver], site.scope)
    if site.seen is not None and site.seen.sliced:
        return receiver._replace(plain=False, sliced=True)
    return receiver


def arguments_of(bound: Bound, receiver: Receiver) -> tuple[MethodArgument, ...] | Refusal:
    """Return the arguments of the method call on a receiver."""
    maybe_sliced = receiver.sliced or (
        receiver.kind is not Kind.VARIABLE and _may_slice(bound.expressions[bound.receiver])
    )
    return method_arguments(
        bound,
        plain=receiver.plain and receiver.kind is Kind.VARIABLE,
        by_name=not (maybe_sliced or receiver.keras),
    )


def _may_slice(node: ast.expr) -> bool:
    """Tell whether an expression may be a slice; a string is the key of a dictionary."""
    return isinstance(node, ast.Subscript) and not (
        isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    )


def argument_problem(site: Site, problem: Problem) -> Decision | None:
    """Refuse a call whose arguments have ``problem``."""
    bound = site.bound
    if bound is None or site.op is None:
        return None
    refusal: object = bound
    if not isinstance(bound, Refusal):
        refusal = arguments_of(bound, receiver_of(site, bound))
    if isinstance(refusal, Refusal) and refusal.problem is problem:
        return refuse(f"{site.op.name} left alone: {refusal.why}")
    return None


def missing_in(
    site: Site, methods: Mapping[str, frozenset[str]], concerns: Callable[[Receiver], bool]
) -> str:
    """Say, in words, what a kind of receiver lacks for a call; nothing if it lacks nothing.

    Args:
        site: The call.
        methods: The methods that the kind has, with what each takes by name.
        concerns: Whether a receiver is of the kind.
    """
    bound = site.bound
    if not isinstance(bound, Bound) or site.op is None:
        return ""
    receiver = receiver_of(site, bound)
    if receiver.kind is Kind.TENSOR or not concerns(receiver):
        return ""
    method = site.op.method
    if method not in methods:
        return f"has no {method} method"
    arguments = arguments_of(bound, receiver)
    if isinstance(arguments, Refusal):
        return ""
    for argument in arguments:
        if argument.keyword is not None and argument.keyword not in methods[method]:
            return f"has an {method} method that takes no {argument.keyword}="
    return ""
