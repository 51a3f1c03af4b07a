"""What a program takes out of TensorFlow is written down, and nothing of it changes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate_vars.equivalence.running.fetched_streams import Stream
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program

Fetch = Callable[..., dict[str, Stream]]


@pytest.fixture
def fetch(interpreter: Interpreter, tmp_path: Path) -> Fetch:
    def fetch(text: str, python: Interpreter = interpreter) -> dict[str, Stream]:
        script = tmp_path / "script.py"
        script.write_text("import tensorflow as tf\nimport numpy as np\n" + textwrap.dedent(text))
        run = python.run(Program(script, "script", v1_view="never"))
        assert run.error == "", run.output
        return {stream.label: stream for stream in run.fetches}

    return fetch


SESSION = """
v1 = tf.compat.v1
with tf.Graph().as_default(), v1.Session() as sess:
    x = v1.placeholder(tf.float32, [2], name="x")
    v = v1.get_variable("v", [2], initializer=v1.zeros_initializer(), use_resource=True)
    total = tf.reduce_sum(v, name="total")
    train = v1.assign_add(v, x)
    big = tf.zeros([100000], name="big")
    sess.run(v1.global_variables_initializer())
    for i in range(2):
        sess.run(train.op, {x: [i, 1.0]})
        print(sess.run({"t": total, "b": big, "n": tf.constant("a", name="text")}))
        total.eval()
"""


def check_session(found: dict[str, Stream]) -> None:
    total = found["total:0"]
    assert (total.dtype, total.shape, total.site) == ("float32", (), "script.py:14")
    assert [(value.step, value.text) for value in total.values] == [
        *((1, "1.0"), (1, "1.0"), (2, "3.0"), (2, "3.0"))
    ]
    assert found["text:0"].dtype == "string"
    assert "big:0" not in found


def test_what_sessions_fetch(fetch: Fetch) -> None:
    check_session(fetch(SESSION))


def test_what_sessions_of_tensorflow_1_fetch(fetch: Fetch, tf1_interpreter: Interpreter) -> None:
    check_session(fetch(SESSION, tf1_interpreter))


EAGER = """
v = tf.Variable([0.0, 0.0])
@tf.function
def step(x):
    v.assign_add(x)
    return tf.reduce_sum(v)
for i in range(2):
    total = step([float(i), 1.0])
    a = total.numpy()
    b = float(total)
    print(total, "%.1f" % total, f"{total:.1f}")
    c = v.numpy()
    assert bool(total > 0.5) and int(total) == int(a)
tf.random.shuffle([1, 2])
"""


def test_what_eager_code_takes(fetch: Fetch) -> None:
    found = fetch(EAGER)
    taken = {label: [(value.step, value.text) for value in found[label].values] for label in found}
    assert taken["line 11"] == taken["line 12"] == [(1, "1.0"), (2, "3.0")]
    assert taken["line 13"][:3] == [(1, "1.0")] * 3
    assert taken["line 14"] == [(1, ""), (2, "")]
    assert found["line 14"].shape == (2,)
    assert set(taken) <= {"line 11", "line 12", "line 13", "line 14", "line 15"}


def test_a_value_is_what_it_was(fetch: Fetch) -> None:
    fetch(
        """
        t = tf.constant([[1.5, 2.5]])
        assert t.numpy().tolist() == [[1.5, 2.5]] and str(t).startswith("tf.Tensor(")
        assert repr(tf.constant(1)).startswith("<tf.Tensor: shape=()")
        assert np.array_equal(np.asarray(t), t.numpy()) and [7, 8][tf.constant(1)] == 8
        try:
            bool(t)
        except ValueError as error:
            assert "ambiguous" in str(error)
        else:
            raise SystemExit("no error")
        try:
            print(tf.Variable(1.0).handle)
        except Exception as error:
            raise SystemExit(repr(error))
        """
    )
