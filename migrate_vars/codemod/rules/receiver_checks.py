"""What the rules about receivers and arguments share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from migrate_vars.analysis.value import Kind, Value
from migrate_vars.codemod.arguments import Bound, Problem, Refusal, method_arguments
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.editing.method_text import MethodArgument


def receiver_of(site: Site, bound: Bound) -> Value:
    """Say what the receiver of a call is: by the file, and by what recorded runs saw."""
    module = site.module
    receiver = module.values.classify(bound.expressions[bound.receiver], site.scope)
    if receiver.plain and not module.has_plain_variables_only:
        receiver = receiver._replace(plain=False)
    if site.seen is not None and site.seen.sliced:
        return receiver._replace(plain=False, sliced=True)
    return receiver


def is_no_variable(receiver: Value, bound: Bound) -> bool:
    """Tell whether a receiver is shown to be something else than a variable."""
    if receiver.is_of_graph:
        return True
    # An attribute may be given another value by code that is not seen.
    by_attribute = isinstance(bound.expressions[bound.receiver], ast.Attribute)
    return not by_attribute and receiver.kind not in (Kind.VARIABLE, Kind.UNKNOWN)


def arguments_of(bound: Bound, receiver: Value) -> tuple[MethodArgument, ...] | Refusal:
    """Return the arguments of the method call on a receiver."""
    maybe_sliced = receiver.sliced or (
        not receiver.is_variable and _may_slice(bound.expressions[bound.receiver])
    )
    return method_arguments(
        bound,
        plain=receiver.plain and receiver.is_variable,
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
    site: Site, methods: Mapping[str, frozenset[str]], concerns: Callable[[Value], bool]
) -> str:
    """Describe what a kind of receiver lacks for a call; "" if it lacks nothing.

    Args:
        site: The call.
        methods: The methods that the kind has, with what each takes by name.
        concerns: Whether a receiver is of the kind.
    """
    bound = site.bound
    if not isinstance(bound, Bound) or site.op is None:
        return ""
    receiver = receiver_of(site, bound)
    if is_no_variable(receiver, bound) or not concerns(receiver):
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
