"""MV411: Keras itself, beside TensorFlow."""

from __future__ import annotations

from migrate_vars.rewriting.rule import Invalid, Rule


class KerasUpdates(Rule):
    """The package ``keras`` is Keras 3."""

    code = "MV411"
    title = "The package keras is Keras 3, which runs in no session"
    rationale = (
        "import keras gives Keras 3 beside TensorFlow 2.16 and later. It has no set_value, no "
        "batch_set_value, no function(updates=...), no session, and its weights have no scatter "
        "methods. tf_keras is Keras 2. Which of the two a program is to use is for its author to "
        "decide; nothing is changed."
    )
    valid = ("import tensorflow as tf\nx = tf.placeholder(tf.float32)\n",)
    invalid = (
        Invalid(
            "import tensorflow as tf\nfrom keras import backend as K\n\n\n"
            "def reset(v):\n    K.set_value(v, 0.)\n    return tf.Session\n",
            "import tensorflow.compat.v1 as tf\nfrom keras import backend as K\n\n\n"
            "def reset(v):\n    K.set_value(v, 0.)\n    return tf.Session\n",
        ),
    )
