"""How a program is run: alone, from a fork or afresh, on TensorFlow of its own."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.running.interpreters import RECORDER, Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.recorder.policy import EXACT
from migrate_vars.trajectory.trajectory import Trajectory
from tests.recorder.conftest import Record, Recorded

V2 = "import tensorflow as tf\n"


@pytest.mark.parametrize("path", sorted(RECORDER.glob("*.py")), ids=lambda path: path.name)
def test_the_recorder_is_python_3_7(path: Path) -> None:
    ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 7))


def write_scripts(folder: Path) -> list[Path]:
    """Programs that leave behind whatever a process may: seeds, graphs, settings, modules."""
    texts = [
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\ntf.set_random_seed(1)\n"
        "v = tf.get_variable('v', [3])\ntrain = tf.assign_add(v, tf.random_normal([3]))\n"
        "with tf.Session() as s:\n    s.run(v.initializer)\n    s.run(train)\n",
        "import random, numpy as np, tensorflow as tf\n"
        "random.seed(1); np.random.seed(1); tf.random.set_seed(1)\n"
        "v = tf.Variable([random.random(), *np.random.rand(2)], name='v')\n"
        "for _ in range(2):\n    v.assign_add(tf.random.normal([3]))\n",
        "import tensorflow as tf\ntf.config.run_functions_eagerly(True)\n"
        "tf.keras.backend.set_floatx('float64')\n"
        "v = tf.Variable(0.0, name='v')\ntf.function(lambda: v.assign(1.0))()\n",
    ]
    scripts = [folder / f"script{i}.py" for i in range(len(texts))]
    for script, text in zip(scripts, texts, strict=True):
        script.write_text(text)
    return scripts


def content(run: Run) -> Trajectory:
    assert run.error == "", run.output
    assert run.trajectory is not None
    assert run.trajectory.states
    run.trajectory.values.clear()  # the digests stand for them
    return run.trajectory


def test_neither_order_nor_company_changes_a_bit(interpreter: Interpreter, tmp_path: Path) -> None:
    programs = [Program(script, script.name) for script in write_scripts(tmp_path)]
    alone = [content(interpreter.run(program)) for program in programs]
    shuffled = programs * 3
    random.Random(1).shuffle(shuffled)
    for run in interpreter.run_all(shuffled, jobs=3):
        assert content(run) == alone[programs.index(run.program)]


UNSEEDED = """
import random
import numpy as np
import tensorflow as tf
v = tf.Variable([random.random(), np.random.rand(), np.random.default_rng().random()])
print(random.random(), np.random.rand(), tf.random.uniform([]).numpy(),
      tf.random.get_global_generator().uniform([]).numpy(),
      tf.keras.random.uniform([]).numpy())
with tf.Graph().as_default(), tf.compat.v1.Session() as sess:
    print(sess.run(tf.random.uniform([])))
"""


def test_unseeded_draws_differ_from_run_to_run(record: Record) -> None:
    first, second = record(UNSEEDED).run.output.split(), record(UNSEEDED).run.output.split()
    assert len(first) == len(second) == 6
    assert all(a != b for a, b in zip(first, second, strict=True))


FRESH = """
import os
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
import numpy as np
np.random.seed(1)
import importlib.util
assert importlib.util.find_spec("tensorflow") is not None  # only asking
import tensorflow.compat.v1 as v1
import tensorflow as tf
importlib.reload(tf)
v = tf.Variable(0.0, name="v")
v.assign_add(1.0)
with tf.Graph().as_default(), v1.Session() as sess:
    w = v1.get_variable("w", initializer=0.0)
    sess.run(w.initializer)
    sess.run(w.assign_add(2.0))
