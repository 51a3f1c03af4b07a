"""MV402, MV403, MV407, MV408: symbols that ``compat.v1`` lacks."""

from __future__ import annotations

from migrate_vars.rewriting.rule import Invalid, Rule


class ReplacedSymbol(Rule):
    """A symbol that TensorFlow 2 lacks, and for which another serves exactly."""

    code = "MV402"
    title = "Another symbol does what this one did"
    rationale = (
        "TensorFlow 2 has no tf.contrib, not even in compat.v1. Where something does exactly the "
        "same, it takes the place of the symbol: another name of compat.v1, or a module of "
        "migrate_vars.tf1, which has the code of TensorFlow 1 for what nothing else has. What a "
        "symbol is replaced by was compared with TensorFlow 1.15.5."
    )
    valid = (
        "import tensorflow as tf\n\n\ndef cell(n):\n    return tf.nn.rnn_cell.LSTMCell(n)\n",
        "from lib import tf\n\n\ndef dense(x):\n    return tf.contrib.layers.flatten(x)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\n"
            "def hidden(x):\n    return tf.contrib.layers.fully_connected(x, 10)\n",
            "import tensorflow.compat.v1 as tf\nfrom migrate_vars.tf1 import contrib\n\n\n"
            "def hidden(x):\n    return contrib.layers.fully_connected(x, 10)\n",
        ),
    )


class MissingSymbol(Rule):
    """A symbol for which nothing serves."""

    code = "MV403"
    title = "TensorFlow 2 has nothing that does what this symbol did"
    rationale = (
        "The symbol is gone, and nothing that is known does the same; what looks like it may "
        "train otherwise. It is left as it is, and fails where it is used. The message says what "
        "to do by hand, as far as that is known."
    )
    valid = ("import tensorflow as tf\n\n\ndef inputs():\n    return tf.placeholder(tf.float32)\n",)
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\ndef fused():\n    return tf.contrib.no_such_module.f()\n",
            "import tensorflow.compat.v1 as tf\n\n\n"
            "def fused():\n    return tf.contrib.no_such_module.f()\n",
        ),
        Invalid("from tensorflow.contrib import no_such_module\nprint(no_such_module)\n"),
    )


class SymbolInString(Rule):
    """A symbol of TensorFlow that a string names."""

    code = "MV407"
    title = "A string names something of TensorFlow 1"
    rationale = (
        "getattr(tf, 'contrib') and importlib.import_module('tensorflow.contrib') take by a "
        "string what TensorFlow 2 has elsewhere or not at all. Strings are not changed; the "
        "message says what to write."
    )
    valid = (
        "import tensorflow as tf\n\n\n"
        "def optimizer(name):\n    return getattr(tf.train, name), tf.Session\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\n"
            "def layers():\n    return getattr(tf, 'contrib').layers, tf.Session\n",
            "import tensorflow.compat.v1 as tf\n\n\n"
            "def layers():\n    return getattr(tf, 'contrib').layers, tf.Session\n",
        ),
    )


class AmbiguousSymbol(Rule):
    """A symbol whose name may stand for something else."""

    code = "MV408"
    title = "The name may stand for something else"
    rationale = (
        "The symbol would be replaced, but the name that it begins with is also given another "
        "value, or it stands where it cannot be edited safely, such as in an f-string. It is left "
        "alone."
    )
    valid = (
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n\n\n"
        "def hidden(x):\n    return tf.contrib.layers.flatten(x)\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\ndef patched(other):\n    global tf\n    tf = other\n\n\n"
            "def hidden(x):\n    return tf.contrib.layers.flatten(x)\n",
            "import tensorflow.compat.v1 as tf\n\n\n"
            "def patched(other):\n    global tf\n    tf = other\n\n\n"
            "def hidden(x):\n    return tf.contrib.layers.flatten(x)\n",
        ),
    )
