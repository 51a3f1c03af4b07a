"""MV302: an op that a session runs again and again, built once."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrate_vars.analysis.blocks import are_exclusive, inside, loop_around
from migrate_vars.analysis.scopes import ScopeKind, function_around
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.variable_writes import Write

if TYPE_CHECKING:
    from migrate_vars.analysis.sessions import SessionRun

_SETUP = "import tensorflow as tf\nv = tf.Variable(1.)\nsess = tf.Session()\n"


class BuiltOnce(Rule):
    """``op = tf.assign(v, x)`` outside a loop, ``sess.run(op)`` inside it."""

    code = "MV302"
    title = "An op is built once and run again and again"
    rationale = (
        "In a session op = v.assign_add(1) only builds an op, which does its work at each "
        "sess.run(op). Under eager execution it does its work once, where it is built, and never "
        "again: measured, an assign that is built and not run leaves 1 in a session and writes 5 "
        "under eager execution. Make it a function, def update(): v.assign_add(1), and call that "
        "where the session ran the op."
    )
    valid = (
        _SETUP + "op = v.assign_add(1.)\nsess.run(op)\n",
        _SETUP + "for i in range(3):\n    op = v.assign_add(1.)\n    sess.run(op)\n",
        _SETUP + "op = v.assign_add(1.)\nif a:\n    sess.run(op)\nelse:\n    sess.run([op])\n",
        _SETUP + "for i in range(3):\n    sess.run(v.assign_add(1.))\n",
        "import subprocess\ncommand = x.assign(1)\nfor i in range(3):\n    subprocess.run('ls')\n",
    )
    invalid = (
        Invalid(_SETUP + "op = v.assign_add(1.)\nfor i in range(3):\n    sess.run(op)\n"),
        Invalid(_SETUP + "op = tf.group(v.assign(1.), w)\nsess.run(op)\ntrain()\nsess.run(op)\n"),
        Invalid(
            "import tensorflow as tf\nclass Agent:\n    def __init__(self):\n"
            "        self.v = tf.Variable(1.)\n        self.reset_op = self.v.assign(0.)\n"
            "    def reset(self):\n        self.sess.run(self.reset_op)\n"
        ),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find ops that are run where they are not built, in a loop or more than once."""
        writes = module.writes
        if b".run(" not in module.scopes.lines.data or not writes.all:
            return
        runs: dict[int, list[SessionRun]] = {}
        built: dict[int, Write] = {}
        for run in module.module.sessions.runs:
            for write in writes.ops(run.fetches, run.scope):
                if not inside(write.call, run.call):
                    found = runs.setdefault(id(write.statement), [])
                    built.setdefault(id(write.statement), write)
                    if run not in found:
                        found.append(run)
        for key, write in built.items():
            how = _again(write, runs[key])
            if how and isinstance(write.statement, ast.stmt):
                yield advise(
                    f"this {write.name} is built once and {how}; under eager execution it is done "
                    "once, here: make it a function",
                    write.statement,
                )


def _again(write: Write, runs: list[SessionRun]) -> str:
    """Describe how an op is run more than once; "" if it is not."""
    home = function_around(write.scope)
    here = [run for run in runs if function_around(run.scope) is home]
    for run in here:
        loop = loop_around(run.call, run.scope)
        if loop is not None and not inside(write.statement, loop):
            return f"run in the loop on line {loop.lineno}"
        if run.scope.kind is ScopeKind.COMPREHENSION:
            return f"run in the comprehension on line {run.call.lineno}"
    for run in runs:
        function = function_around(run.scope).node
        if run not in here and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return f"run by each call of '{function.name}', line {run.call.lineno}"
    for number, first in enumerate(here):
        for second in here[number + 1 :]:
            if not are_exclusive(first.call, first.scope, second.call, second.scope):
                return f"run on lines {first.call.lineno} and {second.call.lineno}"
    return ""
