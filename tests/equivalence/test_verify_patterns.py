"""The bundled patterns train alike, and every mistake put into a copy of one is found."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.patterns import bundled_directory, find_patterns, load_pattern
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.verify_patterns import verify_patterns

ADAM = "assign_add_after_step"
RESET = "conditional_reset"
CLIPPED = "clipped_gradient_assign_sub"


def test_bundled_patterns_are_identical_in_every_way_of_running(interpreter: Interpreter) -> None:
    seen: list[str] = []
    results = verify_patterns(
        find_patterns(),
        interpreter,
        done=lambda result: seen.append(result.name),
        progress=lambda finished, total, label: seen.append(f"{finished}/{total}"),
    )
    assert [result.name for result in results] == [n for n in seen if "/" not in n]
    assert seen[0] == f"1/{len([n for n in seen if '/' in n])}"
    for result in results:
        assert result.passed, result
        for name in ("rewritten", "eager", "function"):
            assert result.judgements[name].verdict is Verdict.IDENTICAL, (result.name, name)


def test_founding_patterns_compare_optimizer_slots_and_every_step(interpreter: Interpreter) -> None:
    for name, steps, variables in (
        (ADAM, 10, ["v", "beta1_power", "beta2_power", "v/Adam", "v/Adam_1"]),
        (RESET, 5, ["counter"]),
        (CLIPPED, 10, ["v"]),
    ):
        (result,) = verify_patterns([load_pattern(bundled_directory() / name)], interpreter)
        for link in ("rewritten", "eager", "function"):
            comparison = result.judgements[link].comparison
            assert comparison is not None
            assert comparison.steps == steps
            assert [pair.reference for pair in comparison.mapping.pairs] == variables


def test_keras_adam_drifts_and_its_drift_is_measured(interpreter: Interpreter) -> None:
    pattern = load_pattern(bundled_directory() / ADAM)
    (result,) = verify_patterns([pattern], interpreter)
    keras = result.judgements["keras"]
    assert keras.verdict is Verdict.DRIFT
    assert keras.drift is not None
    assert 0.0 < keras.drift.scaled <= pattern.keras_drift


@dataclass(frozen=True)
class Mutant:
    """One mistake in a v2 program, and where it must be found."""

    name: str
    pattern: str
    change: tuple[tuple[str, str], ...]
    step: int
    variable: str | None
    reason: str = "the values differ"


MUTANTS = [
    Mutant("learning rate", ADAM, (("RATE = 0.1", "RATE = 0.2"),), 2, "v"),
    Mutant("learning rate by 1e-6", ADAM, (("RATE = 0.1", "RATE = 0.100001"),), 2, "v"),
    Mutant("epsilon", ADAM, (("1e-8", "1e-7"),), 2, "v"),
    Mutant(
        "beta1",
        ADAM,
        (("BETA1 = 0.9", "BETA1 = 0.8"),),
        0,
        "beta1_power",
        "the initial values differ",
    ),
    Mutant("offset", ADAM, (("OFFSET = 0.5", "OFFSET = 0.25"),), 1, "v"),
    Mutant(
        "assign before update",
        ADAM,
        (
            (
                "    train_step()\n    v.assign_add(OFFSET)",
                "    v.assign_add(OFFSET)\n    train_step()",
            ),
        ),
        1,
        "v",
    ),
    Mutant("assign_sub for assign_add", ADAM, (("v.assign_add", "v.assign_sub"),), 1, "v"),
    Mutant(
        "power not updated",
        ADAM,
        (("    beta2_power.assign(beta2_power * BETA2)\n", ""),),
        1,
        "beta2_power",
    ),
    Mutant(
        "initial value",
        ADAM,
        (("v = tf.Variable(0.0", "v = tf.Variable(0.125"),),
        0,
        "v",
        "the initial values differ",
    ),
    Mutant(
        "one step less", ADAM, (("STEPS = 10", "STEPS = 9"),), 10, None, "stops after step 9 of 10"
    ),
    Mutant(
        "one step more", ADAM, (("STEPS = 10", "STEPS = 11"),), 11, None, "goes on for 11 steps"
    ),
    Mutant("loss", ADAM, (("tf.square(v)", "tf.abs(v)"),), 3, "v"),
    Mutant("clip bound", CLIPPED, (("CLIP = 0.5", "CLIP = 0.4"),), 1, "v"),
    Mutant("wider clip bound", CLIPPED, (("CLIP = 0.5", "CLIP = 1.75"),), 1, "v"),
    Mutant("decay", CLIPPED, (("DECAY = 0.1", "DECAY = 0.11"),), 1, "v"),
    Mutant(
        "no clip",
        CLIPPED,
        (("tf.clip_by_value(tape.gradient(loss, v), -CLIP, CLIP)", "tape.gradient(loss, v)"),),
        1,
        "v",
    ),
    Mutant(
        "decay before update",
        CLIPPED,
        (
            (
                "    train_step()\n    v.assign_sub(DECAY)",
                "    v.assign_sub(DECAY)\n    train_step()",
            ),
        ),
        1,
        "v",
    ),
    Mutant(
        "float64",
        CLIPPED,
        (("tf.Variable(1.0", "tf.Variable(tf.constant(1.0, tf.float64)"),),
        0,
        "v",
        "float64",
    ),
    Mutant("reset on odd steps", RESET, (("step % 2 == 0", "step % 2 == 1"),), 1, "counter"),
    Mutant("reset every third step", RESET, (("step % 2 == 0", "step % 3 == 0"),), 3, "counter"),
    Mutant("reset always", RESET, (("step % 2 == 0", "True"),), 2, "counter"),
    Mutant("reset never", RESET, (("step % 2 == 0", "False"),), 1, "counter"),
    Mutant(
        "reset to another value",
        RESET,
        (("counter.assign(0.0)", "counter.assign(1e-30)"),),
        1,
        "counter",
    ),
    Mutant(
        "reset to minus zero",
        RESET,
        (("counter.assign(0.0)", "counter.assign(-0.0)"),),
        1,
        "counter",
    ),
    Mutant("learning rate of SGD", RESET, (("RATE = 0.01", "RATE = 0.02"),), 1, "counter"),
    Mutant(
        "a variable more",
        RESET,
        (
            ("@tf.function", 'more = tf.Variable(0.0, name="more")\n\n\n@tf.function'),
            ("    train_step()\n", "    train_step()\n    more.assign_add(1.0)\n"),
        ),
        1,
        "more",
        "the reference has no such variable",
    ),
]


@pytest.fixture(scope="session")
def references(interpreter: Interpreter) -> dict[str, Run]:
    programs = [
        Program(load_pattern(bundled_directory() / name).v1_session, "v1_session.py")
        for name in (ADAM, RESET, CLIPPED)
    ]
    return dict(zip((ADAM, RESET, CLIPPED), interpreter.run_all(programs), strict=True))


@pytest.mark.parametrize("eager", [True, False], ids=["eager", "function"])
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_is_found_at_its_first_step_and_variable(
    mutant: Mutant, eager: bool, interpreter: Interpreter, references: dict[str, Run]
) -> None:
    script = bundled_directory() / mutant.pattern / "v2_eager.py"
    source = script.read_text()
    for old, new in mutant.change:
        assert old in source
        source = source.replace(old, new)
    run = interpreter.run(Program(script, "mutant", source=source.encode(), eager=eager))
    judgement = judge(references[mutant.pattern], run)
    assert judgement.verdict is Verdict.DIVERGED, judgement
    divergence = judgement.divergence
    assert divergence is not None
    assert mutant.reason in divergence.reason
    assert (divergence.step, divergence.variable) == (mutant.step, mutant.variable)


@pytest.mark.parametrize(
    ("insert", "verdict", "message"),
    [
        ("1 / 0", Verdict.ERROR, "mutant: v2_eager.py:24: ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", Verdict.VACUOUS, "mutant: variables were initialised, but never"),
        (
            "if step == 2: raise SystemExit(0)",
            Verdict.ERROR,
            "mutant: v2_eager.py:24: sys.exit() after step 2",
        ),
        ("raise SystemExit(3)", Verdict.ERROR, "mutant: v2_eager.py:24: sys.exit(3)"),
        ("import os; os._exit(0)", Verdict.ERROR, "mutant: ended without telling the recorder"),
        ("import os; os.abort()", Verdict.ERROR, "mutant: killed by SIGABRT"),
        ("continue", Verdict.VACUOUS, "mutant: variables were initialised, but never trained"),
        ("counter.assign(counter); continue", Verdict.VACUOUS, "mutant: no variable changed"),
        ("for", Verdict.ERROR, "mutant: v2_eager.py:24: SyntaxError: invalid syntax"),
    ],
)
def test_a_program_that_does_not_train_never_passes(
    insert: str,
    verdict: Verdict,
    message: str,
    interpreter: Interpreter,
    references: dict[str, Run],
) -> None:
    script = bundled_directory() / RESET / "v2_eager.py"
    source = script.read_text().replace("    train_step()\n", f"    {insert}\n    train_step()\n")
    run = interpreter.run(Program(script, "mutant", source=source.encode()))
    judgement = judge(references[RESET], run)
    assert judgement.verdict is verdict
    assert judgement.message.startswith(message)


def copy_pattern(name: str, directory: Path, v1: tuple[str, str] = ("", "")) -> Path:
    shutil.copytree(bundled_directory() / name, directory)
    script = directory / "v1_session.py"
    script.write_text(script.read_text().replace(*v1) if v1[0] else script.read_text())
    return directory


def test_a_reference_that_does_not_repeat_is_undefined(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    random = ("tf.assign(counter, 0.0)", "tf.assign(counter, tf.random.uniform([]))")
    pattern = load_pattern(copy_pattern(RESET, tmp_path / "random", random))
    (result,) = verify_patterns([pattern], interpreter, VerifyOptions(seeds="own"))
    assert not result.passed
    judgement = result.judgements["eager"]
    assert judgement.verdict is Verdict.UNDEFINED
    assert judgement.message == "v1_session.py is nondeterministic: the values differ"
    (aligned,) = verify_patterns([pattern], interpreter)
    assert aligned.judgements["eager"].verdict is Verdict.DIVERGED  # it resets to 0
    assert "seeds that were chosen for it, because it is nondeterministic" in aligned.notes[0]


def test_a_reference_that_fails_fails_every_link(interpreter: Interpreter, tmp_path: Path) -> None:
    pattern = load_pattern(
        copy_pattern(RESET, tmp_path / "broken", ("sess.run(train_op)", "1 / 0"))
    )
    (result,) = verify_patterns([pattern], interpreter)
    assert result.failed_to_run
    for judgement in result.judgements.values():
        assert judgement.verdict is Verdict.ERROR
        assert judgement.message.startswith("v1_session.py: v1_session.py:")
        assert judgement.message.endswith("ZeroDivisionError: division by zero")


def test_a_pattern_without_state_ops_has_nothing_to_rewrite(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    method = ("tf.assign(counter, 0.0)", "counter.assign(0.0)")
    pattern = load_pattern(copy_pattern(RESET, tmp_path / "method", method))
    (result,) = verify_patterns([pattern], interpreter)
    assert result.passed
    assert list(result.judgements) == ["eager", "function", "keras"]
    assert "rewrite finds nothing to change in v1_session.py" in result.notes


def test_a_keras_program_above_its_bound_diverges(interpreter: Interpreter, tmp_path: Path) -> None:
    directory = copy_pattern(ADAM, tmp_path / "strict")
    keras = directory / "v2_keras.py"
    keras.write_text(keras.read_text().replace("drift <= 1e-4", "drift <= 1e-9"))
    (result,) = verify_patterns([load_pattern(directory)], interpreter)
    judgement = result.judgements["keras"]
    assert judgement.verdict is Verdict.DIVERGED
    assert "is above the 1e-09 allowed" in judgement.message


SAVES_SESSION = """
import os
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=np.load("v.npy") if os.path.exists("v.npy") else 2.0)
step = tf.assign(v, v * 0.5)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        np.save("v.npy", sess.run(step))
"""
SAVES_EAGERLY = """
import os
import numpy as np
import tensorflow as tf
v = tf.Variable(np.load("v.npy") if os.path.exists("v.npy") else 2.0, name="v")
step = tf.function(lambda: v.assign(v * 0.5))
for _ in range(3):
    step()
    np.save("v.npy", v.numpy())
"""


@pytest.mark.parametrize("jobs", [1, 3])
def test_programs_of_a_pattern_do_not_see_what_others_save(
    interpreter: Interpreter, tmp_path: Path, jobs: int
) -> None:
    names = {"v1_session.py": SAVES_SESSION, "v2_eager.py": SAVES_EAGERLY}
    for name, text in names.items():
        (tmp_path / name).write_text(text)
    (result,) = verify_patterns([load_pattern(tmp_path)], interpreter, VerifyOptions(jobs=jobs))
    verdicts = {name: found.verdict for name, found in result.judgements.items()}
    assert verdicts == dict.fromkeys(("rewritten", "eager", "function"), Verdict.IDENTICAL)
    assert result.notes == ()
    assert {path.name for path in tmp_path.iterdir()} == set(names)
