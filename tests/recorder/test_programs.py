"""Whole programs, written as such programs are published, are recorded and compared rightly.

Each of `programs/*.py` runs unchanged under TensorFlow 1.15 and 2; some have a counterpart in
TensorFlow 2, `*_v2.py`, that is built in another way.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.equivalence.verdicts import Judgement, Verdict, judge, judge_reference

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
    "iterators": 9,
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
            program = Program(path, path.name, source=source, eager=eager, align_seeds=True)
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
    old, new = run_once(tf1_interpreter, name), run_once(interpreter, name)
    assert judge_reference(old) is None, old.output
    if name in OTHERWISE:
        assert old.trajectory is not None
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
