"""MV201: a state op used as a value."""

from __future__ import annotations

import ast

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.codemod.state_ops import state_op


class FunctionAsValue(Rule):
    """A state op that is passed on, stored, or computed, and not simply called."""

    code = "MV201"
    title = "A state op is used as a value"
    rationale = (
        "map(tf.assign, ...), functools.partial(tf.assign, v) and f = tf.assign keep working "
        "only as long as the function exists, which it does not in TensorFlow 2. Where the call "
        "happens cannot be rewritten from here. Use a lambda or a comprehension that calls the "
        "method."
    )
    valid = ("import tensorflow as tf\nops = [tf.assign(a, b) for a, b in pairs]\n",)
    invalid = (
        Invalid("import tensorflow as tf\nops = list(map(tf.assign, dst, src))\n"),
        Invalid("import tensorflow as tf\nf = tf.assign\nf(v, 1.)\n"),
        Invalid("import tensorflow as tf\ngetattr(tf, 'assign')(v, 1.)\n"),
        Invalid("import tensorflow as tf\n(tf if a else tf).assign(v, 1.)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Leave calls through a variable that holds the function."""
        if not any(state_op(name) for name in site.meaning.names):
            return None
        if isinstance(site.node, ast.Name):
            bindings = site.module.scopes.lookup(site.node.id, site.scope)
            if all(b.module or b.value is None for b in bindings):
                return None
            return refuse(
                f"{site.name} left alone: '{site.node.id}' is a variable that holds the function"
            )
        if _is_dotted(site.node):
            return None
        return refuse(f"{site.name} left alone: its module is computed, not named")

    def check_reference(self, site: Site) -> Decision | None:
        """Leave a reference alone."""
        if not any(state_op(name) for name in site.meaning.names):
            return None
        return refuse(f"{site.name} left alone: used as a value, not called here")


def _is_dotted(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)
