"""MV303: a write in a branch that nothing there depends on."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import Scope, function_around
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.variable_writes import Write, Writes

_SETUP = "import tensorflow as tf\nv = tf.get_variable('v', [])\n"


class DanglingInBranch(Rule):
    """A write in a function for ``tf.cond`` or ``tf.while_loop`` whose result goes nowhere."""

    code = "MV303"
    title = "A write in a branch or loop body that nothing uses"
    rationale = (
        "A session runs of a tf.cond branch or a tf.while_loop body only what its result needs. "
        "An assign whose result is neither returned nor a control dependency is built and never "
        "run; under eager execution it runs. Measured with a while_loop of three rounds: the "
        "variable keeps 1 in a session and becomes 4 under eager execution. If it should run, "
        "return it or put what is returned under tf.control_dependencies([...]); if not, remove "
        "it."
    )
    valid = (
        _SETUP + "def f():\n    return tf.assign(v, 1.)\ntf.cond(p, f, f)\n",
        _SETUP + "def f():\n    with tf.control_dependencies([tf.assign(v, 1.)]):\n"
        "        return tf.identity(x)\ntf.cond(p, f, g)\n",
        _SETUP + "def f():\n    op = v.assign(1.)\n    return [op]\ntf.cond(p, f, g)\n",
        "import tensorflow as tf\n@tf.function\ndef step(v):\n    def f():\n"
        "        v.assign_add(1.)\n        return 0.\n    return tf.cond(p, f, g)\n",
        _SETUP + "def f():\n    tf.assign(v, 1.)\nf()\n",
    )
    invalid = (
        Invalid(
            _SETUP + "def f():\n    v.assign(5.)\n    return 0.\ny = tf.cond(p, f, lambda: 1.)\n"
        ),
        Invalid(
            _SETUP + "def body(i):\n    op = v.assign_add(1.)\n    return i + 1\n"
            "tf.while_loop(lambda i: i < 3, body, [0])\n"
        ),
        Invalid(_SETUP + "tf.cond(p, lambda: (v.assign(5.), 0.)[1], lambda: 1.)\n"),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find writes in such functions that nothing uses."""
        data = module.scopes.lines.data
        writes = module.writes
        if not (b"cond(" in data or b"while_loop(" in data) or not writes.all:
            return
        said: set[int] = set()
        for branch in writes.branches:
            found = writes.function_of(branch)
            if found is None or _is_tf_function(found[1]):
                continue
            node, scope = found
            for write in writes.all.values():
                if (
                    id(write) not in said
                    and function_around(write.scope) is scope
                    and (write.by_function or module.module.sessions.builds_graphs)
                    and _dangles(write, node, writes)
                ):
                    said.add(id(write))
                    yield advise(
                        f"nothing in this part of the tf.{branch.of} on line "
                        f"{branch.function.lineno} uses this {write.name}: a session never runs "
                        "it, eager execution does",
                        write.call,
                    )


def _dangles(write: Write, function: ast.AST, writes: Writes) -> bool:
    if isinstance(function, ast.Lambda):
        return _dropped_by_index(function.body, write)
    statement = write.statement
    if not isinstance(statement, (ast.Expr, ast.Assign)):
        return False
    if not any(write is w for w in writes.ops(statement.value, write.scope)):
        return False
    if isinstance(statement, ast.Expr):
        return True
    target = statement.targets[0]
    if len(statement.targets) != 1 or not isinstance(target, ast.Name):
        return False
    name = target.id
    scope = function_around(write.scope)
    if name in scope.global_names or name in scope.nonlocal_names:
        return False
    return not any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        for n in ast.walk(function)
    )


def _dropped_by_index(body: ast.expr, write: Write) -> bool:
    """Tell whether a lambda is ``(write, result)[1]``."""
    if not isinstance(body, ast.Subscript) or not isinstance(body.value, (ast.Tuple, ast.List)):
        return False
    index = body.slice
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
        index = index.operand
        sign = -1
    else:
        sign = 1
    if not isinstance(index, ast.Constant) or not isinstance(index.value, int):
        return False
    elements = body.value.elts
    at = sign * index.value % len(elements) if elements else 0
    return any(e is write.call and i != at for i, e in enumerate(elements))


def _is_tf_function(scope: Scope) -> bool:
    """Tell whether a function is traced by ``tf.function``, which runs every write."""
    here: Scope | None = scope
    while here is not None:
        for decorator in getattr(here.node, "decorator_list", ()):
            function = decorator.func if isinstance(decorator, ast.Call) else decorator
            if last_name(function) in ("function", "defun", "Defun"):
                return True
        here = here.parent
    return False
