"""MV305: one run that reads and writes a variable, or writes it twice, in no order."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import Scope, function_around
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.variable_writes import Write, Writes, is_under_control_dependencies

if TYPE_CHECKING:
    from migrate_vars.analysis.sessions import SessionRun

_SETUP = "import tensorflow as tf\nv = tf.Variable(1.)\nsess = tf.Session()\n"


class RaceInRun(Rule):
    """``sess.run([v, tf.assign(v, x)])``."""

    code = "MV305"
    title = "Data race: one run reads and writes a variable in no order"
    rationale = (
        "The fetches of one sess.run have no order. Measured in 200 runs: [v, v.assign_add(1)] "
        "from 1 fetches 2 and 2 each time with a reference variable, and 1 and 2 in 178, 2 and 2 "
        "in 22 runs with a resource variable; of two assigns either may come last. Eager "
        "execution keeps the order of the lines, which may be one that the session never took. "
        "Say which order is meant: by tf.control_dependencies, or by two runs."
    )
    valid = (
        _SETUP + "sess.run(v)\nsess.run(v.assign(2.))\nsess.run([v, w])\n",
        _SETUP
        + "op = v.assign(2.)\nwith tf.control_dependencies([op]):\n    now = v.read_value()\n"
        "sess.run([op, now])\n",
        _SETUP + "w = tf.Variable(1.)\nsess.run([v.assign(2.), w.assign(2.), x])\n",
        _SETUP + "a = v.assign(2.)\nwith tf.control_dependencies([a]):\n    b = v.assign(3.)\n"
        "sess.run([a, b])\n",
        _SETUP + "a = v.assign(2.)\nb = v.assign_add(a * 2.)\nsess.run([a, b])\n",
        _SETUP + "sess.run([w.assign(0.) for w in tf.trainable_variables()])\n",
    )
    invalid = (
        Invalid(_SETUP + "op = v.assign_add(1.)\nprint(sess.run([v, op]))\n"),
        Invalid(_SETUP + "sess.run([v.read_value(), v.assign(2.)])\n"),
        Invalid(_SETUP + "a = v.assign(2.)\nb = v.assign_add(1.)\nsess.run([a, b])\n"),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find such runs."""
        writes = module.writes
        if b".run(" not in module.scopes.lines.data or not writes.all:
            return
        for run in module.module.sessions.runs:
            message = _race(run, writes)
            if message:
                yield advise(message, run.call)


def _race(run: SessionRun, writes: Writes) -> str:
    fetched = {id(w): w for w in writes.ops(run.fetches, run.scope)}
    unordered = [w for w in fetched.values() if not is_under_control_dependencies(w.call, w.scope)]
    keys = {id(w): writes.key(w.target, w.scope) for w in unordered}
    for number, one in enumerate(unordered):
        for other in unordered[number + 1 :]:
            if (
                keys[id(one)] is not None
                and keys[id(one)] == keys[id(other)]
                and function_around(one.scope) is function_around(other.scope)
                and not _needs(one, other, writes)
                and not _needs(other, one, writes)
            ):
                name = ast.unparse(one.target)
                return (
                    f"data race: the writes of '{name}' on lines {one.call.lineno} and "
                    f"{other.call.lineno} are unordered in this run"
                )
    if isinstance(run.fetches, (ast.List, ast.Tuple)) and unordered:
        for element in run.fetches.elts:
            key = _read(element, run.scope, writes)
            for write in unordered:
                if key is not None and key == keys[id(write)]:
                    name = ast.unparse(write.target)
                    return (
                        f"data race: the read of '{name}' and its write on line "
                        f"{write.call.lineno} are unordered in this run"
                    )
    return ""


def _read(node: ast.expr, scope: Scope, writes: Writes) -> tuple[str, int] | None:
    """Return the key of the variable that a fetch reads, if that is all it does."""
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in ("read_value", "value"):
            return None if node.args else writes.key(function.value, scope)
        if last_name(function) == "identity" and len(node.args) == 1:
            node = node.args[0]
    if not isinstance(node, (ast.Name, ast.Attribute)):
        return None
    if not writes.module.values.classify(node, scope).is_variable:
        return None
    return writes.key(node, scope)


def _needs(one: Write, other: Write, writes: Writes) -> bool:
    """Tell whether one write is given the result of the other."""
    return any(
        any(w is other for w in writes.ops(node, one.scope))
        for node in ast.walk(one.call)
        if node is not one.call and isinstance(node, (ast.Name, ast.Attribute, ast.Call))
    )
