"""MV112: what the methods of a Keras 3 weight do not take."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule
from migrate_vars.codemod.rules.receiver_checks import missing_in
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.codemod.state_ops import OF_KERAS

_LAYER = (
    "import tensorflow as tf\nclass L(tf.keras.layers.Layer):\n    def build(self, shape):\n"
    "        self.c = self.add_weight(name='c', shape=())\n    def call(self, x):\n        return "
)


class KerasWeight(Rule):
    """A weight of Keras 3 is no ``tf.Variable``: it has no scatter methods, and takes a value."""

    code = "MV112"
    title = "A Keras 3 weight has no such method, or not this argument"
    rationale = (
        "What add_weight gives, and what a layer, model, metric or optimizer of Keras holds, is a "
        "keras.Variable since TensorFlow 2.16. Its assign, assign_add and assign_sub take the "
        "value and nothing else; scatter methods it has none. (Before Keras 3 it is a "
        "tf.Variable, which has and takes them all.) Leave out name= and use_locking=, which do "
        "nothing for such a variable, or write the whole value."
    )
    valid = (
        _LAYER + "tf.compat.v1.assign_add(self.c, value=1.)\n",
        "import tensorflow as tf\nclass L(tf.layers.Layer):\n    def build(self, shape):\n"
        "        self.c = self.add_weight(name='c', shape=())\n    def call(self, x):\n"
        "        return tf.assign(self.c, 1., name='n')\n",
        "import tensorflow as tf\nv = tf.get_variable('v', [3])\ntf.scatter_add(v, i, u)\n",
    )
    invalid = (
        Invalid(_LAYER + "tf.compat.v1.scatter_add(self.c, [0], [1.])\n"),
        Invalid(_LAYER + "tf.compat.v1.assign(self.c, 1., name='n')\n"),
        Invalid(
            "import tensorflow as tf\nmodel = tf.keras.Sequential([tf.keras.layers.Dense(1)])\n"
            "ops = [tf.compat.v1.assign(w, x, use_locking=True) for w in model.weights]\n"
        ),
    )

    def check_call(self, site: Site) -> Decision | None:
        """Refuse what such weights do not have or take."""
        missing = missing_in(site, OF_KERAS, lambda receiver: receiver.keras)
        if not missing or site.op is None:
            return None
        return refuse(f"{site.op.name} left alone: the weight may be one of Keras 3, and {missing}")
