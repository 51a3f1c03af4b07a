"""The threads of sessions: one op at a time, what they do to denormal numbers, and no deadlock.

What ``denormal_cases.py`` must end with was seen without the recorder and with all settings left to
TensorFlow: in sessions and functions of 1.15.5 and 2.21, and in eager ops of 2.21.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.recorder.thread_pools import run_one_op_at_a_time
from tests.recorder.conftest import Record

SCRIPT = Path(__file__).with_name("denormal_cases.py")
FLUSHED = {
    "halved": "1.1754944e-38 1.1754944e-38",
    "double": "6.223015277861142e-61 6.223015277861142e-61",
    "untouched": "1e-39 3e-39",
    "velocity": "7.0550393e-10 7.0550393e-10",
    "weight": "0.10000033 0.10000033",
}


def final_values(interpreter: Interpreter, way: str) -> dict[str, str]:
    run = interpreter.run(Program(SCRIPT, "denormals", argv=(way,)))
    assert run.error == "", run.output
    lines = [line.split(" ", 1) for line in run.printed.text.splitlines()[-15:]]
    return {name: value for name, value in lines if value != "0.0 0.0"}


@pytest.mark.parametrize("way", ["session", "function"])
def test_denormals_are_what_they_are_without_us(interpreter: Interpreter, way: str) -> None:
    assert final_values(interpreter, way) == FLUSHED


def test_denormals_of_eager_ops(interpreter: Interpreter) -> None:
    # The function that is given to `py_func` is called by Python, in the program's thread.
    assert final_values(interpreter, "eager") == {**FLUSHED, "python": "5e-40 1.5e-39"}


@pytest.mark.parametrize("way", ["session", "function"])
def test_denormals_in_tensorflow_1(tf1_interpreter: Interpreter, way: str) -> None:
    assert final_values(tf1_interpreter, way) == FLUSHED


def test_eager_ops_of_tensorflow_1_keep_denormals(tf1_interpreter: Interpreter) -> None:
    kept = final_values(tf1_interpreter, "eager")
    assert kept["halved"] == "1e-45 1e-45"
    assert kept["data"] == "5e-40 1.5e-39"


RUNS_BESIDE_AND_INSIDE_OF_RUNS = """
import threading
import tensorflow.compat.v1 as tf
from tensorflow.python.ops.data_flow_ops import StagingArea
tf.disable_v2_behavior()
inner, outer = tf.get_variable("inner", initializer=1.0), tf.get_variable("outer", initializer=1.0)
copy = tf.get_variable("copy", initializer=0.0)
halve = tf.assign_sub(inner, 0.5 * inner)
other = tf.Graph()
with other.as_default():
    four = tf.constant(2.0) * 2.0

def call(x):
    sess.run(halve)  # while the run that calls this waits
    sess.run([halve, inner * 2.0])  # a race, in an order of ours
    with tf.Session(graph=other) as apart:
        return x * apart.run(four)

grow = tf.assign(outer, tf.reshape(tf.py_func(call, [outer], tf.float32), []))
area = StagingArea([tf.float32], capacity=1)
put, take = area.put([outer * 2.0]), tf.assign(copy, tf.reshape(area.get(), []))

def feed():
    for _ in range(3):
        sess.run(put)  # waits in its op where there is no room

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    thread = threading.Thread(target=feed)
    thread.start()
    for _ in range(3):
        sess.run(take.op)  # waits in its op for what the other thread puts
    thread.join()
    for _ in range(3):
        sess.run(grow.op)
    print(*sess.run([inner, outer, copy]))
"""


def test_runs_beside_and_inside_of_runs_come_to_an_end(
    record: Record, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    for python in (interpreter, tf1_interpreter):
        recorded = record(RUNS_BESIDE_AND_INSIDE_OF_RUNS, python=python, races=True)
        assert recorded.lines[-1] == "0.015625 64.0 2.0"


RACING = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=1.0, use_resource=False)
halve = tf.assign_sub(w, 0.5 * w)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(160):
        sess.run([halve.op, w * 3.0])
    print(sess.run(w))
    try:
        sess.run([halve.op, tf.check_numerics(w / 0.0, "by zero")])
    except tf.errors.InvalidArgumentError as error:
        print("by zero" in error.message)
"""


def test_runs_that_race_take_denormals_for_zero_as_well(
    record: Record, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    for python in (interpreter, tf1_interpreter):
        recorded = record(RACING, python=python, races=True)
        assert len(recorded.trajectory.races) >= 1
        assert recorded.lines[-2:] == ["1.1754944e-38", "True"]


class Pools(list):  # type: ignore[type-arg]
    """As a protobuf list."""

    def add(self, **fields: object) -> None:
        """Appends what has these fields."""
        self.append(SimpleNamespace(**fields))


def test_pools_of_the_programs_own_keep_their_numbers() -> None:
    pools = Pools([SimpleNamespace(num_threads=4), SimpleNamespace(num_threads=8)])
    run_one_op_at_a_time(
        SimpleNamespace(inter_op_parallelism_threads=0, session_inter_op_thread_pool=pools)
    )
    first, second, last = pools
    assert (first.num_threads, second.num_threads) == (1, 1)
    assert last.num_threads > 1


def test_a_program_may_ask_for_its_own_thread() -> None:
    config = SimpleNamespace(inter_op_parallelism_threads=-1, session_inter_op_thread_pool=Pools())
    run_one_op_at_a_time(config)
    assert config.session_inter_op_thread_pool == []
