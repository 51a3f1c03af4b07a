"""What session runs, functions and eager ops have written before they fail."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.trajectory.records import Site
from tests.recorder.conftest import Record, Recorded

# The counter is raised before data is asked for; a second one is in no order with that.
LOOP = """
import numpy as np
import tensorflow as tf
if int(tf.__version__[0]) > 1:
    tf = tf.compat.v1
    tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=[0.0, 0.0], use_resource={resource})
n = tf.get_variable("n", initializer=0, use_resource={resource})
free = tf.get_variable("free", initializer=0, use_resource={resource})
iterator = tf.data.make_initializable_iterator(tf.data.Dataset.range(2))
count = tf.assign_add(n, 1)
with tf.control_dependencies([count]):
    x = tf.cast(iterator.get_next(), tf.float32)
train = tf.group(tf.assign_add(w, [x, 1.0]))
other, seen = tf.assign_add(free, 1), tf.identity(count)
with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), iterator.initializer])
    try:
        while True:
            {run}
    except tf.errors.OutOfRangeError:
        print("end", sess.run([w, n]))
"""
RUNS = {
    "session": "sess.run([train, count])",
    "run": "train.run()",
    "callable": "call = globals().get('call') or sess.make_callable([train, count]); call()",
    "options": """
            if 'call' not in globals():
                from tensorflow.core.protobuf import config_pb2
                call = sess._make_callable_from_options(
                    config_pb2.CallableOptions(target=[train.name], fetch=[seen.name]))
            call()""",
}


def check_loop(recorded: Recorded) -> None:
    assert recorded.values("w") == [[0, 1], [1, 2]]
    assert recorded.values("n") == [1, 2, 3]
    assert set(recorded.counts("n")) == {1}
    assert recorded.steps == [1, 2, 3]
    (warning,) = recorded.trajectory.warnings
    assert warning.startswith("the run at script.py:")
    assert warning.endswith(" failed after it had written 'n'")
    assert recorded.trajectory.failed == []


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("resource", [False, True])
def test_the_last_run_of_a_loop_counts(record: Record, run: str, resource: bool) -> None:
    check_loop(record(LOOP.format(run=run, resource=resource)))


def test_the_last_run_of_a_loop_counts_in_tensorflow_1(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    for run in RUNS.values():
        check_loop(record(LOOP.format(run=run, resource=False), python=tf1_interpreter))


def test_a_write_in_no_order_with_the_failure_is_told_apart(record: Record) -> None:
    recorded = record(LOOP.format(run="sess.run([train, other])", resource=True))
    (failed,) = recorded.trajectory.failed
    assert failed.op == "IteratorGetNext"
    assert failed.site == Site("script.py", 20)
    assert failed.writes == {"free": Site("script.py", 15)}
    assert failed.states == len(recorded.trajectory.states) == 3
    assert recorded.values("n") == [1, 2, 3]


def test_a_run_that_fails_before_it_writes_leaves_no_state(record: Record) -> None:
    recorded = record(
        LOOP.format(run="sess.run(train if step < 2 else bad); step += 1", resource=True)
        .replace("with tf.Session()", "step, bad = 0, tf.constant([1]) + x\nwith tf.Session()")
        .replace("tf.constant([1])", "tf.constant([1.0])")
    )
    # The counter that the failing run depends on is all that it writes.
    assert recorded.values("w") == [[0, 1], [1, 2]]
    failing = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=1.0)
x = tf.placeholder(tf.float32)
checked = tf.debugging.check_numerics(x, "x")
add = tf.assign_add(v, checked)
with tf.Session() as sess:
    sess.run(v.initializer)
    for value in (1.0, float("inf"), 2.0):
        try:
            sess.run(add, {x: value})
        except tf.errors.InvalidArgumentError:
            print("failed")
"""
    recorded = record(failing)
    assert recorded.values("v") == [2, 4]
    assert recorded.trajectory.warnings == []


