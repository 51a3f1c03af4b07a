"""TensorFlow named in strings: ``getattr(tf, name)``, ``import_module("tensorflow.contrib")``."""

from __future__ import annotations

import ast

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.tensorflow import V1, is_tensorflow, tensorflow_member
from migrate_vars.analysis.words import Words
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.decision import left, why_left
from migrate_vars.compat.facts import fact_of, served

_TAKES = Words(
    {"getattr", "import_module", "__import__"}, ("getattr", "import_module", "__import__")
)


def report_strings(module: Module, changes: Changes) -> None:
    """Report where a module takes something of TensorFlow by a string that is no longer right."""
    for node, scope, _, _ in module.scopes.nodes_on_lines(module.lines.holding(_TAKES)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = last_name(node.func)
        if function == "getattr" and len(node.args) >= 2:
            names = module.names.resolve(node.args[0], scope).names
            members = [tensorflow_member(n) for n in names if is_tensorflow(n)]
            text = _text(node.args[1])
            if not members or text is None:
                continue
            member = f"{members[0]}.{text}" if members[0] else text
            if fact_of(member) is None or served(member) == f"{V1}.{member}":
                continue
            what = f"tf.{member} is named in a string"
        elif function in ("import_module", "__import__"):
            text = _text(node.args[0])
            if text is None or not is_tensorflow(text) or ".compat." in text:
                continue
            member = text.partition(".")[2]
            what = f"{text} is imported by a string"
        else:
            continue
        target = served(member)
        hint = f"{target} serves" if target is not None else why_left(member, fact_of(member))
        changes.report("MV407", left(f"{what}, left alone; {hint}"), node)


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
