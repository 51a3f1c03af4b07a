"""Whole programs, written as such programs are published, are recorded and compared rightly.

Each of `programs/*.py` runs unchanged under TensorFlow 1.15 and 2; some have a counterpart in
TensorFlow 2, `*_v2.py`, that is built in another way.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.equivalence.judging.random_draws import drawing_like
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

PROGRAMS = Path(__file__).with_name("programs")
# Of each program, how many training steps it takes.
STEPS = {
    "accumulation": 12,
    "actor_critic": 15,
    "backpropagation": 12,
    "callables": 9,
    "control_flow": 6,
    "convolution": 8,
    "ddpg": 13,
    "dqn": 20,
    "gan": 15,
    "iterators": 11,
    "linear_regression": 24,
    "monitored": 7,
    "odd_variables": 5,
    "perceptron_class": 9,
    "policy_gradient": 4,
    "queue_reader": 12,
    "recurrent": 9,
    "saver": 13,
    "softmax_regression": 12,
    "two_graphs": 9,
}
# Kernels of the two releases round these differently; relative to each variable's largest value.
ROUNDED = {
    "convolution",
    "dqn",
    "perceptron_class",
    "policy_gradient",
    "recurrent",
    "softmax_regression",
}
# The two releases shuffle otherwise; or the program reads and writes a weight in no order, and 1.15
# takes the one that comes.
OTHERWISE = {"backpropagation", "iterators"}
MIGRATED = sorted(path.stem[:-3] for path in PROGRAMS.glob("*_v2.py"))

RunOnce = Callable[..., Run]


@pytest.fixture(scope="session")
def run_once() -> RunOnce:
    """Runs a program, and keeps what came of it for the tests that follow."""
    known: dict[tuple[Interpreter, str, bytes | None, bool], Run] = {}

    def run_once(
        interpreter: Interpreter, name: str, source: bytes | None = None, eager: bool = False
    ) -> Run:
        key = interpreter, name, source, eager
        if key not in known:
            path = PROGRAMS / f"{name}.py"
            # As scripts are verified: runs that race are made in one order.
            program = Program(
                path, path.name, source=source, eager=eager, align_seeds=True, races=True
            )
            known[key] = interpreter.run(program)
        return known[key]

    return run_once


def explain(judgement: Judgement) -> str:
    return f"{judgement.message} {judgement.divergence}"


def test_every_program_is_tested() -> None:
    found = {path.stem for path in PROGRAMS.glob("*.py")}
    assert found == set(STEPS) | {f"{name}_v2" for name in MIGRATED}


@pytest.mark.parametrize("name", STEPS)
def test_a_program_repeats_and_trains_like_its_rewritten_copy(
    interpreter: Interpreter, run_once: RunOnce, name: str
) -> None:
    reference = run_once(interpreter, name)
    assert judge_reference(reference) is None, reference.output
    assert reference.trajectory is not None
    assert (reference.trajectory.steps, reference.trajectory.warnings) == (STEPS[name], [])
    script = PROGRAMS / f"{name}.py"
    copy = rewrite_source(script.read_bytes(), str(script)).output + b"\n"
    judgement = judge(reference, run_once(interpreter, name, copy))
    assert judgement.verdict is Verdict.IDENTICAL, explain(judgement)


@pytest.mark.parametrize("name", STEPS)
def test_a_program_trains_alike_under_both_releases(
    interpreter: Interpreter, tf1_interpreter: Interpreter, run_once: RunOnce, name: str
) -> None:
    old = run_once(tf1_interpreter, name)
    assert judge_reference(old) is None, old.output
    assert old.trajectory is not None
    path = PROGRAMS / f"{name}.py"
    program = Program(path, path.name, races=True)
    new = interpreter.run(drawing_like(program, old.trajectory))
    if name in OTHERWISE:
        assert new.trajectory is not None
        assert [s.step for s in old.trajectory.states] == [s.step for s in new.trajectory.states]
        return
    judgement = judge(old, new, 1e-6 if name in ROUNDED else None)
    assert judgement.verdict.passed, explain(judgement)


@pytest.mark.parametrize("eager", [True, False], ids=["eager", "function"])
@pytest.mark.parametrize("name", MIGRATED)
def test_a_migrated_program_trains_like_the_session_program(
    interpreter: Interpreter, run_once: RunOnce, name: str, eager: bool
) -> None:
    migrated = run_once(interpreter, f"{name}_v2", eager=eager)
    judgement = judge(run_once(interpreter, name), migrated)
    assert judgement.verdict is Verdict.IDENTICAL, explain(judgement)
    assert judgement.comparison is not None
    assert not judgement.comparison.mapping.uncertain


# Of each defect the script that has it, the text that it replaces, and where it shows: the step of
# the session program, and the variables of which any may be named first.
DEFECTS = {
    "rate": ("linear_regression", "rate = 0.01", "rate = 0.011", 1, "weight"),
    "decay": ("softmax_regression", "global_step, 4, 0.9", "global_step, 4, 0.8", 5, "W"),
    "missing update": (
        "backpropagation",
        "tf.assign(b_2, tf.subtract(b_2, tf.multiply(eta, tf.reduce_mean(d_b_2, axis=[0])))),",
        "",
        1,
        "b_2",
    ),
    "late copy": ("dqn", "target_iter=5", "target_iter=6", 6, "target_net/w1"),
    "early copy": ("dqn", "target_iter=5", "target_iter=4", 5, "target_net/w1"),
    "part of the copy": (
        "dqn",
        "            self.sess.run(self.replace_target_op)",
        "            self.sess.run(self.replace_target_op[:2])",
        1,
        "target_net/w2",
    ),
    "skipped step": (
        "dqn",
        "[self._train_op, self.loss]",
        "[self._train_op if self.learn_step_counter != 6 else self.s, self.loss]",
        7,
        "eval_net/w1",
    ),
    "tau": ("ddpg", "TAU = 0.05", "TAU = 0.04", 2, "Actor/target/w"),
    "order": (
        "ddpg",
        "        self.sess.run(self.soft_replace)\n",
        "        self.learn_critic_first = self.sess.run(self.atrain, {self.S: [[1.0, 2.0]]})\n",
        1,
        "Actor/eval/w",
    ),
    "skipped copy": (
        "ddpg",
        "        self.sess.run(self.soft_replace)\n",
        "        if len(self.memory) != 12:\n            self.sess.run(self.soft_replace)\n",
        7,
        "Actor/target/w",
    ),
    "wrong input": ("actor_critic", "actor.learn(s, a,", "actor.learn(s_, a,", 1, "Actor/w"),
    "second session": ("two_graphs", "if step == 2", "if step == 3", 7, "teacher/w"),
    "restore": ("saver", "if i == 4", "if i == 5", 5, "v"),
    "initialiser": ("saver", "if i == 7", "if i == 8", 8, "v"),
    "clip": (
        "gan",
        "        sess.run(clip_D)",
        "        if it != 2:\n            sess.run(clip_D)",
        7,
        "D_W",
    ),
    "alternation": ("gan", "for _ in range(3)", "for _ in range(2)", 2, "G_W"),
    "zeroing": (
        "accumulation",
        "        sess.run(zero_ops)",
        "        if i != 2:\n            sess.run(zero_ops)",
        7,
        "accum_w",
    ),
    "batches": ("queue_reader", "batch_size=4", "batch_size=3", 1, "w"),
    "one batch more": ("iterators", "2 + epoch", "3 + epoch", 6, "w"),
    "loaded value": ("odd_variables", "count.load(7,", "count.load(8,", 5, "count"),
    "string": ("odd_variables", "if i % 2:", "if i % 2 and i < 3:", 4, "half text"),
    "branch": ("control_flow", "tf.equal(n % 2, 0)", "tf.equal(n % 2, 1)", 2, "even odd"),
    "callable": ("callables", "i % 4 == 3", "i % 4 == 2", 3, "m"),
    "sign": ("linear_regression_v2", "bias.assign_sub", "bias.assign_add", 1, "bias"),
    "staircase": ("softmax_regression_v2", "global_step, 4,", "global_step, 3,", 4, "W"),
    "last epoch": ("softmax_regression_v2", "range(4)", "range(3)", 10, ""),
    "one layer": (
        "backpropagation_v2",
        "    for layer in layers:\n        layer.update(",
        "    for layer in layers[: 2 - (i == 6)]:\n        layer.update(",
        7,
        "w_2",
    ),
    "late copy, migrated": ("dqn_v2", "learned % 5", "learned % 6", 6, "target_net/w1"),
    "early copy, migrated": ("dqn_v2", "learned % 5", "learned % 4", 5, "target_net/b1"),
    "discount": ("dqn_v2", "0.9 * best", "0.8 * best", 1, "eval_net/w1"),
    "tau, migrated": ("ddpg_v2", "RATE = 0.05", "RATE = 0.04", 2, "Actor/target/w"),
    "bound": ("gan_v2", "-0.25, 0.25", "-0.25, 0.2", 1, "D_W"),
    "other optimizer": ("gan_v2", "SGD(0.05)", "SGD(0.06)", 3, "G_W"),
    "accumulated": ("accumulation_v2", "0.1 * accumulated", "0.2 * accumulated", 3, "w"),
    "branch, migrated": ("control_flow_v2", "n % 2 == 0", "n % 2 == 1", 2, "even odd"),
    "rounds": ("control_flow_v2", "while i < n", "while i < n - 1", 3, "total w"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_found_at_its_step(
    interpreter: Interpreter, run_once: RunOnce, defect: str
) -> None:
    name, right, wrong, step, variables = DEFECTS[defect]
    migrated = name.endswith("_v2")
    reference = run_once(interpreter, name[:-3] if migrated else name)
    text = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    assert text.count(right) >= 1
    source = text.replace(right, wrong, 1).encode()
    for eager in (True, False) if migrated else (False,):
        judgement = judge(reference, run_once(interpreter, name, source, eager))
        assert judgement.verdict is Verdict.DIVERGED, explain(judgement)
        found = judgement.divergence
        assert found is not None
        assert found.step == step, explain(judgement)
        assert (found.variable or "") in variables.split(" "), explain(judgement)
