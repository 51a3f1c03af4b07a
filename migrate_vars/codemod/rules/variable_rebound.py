"""MV301: Python's ``=`` where an assign was meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.analysis.scopes import BindingKind, Scope
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise

_METHODS = {ast.Add: "assign_add", ast.Sub: "assign_sub"}


class VariableRebound(Rule):
    """``v = v + 1`` makes ``v`` a tensor; the variable keeps its value."""

    code = "MV301"
    title = "The name of a variable is rebound to a tensor"
    rationale = (
        "v = v + 1 and v += 1 do not change a tf.Variable: they bind the name to a new tensor, "
        "and the variable keeps its old value. Write v.assign_add(1). Nothing is changed, since "
        "scaling a weight once while a graph is built looks the same and is right."
    )
    valid = (
        "import tensorflow as tf\nv = tf.Variable(1.)\nw = v + 1.\n",
        "import tensorflow as tf\nv = tf.constant(1.)\nv = v + 1.\n",
        "import tensorflow as tf\nv = tf.get_variable('w', [3])\nv = v * mask\n",
        "v = 0\nv += 1\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\nv = tf.Variable(1.)\nv = v + 1.\n"),
        Invalid("import tensorflow as tf\nv = tf.Variable(1.)\nv -= 0.1 * g\n"),
        Invalid("import tensorflow as tf\nv = tf.Variable(1.)\nfor i in r:\n    v = v * 0.9\n"),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find updates of a proven variable by ``=``."""
        for node, scope, loop in module.scopes.updates:
            target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
            if not isinstance(target, (ast.Name, ast.Attribute)):
                continue
            parts = _update(node, target)
            if parts is None:
                continue
            operator, operand = parts
            repeated = loop is not None and not _made_in(loop, target, scope)
            # Outside loops, w * mask and x + y often build a graph; a step is a clear intent.
            step = isinstance(operator, ast.Add) and _is_number(operand)
            if not (repeated or step or isinstance(operator, ast.Sub)):
                continue
            before = module.values.before(target, node, scope)
            if not before.is_variable or before.sliced:
                continue
            method = _METHODS.get(type(operator), "assign")
            name = ast.unparse(target)
            yield advise(
                f"'{name}' is a variable ({before.why}); this rebinds the name to a tensor and "
                f"leaves the variable as it was: use {name}.{method}(...)",
                node,
            )


def _update(
    node: ast.Assign | ast.AugAssign, target: ast.Name | ast.Attribute
) -> tuple[ast.operator, ast.expr] | None:
    if isinstance(node, ast.AugAssign):
        return node.op, node.value
    value = node.value
    if not isinstance(value, ast.BinOp):
        return None
    if _same(value.left, target):
        return value.op, value.right
    if isinstance(value.op, (ast.Add, ast.Mult)) and _same(value.right, target):
        return value.op, value.left
    return None


def _same(node: ast.expr, target: ast.Name | ast.Attribute) -> bool:
    if isinstance(node, ast.Name):
        return isinstance(target, ast.Name) and node.id == target.id
    return (
        isinstance(node, ast.Attribute)
        and isinstance(target, ast.Attribute)
        and node.attr == target.attr
        and ast.unparse(node.value) == ast.unparse(target.value)
    )


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _made_in(loop: ast.stmt, target: ast.expr, scope: Scope) -> bool:
    """Tell whether a loop makes the variable anew each time round."""
    if not isinstance(target, ast.Name):
        return False
    last = loop.end_lineno or loop.lineno
    return any(
        loop.lineno <= getattr(b.node, "lineno", 0) <= last
        and not (isinstance(b.value, ast.BinOp) or b.kind is BindingKind.AUGMENTED)
        for b in scope.bindings.get(target.id, ())
    )
