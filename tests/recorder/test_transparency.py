"""The recorder changes nothing that a program can observe."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.recorder.policy import EXACT

# Prints what it can find out, in lines that begin with ">".
CURIOUS = '''
"""A documented program."""
import atexit, inspect, os, random, sys, threading
import tensorflow as tf
import numpy as np
VERSION = int(tf.__version__.split(".")[0])
v1 = tf.compat.v1

def say(*what):
    print(">", *what)

def scale(x):
    if x > 1.0:  # for AutoGraph
        x = x * 2.0
    return x

say(sys.argv, __file__, __name__, __doc__, os.getcwd(), sys.path[0], __package__, __spec__)
say(sorted(globals()), type(__builtins__).__name__, type(__loader__).__name__)
say(globals().get("__annotations__"), sys.modules["__main__"].scale is scale)
say(repr(inspect.getsource(scale)), inspect.getsourcefile(scale), scale.__module__)
say(repr(sys.stdin.read()), sys.stdout.isatty(), sys.stdout.encoding, threading.active_count())
say(threading.current_thread() is threading.main_thread(), os.environ.get("TF_ENABLE_ONEDNN_OPTS"))
say("_migrate_vars_recorder" in sys.path, sorted(os.listdir(".")))

graph = tf.Graph()
with graph.as_default():
    v1.set_random_seed(7)
    a = v1.get_variable("a", [2], initializer=v1.random_normal_initializer(), use_resource=False)
    b = v1.get_variable("b", [2], initializer=v1.random_uniform_initializer(), use_resource=True)
    with v1.Session() as sess:
        sess.run(v1.global_variables_initializer())
        for i in range(2):
            sess.run([v1.assign_add(a, [1.0, i]), b.assign_add([i, 1.0])])
            noise = v1.random_normal([2])  # seeded by the graph alone
            say(repr(sess.run([a, b, noise])))
        say([op.get_attr("seed2") for op in graph.get_operations() if "Random" in op.type])
        train = v1.train.AdamOptimizer(0.1).minimize(v1.reduce_sum(a * a + b * b))
        sess.run(v1.global_variables_initializer())
        graph.finalize()
        for _ in range(3):
            sess.run(train)
        say(repr(sess.run(v1.trainable_variables())))
        fetched = sess.run({"a": a, "b": [b, train]})
        say(sorted(fetched), fetched["b"][1], sess.graph is graph, type(sess).__name__)
    say(len(graph.get_operations()), graph.version)
    say([op.name for op in graph.get_operations()])
    say([v.name for v in v1.global_variables()], graph.as_graph_def().ByteSize())

if VERSION >= 2:
    tf.random.set_seed(3)
    w = tf.Variable([1.0, 2.0], name="w")
    with tf.GradientTape() as tape:
        y = w * w
        w.assign_add([1.0, 1.0])
    say(tape.gradient(y, w).numpy(), [x.name for x in tape.watched_variables()], w.name)
    traced = []
    @tf.function
    def step(x):
        traced.append(len(tf.compat.v1.get_default_graph().get_operations()))
        w.assign_sub(scale(x) * tf.random.normal([2]))
        return w + 0.0
    for i in range(3):
        say(step(tf.constant(float(i))).numpy(), tf.random.uniform([1]).numpy(), w.numpy())
    concrete = step.get_concrete_function(tf.constant(0.0))
    say(traced, [op.name for op in concrete.graph.get_operations()])
    say(tf.executing_eagerly(), tf.config.functions_run_eagerly())

atexit.register(say, "bye")
def fail():
    raise KeyError("in the end")
sys.exit(3) if len(sys.argv) > 1 else fail()
'''


def said(output: str) -> list[str]:
    """What the program said itself, and the traceback at its end."""
    lines = output.splitlines()
    start = lines.index("Traceback (most recent call last):") if "KeyError" in output else None
    spoken = [line for line in lines if line.startswith(">")]
    return spoken + (lines[start:] if start is not None else [])


def run_plainly(python: str | Path, script: Path) -> tuple[int, list[str]]:
    done = subprocess.run(
        [str(python), "-u", str(script)],
        cwd=script.parent,
        env={**os.environ, **EXACT.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, said(done.stdout)


@pytest.fixture
def curious(tmp_path: Path) -> Path:
    script = tmp_path / "curious.py"
    script.write_text(CURIOUS)
    return script


def check_same(run: Run, plain: tuple[int, list[str]], script: Path) -> None:
    code, lines = plain
    assert code == 1
    assert any("bye" in line for line in lines)
    assert said(run.output) == lines
    last = CURIOUS.count("\n", 0, CURIOUS.index('raise KeyError("in')) + 1
    assert run.error.startswith(f"{script.name}:{last}: KeyError: 'in the end' (after step ")
    assert run.trajectory is not None
    assert {"a", "b"} <= run.trajectory.written


def test_a_program_sees_the_same_with_and_without_the_recorder(
    interpreter: Interpreter, curious: Path
) -> None:

    plain = run_plainly(sys.executable, curious)
    check_same(interpreter.run(Program(curious, "forked")), plain, curious)


def test_a_program_in_a_fresh_interpreter_sees_the_same(
    interpreter: Interpreter, curious: Path
) -> None:
    """A fork and a fresh interpreter show the program the same things."""
    forked = interpreter.run(Program(curious, "forked"))
    curious.write_text(CURIOUS + "# os.environ[...]\n")
    fresh = interpreter.run(Program(curious, "fresh"))
    assert said(fresh.output) == said(forked.output)
    assert fresh.error == forked.error


def test_a_tensorflow_1_program_sees_the_same(
    tf1_interpreter: Interpreter, tf1_python: Path, curious: Path
) -> None:
    plain = run_plainly(tf1_python, curious)
    check_same(tf1_interpreter.run(Program(curious, "forked")), plain, curious)


def test_a_rewritten_copy_stands_for_the_script(interpreter: Interpreter, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("raise SystemExit('the original')\n")
    copy = textwrap.dedent(
        """
        import inspect
        import tensorflow as tf
        v = tf.Variable(0.0, name="v")
        @tf.function
        def step(x):
            if x > 0.0:
                v.assign_add(x * 2.0)
        step(tf.constant(1.0))
        print(__file__, repr(inspect.getsource(scale := lambda x: x)))
        raise ValueError("line 11")
        """
    )
    run = interpreter.run(Program(script, "copy", source=copy.encode()))
    assert run.error == "script.py:11: ValueError: line 11 (after step 1)"
    assert f"{script} 'print(__file__" in run.output
    assert run.trajectory is not None
    (state,) = run.trajectory.states
    assert str(state.site) == "script.py:9"
    assert run.trajectory.value("v", state.writes["v"].digest) == 2.0
