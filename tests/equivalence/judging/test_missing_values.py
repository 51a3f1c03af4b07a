"""Values that are too large to keep are there when they are needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.patterns import load_pattern
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.equivalence.verify_scripts import Script, verify_script
from migrate_vars.recorder.retention import VALUE_LIMIT
from migrate_vars.recorder.sampling import sample_positions

SHAPE = (200, 200)
PLACE = (100, 11)
AGAIN = "programs were run again for values that were too large to keep"

V1 = f"""
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
w = tf.get_variable("w", initializer=np.linspace(1, 2, 40_000, dtype=np.float32).reshape({SHAPE}))
step = tf.assign_sub(w, 0.125 * w)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(3):
        sess.run(step)
"""
V2 = f"""
import os
import numpy as np
import tensorflow as tf
w = tf.Variable(np.linspace(1, 2, 40_000, dtype=np.float32).reshape({SHAPE}), name="w")

def off(number):
    return 0.0

@tf.function
def train(more):
    w.assign_sub(0.125 * w + more)

for number in range(1, 4):
    more = np.zeros({SHAPE}, np.float32)
    more[{PLACE}] = off(number)
    train(tf.constant(more))
"""
WRONG = V2.replace("return 0.0", "return 0.25 if number == 2 else 0.0")
RANDOM = V2.replace("return 0.0", "return os.urandom(1)[0] + 1.0 if number == 2 else 0.0")
KERAS = "# migrate-vars: drift <= 1e-3\n"


def verify(folder: Path, interpreter: Interpreter, v2: str, keras: str = "") -> Verification:
    (folder / "v1_session.py").write_text(V1)
    (folder / "v2_eager.py").write_text(v2)
    if keras:
        (folder / "v2_keras.py").write_text(KERAS + keras)
    (result,) = verify_patterns([load_pattern(folder)], interpreter)
    return result


def shows_the_element(judgement: Judgement) -> None:
    assert judgement.verdict is Verdict.DIVERGED
    divergence = judgement.divergence
    assert divergence is not None
    assert (divergence.step, divergence.variable) == (2, "w")
    assert divergence.reason == "the values differ"
    assert divergence.distance is not None
    assert (divergence.distance.index, divergence.distance.n_different) == (PLACE, 1)
    start = np.linspace(1, 2, 40_000, dtype=np.float32).reshape(SHAPE)
    w = start[PLACE] * np.float32(0.875) * np.float32(0.875)
    assert divergence.distance.reference == w
    assert divergence.distance.other == pytest.approx(w - 0.25)
    assert divergence.scaled == pytest.approx(0.25 / 2, rel=1e-6)
    assert AGAIN in judgement.notes


def test_the_variable_is_too_large_and_its_samples_miss_the_mistake() -> None:
    assert 4 * np.prod(SHAPE) > VALUE_LIMIT
    positions = sample_positions(int(np.prod(SHAPE)))
    assert np.ravel_multi_index(PLACE, SHAPE) not in positions


def test_a_pattern(interpreter: Interpreter, tmp_path: Path) -> None:
    result = verify(tmp_path, interpreter, WRONG, keras=WRONG)
    assert result.judgements["rewritten"].verdict is Verdict.IDENTICAL
    shows_the_element(result.judgements["function"])
    shows_the_element(result.judgements["eager"])
    # By its samples and extremes alone, it does not drift.
    keras = result.judgements["keras"]
    assert keras.verdict is Verdict.DIVERGED
    assert keras.drift is not None
    assert keras.drift.scaled == pytest.approx(0.25 * 0.875 / 2, rel=1e-6)
    assert (keras.drift.step, keras.drift.sampled) == (3, ("w",))
    assert AGAIN in result.notes


def test_a_pattern_that_is_right_runs_once(interpreter: Interpreter, tmp_path: Path) -> None:
    result = verify(tmp_path, interpreter, V2, keras=V2)
    assert result.passed
    assert AGAIN not in result.notes


def test_a_program_that_does_not_repeat(interpreter: Interpreter, tmp_path: Path) -> None:
    judgement = verify(tmp_path, interpreter, RANDOM).judgements["function"]
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.divergence is not None
    assert (judgement.divergence.step, judgement.divergence.distance) == (2, None)
    assert judgement.message.startswith("the values differ (they were too large to keep; 0 of 8")
    expected = "v2_eager.py is nondeterministic: a second run gives 'w' other values"
    assert judgement.notes == (AGAIN, expected)


def test_a_script_and_its_migration(interpreter: Interpreter, tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(V1)
    (tmp_path / "new.py").write_text(WRONG)
    old, new = (find_program(tmp_path / name) for name in ("old.py", "new.py"))
    result = verify_script(Script(old, replace(new, cwd=tmp_path)), interpreter)
    shows_the_element(result.judgements["new"])
