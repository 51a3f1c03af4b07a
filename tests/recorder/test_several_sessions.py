"""Variables of several sessions of one graph."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record

GRAPH = """
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=1.0)
x = tf.placeholder(tf.float32, [])
add = tf.assign_add(w, x)
a, b = tf.Session(), tf.Session()
"""
BY_TURNS = """
a.run(w.initializer); b.run(w.initializer)
for _ in range(3):
    for sess, value in ((a, 1.0), (b, 10.0)):
        sess.run(add, {x: value})
"""


def test_sessions_that_train_by_turns_are_told_apart(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    for recorded in (record(GRAPH + BY_TURNS), record(GRAPH + BY_TURNS, python=tf1_interpreter)):
        assert (recorded.initial("w"), recorded.values("w")) == (1, [2, 3, 4])
        other = "w (session 2)"
        assert (recorded.initial(other), recorded.values(other)) == (1, [11, 21, 31])
        assert recorded.steps == [1, 1, 2, 2, 3, 3]


def test_from_the_third_turn_on(record: Record) -> None:
    body = """
a.run(w.initializer)
for _ in range(2): a.run(add, {x: 1.0})
b.run(w.initializer)
for _ in range(2): b.run(add, {x: 10.0})
a.run(add, {x: 1.0})
"""
    recorded = record(GRAPH + body)
    assert recorded.values("w") == [2, 3, 4]
    assert recorded.initial("w (session 2)") == 1
    assert recorded.values("w (session 2)") == [11, 21]


ONE_AFTER_THE_OTHER = {
    "open": "",
    "closed": "a.close()\n",
}


@pytest.mark.parametrize("close", ONE_AFTER_THE_OTHER.values(), ids=ONE_AFTER_THE_OTHER)
def test_one_after_the_other_is_one_variable(record: Record, close: str) -> None:
    body = f"""
a.run(w.initializer)
for _ in range(2): a.run(add, {{x: 1.0}})
{close}b.run(w.initializer)
for _ in range(2): b.run(add, {{x: 10.0}})
"""
    recorded = record(GRAPH + body)
    assert list(recorded.trajectory.variables) == ["w"]
    assert (recorded.initial("w"), recorded.values("w")) == (1, [2, 3, 1, 11, 21])


def test_a_session_that_only_evaluates_is_no_other_one(record: Record) -> None:
    body = """
saver = tf.train.Saver()
total = tf.get_variable("total", initializer=0.0)
count = tf.assign_add(total, w)
a.run([w.initializer, total.initializer])
for _ in range(2):
    a.run(add, {x: 1.0})
    saver.save(a, "./model")
    saver.restore(b, "./model")
    b.run(total.initializer)
    b.run(count)
"""
    recorded = record(GRAPH + body)
    assert list(recorded.trajectory.variables) == ["w", "total"]
    assert recorded.values("w") == [2, 2, 3, 3]


def test_sessions_of_several_graphs_have_variables_of_their_own(record: Record) -> None:
    body = """
with tf.Graph().as_default() as g, tf.Session() as c:
    v = tf.get_variable("v", initializer=1.0)
    c.run(v.initializer)
    a.run(w.initializer)
    for _ in range(2):
        a.run(add, {x: 1.0})
        c.run(tf.assign_add(v, 1.0))
"""
    recorded = record(GRAPH + body)
    assert list(recorded.trajectory.variables) == ["v", "w"]
