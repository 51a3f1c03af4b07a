"""A program with other data is run with those of its reference."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.checks import NEW
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script

OLD = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [2], name="x")
y = tf.placeholder(tf.float32, [], name="y")
w = tf.get_variable("w", initializer=[1.0, 1.0])
train = tf.assign_sub(w, 0.1 * (tf.reduce_sum(w * x) - y) * x)
data = np.random.RandomState(1)
with tf.Session() as sess:
    sess.run(w.initializer)
    for _ in range(4):
        sess.run(train, {x: data.rand(2), y: data.rand()})
"""
NEW_TEXT = """
import numpy as np
import tensorflow as tf
w = tf.Variable([1.0, 1.0], name="w")
data = np.random.RandomState(2)
@tf.function
def step(images, y):
    x = images[:2]
    w.assign_sub(0.1 * (tf.reduce_sum(w * x) - y) * x)
for _ in range(4):
    step(data.rand(2).astype("f4"), y=tf.constant(data.rand(), tf.float32))
"""
REPLAY = VerifyOptions(replay_feeds=True)


Verify = Callable[..., Verification]


@pytest.fixture
def verify(tmp_path: Path, interpreter: Interpreter) -> Verify:
    """Verifies the session against another text."""

    def verify(new: str, options: VerifyOptions = REPLAY) -> Verification:
        for name, text in (("old.py", OLD), ("new.py", new)):
            (tmp_path / name).write_text(text)
        before, after = (find_program(tmp_path / name) for name in ("old.py", "new.py"))
        return verify_script(Script(before, after), interpreter, options)

    return verify


def test_the_same_training_on_other_data(verify: Verify) -> None:
    own = verify(NEW_TEXT, VerifyOptions())
    assert own.judgements[NEW].verdict is Verdict.DIVERGED
    assert own.judgements[NEW].message.startswith(
        "the data differ at step 1: different values are fed for "
    )
    result = verify(NEW_TEXT)
    assert result.judgements[NEW].verdict is Verdict.IDENTICAL
    assert (
        "new.py was fed the reference's data, because the data differ at step 1" in result.notes[0]
    )
    assert "'y'" in result.notes[0]
    assert result.notes[0].endswith("a mistake that makes them differ does not show")


def test_a_mistake_is_found_behind_other_data(verify: Verify) -> None:
    result = verify(NEW_TEXT.replace("0.1 *", "0.2 *"))
    judgement = result.judgements[NEW]
    assert (judgement.verdict, judgement.message) == (Verdict.DIVERGED, "the values differ")


def test_a_parameter_may_have_another_place(verify: Verify) -> None:
    result = verify(NEW_TEXT.replace("(images, y)", "(images, z=1.0, y=0.0)"))
    assert result.judgements[NEW].verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("range(4)", "range(3)", "trains with 4 calls that are fed data, "),
        ("@tf.function\n", "", "no feed_dict, function or dataset shows which data "),
        ("2).astype", "3).astype", "cannot tell which of 'x', 'y' is 'images'"),
    ],
    ids=["other calls", "no calls", "another shape"],
)
def test_what_is_not_clear_is_refused(verify: Verify, old: str, new: str, reason: str) -> None:
    result = verify(NEW_TEXT.replace(old, new))
    assert result.judgements[NEW].verdict is Verdict.DIVERGED
    notes = [note for note in result.notes if "could not be fed the reference's data: " in note]
    assert any(reason in note for note in notes)
