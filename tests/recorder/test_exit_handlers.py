"""What exit handlers train is a part of the run."""

from __future__ import annotations

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from tests.recorder.conftest import Record

SESSION = """
import atexit, os
import tensorflow as tf
tf = tf if tf.__version__[0] == "1" else tf.compat.v1
if tf.executing_eagerly():
    tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=1.0)
double, sess = tf.assign(w, w * 2.0), tf.Session()
sess.run(w.initializer)
sess.run(double)
@atexit.register
def last():
    sess.run(double)
    print("at exit", sess.run(w))
    {end}
"""


def test_they_train(record: Record, tf1_interpreter: Interpreter) -> None:
    for end in ("pass", "raise ValueError('too late')", "raise SystemExit(3)"):
        recorded = record(SESSION.format(end=end))
        assert (recorded.values("w"), recorded.steps) == ([2, 4], [1, 2])
        assert recorded.trajectory.status == "finished"
        assert recorded.run.sources
        recorded = record(SESSION.format(end=end), python=tf1_interpreter)
        assert (recorded.values("w"), recorded.steps) == ([2, 4], [1, 2])


def test_they_may_end_the_process(record: Record) -> None:
    recorded = record(SESSION.format(end="os._exit(0)"))
    assert recorded.values("w") == [2, 4]
    assert recorded.trajectory.status == "finished"
    assert recorded.run.sources


def test_the_exit_code_of_the_program_stays(record: Record) -> None:
    text = SESSION.format(end="os._exit(0)") + "raise KeyError('in the end')\n"
    recorded = record(text, error="script.py:16: KeyError: 'in the end'")
    assert recorded.values("w") == [2, 4]


@pytest.mark.parametrize("eager", [False, True])
def test_a_function_trains_at_exit(record: Record, eager: bool) -> None:
    recorded = record(
        """
import atexit
import tensorflow as tf
w = tf.Variable(1.0, name="w")
@atexit.register
@tf.function
def step():
    w.assign_add(1.0)
for _ in range(2):
    step()
""",
        eager=eager,
    )
    assert recorded.values("w") == [2, 3, 4]
    assert recorded.steps == [1, 2, 3]
