"""Programs for TensorFlow 1 under TensorFlow 2: who gets its names, and that nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

# One program, so that TensorFlow's older code is loaded once.
MANY_WAYS = """\
import tensorflow as tf
import tensorflow
import tensorflow.keras as keras
from tensorflow import Session, placeholder as ph
from tensorflow.python.ops import state_ops
from tensorflow.python.framework import ops
import tensorflow.compat.v1 as v1
import sys, types

assert tf is tensorflow and isinstance(tf, types.ModuleType)
assert not tf.executing_eagerly()
assert Session is v1.Session and ph is v1.placeholder and tf.Variable is v1.Variable
assert tf.compat.v1 is v1 and tf.__version__ == v1.__version__
assert "placeholder" in dir(tf)
assert state_ops is tf.python.ops.state_ops
assert keras is tf.keras

# TensorFlow itself, and what asks for it by other ways, have what they always have.
assert not hasattr(sys.modules["tensorflow"], "placeholder")
assert not hasattr(__import__("importlib").import_module("tensorflow"), "placeholder")

# As any module.
import inspect
from tensorflow.keras import layers
from tensorflow.python.ops import rnn_cell_impl
assert getattr(tf, "placeholder") is v1.placeholder and not hasattr(tf, "no_such_name")
assert tf.version.VERSION == tf.VERSION == tf.__version__ and tf.compat.v2.nn.relu
assert isinstance(tf.zeros([2]), tf.Tensor) and tf.compat.v1.Variable is tf.Variable
assert tf.app.flags is tf.flags and tf.app.run and tf.logging.info and tf.summary.scalar
assert tf.train.AdamOptimizer and tf.nn.rnn_cell.MultiRNNCell and tf.gfile.Exists("/")
assert dict(inspect.getmembers(tf))["Session"] is Session and layers.Dense
tf.train.of_mine = tf.of_mine = 3
assert tf.train.of_mine == tf.of_mine == 3

x = tf.placeholder(tf.float32, [1, 4])
hidden = tf.layers.dense(x, 3, activation=tf.nn.relu, name="hidden")
pooled = tf.layers.max_pooling1d(tf.expand_dims(hidden, 2), 3, 1)
cell = tf.nn.rnn_cell.BasicLSTMCell(2)
outputs, _ = tf.nn.dynamic_rnn(cell, pooled, dtype=tf.float32)
print(type(tf.get_variable("v", [])).__name__)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    assert sess.run(outputs, {x: [[1, 2, 3, 4]]}).shape == (1, 1, 2)
print(sorted(v.op.name for v in tf.global_variables()))


def function():
    import tensorflow as again
    return again


assert function() is tf
try:
    tf.contrib.layers
except AttributeError as error:
    print(error)
try:
    from tensorflow.contrib import slim
except ImportError as error:
    print(error)
