"""The bundled patterns, held against their optimizers' published formulas.

The expected values come from NumPy in float32 alone, in the order in which TensorFlow's kernels
evaluate (tensorflow/core/kernels/training_ops.cc: `ApplyGradientDescent` and `ApplyAdamNonCuda`),
and from nothing of this package. TensorFlow 1.15.5 and 2 reach them bit for bit on x86-64;
elsewhere a compiler may fuse a multiplication with an addition, and 4 ULP are allowed.
"""

from __future__ import annotations

import ast
import itertools
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import REPOSITORY

PATTERNS = REPOSITORY / "legacy_examples"
NAMES = ["assign_add_after_step", "clipped_gradient_assign_sub", "conditional_reset"]
CHILD = Path(__file__).with_name("child.py")
ULP = 0 if platform.machine() in {"x86_64", "AMD64"} else 4

State = dict[str, np.float32]
F = np.float32


def adam_then_add() -> list[State]:
    """Adam on v squared from 0, and 0.5 added after each step."""
    one, rate, beta1, beta2, epsilon = F(1), F(0.1), F(0.9), F(0.999), F(1e-8)
    v, m, u, power1, power2 = F(0), F(0), F(0), beta1, beta2
    states = []
    for step in range(11):
        if step:
            g = F(2) * v
            alpha = rate * np.sqrt(one - power2) / (one - power1)
            m = m + (g - m) * (one - beta1)
            u = u + (g * g - u) * (one - beta2)
            v = v - (m * alpha) / (np.sqrt(u) + epsilon)
            power1, power2 = power1 * beta1, power2 * beta2
            v = v + F(0.5)
        states.append(
            {"v": v, "v/Adam": m, "v/Adam_1": u, "beta1_power": power1, "beta2_power": power2}
        )
    return states


def clip_then_subtract() -> list[State]:
    """Gradient descent on v squared from 1, gradient within 0.5, and 0.1 taken off after each."""
    v = F(1)
    states = [{"v": v}]
    for _ in range(10):
        g = min(max(F(2) * v, F(-0.5)), F(0.5))
        v = v - F(0.01) * g
        v = v - F(0.1)
        states.append({"v": v})
    return states


def descend_and_reset() -> list[State]:
    """Gradient descent on twice the counter, which goes back to 0 after the even steps."""
    counter = F(0)
    states = [{"counter": counter}]
    for step in range(5):
        counter = counter - F(0.01) * F(2)
        if step % 2 == 0:
            counter = F(0)
        states.append({"counter": counter})
    return states


FORMULAS: dict[str, Callable[[], list[State]]] = {
    "assign_add_after_step": adam_then_add,
    "clipped_gradient_assign_sub": clip_then_subtract,
    "conditional_reset": descend_and_reset,
}


