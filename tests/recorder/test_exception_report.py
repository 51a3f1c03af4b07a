"""What a run failed with: the user's own lines, and what may help."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from migrate_vars.equivalence.running.failures import Failure, describe_failure, read_failure
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

BOTH = ["interpreter", "tf1_interpreter"]


def failed(interpreter: Interpreter, folder: Path, text: str) -> tuple[Run, Failure]:
    script = folder / "train.py"
    script.write_text(text)
    run = interpreter.run(Program(script, "train.py", cwd=folder))
    assert run.error
    assert run.failure is not None
    return run, run.failure


def lines(failure: Failure) -> list[str]:
    return [f"{frame.site} {frame.function}: {frame.text}" for frame in failure.frames]


@pytest.mark.parametrize("python", BOTH)
def test_lines_of_functions_that_autograph_has_translated(
    python: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run, failure = failed(
        request.getfixturevalue(python),
        tmp_path,
        "import tensorflow as tf\n"
        "tf.compat.v1.enable_v2_behavior()\n"
        "def inner(x):\n"
        "    if x > 0.0:\n"
        "        y = x + tf.zeros([2, 3])\n"
        "        return tf.matmul(y, tf.zeros([2, 3]))\n"
        "    return x + tf.zeros([2, 3])\n"
        "@tf.function\n"
        "def step(x):\n"
        "    return inner(x)\n"
        "def main():\n"
        "    step(tf.constant(1.0))\n"
        "main()\n",
    )
    found = lines(failure)
    assert found[:2] == ["train.py:13 <module>: main()", "train.py:12 main: step(tf.constant(1.0))"]
    assert "train.py:10 step: return inner(x)" in found
    assert found[-1] == "train.py:6 inner: return tf.matmul(y, tf.zeros([2, 3]))"
    assert run.error.startswith("train.py:6: ValueError: Dimensions must be equal, but are 3 and 2")
    assert "autograph" not in "".join(found)


@pytest.mark.parametrize("python", BOTH)
def test_the_op_that_failed_is_named_where_it_was_made(
    python: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run, failure = failed(
        request.getfixturevalue(python),
        tmp_path,
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\n"
        "x = tf.placeholder(tf.float32, [None])\n"
        "y = tf.reshape(x, [3])\n"
        "with tf.Session() as sess:\n"
        "    sess.run(y, {x: [1.0]})\n",
    )
    assert lines(failure) == ["train.py:6 <module>: sess.run(y, {x: [1.0]})"]
    assert failure.made_at is not None
    assert (str(failure.made_at.site), failure.made_at.text) == (
        "train.py:4",
        "y = tf.reshape(x, [3])",
    )
    message = "InvalidArgumentError: Input to reshape is a tensor with 1 values, but the requested"
    assert run.error.startswith(f"train.py:6: {message}")


ADVICE = [
    ("import nopkg.sub\n", f"install nopkg in that interpreter ({sys.executable} -m pip install n"),
    ("import cv2_\n", "install cv2_ in that interpreter"),
    ("import beside.x\n", "beside is in the current folder"),
    ("import scipyx, os.nothing\n", "install scipyx"),
    ("import os.nothing\n", ""),
    ("import tensorflow as tf\ntf.contrib.layers\n", "TensorFlow 2 has no tf.contrib: name an"),
    ("import tensorflow.contrib.slim\n", "has no tf.contrib"),
    ("from tensorflow import placeholder_\n", "has no tf.placeholder_"),
    (
        "import importlib\ntf = importlib.import_module('tensorflow')\ntf.placeholder\n",
        "TensorFlow 2 has tf.placeholder as tf.compat.v1.placeholder; --v1-view always gives it",
    ),
    (
        "import importlib\nimportlib.import_module('tensorflow').train.AdamOptimizer()\n",
        "TensorFlow 2 has tf.train.AdamOptimizer as tf.compat.v1.train.AdamOptimizer",
    ),
    (
        "import tensorflow.compat.v1 as tf\ntf.placeholder(tf.float32)\n",
        "--v1-view always gives it the names and the behaviour of TensorFlow 1",
    ),
    ("import tensorflow as tf\ntf.Variable(1.0).nothing\n", ""),
    ("raise AttributeError(\"module 'numpy' has no attribute 'int'\")\n", ""),
    ("class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd\n", ""),
]


@pytest.mark.parametrize(("text", "advice"), ADVICE, ids=[text for text, _ in ADVICE])
def test_what_may_help(text: str, advice: str, interpreter: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "beside").mkdir()
    folder = tmp_path / "scripts"
    folder.mkdir()
    script = folder / "train.py"
    script.write_text(text)
    run = interpreter.run(Program(script, "train.py", cwd=tmp_path))
    assert run.failure is not None
    if advice:
        assert advice in run.failure.advice
    else:
        assert run.failure.advice == ""
    # With the view already on, it is no advice.
    if "--v1-view" in advice:
        seen = interpreter.run(Program(script, "train.py", cwd=tmp_path, v1_view="always"))
        assert seen.failure is None or "--v1-view" not in seen.failure.advice


def test_a_name_that_only_tensorflow_2_has(tf1_interpreter: Interpreter, tmp_path: Path) -> None:
    text = "import tensorflow as tf\ntf.keras.Sequential([tf.keras.layers.TextVectorization()])\n"
    _, failure = failed(tf1_interpreter, tmp_path, text)
    assert failure.advice.startswith("TensorFlow 1.15.5 has no tf.keras.layers.TextVectorization:")


def test_other_ways_to_fail(interpreter: Interpreter, tmp_path: Path) -> None:
    _, failure = failed(interpreter, tmp_path, "import tensorflow\nx = (\n")
    assert lines(failure) == ["train.py:2 : x = ("]
    (tmp_path / "deep.py").write_text(
        "def f(n):\n    g(n)\ndef g(n):\n    f(n - 1) if n else 1 / 0\n"
    )
    _, failure = failed(interpreter, tmp_path, "import deep\ndeep.f(100)\n")
    assert len(failure.frames) == 50
    told = list(describe_failure(failure, 6))
    assert told[0] == "    ... 44 earlier lines of yours"
    assert len(told) == 7
    # The program has ended by itself, or with a word.
    script = tmp_path / "train.py"
    script.write_text("import sys\nsys.exit('no')\n")
    assert interpreter.run(Program(script, "train.py")).failure is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"frames": [[1]]}', '{"frames": 3}', "\xff"])
def test_what_a_program_has_written_there_does_no_harm(text: str, tmp_path: Path) -> None:
    path = tmp_path / "failure.json"
    path.write_text(text, encoding="latin-1")
    assert read_failure(path, "2.21.0", "python", "--python", "auto", tmp_path) is None