from tensorflow.python.util import _pywrap_util_port
rewrites = sess._config.graph_options.rewrite_options
print(_pywrap_util_port.IsMklEnabled(), rewrites.disable_meta_optimizer, np.random.rand())
"""


def test_variables_set_before_tensorflow_is_imported_count(record: Record) -> None:
    recorded = record(FRESH)
    assert recorded.lines[-1] == f"True True {np.random.RandomState(1).rand()}"
    assert recorded.values("v") == [1]
    assert recorded.values("w") == [2]
    assert (recorded.counts("v"), recorded.counts("w")) == ([1], [1])


def run_fresh(folder: Path, text: str) -> Recorded:
    """Runs a program in an interpreter that has not imported TensorFlow."""
    script = folder / "script.py"
    script.write_text(text)
    job = {
        "script": str(script),
        "copies": {},
        "argv": ["--steps", "3"],
        "cwd": str(folder),
        "trajectory": str(folder / "trajectory.jsonl"),
        "log": str(folder / "log.txt"),
        "eager": False,
        "policy": "exact",
        "timeout": 60.0,
    }
    subprocess.run(
        [sys.executable, str(RECORDER), "run", json.dumps(job)], check=False, env=EXACT.environment
    )
    trajectory = Trajectory.load(folder / "trajectory.jsonl")
    output = (folder / "log.txt").read_text()
    return Recorded(Run(Program(script, "fresh"), trajectory, "", output, 0.0))


def test_a_script_that_never_imports_tensorflow(tmp_path: Path) -> None:
    recorded = run_fresh(tmp_path, "import sys\nprint('tensorflow' in sys.modules, sys.argv[1:])\n")
    assert recorded.lines == ["False ['--steps', '3']"]
    assert recorded.trajectory.status == "finished"
    assert recorded.trajectory.variables == {}
    assert recorded.trajectory.header["argv"] == ["--steps", "3"]
    assert "tensorflow" not in recorded.trajectory.header


def test_a_module_of_the_program_may_have_any_name(tmp_path: Path) -> None:
    for name in ("program", "session", "steps", "policy", "writer"):
        (tmp_path / f"{name}.py").write_text("WHAT = __file__\n")
    recorded = run_fresh(tmp_path, "import program, session, steps, policy\nprint(steps.WHAT)\n")
    assert recorded.lines == [str(tmp_path / "steps.py")]


def test_an_import_that_fails_may_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text(
        "import builtins\nif not hasattr(builtins, 'again'):\n"
        "    builtins.again = 1\n    raise ImportError('at first')\n__version__ = '2.0'\n"
    )
    recorded = run_fresh(
        tmp_path,
        "try:\n    import tensorflow\nexcept ImportError as error:\n    print(error)\n"
        "import tensorflow\n",
    )
    assert recorded.lines[0] == "at first"
    # This one is not TensorFlow, and the recorder does not get on with it.
    assert recorded.trajectory.status == "error"


FORKS = """
import multiprocessing, os, sys
v = tf.Variable(0.0, name="v")
v.assign(1.0)
def work(x):
    return x * 2
if __name__ == "__main__":
    pid = os.fork()
    if not pid:
        v.assign(100.0)
        sys.exit(5)
    print(os.waitpid(pid, 0)[1] >> 8)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, [1, 2]))
    v.assign(2.0)
"""


def test_processes_that_a_program_forks_are_recorded_apart(record: Record) -> None:
    recorded = record(V2 + FORKS)
    assert recorded.values("v") == [1, 2]
    name = "v (process 1)"
    assert (recorded.initial(name), recorded.values(name)) == (1, [100])
    assert list(recorded.trajectory.variables) == ["v", name]
    assert recorded.steps == [1, 1, 2]
    assert recorded.lines[-2:] == ["5", "[2, 4]"]


SPAWNS = """
import multiprocessing
def work(x):
    return x * 2
if __name__ == "__main__":
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        print(pool.map(work, [1, 2]))
    import tensorflow as tf
    v = tf.Variable(0.0, name="v")
    v.assign(2.0)
"""


def test_a_program_may_spawn_a_pool(record: Record) -> None:
    recorded = record(SPAWNS)
    assert recorded.lines[-1] == "[2, 4]"
    assert recorded.values("v") == [2]


def test_an_exception_hook_of_the_program_is_used(record: Record) -> None:
    recorded = record(
        V2 + "import sys\ndef hook(kind, error, trace): print('hook:', error, trace.tb_lineno)\n"
        "sys.excepthook = hook\n"
        "raise ValueError('x')\n",
        error="script.py:5: ValueError: x",
    )
    assert recorded.lines[-1] == "hook: x 5"
