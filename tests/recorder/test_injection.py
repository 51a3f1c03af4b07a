"""Variables that start from given values, or are set to them after a step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.recorder.encoding import encode_value
from tests.recorder.conftest import Record, Recorded


def values(**arrays: Any) -> dict[str, list[Any]]:
    return {name: encode_value(np.asarray(value)) for name, value in arrays.items()}


def save(path: Path, initial: dict[str, list[Any]], *after: tuple[int, dict[str, Any]]) -> Path:
    lines = [{"initial": initial}, *({"after": n, "values": set_} for n, set_ in after)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


SESSION = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", [2], initializer=tf.zeros_initializer(), use_resource=RESOURCE)
w = tf.get_variable("w", initializer=[1.0, 1.0], use_resource=RESOURCE)
n = tf.get_variable("n", initializer=np.int64(3), use_resource=RESOURCE)
text = tf.get_variable("text", initializer="a", use_resource=RESOURCE)
half = tf.get_variable("half", initializer=tf.constant(1.0, tf.bfloat16), use_resource=RESOURCE)
train = tf.group(tf.assign(v, 2.0 * v), tf.assign(half, half + half), tf.assign_add(n, 1))
tf.get_default_graph().finalize()
n_ops = len(tf.get_default_graph().get_operations())
with tf.Session() as sess:
    init = tf.get_default_graph().get_operation_by_name
    for variable in (v, w, n, text, half):
        sess.run(variable.initializer)
    sess.run(v.initializer)
    print("begins", sess.run([v, w, n, text, half]))
    for _ in range(3):
        sess.run(train)
    print("ends", sess.run([v, w, n]))
print(len(tf.get_default_graph().get_operations()) - n_ops)
"""
EAGER = """
import numpy as np
import tensorflow as tf
v = tf.Variable([0.0, 0.0], name="v")
w = tf.Variable([1.0, 1.0], name="w")
n = tf.Variable(np.int64(3), name="n")
text = tf.Variable("a", name="text")
half = tf.Variable(tf.constant(1.0, tf.bfloat16), name="half")
print("begins", [x.numpy() for x in (v, w, n, text, half)])
@tf.function
def train():
    v.assign(2.0 * v)
    half.assign(half + half)
    n.assign_add(1)
for _ in range(3):
    train()
print("ends", [x.numpy() for x in (v, w, n)])
"""


def check(recorded: Recorded) -> None:
    """What NumPy makes of the same: 2 v three times, from 10 after the second, and so on."""
    assert (recorded.initial("v"), recorded.initial("w")) == ([1.5, 2.5], [7, 7])
    assert (recorded.initial("n"), recorded.initial("text")) == (40, b"b")
    assert recorded.initial("half") == 4
    assert recorded.values("v") == [[3, 5], [6, 10], [20, 22]]
    assert recorded.values("n") == [41, 42, 43]
    assert recorded.values("half") == [8, 16, 32]
    begins, ends = (line for line in recorded.lines if line.startswith(("begins", "ends")))
    assert "1.5" in begins
    assert "40" in begins
    assert "20" in ends
    assert recorded.trajectory.warnings == []


def forced(folder: Path, first_state: int) -> Path:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    start = values(
        v=np.array([1.5, 2.5], np.float32),
        w=np.array([7, 7], np.float32),
        n=np.int64(40),
        text=np.array(b"b", object),
        half=np.array(4.0, ml_dtypes.bfloat16),
        nowhere=np.float32(1),
    )
    after = values(v=np.array([10, 11], np.float32))
    return save(folder / "forced.jsonl", start, (0, {}), (first_state + 1, after))


@pytest.mark.parametrize("resource", [False, True], ids=["reference", "resource"])
def test_a_session_starts_from_given_values(record: Record, tmp_path: Path, resource: bool) -> None:
    text = SESSION.replace("RESOURCE", str(resource))
    recorded = record(text, forced=forced(tmp_path, 6))
    check(recorded)
    assert recorded.lines[-1] == "0"


@pytest.mark.parametrize("resource", [False, True], ids=["reference", "resource"])
def test_a_session_of_tensorflow_1_does(
    record: Record, tmp_path: Path, tf1_interpreter: Interpreter, resource: bool
) -> None:
    text = SESSION.replace("RESOURCE", str(resource))
    recorded = record(text, forced=forced(tmp_path, 6), python=tf1_interpreter)
    check(recorded)
    assert recorded.lines[-1] == "0"


@pytest.mark.parametrize("eager", [True, False], ids=["eagerly", "function"])
def test_an_eager_program_does(record: Record, tmp_path: Path, eager: bool) -> None:
    # Eagerly, each assignment is a state.
    check(record(EAGER, eager, forced=forced(tmp_path, 7 if eager else 5)))


def test_what_cannot_be_set_is_said(record: Record, tmp_path: Path) -> None:
    text = """
    import tensorflow as tf
    made = []
    @tf.function
    def step(x):
        if not made:
            made.append(tf.Variable(x, name="late"))
        made[0].assign_add(1.0)
    step(tf.constant(1.0))
    step(tf.constant(1.0))
    """
    path = save(tmp_path / "forced", values(late=np.float32(9)), (1, values(other=np.float32(1))))
    recorded = record(text, forced=path)
    assert recorded.values("late")[-1] == 3
    assert recorded.trajectory.warnings == [
        "variable 'late' could not be set to the reference's value",
        "variable 'other' could not be set to the reference's value",
    ]
