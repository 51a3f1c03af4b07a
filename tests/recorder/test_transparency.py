"""The recorder changes nothing that a program can observe."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
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


PROGRAMS = Path(__file__).with_name("programs")
# In one run, these read and write a variable in no order; nor do they repeat when nobody records.
RACING = {"backpropagation", "monitored", "recurrent", "saver"}
SCRIPTS = sorted({path.stem for path in PROGRAMS.glob("*.py")} - RACING)

# Stands before a program, and sees what it makes: graphs, results of session runs, folders.
BEFORE = """
import hashlib as _hashlib, os as _os, random as _random, re as _re, sys as _sys
import tempfile as _tempfile, threading as _threading, uuid as _uuid
import numpy as _np, tensorflow as _tf
from tensorflow.python.client import session as _session
from tensorflow.python.framework import ops as _ops
from tensorflow.python.ops import resource_variable_ops as _variables

def _watch(owner, name, see):
    original = getattr(owner, name)
    def method(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        see(self, result)
        return result
    setattr(owner, name, method)

def _digest(*parts):
    digest = _hashlib.sha256()
    for part in parts:
        if isinstance(part, (_np.ndarray, _np.generic)):
            part = part.tolist() if part.dtype == object else part.tobytes()
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
    return digest.hexdigest()[:16]

def _fetched(result):
    if isinstance(result, (list, tuple, dict)):
        for part in result.values() if isinstance(result, dict) else result:
            _fetched(part)
    elif result is not None and not isinstance(result, bytes):  # those may be a random handle
        print("> fetched", _digest(result))

def _make_folder(*_):
    _folders.append("folder%d" % len(_folders))
    _os.mkdir(_folders[-1])
    return _folders[-1]

_graphs, _made, _folders = [], [], []
_watch(_tf.Graph, "__init__", lambda graph, _: _graphs.append(graph))
_watch(_session.BaseSession, "run", lambda session, result: _fetched(result))
_watch(_variables.BaseResourceVariable, "__init__", lambda variable, _: _made.append(variable))
_tempfile.mkdtemp = _make_folder
_uuid.uuid4 = lambda: _uuid.UUID(int=7)
_random.seed(1)
_np.random.seed(2)
"""
# Stands behind it. Every eager tensor takes a number from the counter that also numbers functions,
# and the recorder cannot read a variable without making one.
AFTER = """
_eager = _tf.executing_eagerly()

def _shown(text):
    return _re.sub("([_-])[0-9]+", r"\\1N", text) if _eager else text

for _graph in _graphs:
    print("> graph", len(_graph.get_operations()), _graph.version, _graph.finalized)
    for _op in _graph.get_operations():
        _inputs = sorted(_op.node_def.input)  # control inputs stand in no fixed order
        _attributes = ["%s=%s" % (key, _op.node_def.attr[key]) for key in _op.node_def.attr]
        _text = repr([_op.type, _op.device, _inputs, sorted(_attributes)])
        print("> op", _shown(_op.name), _digest(_shown(_text)))
for _variable in _made:
    if _eager:
        print("> variable", _variable.name, _digest(_variable.numpy()))
print("> random", _digest(_random.getstate()), _digest(*_np.random.get_state()))
print("> next", _eager or _ops.uid(), _tf.compat.v1.get_default_graph().unique_name("op"))
print("> threads", _threading.active_count(), _sys.gettrace(), _sys.getprofile())
for _folder, _, _files in sorted(_os.walk(".")):
    for _file in sorted(_files):
        _path = _os.path.join(_folder, _file)
        # They hold the time, or a graph in no fixed order.
        if not _file.startswith("events.out") and not _file.endswith(("checkpoint", ".meta")):
            print("> file", _path, _digest(open(_path, "rb").read()))
"""
# Runs programs without the recorder, but under the numerics policy; each in a fork.
PLAIN = """
import json, os, runpy, sys, traceback
import tensorflow as tf
from tensorflow.core.protobuf import config_pb2
from tensorflow.python.client import session
from tensorflow.python.eager import context
sys.path.append(sys.argv[1])
from recorder import policy
for script, cwd, log in json.loads(sys.argv[2]):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    for number, path in ((1, log), (2, log + ".errors")):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.chdir(cwd)
    default = config_pb2.ConfigProto
    if int(tf.__version__[0]) >= 2:
        policy.apply_to_functions(policy.EXACT, tf, False)
        default = lambda: context.context().config
    policy.apply_to_sessions(policy.EXACT, session, config_pb2, default)
    try:
        runpy.run_path(script, run_name="__main__")
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(0)
"""


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
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, said(done.stdout + done.stderr)


@pytest.fixture
def curious(tmp_path: Path) -> Path:
    script = tmp_path / "curious.py"
    script.write_text(CURIOUS)
    return script


@dataclass(frozen=True)
class Plain:
    """What programs print when nothing records them, and the folder where they lie."""

    folder: Path
    lines: dict[str, list[str]]


def run_programs_plainly(python: str | Path, folder: Path) -> Plain:
    jobs = []
    for name in SCRIPTS:
        script = folder / f"{name}.py"
        script.write_text(BEFORE + (PROGRAMS / script.name).read_text() + AFTER)
        (folder / name).mkdir()
        jobs.append([str(script), str(folder / name), str(folder / f"{name}.txt")])
    package = PROGRAMS.parents[2] / "migrate_vars"
    subprocess.run(
        [str(python), "-c", PLAIN, str(package), json.dumps(jobs)],
        env={**os.environ, **EXACT.environment},
        stdin=subprocess.DEVNULL,
        check=True,
    )
    said = {
        name: (folder / f"{name}.txt").read_text() + (folder / f"{name}.txt.errors").read_text()
        for name in SCRIPTS
    }
    return Plain(folder, {name: text.splitlines() for name, text in said.items()})


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Plain:
    return run_programs_plainly(sys.executable, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="session")
def plain_1(tmp_path_factory: pytest.TempPathFactory, tf1_python: Path) -> Plain:
    return run_programs_plainly(tf1_python, tmp_path_factory.mktemp("plain"))


def run_watched(interpreter: Interpreter, name: str, cwd: Path, plain: Plain) -> list[str]:
    """What a program prints when it is recorded."""
    script = plain.folder / f"{name}.py"
    run = interpreter.run(Program(script, name, cwd=cwd, v1_view="never"))
    assert run.error == "", run.output
    assert run.trajectory is not None
    assert run.trajectory.steps > 0
    return run.output.splitlines()


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


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_whole_program_is_the_same_unrecorded(
    interpreter: Interpreter, plain: Plain, tmp_path: Path, name: str
) -> None:
    """All that it prints and fetches, ops and their attributes, random states, and files."""
    assert run_watched(interpreter, name, tmp_path, plain) == plain.lines[name]
    assert any(line.startswith("> graph") for line in plain.lines[name])


@pytest.mark.parametrize("name", [name for name in SCRIPTS if not name.endswith("_v2")])
def test_a_whole_tensorflow_1_program_is_the_same_unrecorded(
    tf1_interpreter: Interpreter, plain_1: Plain, tmp_path: Path, name: str
) -> None:
    assert run_watched(tf1_interpreter, name, tmp_path, plain_1) == plain_1.lines[name]
    assert any(line.startswith("> graph") for line in plain_1.lines[name])


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
