"""Draws that depend on how often an op has trained, alike however a program runs."""

from __future__ import annotations

import textwrap

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record, Recorded

DRAWS = """
DRAWS = [
    lambda x: tf.random.normal([2, 3]),
    lambda x: tf.random.uniform([3], -1.0, 1.0),
    lambda x: tf.random.uniform([3], 0, 1000, tf.int64),
    lambda x: tf.random.truncated_normal([200]),
    lambda x: tf.random.shuffle(tf.range(8)),
    lambda x: tf.random.categorical([[0.1, 0.2, 3.0, 0.4]], 6),
    lambda x: tf.nn.dropout(x, rate=0.5),
    lambda x: tf.random.normal([3], seed=7),
    lambda x: tf.random.normal([3], seed=7),
]
"""
SESSION = f"""
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
{DRAWS}
v = tf.Variable(tf.random.normal([2]), name="v")
x = tf.placeholder(tf.float32, [None, 8])
ops = [draw(x) for draw in DRAWS]
assert ops[-3].shape.as_list() == [None, 8]
assert ops[0].shape.as_list() == [2, 3]
train = tf.assign_add(v, ops[0][0, :2])
feed = {{x: np.ones([2, 8])}}
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(2):
        print("drawn", [found.tolist() for found in sess.run([train, ops], feed)[1]])
        for _ in range(step + 1):
            print("idle", [found.tolist() for found in sess.run(ops, feed)])
"""
FUNCTION = f"""
import tensorflow as tf
{DRAWS}
v = tf.Variable(tf.random.normal([2]), name="v")
@tf.function
def train(x):
    found = [draw(x) for draw in DRAWS]
    v.assign_add(found[0][0, :2])
    return found
@tf.function
def evaluate(x):
    return [draw(x) for draw in DRAWS]
for step in range(2):
    print("drawn", [found.numpy().tolist() for found in train(tf.ones([2, 8]))])
    for _ in range(2 * step):
        print("idle", [found.numpy().tolist() for found in evaluate(tf.ones([2, 8]))])
"""


def drawn(recorded: Recorded, word: str = "drawn") -> list[str]:
    found = [line for line in recorded.lines if line.startswith(word)]
    assert len(set(found)) == len(found) > 1
    return found


def test_draws_in_training_are_the_same_however_often_a_program_draws_elsewhere(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    session = record(SESSION, align_seeds=True, training_draws=True)
    streams = tuple(session.trajectory.random)
    assert {op.kind for op in streams} == {streams[n].kind for n in session.trajectory.idle}
    assert len(session.trajectory.idle) == len(streams) - 1  # all but the initial value
    then = record(
        SESSION, align_seeds=True, training_draws=True, streams=streams, python=tf1_interpreter
    )
    for word in ("drawn", "idle"):
        assert drawn(then, word) == drawn(session, word)
    for eager in (False, True):
        other = record(FUNCTION, eager, align_seeds=True, training_draws=True, streams=streams)
        assert drawn(other) == drawn(session)
        assert other.values("v") == session.values("v")
        if not eager:
            assert drawn(other, "idle") == drawn(session, "idle")[:2]


def test_which_calls_train(record: Record) -> None:
    text = """
    import tensorflow as tf
    v = tf.Variable([1.0, 1.0], name="v")
    m = tf.keras.metrics.Mean()
    @tf.function
    def forward():
        return tf.random.normal([2]) * v
    @tf.function
    def measure():
        m.update_state(tf.random.uniform([2]))
    for step in range(3):
        measure()
        forward()
        with tf.GradientTape() as tape:
            loss = forward()
        v.assign_sub(tape.gradient(loss, v) * tf.random.truncated_normal([2]))
    """
    streams = record(text, align_seeds=True).trajectory.random
    often = record(text, align_seeds=True, training_draws=True, streams=tuple(streams))
    once = record(
        text.replace("        forward()\n        with", "        with").replace(
            "        measure()\n", "", 1
        ),
        align_seeds=True,
        training_draws=True,
        streams=tuple(streams),
    )
    assert often.values("v") == once.values("v")
    idle = {often.trajectory.random[number].kind for number in often.trajectory.idle}
    assert idle == {"random_normal", "random_uniform"}
    assert once.trajectory.idle == []


def test_functions_of_datasets_are_left_alone(record: Record) -> None:
    text = """
    import tensorflow as tf
    v = tf.Variable(0.0, name="v")
    data = tf.data.Dataset.range(4).map(lambda i: tf.random.uniform([], seed=3)).prefetch(2)
    for x in data:
        v.assign_add(x)
    """
    streams = tuple(record(text, align_seeds=True).trajectory.random)
    by_training = record(text, align_seeds=True, training_draws=True, streams=streams)
    assert by_training.values("v") == record(text, align_seeds=True).values("v")


def test_a_function_that_is_traced_again_draws_from_the_beginning(record: Record) -> None:
    text = textwrap.dedent(
        """
        import tensorflow as tf
        v = tf.Variable(0.0, name="v")
        @tf.function
        def step(retraced):
            v.assign(tf.random.normal([], seed=1))
        for i in range(2):
            step(i)
        """
    )
    first, second = record(text, align_seeds=True, training_draws=True).values("v")
    assert first == second
