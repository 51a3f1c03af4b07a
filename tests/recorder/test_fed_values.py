"""What a program is fed: recorded by digests, kept, and replayed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.recorder.encoding import decode_value, encode_value
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
    assert [call.call for call in calls] == [0, 1, 2]  # the others are fed something else
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
    new: list[tuple[int, dict[str, Any]]] = [
        (1, {"x": [10, 20], "rate": 0.5}),
        (2, {"x": [0, 0], "rate": 7}),
    ]
    with replay.open("w") as file:
        for number, values in new:
            encoded = {name: encode_value(np.float32(value)) for name, value in values.items()}
            file.write(json.dumps({"call": number, "values": encoded}) + "\n")
    kept = tmp_path / "kept.jsonl"
    recorded = record(text, eager, replay_feeds=replay, keep_feeds=kept)
    assert recorded.lines[-1] == "[5.0, 10.5]"
    assert [line for line in recorded.lines if line == "18.0"] == ["18.0"] * 3
    assert read(kept) == [FED[0], {"x": [10, 20], "rate": 0.5}, {"x": [0, 0], "rate": 7}]


DATASETS = """
import tensorflow as tf
tf.compat.v1.enable_eager_execution()
v = tf.Variable([0.0, 0.0], name="v")
data = tf.data.Dataset.from_tensor_slices(([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]], [7, 8, 9]))
noise = iter(tf.data.Dataset.from_tensor_slices([0.25, 0.75]).repeat())
for epoch in range(2):
    for x, _ in data:
        z = next(noise)
        v.assign_add(x * 0.5)
        v.assign_add([z, z])
    for validation, _ in data:
        tf.reduce_sum(validation * v)
print(v.numpy().tolist())
"""


def check_elements(recorded: Recorded, kept: Path) -> None:
    calls = recorded.trajectory.feeds
    # Each step takes one element of either iterator, of which its first write tells.
    assert [call.state for call in calls] == [0, 0, 2, 2, 4, 4, 6, 6, 8, 8, 10, 10]
    batch = [{"element.0": [float(i), 1.0], "element.1": 7 + i} for i in range(3)]
    noise = [{"element": z} for z in [0.25, 0.75] * 3]
    pairs = zip(batch * 2, noise, strict=True)
    assert read(kept) == [element for pair in pairs for element in pair]
    recorded.trajectory.save(kept)
    assert type(recorded.trajectory).load(kept).feeds == calls


def test_what_eager_code_takes_from_datasets(record: Record, tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    check_elements(record(DATASETS, keep_feeds=kept), kept)


def test_what_eager_code_of_tensorflow_1_takes(
    record: Record, tmp_path: Path, tf1_interpreter: Interpreter
) -> None:
    kept = tmp_path / "kept.jsonl"
    check_elements(record(DATASETS, keep_feeds=kept, python=tf1_interpreter), kept)


def test_other_elements_can_be_given(record: Record, tmp_path: Path) -> None:
    replay = tmp_path / "replay.jsonl"
    new = {"element.0": np.array([8, 8], np.float32), "element.1": np.int32(8)}
    encoded = {name: encode_value(value) for name, value in new.items()}
    replay.write_text(json.dumps({"call": 1, "values": encoded}) + "\n")
    (before,), (after,) = (
        record(DATASETS, **options).values("v")[-1:] for options in ({}, {"replay_feeds": replay})
    )
    assert (np.array(after) - before).tolist() == [3.5, 3.5]  # half of [8, 8] - [1, 1]


@pytest.mark.parametrize("eager", [False, True])
def test_elements_that_a_function_is_given_are_its_arguments(record: Record, eager: bool) -> None:
    recorded = record(
        """
        import tensorflow as tf
        v = tf.Variable(0.0, name="v")
        data = tf.data.Dataset.from_tensor_slices([1.0, 2.0])
        @tf.function
        def step(x):
            v.assign_add(x)
        @tf.function
        def epoch(data):
            for x in data:
                v.assign_add(x)
        for x in data:
            step(x)
        if not tf.config.functions_run_eagerly():
            epoch(data)
        """,
        eager,
    )
    found = [(call.state, [fed.name for fed in call.values]) for call in recorded.trajectory.feeds]
    assert found == [(0, ["x"]), (1, ["x"])]


def test_a_verdict_says_that_elements_differ_from_what_a_session_is_fed(record: Record) -> None:
    session = """
    import tensorflow.compat.v1 as tf
    tf.disable_v2_behavior()
    x = tf.placeholder(tf.float32, [], name="x")
    v = tf.get_variable("v", initializer=0.0)
    train = tf.assign_add(v, x)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in [1.0, 2.0, 3.0]:
            sess.run(train, {x: value})
    """
    eager = """
    import tensorflow as tf
    v = tf.Variable(0.0, name="v")
    for x in tf.data.Dataset.from_tensor_slices([1.0, 5.0, 3.0]):
        v.assign_add(x)
    """
    judgement = judge(record(session).run, record(eager).run)
    assert judgement.message == (
        "the data differ at step 2: different values are fed for 'x' and 'element' at "
        "script.py:10 and script.py:5"
    )
    right = record(eager.replace("5.0", "2.0")).run
    assert judge(record(session).run, right).verdict is Verdict.IDENTICAL
    # Nor are the data to blame where they are the same.
    wrong = record(eager.replace("5.0", "2.0").replace("assign_add(x)", "assign_add(2.0 * x)")).run
    assert judge(record(session).run, wrong).message == "the values differ"


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
