"""Default values for the arguments of functions, as ``tf.contrib.framework.arg_scope`` gives them.

A scope is a dictionary from functions, by their keys, to the values of their arguments.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Scope = dict[str, dict[str, Any]]

_stack: list[Scope] = [{}]
_decorated: dict[str, tuple[str, ...]] = {}


def arg_scope_func_key(op: Any) -> str:
    """The key of a function in a scope."""
    return getattr(op, "_key_op", None) or str(op)


def current_arg_scope() -> Scope:
    """The scope that is in force."""
    return _stack[-1]


def has_arg_scope(func: Any) -> bool:
    """Whether a function takes its arguments from scopes."""
    return arg_scope_func_key(func) in _decorated


def arg_scoped_arguments(func: Any) -> tuple[str, ...]:
    """The names of the arguments that a scope can give a function.

    Raises:
        KeyError: If it takes none from scopes.
    """
    return _decorated[arg_scope_func_key(func)]


def add_arg_scope(func: Function) -> Function:
    """Makes a function take its arguments from the scope that is in force, unless it is given them.

    Raises:
        ValueError: If no argument has a default value.
    """

    @functools.wraps(func)
    def with_scope(*args: Any, **kwargs: Any) -> Any:
        given = current_arg_scope().get(key)
        return func(*args, **({**given, **kwargs} if given else kwargs))

    key = arg_scope_func_key(func)
    parameters = inspect.signature(func).parameters.values()
    _decorated[key] = tuple(
        parameter.name for parameter in parameters if parameter.default is not parameter.empty
    )
    with_scope._key_op = key  # type: ignore[attr-defined]
    return with_scope  # type: ignore[return-value]


@contextlib.contextmanager
def arg_scope(list_ops_or_scope: Sequence[Any] | Scope, **kwargs: Any) -> Iterator[Scope]:
    """Puts a scope in force.

    Args:
        list_ops_or_scope: The functions that get the values, or a scope that this gave before.
        **kwargs: The values.

    Raises:
        TypeError: If it is neither a sequence nor a scope.
        ValueError: If there are values beside a scope, or a function takes nothing from scopes.
    """
    if isinstance(list_ops_or_scope, dict):
        if kwargs:
            raise ValueError("arg_scope: a scope that is used again takes no further arguments")
        scope = dict(list_ops_or_scope)
    else:
        if not isinstance(list_ops_or_scope, (list, tuple)):
            raise TypeError(
                "arg_scope: expected a list of functions or a scope, and got "
                f"{type(list_ops_or_scope).__name__}"
            )
        scope = dict(current_arg_scope())
        for op in list_ops_or_scope:
            if not has_arg_scope(op):
                name = getattr(op, "__name__", op)
                raise ValueError(f"arg_scope: {name} is not decorated with add_arg_scope")
            key = arg_scope_func_key(op)
            scope[key] = {**scope.get(key, {}), **kwargs}
    _stack.append(scope)
    try:
        yield scope
    finally:
        _stack.pop()
