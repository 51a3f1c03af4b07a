"""MV113: an import that TensorFlow 2 lacks is removed with its last use."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Invalid, Rule


class DeadImport(Rule):
    """``from tensorflow import assign``, once every ``assign(v, x)`` is ``v.assign(x)``."""

    code = "MV113"
    title = "An import that TensorFlow 2 lacks is removed with its last use"
    rationale = (
        "from tensorflow import assign raises ImportError under TensorFlow 2. When the last use "
        "of all that it imports became a method call, it does nothing else, and is removed; its "
        "comments stay. It is left where anything else that it imports is used, where it stands "
        "in a try or another branch imports the same, and where other code may import the name "
        "from here: __all__ names it, the file is an __init__.py or looks names up by strings, or "
        "another file of the project names the module and the function."
    )
    valid = (
        "from tensorflow.compat.v1 import assign\nassign(v, 1.)\n",
        "from tensorflow import assign, Variable\nassign(v, Variable(1.))\n",
        "from tensorflow import assign\n__all__ = ['assign']\nassign(v, 1.)\n",
        "from tensorflow import assign\nassign(v, 1.)\nassign(v, x, validate_shape=False)\n",
        "try:\n    from tensorflow import assign\nexcept ImportError:\n"
        "    from tensorflow.compat.v1 import assign\nassign(v, 1.)\n",
        "from tensorflow import assign\n",
    )
    invalid = (
        Invalid("from tensorflow import assign as a\na(v, 1.)\n", "v.assign(1.)\n"),
        Invalid(
            "def f(v):\n    from tensorflow import assign  # an op\n    return assign(v, 1.)\n",
            "def f(v):\n    # an op\n    return v.assign(1.)\n",
        ),
        Invalid(
            "from tensorflow import (\n    assign,\n    scatter_add,\n)\n\nassign(v, 1.)\n"
            "scatter_add(v, i, u)\n",
            "import tensorflow as tf\n\nv.assign(1.)\n"
            "v.scatter_add(tf.IndexedSlices(indices=i, values=u))\n",
        ),
    )