def python(interpreter: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    return subprocess.run(
        [str(interpreter), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def assert_same(actual: dict[str, Any], expected: State, where: str) -> None:
    for name, value in actual.items():
        distance = np.abs(F(value) - expected[name]) / np.spacing(np.abs(expected[name]))
        assert distance <= ULP, f"{where}: {name} is {F(value)!r}, {expected[name]!r} by formula"


def scripts() -> list[Path]:
    """The scripts of the patterns that have a formula; running all of them is what verify does."""
    return sorted(path for path in PATTERNS.glob("*/*.py") if path.parent.name in NAMES)


def test_every_founding_pattern_has_a_formula() -> None:
    assert sorted(FORMULAS) == NAMES


def test_every_pattern_has_both_programs_and_says_what_it_is() -> None:
    folders = [path for path in PATTERNS.iterdir() if path.is_dir() and path.name[0] not in "._"]
    assert len(folders) >= 24
    for folder in folders:
        assert {"v1_session.py", "v2_eager.py"} <= {path.name for path in folder.iterdir()}
        for script in folder.glob("*.py"):
            docstring = ast.get_docstring(ast.parse(script.read_bytes()))
            assert docstring, script
            if script.stem == "v1_session":
                assert re.search(r"\bMet (in|where|wherever)\b", docstring), script


def test_the_formulas_train_something() -> None:
    for name, formula in FORMULAS.items():
        states = formula()
        moving = [after for before, after in itertools.pairwise(states) if after != before]
        assert len(moving) >= 4, f"{name} hardly moves"


def test_the_clip_holds_in_some_epochs_and_not_in_others() -> None:
    gradients = [abs(2 * state["v"]) for state in clip_then_subtract()[:-1]]
    assert min(gradients) < 0.5 < max(gradients)


@pytest.mark.parametrize("mode", ["session", "function", "eager"])
def test_each_step_is_what_the_formula_says(mode: str) -> None:
    script = "v1_session.py" if mode == "session" else "v2_eager.py"
    arguments = [text for name in NAMES for text in (name, str(PATTERNS / name / script))]
    done = python(sys.executable, str(CHILD), mode, *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for name in NAMES:
        expected = FORMULAS[name]()
        assert len(found[name]) == len(expected)
        checked = set()
        for step, (actual, state) in enumerate(zip(found[name], expected, strict=True)):
            assert_same(actual, state, f"{name}, {mode}, after {step} steps")
            checked |= set(actual)
        leading = {"counter"} if name == "conditional_reset" else {"v"}
        assert checked == (leading if mode == "session" else set(expected[0]))


def last_value(printed: str) -> tuple[str, float]:
    match = re.search(r"(\w+) = (\S+)$", printed.strip())
    assert match, f"no final value in {printed!r}"
    return match[1], float(match[2])


def drift_allowed(script: Path) -> float:
    match = re.search(r"^# migrate-vars: drift <= (\S+)$", script.read_text("utf-8"), re.MULTILINE)
    return float(match[1]) if match else 0.0


@pytest.mark.parametrize("script", scripts(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_script_runs_on_its_own(script: Path, tmp_path: Path) -> None:
    copy = tmp_path / script.name
    copy.write_bytes(script.read_bytes())
    done = python(sys.executable, str(copy))
    assert done.returncode == 0, done.stderr
    name, value = last_value(done.stdout)
    states = FORMULAS[script.parent.name]()
    if script.stem == "v2_keras":
        scale = max(abs(float(state[name])) for state in states)
        assert abs(float(F(value)) - float(states[-1][name])) <= drift_allowed(script) * scale
    else:
        assert_same({name: value}, states[-1], script.stem)


@pytest.mark.parametrize("name", NAMES)
def test_a_session_script_runs_unchanged_under_tensorflow_1(name: str, tf1_python: Path) -> None:
    done = python(tf1_python, str(PATTERNS / name / "v1_session.py"))
    assert done.returncode == 0, done.stderr
    variable, value = last_value(done.stdout)
    assert_same({variable: value}, FORMULAS[name]()[-1], "TensorFlow 1.15.5")


SESSION = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
counter = tf.Variable(0)
loss = {loss}
tf.train.GradientDescentOptimizer(0.01).minimize(loss)
"""

EAGER = """
import tensorflow as tf
counter = tf.Variable(0)
with tf.GradientTape() as tape:
    loss = {loss}
gradient = tape.gradient(loss, counter)
print("gradient:", gradient)
tf.keras.optimizers.SGD(0.01).apply_gradients([(gradient, counter)])
"""

INTEGER_LOSS = "2 * counter"
FLOAT_LOSS = "2.0 * tf.cast(counter, tf.float32)"
NO_GRADIENTS = "ValueError: No gradients provided for any variable"
WRONG_LOSS = "ValueError: Invalid type tf.int32"


@pytest.mark.parametrize(
    ("program", "loss", "message"),
    [
        (SESSION, FLOAT_LOSS, NO_GRADIENTS),
        (SESSION, INTEGER_LOSS, WRONG_LOSS),
        (EAGER, FLOAT_LOSS, NO_GRADIENTS),
        (EAGER, INTEGER_LOSS, NO_GRADIENTS),
    ],
    ids=["session-float_loss", "session-integer_loss", "eager-float_loss", "eager-integer_loss"],
)
def test_the_published_integer_counter_fails(program: str, loss: str, message: str) -> None:
    done = python(sys.executable, "-c", program.format(loss=loss))
    assert done.returncode == 1
    assert message in done.stderr
    assert program is SESSION or "gradient: None" in done.stdout


@pytest.mark.parametrize(
    ("loss", "message"),
    [(FLOAT_LOSS, NO_GRADIENTS), (INTEGER_LOSS, WRONG_LOSS)],
    ids=["float_loss", "integer_loss"],
)
def test_the_published_integer_counter_fails_under_tensorflow_1(
    loss: str, message: str, tf1_python: Path
) -> None:
    done = python(tf1_python, "-c", SESSION.format(loss=loss))
    assert done.returncode == 1
    assert message in done.stderr
