"""What the functions of datasets write."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record

EAGER = """
import tensorflow as tf
if tf.__version__[0] == "1":
    tf.compat.v1.enable_v2_behavior()
v = tf.Variable(0.0, name="v")
w = tf.Variable(0.0, name="w")
def norm(x):
    x = tf.cast(x, tf.float32)
    v.assign_add(x)
    return x
data = tf.data.Dataset.range(1, 4)
"""
LOOPS = {
    "map": "for x in data.map(norm): w.assign_add(x)",
    "batch": "for x in data.map(norm).batch(1).repeat(1): w.assign_add(x[0])",
    "filter": "for x in data.filter(lambda x: norm(x) > 0.0): w.assign_add(float(x))",
    "next": "it = iter(data.map(norm))\nfor _ in range(3): w.assign_add(next(it))",
}


@pytest.mark.parametrize("loop", LOOPS.values(), ids=LOOPS)
def test_iterating_in_python(record: Record, loop: str) -> None:
    recorded = record(EAGER + loop + "\nprint(v.numpy(), w.numpy())\n")
    assert recorded.lines[-1] == "6.0 6.0"
    assert recorded.values("v") == [6]
    assert recorded.counts("v") == [None]
    assert recorded.values("w") == [1, 3, 6]
    assert recorded.steps == [1, 2, 3, 3]


def test_iterating_in_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    recorded = record(EAGER + LOOPS["map"], python=tf1_interpreter)
    assert recorded.values("v") == [6]
    assert recorded.steps == [1, 2, 3, 3]


def test_iterating_in_functions(record: Record) -> None:
    recorded = record(
        EAGER
        + """
mapped = data.map(norm)
@tf.function
def epoch():
    for x in mapped:
        w.assign_add(x)
@tf.function
def step(it):
    w.assign_add(next(it))
epoch()
it = iter(mapped)
try:
    while True:
        step(it)
except tf.errors.OutOfRangeError:
    pass
print(mapped.reduce(0.0, lambda a, b: a + b).numpy(), v.numpy())
"""
    )
    assert recorded.lines[-1] == "6.0 18.0"
    assert recorded.values("v") == [6, 12, 18]
    assert recorded.values("w") == [6, 7, 9, 12]
    assert [set(state.writes) for state in recorded.trajectory.states] == [
        {"v", "w"},
        *[{"w"}] * 3,
        *[{"v"}] * 2,
    ]


def test_a_dataset_that_never_ends_is_read_when_the_program_does(record: Record) -> None:
    recorded = record(
        EAGER.replace("1, 4", "1, 2") + "for x in data.repeat().map(norm):\n"
        "    w.assign_add(x)\n"
        "    if w > 3.0: break\n"
    )
    assert recorded.values("w") == [1, 2, 3, 4]
    assert len(recorded.values("v")) == 1
    assert recorded.values("v")[0] >= 4


def test_a_filter_that_lets_nothing_pass(record: Record) -> None:
    recorded = record(
        EAGER + "for x in data.filter(lambda x: norm(x) < 0.0): pass\nprint(v.numpy())\n"
    )
    assert recorded.lines[-1] == "6.0"
    assert recorded.values("v") == [6]
    assert recorded.trajectory.warnings == []


def test_a_dataset_that_only_reads_leaves_no_state(record: Record) -> None:
    recorded = record(EAGER + "for x in data.map(lambda x: tf.cast(x, tf.float32) + v): print(x)")
    assert recorded.trajectory.states == []


SESSION = """
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=0.0, use_resource=True)
w = tf.get_variable("w", initializer=0.0)
def norm(x):
    x = tf.cast(x, tf.float32)
    with tf.control_dependencies([v.assign_add(x)]):
        return tf.identity(x)
data = tf.data.Dataset.range(1, 4).map(norm)
{make}
train = tf.assign_add(w, it.get_next())
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    {init}
    for _ in range(3):
        sess.run(train{feed})
    print(*sess.run([v, w]))
"""
MAKES = {
    "initializable": (
        "it = tf.data.make_initializable_iterator(data)",
        "sess.run(it.initializer)",
        "",
    ),
    "structure": (
        "it = tf.data.Iterator.from_structure(tf.float32, [])\nstart = it.make_initializer(data)",
        "sess.run(start)",
        "",
    ),
    "handle": (
        "h = tf.placeholder(tf.string, [])\n"
        "it = tf.data.Iterator.from_string_handle(h, tf.float32, [])\n"
        "own = tf.data.make_initializable_iterator(data)\nown_handle = own.string_handle()",
        "sess.run(own.initializer); name = sess.run(own_handle)",
        ", {h: name}",
    ),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_iterators_of_sessions(record: Record, make: tuple[str, str, str]) -> None:
    recorded = record(SESSION.format(make=make[0], init=make[1], feed=make[2]))
    assert recorded.lines[-1] == "6.0 6.0"
    assert recorded.values("v") == [6]
    assert recorded.values("w") == [1, 3, 6]
    assert recorded.steps == [1, 2, 3, 3]


def test_iterators_of_sessions_in_tensorflow_1(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    for make, init, feed in MAKES.values():
        text = SESSION.format(make=make, init=init, feed=feed)
        recorded = record(text, python=tf1_interpreter)
        assert recorded.values("v") == [6]
        assert recorded.values("w") == [1, 3, 6]
