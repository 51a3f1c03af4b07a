"""Recording a part of this process, in which things have been made and trained before."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.recorder.in_process import recording
from migrate_vars.trajectory.trajectory import Trajectory
from tests.conftest import REPOSITORY

tf: Any = pytest.importorskip("tensorflow")
v1 = tf.compat.v1


def recorded(tmp_path: Path, body: Callable[[], object]) -> tuple[Any, list[Any]]:
    """The initial value of the one variable that is recorded, and those that it got."""
    path = tmp_path / "run.jsonl"
    with recording(str(path), __file__, "test"):
        body()
    trajectory = Trajectory.load(path)
    (name,) = trajectory.variables
    values = [trajectory.value(name, state.writes[name].digest) for state in trajectory.states]
    initial = trajectory.value(name, trajectory.initial[name])
    assert initial is not None
    return initial.tolist(), [None if value is None else value.tolist() for value in values]


CALLABLES: dict[str, Callable[[Any, Any], Callable[[], object]]] = {
    "op": lambda sess, add: sess.make_callable(add.op),
    "tensor": lambda sess, add: sess.make_callable(add),
    "list": lambda sess, add: sess.make_callable([add, add.op]),
    "fed": lambda sess, add: lambda: sess.make_callable(add, [])(),
    "run": lambda sess, add: lambda: sess.run(add),
}


@pytest.mark.parametrize("make", CALLABLES.values(), ids=CALLABLES)
@pytest.mark.parametrize("resource", [False, True])
def test_sessions_and_callables_of_before(
    tmp_path: Path, make: Callable[[Any, Any], Callable[[], object]], resource: bool
) -> None:
    with tf.Graph().as_default(), v1.Session() as sess:
        v = v1.get_variable("v", initializer=1.0, use_resource=resource)
        add = tf.identity(v1.assign_add(v, 1.0))
        step = make(sess, add if resource else v1.assign_add(v, 1.0))
        sess.run(v.initializer)
        sess.run(add)

        def body() -> None:
            for _ in range(2):
                step()

        before = sess.run(v)
        initial, values = recorded(tmp_path, body)
        after = [before + 1, before + 2]
        assert sess.run(v) == after[-1]
        step()  # it is recorded no longer
        assert (initial, values) == (before, after)


def test_a_variable_that_is_initialised_anew(tmp_path: Path) -> None:
    with tf.Graph().as_default(), v1.Session() as sess:
        v = v1.get_variable("v", initializer=1.0)
        add = v1.assign_add(v, 1.0)
        sess.run(v.initializer)
        sess.run(add)

        def body() -> None:
            sess.run(v.initializer)
            sess.run(add)

        assert recorded(tmp_path, body) == (1, [2])


def test_functions_of_before(tmp_path: Path) -> None:
    v = tf.Variable(1.0, name="v")
    step = tf.function(lambda: v.assign_add(1.0))
    concrete = step.get_concrete_function()
    concrete()

    def body() -> None:
        concrete()
        step()

    assert recorded(tmp_path, body) == (2, [3, 4])


def test_datasets_and_tables_within(tmp_path: Path) -> None:
    v = tf.Variable(0, dtype=tf.int64, name="v")

    def body() -> None:
        for _ in tf.data.Dataset.range(3).map(lambda x: v.assign_add(x)):
            pass

    assert recorded(tmp_path, body) == (0, [3])


# The recorder is imported by its path: what is above it needs a newer Python.
SCRIPT = """
import importlib, sys
import tensorflow as tf
v = tf.get_variable("v", initializer=1.0, use_resource=sys.argv[3] == "resource")
add = tf.identity(tf.assign_add(v, 1.0))
sess = tf.Session()
sess.run(v.initializer)
call, run = sess.make_callable(add), lambda: sess.run(add)
call()
sys.path.insert(0, sys.argv[1])
recording = importlib.import_module("recorder.in_process").recording
with recording(sys.argv[2], __file__, "test"):
    call()
    run()
call()
"""


@pytest.mark.parametrize("kind", ["reference", "resource"])
def test_sessions_and_callables_of_tensorflow_1(
    tmp_path: Path, tf1_python: Path, kind: str
) -> None:
    script, path = tmp_path / "script.py", tmp_path / "run.jsonl"
    script.write_text(SCRIPT)
    command = [str(tf1_python), str(script), str(REPOSITORY / "migrate_vars"), str(path), kind]
    # TensorFlow 2, which this process has imported, tells those that it starts to behave like it.
    environment = {key: value for key, value in os.environ.items() if key != "TF2_BEHAVIOR"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    trajectory = Trajectory.load(path)
    assert trajectory.header["tensorflow"].startswith("1.15")
    written = [state.writes["v"] for state in trajectory.states]
    values = [
        trajectory.value("v", digest)
        for digest in [trajectory.initial["v"], *(w.digest for w in written)]
    ]
    assert [None if value is None else value.tolist() for value in values] == [2, 3, 4]
    assert [write.count for write in written] == [1, 1]
    assert trajectory.status == "finished"
