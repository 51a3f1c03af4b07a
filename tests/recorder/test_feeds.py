"""What a program is fed: recorded by digests, kept, and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.recorder.values import decode_value, encode_value
from tests.recorder.conftest import Record, Recorded

SESSION = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [2], name="x")
rate = tf.placeholder(tf.float32, [], name="rate")
v = tf.get_variable("v", initializer=[0.0, 0.0])
train = tf.assign_add(v, rate * x)
loss = tf.reduce_sum(x)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    run = sess.make_callable(train, [x, rate])
    for i in range(3):
        print(sess.run(loss, {x: [9.0, 9.0]}))
        if i < 2:
            sess.run(train, {x: [i, 1], rate: 0.5})
        else:
            run([2.0, 1.0], 0.5)
    print(sess.run(v).tolist())
"""
EAGER = """
import numpy as np
import tensorflow as tf
v = tf.Variable([0.0, 0.0], name="v")
@tf.function
def loss(x):
    return tf.reduce_sum(x)
class Model:
    @tf.function
    def step(self, x, rate):
        self.update(x, rate)
        v.assign_add([0.0, 0.0])
    @tf.function
    def update(self, x, rate):
        v.assign_add(rate * x)
model = Model()
for i in range(3):
    print(loss(tf.constant([9.0, 9.0])).numpy())
    model.step(tf.constant([i, 1.0], tf.float32), rate=np.float32(0.5))
print(v.numpy().tolist())
"""
RUNS = pytest.mark.parametrize(
    ("text", "eager"),
    [(SESSION, False), (EAGER, False), (EAGER, True)],
    ids=["session", "function", "eagerly"],
)
FED = [{"x": [float(i), 1.0], "rate": 0.5} for i in range(3)]


def read(path: Path) -> list[dict[str, Any]]:
    """The kept values of each call, as lists."""
    return [
        {name: decode_value(v, np.dtype).tolist() for name, v in json.loads(line)["values"].items()}
        for line in path.read_text().splitlines()
    ]


def check(recorded: Recorded, kept: Path) -> None:
    assert read(kept) == FED
    calls = recorded.trajectory.feeds
    assert [call.call for call in calls] == [1, 3, 5]
    assert [recorded.trajectory.states[call.state].writes.keys() for call in calls] == [{"v"}] * 3
    for call in calls:
        assert [(fed.name, fed.dtype, fed.shape) for fed in call.values] == [
            ("x", "float32", (2,)),
            ("rate", "float32", ()),
        ]
    first, second, _ = ({fed.name: fed.digest for fed in call.values} for call in calls)
    assert first["rate"] == second["rate"]
    assert first["x"] != second["x"]


@RUNS
def test_what_calls_that_train_are_fed(
    record: Record, tmp_path: Path, text: str, eager: bool
) -> None:
    kept = tmp_path / "kept.jsonl"
    recorded = record(text, eager, keep_feeds=kept)
    check(recorded, kept)
    recorded.trajectory.save(tmp_path / "saved")
    assert type(recorded.trajectory).load(tmp_path / "saved").feeds == recorded.trajectory.feeds


def test_what_a_session_of_tensorflow_1_is_fed(
    record: Record, tmp_path: Path, tf1_interpreter: Interpreter
) -> None:
    kept = tmp_path / "kept.jsonl"
    then = record(SESSION, keep_feeds=kept, python=tf1_interpreter)
    check(then, kept)
    assert then.trajectory.feeds == record(SESSION).trajectory.feeds


@RUNS
def test_other_values_can_be_fed(record: Record, tmp_path: Path, text: str, eager: bool) -> None:
    replay = tmp_path / "replay.jsonl"
    new: list[tuple[int, dict[str, Any]]] = [(3, {"x": [10, 20]}), (5, {"x": [0, 0], "rate": 7})]
    with replay.open("w") as file:
        for number, values in new:
            encoded = {name: encode_value(np.float32(value)) for name, value in values.items()}
            file.write(json.dumps({"call": number, "values": encoded}) + "\n")
    kept = tmp_path / "kept.jsonl"
    recorded = record(text, eager, replay_feeds=replay, keep_feeds=kept)
    assert recorded.lines[-1] == "[5.0, 10.5]"
    assert [line for line in recorded.lines if line == "18.0"] == ["18.0"] * 3
    assert read(kept) == [FED[0], {"x": [10, 20], "rate": 0.5}, {"x": [0, 0], "rate": 7}]


def test_nested_arguments_and_what_is_no_data(record: Record) -> None:
    recorded = record(
        """
        import numpy as np
        import tensorflow as tf
        v = tf.Variable(0.0, name="v")
        @tf.function
        def step(batch, scale, variable, *rest, training=False):
            v.assign_add(tf.reduce_sum(batch["x"]) * scale)
        step({"x": tf.ones([2]), "y": np.zeros(1)}, 2.0, v, tf.ones([]), training=True)
        tf.function(lambda: v.assign_add(1.0))()
        """
    )
    (call,) = recorded.trajectory.feeds
    assert [fed.name for fed in call.values] == ["batch.0", "batch.1", "rest.0"]
