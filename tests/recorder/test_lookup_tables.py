"""What lookup tables hold."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.reporting.description import describe_unseen
from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record, Recorded

EAGER = """
import tensorflow as tf
if tf.__version__[0] == "1":
    tf.compat.v1.enable_v2_behavior()
{make}
@tf.function
def insert(k, v):
    table.insert(k, v)
insert(tf.constant([5, 3], tf.int64), tf.constant([1.0, 2.0]))
insert(tf.constant([5], tf.int64), tf.constant([4.0]))
table.insert(tf.constant([1], tf.int64), tf.constant([7.0]))
table.remove(tf.constant([3], tf.int64))
print(table.lookup(tf.constant([1], tf.int64)).numpy(), table.size().numpy())
"""
SESSION = """
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
{make}
k, v = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.float32, [None])
insert, remove, look = table.insert(k, v), table.remove(k), table.lookup(k)
with tf.Session() as sess:
    sess.run(insert, {{k: [5, 3], v: [1.0, 2.0]}})
    sess.run(insert, {{k: [5], v: [4.0]}})
    sess.run(insert, {{k: [1], v: [7.0]}})
    sess.run(remove, {{k: [3]}})
    print(sess.run(look, {{k: [1]}}))
"""
MAKES = {
    "dense": (
        "table = tf.lookup.experimental.DenseHashTable(tf.int64, tf.float32, 0.0, -1, -2)",
        "MutableDenseHashTable",
    ),
    "mutable": (
        "from tensorflow.python.ops import lookup_ops\n"
        "table = lookup_ops.MutableHashTable(tf.int64, tf.float32, 0.0)",
        "MutableHashTable",
    ),
}
FORMS = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)


def check(recorded: Recorded, name: str) -> None:
    keys, values = f"{name}/table_keys", f"{name}/table_values"
    assert recorded.initial(keys) == recorded.initial(values) == []
    assert recorded.values(keys) == [[3, 5], [3, 5], [1, 3, 5], [1, 5]]
    assert recorded.values(values) == [[2, 1], [2, 4], [7, 2, 4], [7, 4]]
    assert set(recorded.counts(keys)) == {1}
    assert recorded.steps == [1, 1, 1, 1] or len(set(recorded.steps)) > 1


@FORMS
def test_tables_of_eager_code(record: Record, make: tuple[str, str]) -> None:
    check(record(EAGER.format(make=make[0])), make[1])


@FORMS
def test_tables_of_sessions(record: Record, make: tuple[str, str]) -> None:
    check(record(SESSION.format(make=make[0])), make[1])


def test_tables_in_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    for make, name in MAKES.values():
        check(record(SESSION.format(make=make), python=tf1_interpreter), name)
        check(record(EAGER.format(make=make), python=tf1_interpreter), name)


STATIC = """
import tensorflow as tf
two = tf.__version__[0] != "1"
if {session}:
    v1 = tf.compat.v1
    if two:
        v1.disable_v2_behavior()
keys, values = tf.constant(["b", "a\\0"]), tf.constant([2, 1], tf.int64)
table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1)
w = tf.compat.v1.get_variable("w", initializer=tf.constant(0, tf.int64), use_resource=True)
if {session}:
    add = v1.assign_add(w, table.lookup(tf.constant("b")))
    with v1.Session() as sess:
        sess.run([w.initializer, v1.tables_initializer()])
        sess.run(add)
else:
    w.assign_add(table.lookup(tf.constant("b")))
"""


@pytest.mark.parametrize("session", [True, False])
def test_a_table_that_cannot_be_changed_is_named(record: Record, session: bool) -> None:
    recorded = record(STATIC.format(session=session))
    assert list(recorded.trajectory.variables) == ["w"]
    assert describe_unseen(recorded.trajectory.unseen) == "1 lookup table (script.py:9)"


def test_a_table_that_cannot_be_changed_is_named_in_tensorflow_1(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    recorded = record(STATIC.format(session=True), python=tf1_interpreter)
    assert list(recorded.trajectory.variables) == ["w"]
    assert describe_unseen(recorded.trajectory.unseen) == "1 lookup table (script.py:9)"
