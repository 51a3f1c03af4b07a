"""MV412-MV414: what a modern interpreter breaks beside TensorFlow."""

from __future__ import annotations

from migrate_vars.rewriting.rule import Invalid, Rule


class NumPyAliases(Rule):
    """Names that NumPy dropped."""

    code = "MV412"
    title = "NumPy has dropped these names"
    rationale = (
        "NumPy 1.24 dropped np.float, np.int, np.bool and the like, NumPy 2 np.float_, np.Inf and "
        "others. ruff check --select NPY --fix replaces them. Said once for each file."
    )
    valid = ("import numpy as np\nimport tensorflow as tf\n\n\ndef f(x):\n    "
             "return np.float32(x), tf.Session\n",)  # fmt: skip
    invalid = (
        Invalid(
            "import numpy as np\nimport tensorflow as tf\n\n\n"
            "def f(x):\n    return x.astype(np.float), tf.Session\n",
            "import numpy as np\nimport tensorflow.compat.v1 as tf\n\n\n"
            "def f(x):\n    return x.astype(np.float), tf.Session\n",
        ),
    )


class ScipyMisc(Rule):
    """SciPy's module of everything."""

    code = "MV413"
    title = "SciPy has dropped scipy.misc"
    rationale = (
        "scipy.misc is gone: imread and imsave are in imageio, imresize is Image.resize of "
        "Pillow, logsumexp, comb and factorial are in scipy.special. They round and scale "
        "otherwise in places, so that this is left to its author. Said once for each file."
    )
    valid = (
        "from scipy import special\nimport tensorflow as tf\n\n\n"
        "def f(x):\n    return special.comb(x, 2), tf.Session\n",
    )
    invalid = (
        Invalid(
            "from scipy.misc import imread\nimport tensorflow as tf\n\n\n"
            "def f(x):\n    return imread(x), tf.Session\n",
            "from scipy.misc import imread\nimport tensorflow.compat.v1 as tf\n\n\n"
            "def f(x):\n    return imread(x), tf.Session\n",
        ),
    )


class Python2(Rule):
    """Names of Python 2."""

    code = "MV414"
    title = "These names are of Python 2"
    rationale = (
        "xrange, unicode, dict.iteritems, cPickle and the like are gone since Python 3. 2to3 and "
        "futurize replace them. A file in the syntax of Python 2 is not understood at all "
        "(MV901). Said once for each file."
    )
    valid = (
        "from six.moves import xrange\nimport tensorflow as tf\n\n\n"
        "def f(n):\n    return xrange(n), tf.Session\n",
    )
    invalid = (
        Invalid(
            "import tensorflow as tf\n\n\ndef f(n):\n    return xrange(n), tf.Session\n",
            "import tensorflow.compat.v1 as tf\n\n\ndef f(n):\n    return xrange(n), tf.Session\n",
        ),
    )
