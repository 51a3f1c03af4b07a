"""Which functions are given to TensorFlow, which calls them with tensors.

``tf.while_loop``, ``tf.map_fn``, ``dataset.map`` and their like make tensors of all that they pass
on, of variables too. (``tests/codemod/test_facts.py`` measures it. Only the ``while_loop`` of
TensorFlow 1.15 hands variables on, and only where it runs eagerly.)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.analysis.names import Names, last_name
from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.tensorflow import is_tensorflow

FUNCTIONS = frozenset(
    {
        *("while_loop", "cond", "case", "switch_case", "map_fn", "vectorized_map", "scan"),
        *("foldl", "foldr", "py_func", "py_function", "numpy_function", "eager_py_func"),
        *("raw_rnn", "rnn", "Lambda", "map_and_batch", "map_and_batch_with_legacy_function"),
        *("parallel_interleave", "group_by_window", "take_while", "bucket_by_sequence_length"),
    }
)
"""Functions of TensorFlow that call functions they are given."""

METHODS = frozenset(
    {
        *("map", "filter", "flat_map", "interleave", "reduce", "scan", "take_while"),
        *("map_with_legacy_function", "filter_with_legacy_function", "group_by_window"),
        *("bucket_by_sequence_length", "rejection_resample"),
    }
)
"""Methods of datasets that do."""

_ONE_AFTER_ANOTHER = frozenset({"map", "filter"})
_KEYWORDS = frozenset({"map_func", "predicate", "reduce_func", "scan_func", "key_func"})


class Handed(NamedTuple):
    """A function that something else will call.

    Attributes:
        function: The expression that names it, or the lambda.
        bound: How many leading arguments ``functools.partial`` has filled.
        named: The arguments that it has filled by name.
    """

    function: ast.expr
    bound: int = 0
    named: frozenset[str] = frozenset()


def handed_over(call: ast.Call, scope: Scope, names: Names) -> tuple[str, list[Handed]]:
    """Return the functions that a call gives to TensorFlow, and what they are given to."""
    function = call.func
    name = last_name(function) or ""
    if not ((name in FUNCTIONS or name in METHODS) and _calls_back(call, name, scope, names)):
        return "", []
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return name, [_unwrapped(argument, scope, names) for argument in given]


def _calls_back(call: ast.Call, name: str, scope: Scope, names: Names) -> bool:
    meaning = names.resolve(call.func, scope)
    if meaning.is_imported:
        return name in FUNCTIONS and any(map(is_tensorflow, meaning.names))
    if name not in METHODS or not isinstance(call.func, ast.Attribute):
        return False
    if any(keyword.arg in _KEYWORDS for keyword in call.keywords):
        return True
    if name not in _ONE_AFTER_ANOTHER or len(call.args) == 1:
        return True
    # pool.map(function, items) passes on what it is given; dataset.map(function, 4) does not.
    return len(call.args) == 2 and (
        last_name(call.args[1]) == "AUTOTUNE"
        or (isinstance(call.args[1], ast.Constant) and isinstance(call.args[1].value, int))
    )


def _unwrapped(node: ast.expr, scope: Scope, names: Names) -> Handed:
    """Return the function behind ``functools.partial`` and ``tf.function``."""
    if not isinstance(node, ast.Call) or not node.args:
        return Handed(node)
    function = node.func
    inner = _unwrapped(node.args[0], scope, names)
    if last_name(function) == "partial":
        return Handed(
            inner.function,
            inner.bound + len(node.args) - 1,
            inner.named | {keyword.arg or "" for keyword in node.keywords},
        )
    if any(map(is_tensorflow, names.resolve(function, scope).names)):
        return inner
    return Handed(node)


def mapped(call: ast.Call, names: Names, scope: Scope) -> Iterator[tuple[ast.expr, ast.expr, int]]:
    """Yield the function of Python's ``map`` and ``filter``, with what fills which parameter."""
    function = call.func
    if (
        isinstance(function, ast.Name)
        and function.id in _ONE_AFTER_ANOTHER
        and not names.scopes.lookup(function.id, scope)
        and not any(isinstance(argument, ast.Starred) for argument in call.args)
    ):
        for position, items in enumerate(call.args[1:]):
            yield call.args[0], items, position