from tensorflow import *  # its print, too
Session, trainable_variables
"""


def run(interpreter: Interpreter, folder: Path, text: str, view: str = "auto") -> Run:
    script = folder / "script.py"
    script.write_text(text)
    return interpreter.run(Program(script, "script", v1_view=view))


def warnings(run: Run) -> list[str]:
    assert run.error == "", f"{run.error}\n{run.output}"
    assert run.trajectory is not None
    return run.trajectory.warnings


@pytest.mark.parametrize("fresh", [False, True], ids=["forked", "fresh"])
def test_every_way_to_import_it(interpreter: Interpreter, tmp_path: Path, fresh: bool) -> None:
    text = MANY_WAYS + "# environ\n" * fresh  # with this word, TensorFlow is not there before
    found = run(interpreter, tmp_path, text, "always")
    (warning,) = warnings(found)
    assert warning.startswith("'import tensorflow' gives tensorflow.compat.v1 here")
    lines = found.output.splitlines()
    assert "RefVariable" in lines
    kernels = "['hidden/bias', 'hidden/kernel', 'rnn/basic_lstm_cell/bias', "
    assert f"{kernels}'rnn/basic_lstm_cell/kernel', 'v']" in lines
    assert any(line.endswith(" has no tensorflow.contrib") for line in lines)
    assert "No module named 'tensorflow.contrib'" in lines


V1 = "tf.placeholder(tf.float32)\n"
NEW = "import tensorflow as tf\nfrom tensorflow.compat import v1\n"
OLD_OR_NEW = f"import tensorflow as tf\nold = False\nif old:\n    {V1}"


@pytest.mark.parametrize(
    ("text", "view", "reason"),
    [
        (OLD_OR_NEW, "auto", "script.py:4: tf.placeholder is of TensorFlow 1"),
        (
            "import tensorflow as t\nt.train.AdamOptimizer\n",
            "auto",
            "script.py:2: t.train.AdamOptimizer is of TensorFlow 1",
        ),
        (
            "try:\n    from tensorflow import contrib\nexcept ImportError:\n    pass\n",
            "auto",
            "script.py:2: tensorflow.contrib is of TensorFlow 1",
        ),
        ("import helper\n", "auto", "helper.py:2: tf.placeholder is of TensorFlow 1"),
        ("import tensorflow as tf\nimport helper\n", "auto", "helper.py:2: tf.placeholder is of"),
        ("import tensorflow as tf\ntf.placeholder\n", "always", "it was asked for"),
        (OLD_OR_NEW, "never", None),
        ("import tensorflow as tf\ntf.Variable(1.0).assign(2.0)\n", "auto", None),
        ("import tensorflow as tf\ntf.keras.optimizers\ntf.losses\n", "auto", None),
        ("import tensorflow as tf\ntf = tf.compat.v1\ntf.placeholder\n", "auto", None),
        # A file that knows of both counts where it does not choose between them.
        (f"{OLD_OR_NEW}import tensorflow.compat.v1 as v1\n", "auto", "script.py:4: tf.placehold"),
        (f"import tensorflow as tf\ntf.compat.v1.logging\n{V1}", "auto", "script.py:3: tf.place"),
        (
            "import tensorflow as tf\ntf.compat.as_str\nfrom tensorflow import Session\n",
            "auto",
            "3",
        ),
        (f"{NEW}if tf.__version__ < '2':\n    {V1}", "auto", None),
        (f"{NEW}two = tf.version.VERSION > '2'\nif not two:\n    {V1}", "auto", None),
        (f"{NEW}def f():\n    if hasattr(tf, 'nn'):\n        return\n    {V1}f()\n", "auto", None),
        (f"{NEW}try:\n    {V1}except AttributeError:\n    pass\n", "auto", None),
        (f"{NEW}x = tf.placeholder if hasattr(tf, 'placeholder') else 1\n", "auto", None),
        (f"{NEW}tf = tf.compat.v1\ntf.placeholder\n", "auto", None),
        (
            "import tensorflow.compat.v1 as tf\nif 0: import tensorflow as tf\ntf.placeholder\n",
            "auto",
            None,
        ),
        ("import tensorflow.compat.v1 as tf\ntf.placeholder\n", "auto", None),
        ("# tf.placeholder\nimport tensorflow as tf\nprint('tf.placeholder')\n", "auto", None),
        ("import tensorflow\nclass tf:\n    placeholder = 1\ntf.placeholder\n", "auto", None),
        ("import tensorflow as tf\nimport new\n", "auto", None),
    ],
)
def test_when_it_is_needed(
    interpreter: Interpreter, tmp_path: Path, text: str, view: str, reason: str | None
) -> None:
    (tmp_path / "helper.py").write_text(f"import tensorflow as tf\n{V1}")
    (tmp_path / "new.py").write_text("import tensorflow as tf\nassert tf.executing_eagerly()\n")
    found = warnings(run(interpreter, tmp_path, text, view))
    assert len(found) == (reason is not None)
    assert reason is None or reason in found[0]


def test_tensorflow_1_is_as_it_is(tf1_interpreter: Interpreter, tmp_path: Path) -> None:
    text = f"import tensorflow as tf\nimport sys\nassert tf is sys.modules['tensorflow']\n{V1}"
    assert warnings(run(tf1_interpreter, tmp_path, text)) == []
