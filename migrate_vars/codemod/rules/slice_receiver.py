"""MV103: a slice of a variable has ``assign`` only."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Bound, bind
from migrate_vars.codemod.receivers import Kind
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.sites import Decision, Site, refuse


class SliceReceiver(Rule):
    """``v[0]`` has an ``assign``, but no ``assign_add`` and ``assign_sub``."""

    code = "MV103"
    title = "A slice of a variable has no such method"
    rationale = (
        "v[i] is a tensor; TensorFlow adds an assign method to it, but neither assign_add nor "
        "assign_sub. Write v[i].assign(v[i] + x), or use a scatter method of the variable."
    )
    valid = (
        "import tensorflow as tf\nv = tf.Variable([0.])\nop = tf.assign(v[0], 1.)\n",
        "import tensorflow as tf\ndef f(vs): return tf.assign_add(vs[0], 1.)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\nv = tf.Variable([0.])\nop = tf.assign_add(v[0], 1.)\n"),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse a method that slices do not have."""
        if site.call is None or site.op is None or site.op.method_on_slice:
            return None
        bound = bind(site.call, site.op)
        if not isinstance(bound, Bound):
            return None
        receiver = site.module.receivers.receiver(bound.expressions[bound.receiver], site.scope)
        if receiver.kind is not Kind.VARIABLE or not receiver.sliced:
            return None
        return refuse(
            f"{site.op.name} left alone: a slice of a variable has no {site.op.method} method"
        )
