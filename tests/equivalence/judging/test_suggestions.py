"""What is said to be worth trying: only what has been tried, and has helped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.checks import NEW, NEW_EAGER
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.text_report import explain
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script

OLD = """\
import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [2])
w = tf.get_variable("w", initializer=[1.0, 2.0])
n = tf.get_variable("n", initializer=0.0)
train = tf.assign_sub(w, 0.1 * w * x)
count = tf.assign_add(n, 1.0)
rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(4):
        sess.run([train, count], {x: rng.rand(2)})
"""
NEW_TEXT = """\
import numpy as np
import tensorflow as tf
w = tf.Variable([1.0, 2.0], name="w")
n = tf.Variable(0.0, name="n")


@tf.function
def train(x):
    w.assign_sub(0.1 * w * x)
    n.assign_add(1.0)


rng = np.random.RandomState(0)
for _ in range(4):
    train(tf.constant(rng.rand(2), tf.float32))
"""
Verify = Callable[..., Verification]


@pytest.fixture
def verify(tmp_path: Path, interpreter: Interpreter) -> Verify:
    def verify(*changes: tuple[str, str], **options: object) -> Verification:
        (tmp_path / "old.py").write_text(OLD)
        text = NEW_TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "new.py").write_text(text)
        how = VerifyOptions(seeds="own", **options)  # type: ignore[arg-type]
        program, migration = find_program(tmp_path / "old.py"), find_program(tmp_path / "new.py")
        return verify_script(Script(program, migration), interpreter, how)

    return verify


def hints(found: Verification) -> tuple[str, ...]:
    assert found.judgements[NEW].verdict is Verdict.DIVERGED
    assert found.judgements[NEW_EAGER].hints == ()
    return found.judgements[NEW].hints


def test_a_variable_that_nothing_depends_on(verify: Verify) -> None:
    found = verify(("n.assign_add(1.0)", "n.assign_add(2.0)"))
    assert hints(found) == ("--ignore-variable n, if it does not matter: all else is identical",)
    assert "    try: --ignore-variable n, if it does not matter" in "\n".join(explain(found))
    assert '"hints": [' in as_json([found], ["2"])


def test_other_initial_values(verify: Verify) -> None:
    start = ("w = tf.Variable([1.0, 2.0]", "w = tf.Variable([1.0, 3.0]")
    assert "--same-start, with which it is identical" in hints(verify(start))
    later = verify(start, ("0.1 * w * x", "0.1 * w * w"))
    assert any("with which they differ from step 1 on in w" in one for one in hints(later))


def test_other_data(verify: Verify) -> None:
    found = verify(("RandomState(0)", "RandomState(1)"))
    assert hints(found) == ("--replay-feeds, with which it is identical",)


def test_what_does_not_help_is_not_said(verify: Verify) -> None:
    found = verify(("0.1 * w * x", "0.2 * w * x"), ("n.assign_add(1.0)", "n.assign_add(2.0)"))
    # Everything would have to be ignored.
    assert hints(found) == ()
    both = verify(("RandomState(0)", "RandomState(1)"), ("0.1 * w * x", "0.2 * w * x"))
    assert hints(both) == ()
    asked = verify(("RandomState(0)", "RandomState(1)"), replay_feeds=True)
    assert asked.judgements[NEW].verdict is Verdict.IDENTICAL
    assert asked.judgements[NEW].hints == ()
