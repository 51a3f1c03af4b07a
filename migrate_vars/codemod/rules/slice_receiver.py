"""MV103: a slice of a variable has ``assign`` only, which takes little."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import missing_in
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.codemod.state_ops import OF_SLICE


class SliceReceiver(Rule):
    """``v[0]`` has an ``assign``, but no ``assign_add``, and not with ``use_locking=``."""

    code = "MV103"
    title = "A slice of a variable has no such method, or not this argument"
    rationale = (
        "v[i] is a tensor; TensorFlow adds an assign method to it, but neither assign_add nor "
        "assign_sub. Write v[i].assign(v[i] + x), or use a scatter method of the variable. This "
        "assign takes the value by position, and name=; not use_locking=, which the function "
        "ignores for a slice: leave it out."
    )
    valid = (
        "import tensorflow as tf\nv = tf.Variable([0.])\nop = tf.assign(v[0], 1., name='n')\n",
        "import tensorflow as tf\nv = tf.Variable([0.])\nop = tf.assign(ref=v[0], value=1.)\n",
        "import tensorflow as tf\ndef f(vs): return tf.assign_add(vs[0], 1.)\n",
        "import tensorflow as tf\nvs = [tf.Variable(0.)]\ntf.assign(vs[0], 1., use_locking=True)\n",
    )
    invalid = (
        Invalid("import tensorflow as tf\nv = tf.Variable([0.])\nop = tf.assign_add(v[0], 1.)\n"),
        Invalid("import tensorflow as tf\ndef f(v): return tf.assign_sub(v[1:], 1.)\n"),
        Invalid(
            "import tensorflow as tf\nv = tf.Variable([0.])\n"
            "op = tf.assign(v[0], 1., use_locking=True)\n"
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse what slices do not have or take."""
        missing = missing_in(site, OF_SLICE, lambda receiver: receiver.sliced)
        if not missing or site.op is None:
            return None
        return refuse(f"{site.op.name} left alone: a slice of a variable {missing}")
