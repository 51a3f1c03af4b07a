"""What breaks beside TensorFlow is said once for each file and kind."""

from __future__ import annotations

import pytest

from migrate_vars.compat.engine import rewrite_source
from tests.compat.compat_checks import V1_USE

TF = "import tensorflow as tf\n"


def advice(source: str) -> list[tuple[str, int, str]]:
    """The advice on a file of TensorFlow 1: code, line, and what it begins with."""
    found = rewrite_source((TF + source + V1_USE).encode(), "lib.py").findings
    return [
        (f.code, f.line, f.message.partition(":")[0]) for f in found if f.status.value == "advice"
    ]


def test_numpy() -> None:
    source = "import numpy as np\nA = np.float, np.int, np.float\nB = np.float64, np.bool_\n"
    assert advice(source) == [("MV412", 3, "np.float (2 times), np.int")]


def test_scipy() -> None:
    assert advice("import scipy.misc\nA = scipy.misc.imread\n") == [
        ("MV413", 2, "scipy.misc, scipy.misc.imread")
    ]
    assert advice("from scipy import misc\nA = misc.imresize\n")[0][0] == "MV413"


def test_python_2() -> None:
    source = "import cPickle\nA = [unicode(k) for k, v in {}.iteritems()]\n"
    assert advice(source) == [("MV414", 2, "import cPickle, unicode, .iteritems()")]


def test_keras() -> None:
    source = "import keras\nfrom keras import backend as K\nK.function([], [], updates=[])\n"
    assert [(code, line) for code, line, _ in advice(source)] == [("MV411", 2), ("MV411", 4)]


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nA = np.float32, np.linalg, np.bool_\n",
        "class np:\n    float = 1\nA = np.float\n",
        "from six.moves import xrange, cPickle\nA = xrange\n",
        "try:\n    import cPickle as pickle\nexcept ImportError:\n    import pickle\n",
        "try:\n    unicode = unicode\nexcept NameError:\n    unicode = str\n",
        "import six\nA = six.iteritems({}), six.itervalues({})\n",
        "from scipy import stats\nA = stats.misc\n",
        "from tensorflow.keras import backend as K\nA = K.set_value\n",
        "A = 'np.float, xrange'  # scipy.misc\n",
    ],
)
def test_what_is_fine(source: str) -> None:
    assert advice(source) == []


def test_nothing_is_said_of_files_of_tensorflow_2() -> None:
    source = TF + "import numpy as np\n\n\n@tf.function\ndef f(x):\n    return np.float\n"
    assert rewrite_source(source.encode(), "lib.py").findings == ()
