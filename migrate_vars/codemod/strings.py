"""State ops named in strings: ``getattr(tf, "assign")``, ``patch("tensorflow.assign")``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.analysis.makers import is_raw_op
from migrate_vars.analysis.names import Meaning, Names, last_name
from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.tensorflow import TENSORFLOW_LIKE_NAMES, is_tensorflow
from migrate_vars.codemod.state_ops import STATE_OPS, state_op

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_PATCHES = frozenset({"patch", "setattr", "delattr"})


class Named(NamedTuple):
    """A state op that a call or a subscript names by a string.

    Attributes:
        member: The last part of its name.
        meaning: What it can be.
        rebinds: Whether it is given a new value, not only taken.
    """

    member: str
    meaning: Meaning
    rebinds: bool


def named_by_string(node: ast.AST, scope: Scope, names: Names) -> Iterator[Named]:
    """Yield the state ops that an expression takes, sets or patches by their name."""
    if isinstance(node, ast.Call):
        for member, meaning in _in_call(node, scope, names):
            if member in STATE_OPS and any(state_op(name) for name in meaning.names):
                yield Named(member, meaning, last_name(node.func) != "getattr")
    elif isinstance(node, ast.Subscript):
        member = _text(node.slice)
        module = _module_of_dict(node.value)
        if member in STATE_OPS and module is not None:
            meaning = names.resolve(module, scope).member(member)
            if any(state_op(name) for name in meaning.names):
                yield Named(member, meaning, not isinstance(node.ctx, ast.Load))


def _in_call(call: ast.Call, scope: Scope, names: Names) -> Iterator[tuple[str, Meaning]]:
    function = last_name(call.func)
    if function == "hasattr" or not (call.args or call.keywords):
        return
    given = {k.arg: k.value for k in call.keywords if k.arg}
    target = call.args[0] if call.args else given.get("target")
    if target is None:
        return
    path = _text(target)
    if function == "multiple":  # mock.patch.multiple(tf, assign=...)
        module = Meaning(frozenset({path})) if path else names.resolve(target, scope)
        for keyword in given:
            yield keyword, module.member(keyword)
    elif path:
        if function in _PATCHES:
            yield path.rpartition(".")[2], Meaning(frozenset({path}))
    else:
        second = call.args[1] if len(call.args) > 1 else given.get("attribute", given.get("name"))
        member = _text(second)
        if member in STATE_OPS:
            yield member, names.resolve(target, scope).member(member)


def _module_of_dict(node: ast.expr) -> ast.expr | None:
    """Return the module in ``module.__dict__`` and ``vars(module)``."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value
    if isinstance(node, ast.Call) and last_name(node.func) == "vars" and len(node.args) == 1:
        return node.args[0]
    return None


def path_to_state_op(node: ast.AST, call: ast.Call | None) -> str | None:
    """Return the dotted name in a string, if the string is nothing but the name of a state op.

    Args:
        node: A string.
        call: The call whose argument it is. What patches may name TensorFlow by the name that
            another module gives it: ``patch("package.module.tf.assign")``.
    """
    path = _text(node)
    if _DOTTED.fullmatch(path) is None:
        return None
    if is_tensorflow(path) and (state_op(path) or is_raw_op(path)):
        return path
    module, _, member = path.rpartition(".")
    if (
        member in STATE_OPS
        and call is not None
        and last_name(call.func) in _PATCHES
        and module.rpartition(".")[2] in TENSORFLOW_LIKE_NAMES
    ):
        return path
    return None


def _text(node: ast.AST | None) -> str:
    """Return the text of a string literal; nothing for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ""
