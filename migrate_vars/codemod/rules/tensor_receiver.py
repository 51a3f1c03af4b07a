"""MV102: the receiver is a tensor."""

from __future__ import annotations

from migrate_vars.codemod.arguments import Bound
from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import is_no_variable, receiver_of
from migrate_vars.codemod.sites import Decision, Site, refuse


class TensorReceiver(Rule):
    """A tensor has no ``assign``."""

    code = "MV102"
    title = "The receiver is a tensor, not a variable"
    rationale = (
        "TensorFlow 1 lets a state op write through a reference tensor: the result of an "
        "earlier assign, v._ref(), or graph.get_tensor_by_name(). Such a tensor has no assign "
        "method, so the rewritten call would raise AttributeError. Pass the variable itself. "
        "Numbers, strings, lists and the results of arithmetic are never variables either, nor is "
        "what tf.while_loop, tf.map_fn, tf.scan or dataset.map gives to a function. A name counts "
        "as a tensor if any scope binds it to one, by global or globals(), too. "
        "A recorded run (--evidence) finds such tensors where the file does not show them."
    )
    valid = (
        "import tensorflow as tf\nv = tf.Variable(1.)\ntf.assign(v, tf.identity(x))\n",
        "import tensorflow as tf\nop = tf.assign(v, 1.)\nop2 = tf.assign(w, op)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\ndef body(i, v):\n    return i + 1, tf.assign(v, 1.)\n"
            "tf.while_loop(lambda i, v: i < 3, body, [0, w])\n"
        ),
        Invalid(
            "import tensorflow as tf\ndef restore(graph):\n    global v\n"
            "    v = graph.get_tensor_by_name('v:0')\nv = tf.Variable(1.)\ntf.assign(v, 2.)\n"
        ),
        Invalid("import tensorflow as tf\nop = tf.assign(g.get_tensor_by_name('v:0'), 1.)\n"),
        Invalid("import tensorflow as tf\nop = tf.assign(v._ref(), 1.)\n"),
        Invalid("import tensorflow as tf\nop = tf.assign(-v, 1.)\n"),
        Invalid(
            "import tensorflow as tf\nop = tf.assign(v, 1.)\nop = tf.assign_add(op, 2.)\n",
            "import tensorflow as tf\nop = v.assign(1.)\nop = tf.assign_add(op, 2.)\n",
        ),
        Invalid(
            "import tensorflow as tf\n"
            "def up(var, x):\n    return tf.assign(var, x)\n"
            "up(v._ref(), 1.)\n"
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse a receiver that is shown to be a tensor."""
        if site.call is None or site.op is None:
            return None
        bound = site.bound
        if not isinstance(bound, Bound):
            return None
        receiver = receiver_of(site, bound)
        if is_no_variable(receiver, bound):
            what = "a tensor" if receiver.is_of_graph else "neither a variable nor a tensor"
            return refuse(f"{site.op.name} left alone: the receiver is {what} ({receiver.why})")
        seen = site.seen
        if seen is None or seen.variable:
            return None
        return refuse(
            f"{site.op.name} left alone: the receiver was no variable in {seen.run} ({seen.what})"
        )
