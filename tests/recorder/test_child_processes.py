"""What processes train that a program forks."""

from __future__ import annotations

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record

POOLS = """
import multiprocessing, os
import tensorflow as tf
if tf.__version__[0] == "1":
    tf.compat.v1.enable_v2_behavior()
def work(start):
    v = tf.Variable(start, name="v")
    for _ in range(2):
        v.assign_add(1.0)
    return float(v.numpy())
if __name__ == "__main__":
    results = []
    for start in (1.0, 5.0):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            results.append(pool.map(work, [start])[0])
    w = tf.Variable(0.0, name="w")
    w.assign_add(1.0)
    print(results)
"""


def test_workers_of_pools(record: Record, tf1_interpreter: Interpreter) -> None:
    for recorded in (record(POOLS), record(POOLS, python=tf1_interpreter)):
        assert recorded.lines[-1] == "[3.0, 7.0]"
        assert list(recorded.trajectory.variables) == ["w", "v (process 1)", "v (process 2)"]
        assert recorded.values("w") == [1]
        for number, start in ((1, 1.0), (2, 5.0)):
            name = f"v (process {number})"
            assert recorded.initial(name) == start
            assert recorded.values(name) == [start + 1, start + 2]
        assert recorded.steps == [1, 2, 3, 4, 5]


SESSIONS = """
import os
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=0.0)
add = tf.assign_add(v, 1.0)
def train():
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(add)
for _ in range(2):
    pid = os.fork()
    if not pid:
        grandchild = os.fork()
        train()
        if grandchild:
            os.waitpid(grandchild, 0)
        os._exit(0)
    os.waitpid(pid, 0)
train()
"""


def test_sessions_of_children_and_grandchildren(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    for recorded in (record(SESSIONS), record(SESSIONS, python=tf1_interpreter)):
        names = ["v", *(f"v (process {number})" for number in range(1, 5))]
        assert list(recorded.trajectory.variables) == names
        assert all(recorded.values(name) == [1] for name in names)


def test_children_that_train_nothing_leave_nothing(record: Record) -> None:
    recorded = record(
        """
import os
import tensorflow as tf
v = tf.Variable(0.0, name="v")
pid = os.fork()
if not pid:
    w = tf.Variable(1.0, name="w")
    os._exit(0)
os.waitpid(pid, 0)
v.assign_add(1.0)
"""
    )
    assert list(recorded.trajectory.variables) == ["v"]
    assert recorded.trajectory.unseen == []
