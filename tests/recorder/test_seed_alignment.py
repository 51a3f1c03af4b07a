"""Random numbers under aligned seeds: the same in every release and way of running."""

from __future__ import annotations

import json
import textwrap

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record, Recorded

# Fourteen draws of thirteen kinds; the last two have one seed, and draw the same in a session.
DRAWS = """
DRAWS = [
    lambda: tf.random.normal([3]),
    lambda: tf.random.uniform([3]),
    lambda: tf.random.uniform([3], 0, 1000, tf.int32),
    lambda: tf.random.truncated_normal([3]),
    lambda: tf.random.shuffle(tf.range(8)),
    lambda: tf.random.categorical([[0.1, 0.2, 0.3, 0.4]], 6),
    lambda: tf.random.gamma([3], 2.0),
    lambda: tf.random.poisson(shape=[3], lam=4.0),
    lambda: tf.image.random_crop(tf.range(9), [2]),
    lambda: tf.nn.dropout(tf.ones([8]), rate=0.5),
    lambda: tf.image.random_brightness(tf.ones([1, 1, 3]), 0.5),
    lambda: tf.random.uniform_candidate_sampler([[1]], 1, 4, True, 100)[0],
    lambda: tf.random.normal([3], seed=7),
    lambda: tf.random.normal([3], seed=7),
]
"""
SESSION = f"""
import random
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
{DRAWS}
weights = [tf.Variable(tf.random.normal([2]), name="w") for _ in range(2)]
ops = [draw() for draw in DRAWS]
train = tf.assign_add(weights[0], tf.random.normal([2]))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        print("drawn", [sess.run(op).tolist() for op in ops])
        sess.run(train)
print("drawn", random.random(), np.random.rand())
"""
EAGER = f"""
import random
import numpy as np
import tensorflow as tf
{DRAWS}
weights = [tf.Variable(tf.random.normal([2]), name="w") for _ in range(2)]
@tf.function
def draw_all():
    return [draw() for draw in DRAWS]
for _ in range(3):
    print("drawn", [value.numpy().tolist() for value in draw_all()])
    weights[0].assign_add(tf.random.normal([2]))
print("drawn", random.random(), np.random.rand())
"""


def drawn(recorded: Recorded) -> list[str]:
    lines = [line for line in recorded.lines if line.startswith("drawn")]
    assert len(lines) == len(set(lines)) == 4
    for line in lines[:3]:
        *_, last_but_one, last = json.loads(line.partition(" ")[2])
        assert last_but_one == last  # they have one seed
    return lines


def test_every_kind_of_random_op_draws_the_same_however_it_runs(record: Record) -> None:
    session = record(SESSION, align_seeds=True)
    assert session.initial("w") != session.initial("w_1")
    for eager in (False, True):
        streams = tuple(session.trajectory.random)
        other = record(EAGER, eager, align_seeds=True, streams=streams)
        assert drawn(other) == drawn(session)
        assert [op.like for op in other.trajectory.random] == list(range(len(streams)))
        assert other.trajectory.initial == session.trajectory.initial
        assert other.values("w") == session.values("w")
        assert [op.kind for op in other.trajectory.random] == [
            op.kind for op in session.trajectory.random
        ]


def test_tensorflow_1_draws_the_same(record: Record, tf1_interpreter: Interpreter) -> None:
    now = record(SESSION, align_seeds=True)
    then = record(SESSION, align_seeds=True, python=tf1_interpreter)
    assert drawn(then) == drawn(now)
    assert then.trajectory.initial == now.trajectory.initial
    assert then.values("w") == now.values("w")
    ops, others = then.trajectory.random, now.trajectory.random
    assert [(op.kind, op.seeds, op.shape) for op in ops] == [
        (op.kind, op.seeds, op.shape) for op in others
    ]


SEEDED = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.set_random_seed(1)
v = tf.get_variable("v", [3])
train = tf.assign_add(v, tf.random_normal([3], seed=2))
with tf.Session() as sess:
    sess.run(v.initializer)
    sess.run(train)
    print("drawn", sess.run(v).tolist())
"""


def test_a_program_keeps_its_own_seeds_unless_asked(record: Record) -> None:
    kept = record(SEEDED)
    assert kept.trajectory.header["seeds"] == "own"
    assert kept.trajectory.random == []
    assert kept.lines == record(SEEDED).lines
    aligned = record(SEEDED, align_seeds=True)
    assert aligned.trajectory.header["seeds"] == "aligned"
    assert aligned.trajectory.initial == kept.trajectory.initial
    assert aligned.lines == kept.lines
    assert [(op.kind, op.site.line, op.seed) for op in aligned.trajectory.random] == [
        ("random_uniform", 5, None),
        ("random_normal", 6, 2),
    ]
    assert all(op.seeds == op.own for op in aligned.trajectory.random)


# Each program makes as many random ops as a graph would have, and trains three times.
PLACES = {
    "a place in a loop is one op": (
        """
        for _ in range(3):
            v.assign_add(tf.random.normal([]))
        """,
        1,
    ),
    "places that call one helper are ops of their own": (
        """
        def noise():
            return tf.random.normal([])
        for _ in range(3):
            v.assign_add(noise())
            w.assign_add(noise())
        """,
        2,
    ),
    "rounds of a loop between two writes are ops of their own": (
        """
        for _ in range(3):
            v.assign_add(sum(tf.random.normal([]) for _ in range(4)))
        """,
        4,
    ),
    "it does not matter where a function is called": (
        """
        @tf.function
        def step(x):
            v.assign_add(tf.random.normal([]) + tf.reduce_sum(x))
        step(tf.ones([1]))
        for _ in range(2):
            step(tf.ones([2]))
        """,
        1,
    ),
}


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("eager", [True, False], ids=["eagerly", "as a graph"])
def test_what_counts_as_one_op(record: Record, name: str, eager: bool) -> None:
    body, n_ops = PLACES[name]
    head = "import tensorflow as tf\nv = tf.Variable(0.0)\nw = tf.Variable(0.0)\n"
    recorded = record(head + textwrap.dedent(body), eager, align_seeds=True)
    assert len(recorded.trajectory.random) == n_ops
    assert len(set(map(str, recorded.values("Variable")))) == 3


def test_a_function_that_is_traced_again_draws_from_the_beginning(record: Record) -> None:
    recorded = record(
        """
        import tensorflow as tf
        v = tf.Variable(0.0, name="v")
        @tf.function
        def step(retraced):
            v.assign(tf.random.normal([]))
        for i in range(2):
            step(i)
        """,
        align_seeds=True,
    )
    first, second = recorded.values("v")
    assert first == second
    assert recorded.trajectory.warnings == [
        "the function with random_normal at script.py:8 was traced again during training: it "
        "draws its random numbers from the beginning, which a session does not"
    ]


def test_keras_generators_take_their_seeds_from_python(record: Record) -> None:
    text = """
    import tensorflow as tf
    print("drawn", tf.keras.random.normal([2]).numpy().tolist())
    print("drawn", tf.keras.layers.Dense(1).compute_output_shape([1, 1]))
    v = tf.Variable(tf.keras.initializers.GlorotUniform()([2, 2]), name="v")
    """
    first, second = (record(text, align_seeds=True) for _ in range(2))
    assert first.lines == second.lines
    assert first.trajectory.initial == second.trajectory.initial
