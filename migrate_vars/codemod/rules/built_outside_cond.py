"""MV304: a branch that returns a write from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.analysis.blocks import inside
from migrate_vars.analysis.scopes import function_around
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise

_SETUP = "import tensorflow as tf\nv = tf.Variable(1.)\n"


class BuiltOutsideCond(Rule):
    """``op = tf.assign(...)`` before ``tf.cond(p, lambda: op, ...)``."""

    code = "MV304"
    title = "A branch of tf.cond returns a write that is built outside it"
    rationale = (
        "tf.cond chooses between what its branches build. A write that is built outside them "
        "does not wait for the choice. Measured with a false predicate: the variable is written "
        "all the same, in a session and under eager execution; only with the control flow of "
        "TensorFlow 2 and a reference variable it is not. Build the write inside the branch: "
        "tf.cond(p, lambda: v.assign(x), ...)."
    )
    valid = (
        _SETUP + "tf.cond(p, lambda: tf.assign(v, 1.), lambda: tf.identity(v))\n",
        _SETUP + "def f():\n    op = v.assign(1.)\n    return op\ntf.cond(p, f, g)\n",
        _SETUP + "op = v.assign(1.)\ntf.cond(p, lambda: x, lambda: y)\n",
    )
    invalid = (
        Invalid(_SETUP + "op = v.assign(1.)\ntf.cond(p, lambda: op, lambda: x)\n"),
        Invalid(
            _SETUP + "op = v.assign(1.)\ndef f():\n    return tf.group(op)\n"
            "tf.cond(p, true_fn=f, false_fn=tf.no_op)\n"
        ),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find such branches."""
        writes = module.writes
        if b"cond(" not in module.scopes.lines.data or not writes.all:
            return
        for branch in writes.branches:
            found = writes.function_of(branch)
            if found is None or branch.of != "cond":
                continue
            node, scope = found
            returned = [node.body] if isinstance(node, ast.Lambda) else scope.returns
            for value in returned:
                outside = [
                    w
                    for w in writes.ops(value, scope)
                    if function_around(w.scope) is not scope and not inside(w.call, node)
                ]
                if outside:
                    write = outside[0]
                    yield advise(
                        f"the {write.name} on line {write.call.lineno} is built outside this "
                        "branch: it runs whichever branch is taken",
                        branch.function,
                    )
                    break
