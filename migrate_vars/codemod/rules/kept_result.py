"""MV306: the result of a write, used as a value after a later write."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.analysis.blocks import around
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import function_around
from migrate_vars.analysis.tensorflow import is_tensorflow
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, ModuleSites, advise
from migrate_vars.codemod.variable_writes import Write, Writes

_SETUP = "import tensorflow as tf\nv = tf.Variable(1.)\n"
_NO_VALUE = frozenset(
    {"group", "tuple", "control_dependencies", "add_to_collection", "no_op", "cond", "while_loop"}
)
_PLAIN = frozenset({"float", "int", "print", "bool"})


class KeptResult(Rule):
    """``r = v.assign(5)``, then ``v.assign(9)``, then ``r``."""

    code = "MV306"
    title = "The result of a write is used after a later write"
    rationale = (
        "Under eager execution r = v.assign(5) is a view of the variable, not the number 5: "
        "measured, after v.assign(9) r.numpy() gives 9. What a session fetches is a copy taken "
        "in that run. Keep the value: r = v.assign(5) + 0, or read v before it is written again."
    )
    valid = (
        _SETUP + "r = v.assign(5.)\nprint(r + 1.)\nv.assign(9.)\n",
        _SETUP + "r = v.assign(5.)\nv.assign(9.)\ntf.group(r)\n",
        _SETUP + "r = sess.run(v.assign(5.))\nv.assign(9.)\nprint(r + 1.)\n",
        _SETUP + "r = v.assign(5.) + 0\nv.assign(9.)\nprint(r * 2.)\n",
        _SETUP + "if a:\n    r = v.assign(5.)\nelse:\n    v.assign(9.)\nprint(r * 2.)\n",
    )
    invalid = (
        Invalid(_SETUP + "r = v.assign(5.)\nv.assign(9.)\nprint(r.numpy())\n"),
        Invalid(_SETUP + "old = v.assign_add(1.)\nv.assign_add(1.)\nchange = v - old\n"),
    )

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Find such uses."""
        writes = module.writes
        if len(writes.all) < 2:
            return
        certain = [write for write in writes.all.values() if write.certain]
        for write in certain:
            statement = write.statement
            if not isinstance(statement, ast.Assign) or statement.value is not write.call:
                continue
            target = statement.targets[0]
            if len(statement.targets) != 1 or not isinstance(target, ast.Name):
                continue
            later = _first_later(write, certain, writes)
            if later is None:
                continue
            use = _use_after(target.id, statement, later, module)
            if use is not None:
                yield advise(
                    f"under eager execution '{target.id}' is the variable itself: it shows the "
                    f"{later.name} of line {later.call.lineno}, not the {write.name} of line "
                    f"{write.call.lineno}",
                    use,
                )


def _first_later(write: Write, others: list[Write], writes: Writes) -> Write | None:
    """Return the next write of the same variable that is sure to follow in the same function."""
    key = writes.key(write.target, write.scope)
    if key is None:
        return None
    outer = {id(s) for s in around(write.call, write.scope)}
    for other in others:
        if (
            other.call.lineno > (write.call.end_lineno or 0)
            and other.scope is write.scope
            and writes.key(other.target, other.scope) == key
            and all(
                id(s) in outer or isinstance(s, ast.With) for s in around(other.call, other.scope)
            )
            and not any(isinstance(s, (ast.If, ast.Try)) for s in around(write.call, write.scope))
        ):
            return other
    return None


def _use_after(name: str, made: ast.stmt, later: Write, module: ModuleSites) -> ast.expr | None:
    """Return the first use of a name as a value after a write."""
    scope = function_around(later.scope)
    if len(scope.bindings.get(name, ())) != 1 or name in scope.global_names:
        return None
    last = later.call.end_lineno or 0
    lines = module.scopes.lines.mentioning(name)
    for node, inner, _, statement in module.scopes.nodes_on_lines(lines):
        if getattr(statement, "lineno", 0) <= last or function_around(inner) is not scope:
            continue
        operands: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            operands = [node.left, node.right]
        elif isinstance(node, ast.Compare):
            operands = [node.left, *node.comparators]
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr == "numpy":
                operands = [function.value]
            elif last_name(function) in _PLAIN or (
                last_name(function) not in _NO_VALUE
                and any(is_tensorflow(n) for n in module.names.resolve(function, inner).names)
            ):
                operands = node.args
        for operand in operands:
            if isinstance(operand, ast.Name) and operand.id == name:
                return operand
    return None
