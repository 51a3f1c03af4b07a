"""State that no recording shows is named."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.reporting.description import describe_unseen
from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record, Recorded

SESSION = """
import numpy as np
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=0.0)
"""
TRAIN = """
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(tf.assign_add(v, x))
"""


def unseen(recorded: Recorded) -> str:
    return describe_unseen(recorded.trajectory.unseen)


IN_SESSIONS = {
    "x = 1.0": "",
    "unused = tf.FIFOQueue(2, tf.float32)\nx = 1.0": "",
    "q = tf.FIFOQueue(2, tf.float32)\nwith tf.control_dependencies([q.enqueue(1.0)]):\n"
    "    x = q.dequeue()": "1 queue (script.py:8)",
    "make = tf.data.make_one_shot_iterator\n"
    "a, b = [make(tf.data.Dataset.range(3)).get_next() for _ in range(2)]\n"
    "x = tf.cast(a + b, tf.float32)": "2 iterators (script.py:9)",
    "state = [0.0]\nx = tf.py_func(lambda: np.float32(1.0), [], tf.float32)": (
        "1 py_func (script.py:9)"
    ),
    "data = tf.data.Dataset.from_generator(lambda: iter([1.0]), tf.float32)\n"
    "x = tf.data.make_one_shot_iterator(data).get_next()": (
        "1 iterator (script.py:9), 1 py_func (script.py:9)"
    ),
    "acc = tf.ConditionalAccumulator(tf.float32, shape=[])\n"
    "with tf.control_dependencies([acc.apply_grad(1.0)]):\n    x = acc.take_grad(1)": (
        "1 accumulator (script.py:8)"
    ),
    "x = tf.while_loop(lambda i: i < 3.0, lambda i: i + 1.0, [0.0])\n"
    "x = x + tf.gradients(x * v, v)[0] + tf.random_uniform([])": "",
}


@pytest.mark.parametrize("make", IN_SESSIONS)
def test_state_of_sessions(record: Record, make: str) -> None:
    assert unseen(record(SESSION + make + TRAIN)) == IN_SESSIONS[make]


def test_state_of_sessions_in_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    for make, expected in list(IN_SESSIONS.items())[2:7]:
        assert unseen(record(SESSION + make + TRAIN, python=tf1_interpreter)) == expected


def test_tables_that_nothing_exports(record: Record) -> None:
    make = """
from tensorflow.python.ops import lookup_ops
table = lookup_ops.MutableHashTable(tf.string, tf.float32, 0.0, checkpoint=False)
with tf.control_dependencies([table.insert("a", 1.0)]):
    x = table.lookup("a")
"""
    assert unseen(record(SESSION + make + TRAIN)) == "1 lookup table (script.py:10)"


EAGER = """
import os, subprocess, sys
import multiprocessing
import tensorflow as tf
v = tf.Variable(0.0, name="v")
"""
IN_EAGER_CODE = {
    "v.assign_add(1.0)": "",
    "for x in tf.data.Dataset.range(3): v.assign_add(1.0)": "1 iterator (script.py:6)",
    "for _ in range(3): tf.py_function(lambda: 1.0, [], tf.float32)": "1 py_func (script.py:6)",
    "@tf.function\ndef f():\n    v.assign_add(tf.numpy_function(lambda: 1.0, [], tf.float64)\n"
    "        is not None and 1.0)\nf(); f()": "1 py_func (script.py:10)",
    "@tf.function\ndef f():\n    for x in tf.data.Dataset.range(3):\n"
    "        v.assign_add(1.0)\nf()": "",
    "q = tf.queue.FIFOQueue(2, tf.float32); q.enqueue(1.0); q.dequeue()": "1 queue (script.py:6)",
    "pid = os.fork()\nif not pid:\n    os._exit(0)\nos.waitpid(pid, 0)": "",
    "p = multiprocessing.get_context('fork').Process(target=print)\np.start(); p.join()": "",
    "p = multiprocessing.get_context('spawn').Process(target=print)\n"
    "if __name__ == '__main__':\n    p.start(); p.join()": "1 child process (script.py:8)",
    "subprocess.run([sys.executable, '-c', ''])": "1 child process (script.py:6)",
    "os.system('true')": "1 child process (script.py:6)",
    "import ctypes.util\nctypes.util.find_library('m')": "",
}


@pytest.mark.parametrize("body", IN_EAGER_CODE)
def test_state_of_eager_code(record: Record, body: str) -> None:
    recorded = record(EAGER + body + "\nv.assign_add(1.0)\n")
    assert unseen(recorded) == IN_EAGER_CODE[body]


UNREADABLE = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=0.0)
handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="h", name="h")
start = tf.raw_ops.AssignVariableOp(resource=handle, value=1.0)
add = tf.raw_ops.AssignAddVariableOp(resource=handle, value=1.0)
{more}
with tf.Session() as sess:
    sess.run([start, w.initializer])
    sess.run([add, tf.assign_add(w, 1.0)])
"""


def test_a_trained_variable_that_nothing_reads(record: Record) -> None:
    recorded = record(UNREADABLE.format(more=""))
    assert unseen(recorded) == "1 variable (script.py:5)"


def test_a_read_behind_constants_will_do(record: Record) -> None:
    more = """
with tf.control_dependencies([tf.constant(1.0) + 1.0]):
    tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)
"""
    recorded = record(UNREADABLE.format(more=more))
    assert unseen(recorded) == ""
    assert recorded.values("h") == [2]


def test_a_read_behind_a_write_will_not(record: Record) -> None:
    more = """
with tf.control_dependencies([add]):
    tf.raw_ops.ReadVariableOp(resource=handle, dtype=tf.float32)
"""
    assert unseen(record(UNREADABLE.format(more=more))) == "1 variable (script.py:5)"