def test_what_a_session_writes_before_an_interruption_counts(record: Record) -> None:
    recorded = record(
        """
import signal, os
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=1.0, use_resource=True)
def interrupt():
    os.kill(os.getpid(), signal.SIGINT)
    return 1.0
add = tf.assign_add(v, tf.py_func(interrupt, [], tf.float32))
with tf.Session() as sess:
    sess.run(v.initializer)
    try:
        sess.run(add)
    except KeyboardInterrupt:
        print("interrupted", sess.run(v))
    except (tf.errors.OpError, RuntimeError):
        print("failed", sess.run(v))
"""
    )
    assert recorded.lines[-1] in ("interrupted 2.0", "failed 1.0")
    assert recorded.values("v") == ([2] if recorded.lines[-1] == "interrupted 2.0" else [])


def test_each_part_of_a_partial_run_is_recorded(record: Record) -> None:
    recorded = record(
        """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=1.0, use_resource=True)
x, y = tf.placeholder(tf.float32, [], "x"), tf.placeholder(tf.float32, [], "y")
first = tf.assign_add(v, x)
with tf.control_dependencies([first]):
    second = tf.assign_add(v, y)
first, second = tf.identity(first), tf.identity(second)
with tf.Session() as sess:
    sess.run(v.initializer)
    part = sess.partial_run_setup([first, second], [x, y])
    print(sess.partial_run(part, first, {x: 1.0}))
    print(sess.partial_run(part, second, {y: 3.0}))
"""
    )
    assert recorded.values("v") == [2, 5]


EAGER = """
import tensorflow as tf
v = tf.Variable(1.0, name="v")
w = tf.Variable(1.0, name="w")
@tf.function
def step(x):
    v.assign_add(1.0)
    with tf.control_dependencies([tf.debugging.Assert(x > 0.0, [x])]):
        w.assign_add(x)
for x in (1.0, -1.0, 2.0):
    try:
        step(tf.constant(x))
    except tf.errors.InvalidArgumentError:
        print("failed", v.numpy())
"""


@pytest.mark.parametrize("eager", [False, True])
def test_what_a_function_writes_before_it_fails_counts(record: Record, eager: bool) -> None:
    recorded = record(EAGER, eager=eager)
    assert recorded.lines[-1] == "failed 3.0"
    assert recorded.values("v") == [2, 3, 4]
    assert recorded.values("w") == [2, 4]
    if not eager:  # line by line, no single call fails after it has written
        assert recorded.trajectory.warnings == [
            "the run at script.py:12 failed after it had written 'v'"
        ]


def test_an_op_that_fails_writes_nothing(record: Record) -> None:
    recorded = record(
        """
import tensorflow as tf
v = tf.Variable([1.0, 2.0], name="v")
v.assign([2.0, 3.0])
try:
    tf.raw_ops.AssignAddVariableOp(resource=v.handle, value=[1.0])
except (tf.errors.InvalidArgumentError, ValueError):
    print("failed")
v.assign_add([1.0, 1.0])
"""
    )
    assert recorded.values("v") == [[2, 3], [3, 4]]
    assert recorded.trajectory.warnings == []


def test_a_function_that_calls_python_and_fails(record: Record) -> None:
    recorded = record(
        """
import tensorflow as tf
v = tf.Variable(1.0, name="v")
def give_up(x):
    raise ValueError("enough")
@tf.function
def step():
    y = v.assign_add(1.0)
    return tf.numpy_function(give_up, [y], tf.float32)
try:
    step()
except tf.errors.OpError:
    print("failed")
v.assign_add(1.0)
"""
    )
    assert recorded.values("v") == [2, 3]


@pytest.mark.parametrize("resource", [False, True])
def test_a_run_that_fails_within_a_monitored_session(record: Record, resource: bool) -> None:
    recorded = record(
        f"""
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=0.0, use_resource={resource})
step = tf.train.create_global_step()
x = tf.cast(tf.data.make_one_shot_iterator(tf.data.Dataset.range(3)).get_next(), tf.float32)
with tf.control_dependencies([tf.assign_add(w, 1.0)]):
    count = tf.assign_add(step, 1)
with tf.control_dependencies([count]):
    late = tf.debugging.check_numerics(1.0 / (2.0 - x), "late")
with tf.train.MonitoredSession() as sess:
    try:
        while not sess.should_stop():
            sess.run([late])
    except tf.errors.InvalidArgumentError:
        print("failed")
"""
    )
    assert recorded.lines[-1] == "failed"
    assert recorded.values("w") == [1, 2, 3]
    assert recorded.values("global_step") == [1, 2, 3]
