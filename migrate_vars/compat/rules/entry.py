"""MV404, MV405, MV409: what the entry of a program switches."""

from __future__ import annotations

from migrate_vars.rewriting.rule import Invalid, Rule


class BehaviourSwitch(Rule):
    """TensorFlow 2 behaviour is switched off where a program starts."""

    code = "MV404"
    title = "TensorFlow 2 behaviour is switched off where the program starts"
    rationale = (
        "Sessions, placeholders and reference variables need tf.disable_v2_behavior(), called "
        "once, before anything is built. It goes where the program starts: into a script, a file "
        "with a __main__ guard or tf.app.run, a test, the first cell of a notebook that imports "
        "TensorFlow; not into files that others import. A program that calls it, or that enables "
        "TensorFlow 2 behaviour, is left as it is."
    )
    valid = (
        "import tensorflow as tf\n\n\ndef inputs():\n    return tf.placeholder(tf.float32)\n",
        "import tensorflow as tf\ntf.compat.v1.disable_v2_behavior()\n"
        "x = tf.compat.v1.placeholder(tf.float32)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\nx = tf.placeholder(tf.float32)\n",
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "x = tf.placeholder(tf.float32)\n",
        ),
        Invalid(
            "from tensorflow import Session\nwith Session():\n    pass\n",
            "from tensorflow.compat.v1 import Session\nimport tensorflow.compat.v1 as tf\n"
            "tf.disable_v2_behavior()\nwith Session():\n    pass\n",
        ),
    )


class KerasSwitch(Rule):
    """Keras 2 is asked for where a program starts."""

    code = "MV405"
    title = "Keras 2 is asked for where the program starts"
    rationale = (
        "TensorFlow 2.16 brings Keras 3, which runs in no session, and with it tf.layers, the RNN "
        "cells and tf.keras of compat.v1 are gone. The package tf_keras is Keras 2, and has them; "
        "TensorFlow takes it if TF_USE_LEGACY_KERAS is set before it is imported. That is done "
        "where a program starts that uses one of them, in any of its files."
    )
    valid = ("import tensorflow as tf\nx = tf.placeholder(tf.float32)\n",)
    invalid = (
        Invalid(
            "import tensorflow as tf\nx = tf.placeholder(tf.float32)\ny = tf.layers.dense(x, 1)\n",
            'import os\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n'
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "x = tf.placeholder(tf.float32)\ny = tf.layers.dense(x, 1)\n",
        ),
        Invalid(
            "import os, sys\nimport tensorflow as tf\ny = tf.layers.dense(tf.zeros([1, 1]), 1)\n",
            'import os, sys\nos.environ["TF_USE_LEGACY_KERAS"] = "1"\n'
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
            "y = tf.layers.dense(tf.zeros([1, 1]), 1)\n",
        ),
    )


class NoEntry(Rule):
    """No file of what is rewritten starts a program."""

    code = "MV409"
    title = "No program starts here: TensorFlow 2 behaviour must be switched off by who does"
    rationale = (
        "Among the files that were rewritten is none that starts a program; they are a library. "
        "Whoever uses it must call tensorflow.compat.v1.disable_v2_behavior() before anything is "
        "built, and, where the library needs Keras 2, set TF_USE_LEGACY_KERAS=1 before TensorFlow "
        "is imported."
    )
