"""Which steps are wrong on their own, when each begins where the reference began it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.judging.teacher_forcing import Forced, ForcingError, force, start_from
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.comparison import compare
from migrate_vars.trajectory.trajectory import Trajectory

SESSION = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=[4.0, -2.0])
n = tf.get_variable("n", initializer=0)
train = tf.group(tf.assign_sub(w, 0.1 * w), tf.assign_add(n, 1))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(6):
        sess.run(train)
"""
EAGER = """
import tensorflow as tf
w = tf.Variable([4.0, -2.0], name="w")
n = tf.Variable(0, name="n")
def step(i):
    w.assign_sub(0.1 * w)
    n.assign_add(1)
for i in range(6):
    step(i)
"""
RATE = "w.assign_sub(0.1 * w)"


class Programs:
    """Runs programs in a folder, each once, and forces them."""

    def __init__(self, folder: Path, interpreter: Interpreter) -> None:
        self._folder = folder
        self._interpreter = interpreter
        self._runs: dict[str, Run] = {}

    def run(self, text: str) -> Run:
        """Runs a text."""
        if text not in self._runs:
            script = self._folder / f"program{len(self._runs)}.py"
            script.write_text(text)
            self._runs[text] = self._interpreter.run(Program(script, "program"))
            assert self._runs[text].error == "", self._runs[text].output
        return self._runs[text]

    def trajectory(self, text: str) -> Trajectory:
        """What running a text records."""
        trajectory = self.run(text).trajectory
        assert trajectory is not None
        return trajectory

    def force(self, text: str, bound: float | None = None) -> Forced:
        """Forces a text, which must not train like the session."""
        ours, run = self.trajectory(SESSION), self.run(text)
        assert run.trajectory is not None
        comparison = compare(ours, run.trajectory)
        assert not comparison.identical
        return force(self.run(SESSION), run, comparison.mapping, bound)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory, interpreter: Interpreter) -> Programs:
    return Programs(tmp_path_factory.mktemp("forcing"), interpreter)


def test_a_single_wrong_step_is_told_from_what_follows_from_it(programs: Programs) -> None:
    forced = programs.force(EAGER.replace(RATE, "w.assign_sub((0.2 if i == 2 else 0.1) * w)"))
    assert str(forced) == "a single wrong step: 3 (variable w)"
    assert forced.steps == (1, 2, 3, 4, 5, 6)
    (wrong,) = forced.wrong
    # In NumPy: 0.1 of what step 3 begins with, 4.0 less two tenths.
    began = 4.0 * 0.9**2
    assert wrong.scaled == pytest.approx(0.1 * began / 4.0, rel=1e-6)
    assert wrong.ulp is not None


def test_every_step_may_be_wrong(programs: Programs) -> None:
    forced = programs.force(EAGER.replace("0.1", "0.2"))
    assert str(forced) == "every step is wrong on its own (by up to 0.1)"
    # Each begins where the reference began it, so the distance shrinks as the values do.
    expected = [0.1 * 0.9**k for k in range(6)]
    assert [each.scaled for each in forced.wrong] == pytest.approx(expected, rel=1e-6)


def test_some_steps_may_be_wrong(programs: Programs) -> None:
    forced = programs.force(EAGER.replace(RATE, "w.assign_sub((0.2 if i % 2 else 0.1) * w)"))
    assert str(forced) == "3 of 6 steps are wrong on their own: 2, 4, 6"


def test_initial_values_are_told_from_steps(programs: Programs) -> None:
    forced = programs.force(EAGER.replace("4.0", "5.0"))
    assert str(forced) == "only the initial values differ (variable w): every step is right"
    both = programs.force(EAGER.replace("4.0", "5.0").replace("0.1", "(0.3 if i == 4 else 0.1)"))
    assert str(both) == (
        "the initial values differ (variable w), and a single wrong step: 5 (variable w)"
    )


def test_drift_that_accumulates_is_no_wrong_step(programs: Programs) -> None:
    text = EAGER.replace("0.1", "0.10001")
    forced = programs.force(text, bound=2e-5)
    assert forced.wrong == ()
    assert str(forced) == "no step is wrong on its own (at most 1e-05): accumulated drift"
    assert len(programs.force(text, bound=1e-6).wrong) == 6


