"""MV401, MV406: imports of TensorFlow."""

from __future__ import annotations

from migrate_vars.rewriting.rule import Invalid, Rule


class ImportOfTensorFlow(Rule):
    """An import that gives what TensorFlow 2 keeps of TensorFlow 1."""

    code = "MV401"
    title = "The import gives what TensorFlow 2 keeps of TensorFlow 1"
    rationale = (
        "TensorFlow 2 keeps the names of TensorFlow 1 in tensorflow.compat.v1. A file that names "
        "something which only that has, or which belongs to a program that does, imports it under "
        "the names that it had. Every form of import is changed, and nothing else of the file "
        "needs to be. A file of TensorFlow 2 is left alone."
    )
    valid = (
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n",
        "import tensorflow as tf\n\n\ndef scaled(x):\n    return tf.compat.v1.to_float(x)\n",
        "import tensorflow as tf\n\n\ndef doubled(x):\n    return tf.add(x, x)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\ndef inputs():\n    return tf.placeholder(tf.float32)\n",
            "import tensorflow.compat.v1 as tf\n\n\n"
            "def inputs():\n    return tf.placeholder(tf.float32)\n",
        ),
        Invalid(
            "from tensorflow import Session, constant as c\n",
            "from tensorflow.compat.v1 import Session, constant as c\n",
        ),
        Invalid(
            "import os, tensorflow, sys  # all\n\n\ndef run():\n    return tensorflow.Session()\n",
            "import os, tensorflow.compat.v1 as tensorflow, sys  # all\n\n\n"
            "def run():\n    return tensorflow.Session()\n",
        ),
    )


class PrivateModule(Rule):
    """An import of a module that was never public."""

    code = "MV406"
    title = "TensorFlow 2 does not have this private module"
    rationale = (
        "What lies in tensorflow.python and tensorflow.core was never public. Much of it is still "
        "where it was, and such imports are left as they are; this one is gone. Use the public "
        "name, tf.Tensor for tensorflow.python.framework.ops.Tensor, or the module that has it "
        "now."
    )
    valid = (
        "import tensorflow as tf\nfrom tensorflow.python.framework import ops\n\n\n"
        "def inputs():\n    return tf.placeholder(tf.float32)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\nfrom tensorflow.python.training import training_ops\n\n\n"
            "def inputs():\n    return tf.placeholder(tf.float32)\n",
            "import tensorflow.compat.v1 as tf\n"
            "from tensorflow.python.training import training_ops\n\n\n"
            "def inputs():\n    return tf.placeholder(tf.float32)\n",
        ),
    )
