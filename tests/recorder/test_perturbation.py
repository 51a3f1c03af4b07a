"""Runs that are rounded otherwise, on purpose."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.recorder.perturbation import Perturbation
from migrate_vars.trajectory.distance import ulp_distance
from migrate_vars.trajectory.trajectory import Trajectory

SESSION = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [4], name="x")
w = tf.Variable([0.1, 0.2, 0.3, 0.0], name="w")
n = tf.Variable(0.0, name="n")
q = tf.Variable([0.3, 1.2, 2.5, 7.1], name="q")
train = tf.group(tf.assign_sub(w, 0.1 * tf.tanh(w * x)), tf.assign_add(n, 1.0), ROUND)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(5):
        sess.run(train, {x: np.float32([0.7, 1.0, 2.0, 3.0])})
    print(np.float64(1) / 3)
"""
ROUND = "tf.assign(q, tf.round(q + w))"
EAGER = """
import tensorflow as tf
w = tf.Variable([0.1, 0.2, 0.3, 0.0], name="w")
n = tf.Variable(0, name="n")
@tf.function
def step(x):
    w.assign_sub(0.1 * tf.tanh(w * x))
    n.assign_add(1)
for i in range(5):
    step(tf.constant([0.7, 1.0, 2.0, 3.0]))
"""


def moved(value: Any, seed: int = 1, strong: bool = False) -> Any:
    return Perturbation(seed, strong).move(value)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_each_element_moves_by_one_ulp(dtype: Any) -> None:
    value = (np.random.RandomState(0).randn(20, 10) + 0.1).astype(dtype)
    other = moved(value)
    assert other.dtype == value.dtype
    assert other.shape == value.shape
    distances = ulp_distance(value, other)
    assert (distances <= 1).all()
    assert (distances == 1).mean() > 0.9
    assert 0.2 < (other > value).mean() < 0.8


def test_what_a_few_bits_can_say_stays() -> None:
    exact = np.array([0.0, -0.0, 1.0, 3.0, 255.0, 0.5, -2.75, np.inf, -np.inf, np.nan], np.float32)
    assert moved(exact) is None
    assert moved(np.arange(5)) is None
    assert moved(np.array([b"a"], object)) is None
    assert moved(np.zeros((0, 3), np.float32)) is None
    assert moved(np.finfo(np.float32).max) is None
    assert moved(True) is None
    mixed = moved(np.array([1.0, 0.1], np.float32))
    assert mixed[0] == 1.0
    assert mixed[1] != np.float32(0.1)


def test_a_strong_move_is_by_a_hundredth_at_most() -> None:
    value = np.random.RandomState(0).randn(100).astype(np.float32)
    other = moved(value, strong=True)
    assert 1e-3 < np.abs(other / value - 1).max() < 0.0101


class Record:
    """Runs a text with other rounding."""

    def __init__(self, folder: Path, interpreter: Interpreter) -> None:
        self._folder = folder
        self._interpreter = interpreter

    def __call__(self, text: str, seed: int, **more: Any) -> Trajectory:
        """What is recorded of a text that is rounded as a seed says; 0: as ever."""
        path = self._folder / "program.py"
        path.write_text(text)
        program = Program(path, path.name, perturb=seed, **more)
        run = self._interpreter.run(program)
        assert not run.error, run.output
        assert run.trajectory is not None
        if "print" in text:
            assert "0.3333333333333333" in run.output
        return run.trajectory


@pytest.fixture
def record(tmp_path: Path, interpreter: Interpreter) -> Record:
    return Record(tmp_path, interpreter)


def last(trajectory: Trajectory, name: str) -> Any:
    digests = [state.writes[name].digest for state in trajectory.states if name in state.writes]
    return trajectory.value(name, digests[-1])


def test_a_session_rounds_otherwise_and_repeats(record: Record) -> None:
    text = SESSION.replace(", ROUND", "")
    plain, one, again, two = (record(text, seed) for seed in (0, 1, 1, 2))
    assert (plain.perturbed, one.perturbed) == ("", "rounding")
    assert one.states == again.states
    assert one.initial == again.initial
    assert one.states != two.states
    difference = np.abs(last(one, "w") - last(plain, "w"))
    assert 0 < difference.max() < 1e-6
    assert last(one, "n") == 5.0  # what is exact stays exact
    # What the program feeds is recorded as it feeds it.
    assert one.feeds == plain.feeds


def test_whole_numbers_are_not_rounded_otherwise(record: Record) -> None:
    text = SESSION.replace("ROUND", ROUND)
    plain, other = record(text, 0), record(text, 1)
    assert other.perturbed == "values"
    assert last(other, "q").tolist() == last(plain, "q").tolist()
    assert 0 < np.abs(last(other, "w") - last(plain, "w")).max() < 1e-6


@pytest.mark.parametrize("eagerly", [False, True])
def test_eager_values_are_moved(record: Record, eagerly: bool) -> None:
    plain, one, again = (record(EAGER, seed, eager=eagerly) for seed in (0, 1, 1))
    assert one.perturbed == "values"
    assert one.states == again.states
    assert 0 < np.abs(last(one, "w") - last(plain, "w")).max() < 1e-6
    assert last(one, "n") == 5
    assert one.feeds == plain.feeds


def test_python_code_in_a_graph_rounds_as_ever(record: Record) -> None:
    function = "lambda: np.float32(np.float64(1) / 3 == 0.3333333333333333)"
    text = SESSION.replace("ROUND", f"tf.assign_add(n, tf.py_func({function}, [], tf.float32))")
    assert last(record(text, 3), "n") == 10.0


def test_values_of_states_are_kept_however_large(record: Record) -> None:
    text = EAGER.replace("[0.1, 0.2, 0.3, 0.0]", "tf.ones([40000])").replace(
        "tf.constant([0.7, 1.0, 2.0, 3.0])", "tf.constant(0.7)"
    )
    plain, kept = record(text, 0), record(text, 0, keep_states=(0, 4))
    numbers = [s.number for s in kept.states if kept.value("w", s.writes["w"].digest) is not None]
    assert numbers == [4]
    assert kept.value("w", kept.initial["w"]) is not None
    assert plain.value("w", plain.initial["w"]) is None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have other numbers for modes")
def test_the_rounding_mode_is_what_it_was(tmp_path: Path) -> None:
    perturbation = Perturbation(1)
    with pytest.raises(ValueError, match="no"), perturbation.rounding():
        raise ValueError("no")
    assert np.float64(1) / 3 == 0.3333333333333333
    assert np.float32(1) / np.float32(3) == np.float32(0.33333334)