def test_values_too_large_to_keep_are_compared_by_their_samples(programs: Programs) -> None:
    large = "w = tf.Variable(tf.ones([200, 200]), name='w')\nn ="
    session = re.sub("w = .*\nn =", large, SESSION)
    eager = re.sub("w = .*\nn =", large, EAGER).replace("0.1 * w", "0.101 * w")
    reference, other = programs.run(session), programs.run(eager)
    assert reference.trajectory is not None
    assert other.trajectory is not None
    mapping = compare(reference.trajectory, other.trajectory).mapping
    forced = force(reference, other, mapping, 0.01)
    assert forced.wrong == ()
    assert str(forced) == "no step is wrong on its own (at most 0.001): accumulated drift"
    forced = force(reference, other, mapping)
    assert str(forced) == "every step is wrong on its own (by up to 0.001)"


@pytest.mark.parametrize("at_once", [1, 2, 3, 7])
def test_what_does_not_fit_into_one_run_is_forced_in_several(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    large = "w = tf.Variable(tf.ones([200, 200]), name='w')\nn ="
    session = re.sub("w = .*\nn =", large, SESSION)
    eager = re.sub("w = .*\nn =", large, EAGER)
    eager = eager.replace(RATE, "w.assign_sub((0.2 if i in (1, 4) else 0.1) * w)")
    reference, other = programs.run(session), programs.run(eager)
    assert reference.trajectory is not None
    assert other.trajectory is not None
    mapping = compare(reference.trajectory, other.trajectory).mapping
    monkeypatch.setattr(
        "migrate_vars.equivalence.judging.teacher_forcing._ASKED_ELEMENTS", at_once * 40_000
    )
    forced = force(reference, other, mapping)
    assert forced.steps == (1, 2, 3, 4, 5, 6)
    assert str(forced) == "2 of 6 steps are wrong on their own: 2, 5"
    assert [each.scaled for each in forced.distances] == pytest.approx([0.09, 0.06561])
    monkeypatch.setattr("migrate_vars.equivalence.judging.teacher_forcing._RUNS", 0)
    with pytest.raises(ForcingError, match="too many of the reference's values"):
        force(reference, other, mapping)


def test_what_is_no_variable_may_be_at_fault(programs: Programs) -> None:
    # The difference is carried by Python, from step 4 on, and shows in every step after it.
    text = EAGER.replace(
        "def step(i):", "rate = [0.1]\ndef step(i):\n    rate[0] += 0.1 * (i == 3)"
    )
    forced = programs.force(text.replace("0.1 * w", "rate[0] * w"))
    assert str(forced) == "3 of 6 steps are wrong on their own: 4, 5, 6"


def test_a_program_cut_into_other_steps_is_compared_where_both_end(programs: Programs) -> None:
    text = EAGER.replace("for i in range(6)", "for i in range(3)").replace(
        "def", "@tf.function\ndef"
    )
    second = f"    {RATE}\n    n.assign_add(1)\n".replace("0.1", "(0.2 if i == 1 else 0.1)")
    twice = text.replace("    n.assign_add(1)\n", f"    n.assign_add(1)\n{second}")
    forced = programs.force(twice)
    assert forced.steps == (2, 4, 6)
    assert str(forced) == "a single wrong step: 4 (variable w)"


def test_nothing_is_said_after_the_program_does_other_things(programs: Programs) -> None:
    # The values decide what is written, and forced ones stay above 2.5 for longer.
    text = EAGER.replace(RATE, "w[0] > 2.5 and w.assign_sub(0.3 * w)")
    forced = programs.force(text)
    assert forced.stopped
    assert forced.steps == (1, 2)
    assert str(forced).endswith("; after step 2 the program takes another path than it did before")


def test_programs_without_common_steps_are_refused(programs: Programs) -> None:
    text = EAGER.replace("range(6)", "range(4)").replace(
        "n.assign_add(1)", "w.assign(w); n.assign_add(2)"
    )
    with pytest.raises(ForcingError, match="cannot be aligned"):
        programs.force(text)


def test_a_program_can_start_from_its_reference(programs: Programs) -> None:
    ours, run = programs.trajectory(SESSION), programs.run(EAGER.replace("4.0, -2.0", "5.0, 3.0"))
    assert run.trajectory is not None
    mapping = compare(ours, run.trajectory).mapping
    again = start_from(ours, run, mapping)
    assert again.trajectory is not None
    assert compare(ours, again.trajectory).identical
    final = again.trajectory.value("w", again.trajectory.states[-2].writes["w"].digest)
    model = np.array([4.0, -2.0], np.float32)
    for _ in range(6):
        model -= np.float32(0.1) * model
    np.testing.assert_array_equal(final, model)
