"""What differs by rounding, and what does not: between releases, and where it is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.checks import NEW, ORACLE
from migrate_vars.equivalence.judging.sensitivity import Rounding
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.library import assert_equivalent
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.text_report import Table, explain
from migrate_vars.equivalence.running.interpreter_set import Interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.verify_options import AllowedDrift, VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script

# Sums of three terms: in which order is a matter of rounding.
OLD = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
data = np.random.RandomState(0).randn(30, 8, 5).astype("float32")
x = tf.placeholder(tf.float32, [8, 5], name="x")
w = tf.Variable(np.linspace(0.1, 0.9, 5).astype("float32"), name="w")
a, b, c = (tf.reduce_mean(tf.tanh(k * x * w), 0) for k in (1.0, 2.0, 3.0))
train = tf.assign_sub(w, 0.1 * ((a + b) + c))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(30):
        sess.run(train, {x: data[i]})
"""
NEW_TEXT = """
import numpy as np
import tensorflow as tf
data = np.random.RandomState(0).randn(30, 8, 5).astype("float32")
w = tf.Variable(np.linspace(0.1, 0.9, 5).astype("float32"), name="w")
@tf.function
def step(x):
    a, b, c = (tf.reduce_mean(tf.tanh(k * x * w), 0) for k in (1.0, 2.0, 3.0))
    w.assign_sub(0.1 * (a + (b + c)))
for i in range(30):
    step(data[i])
"""


class Verify:
    """Verifies a script against another."""

    def __init__(self, folder: Path, interpreter: Interpreter) -> None:
        self._folder = folder
        self._interpreter = interpreter

    def __call__(self, new: str, drift: AllowedDrift = "rounding", old: str = OLD) -> Verification:
        """Verifies one text against another."""
        for name, text in (("old.py", old), ("new.py", new)):
            (self._folder / name).write_text(text)
        before, after = (find_program(self._folder / name) for name in ("old.py", "new.py"))
        return verify_script(Script(before, after), self._interpreter, VerifyOptions(drift=drift))


@pytest.fixture
def verify(tmp_path: Path, interpreter: Interpreter) -> Verify:
    return Verify(tmp_path, interpreter)


def test_another_order_of_sums_is_rounding(verify: Verify, tmp_path: Path) -> None:
    result = verify(NEW_TEXT)
    judgement = result.judgements[NEW]
    assert judgement.verdict is Verdict.ROUNDING
    assert judgement.divergence is None
    assert judgement.rounding is not None
    assert 0 < judgement.rounding.ratio <= 3
    assert judgement.rounding.until == 30
    assert not judgement.rounding.alone  # whole runs were enough
    assert f"rounding {judgement.rounding.figure}" in Table("script", ["s"], [NEW]).row(result)
    assert any("x the effect of one ULP" in note for note in result.notes)
    assert '"verdict": "rounding"' in as_json([result], [])
    assert '"allowed": 3.0' in as_json([result], [])
    assert_equivalent(tmp_path / "old.py", tmp_path / "new.py", drift="rounding")


def test_what_the_other_program_lacks_is_named(verify: Verify) -> None:
    count = "train = tf.group(train, tf.assign_add(tf.train.get_or_create_global_step(), 1))\n"
    result = verify(NEW_TEXT, old=OLD.replace("with tf.Session", f"{count}with tf.Session"))
    assert result.judgements[NEW].verdict is Verdict.ROUNDING
    assert any("new.py has no global_step, which " in note for note in result.notes)


def test_rounding_that_is_not_allowed_is_said_to_be_rounding(verify: Verify) -> None:
    result = verify(NEW_TEXT, None)
    judgement = result.judgements[NEW]
    assert judgement.verdict is Verdict.DIVERGED
    lines = "\n".join(explain(result))
    assert "it differs by rounding, which --drift rounding accepts: at most" in lines
    wrong = verify(NEW_TEXT.replace("0.1 *", "0.1001 *"), None)
    assert "one ULP" not in "\n".join(explain(wrong))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("w.assign_sub(0.1 *", "w.assign_sub(0.1001 *"),  # a rate 0.1 % off
        ("w.assign_sub(0.1 *", "w.assign_sub((0.1001 if x[0, 0] == data[20][0, 0] else 0.1) *"),
        ("linspace(0.1, 0.9", "linspace(0.1, 0.9009"),
        ("tf.reduce_mean(tf.tanh(", "1.001 * tf.reduce_mean(tf.tanh("),
        ("step(data[i])", "step(data[i])\n    w.assign_add([0.0, 0.0, 1e-5, 0.0, 0.0])"),
    ],
)
def test_a_mistake_is_no_rounding(verify: Verify, old: str, new: str) -> None:
    result = verify(NEW_TEXT.replace(old, new))
    judgement = result.judgements[NEW]
    assert judgement.verdict is Verdict.DIVERGED
    assert "; not rounding: " in judgement.message
    assert "x the effect of one ULP" in judgement.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("data[i]", "data[29 - i]"),
        ("data[i]", "data[i] * 1.00001"),
        ("data[i]", "data[i] if i < 20 else data[0]"),  # after rounding has begun
    ],
)
@pytest.mark.parametrize("drift", ["rounding", 10.0])
def test_other_data_are_no_rounding(
    verify: Verify, old: str, new: str, drift: AllowedDrift
) -> None:
    judgement = verify(NEW_TEXT.replace(f"step({old})", f"step({new})"), drift).judgements[NEW]
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.message.startswith("the data differ at step ")
    assert judgement.data is not None
    assert judgement.data.step == (21 if "20" in new else 1)


def test_data_that_are_rounded_otherwise_are_rounding(verify: Verify) -> None:
    text = NEW_TEXT.replace("step(data[i])", "step(np.nextafter(data[i], np.float32(9)))")
    result = verify(text)
    assert result.judgements[NEW].verdict is Verdict.ROUNDING
    assert "the data are rounded differently, too, by up to 1 ULP" in result.notes


# What is fed comes from what has been learned, and is soon another thing.
FEEDBACK = OLD.replace(
    "        sess.run(train, {x: data[i]})",
    "        now = sess.run(w)\n        sess.run(train, {x: data[i] * np.exp(9 * now.sum() % 1)})",
)
FEEDBACK_NEW = NEW_TEXT.replace("step(data[i])", "step(data[i] * np.exp(9 * w.numpy().sum() % 1))")


def test_data_may_follow_from_what_is_trained(verify: Verify) -> None:
    result = verify(FEEDBACK_NEW, old=FEEDBACK)
    assert result.judgements[NEW].verdict is Verdict.ROUNDING
    wrong = verify(FEEDBACK_NEW.replace("0.1 *", "0.1001 *"), old=FEEDBACK)
    assert wrong.judgements[NEW].verdict is Verdict.DIVERGED
    other = verify(FEEDBACK_NEW.replace("RandomState(0)", "RandomState(1)"), old=FEEDBACK)
    assert other.judgements[NEW].message.startswith("the data differ at step 1: ")


def test_large_variables_are_looked_at_closely(verify: Verify) -> None:
    def enlarged(text: str) -> str:
        return (
            text.replace("(8, 5", "(8, 40000")
            .replace("8, 5", "8, 40000")
            .replace("0.9, 5", "0.9, 40000")
        )

    old, new = enlarged(OLD).replace("30", "6"), enlarged(NEW_TEXT).replace("30", "6")
    right = verify(new, old=old).judgements[NEW]
    assert right.verdict is Verdict.ROUNDING
    assert right.rounding is not None
    assert not right.rounding.sampled
    wrong = verify(new.replace("0.1 *", "0.1001 *"), old=old).judgements[NEW]
    assert wrong.verdict is Verdict.DIVERGED


def test_what_runs_here_cannot_be_run_again(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="both must be scripts"):
        assert_equivalent(lambda: None, tmp_path / "new.py", drift="rounding")


# A gradient that is nearly zero, divided by its own size.
ADAM = """
import sys
import numpy as np
import tensorflow as tf
rng = np.random.RandomState(0)
x = tf.placeholder(tf.float32, [16, 6])
w = tf.get_variable("w", initializer=(0.1 * rng.randn(6, 20)).astype("f"))
v = tf.get_variable("v", initializer=(0.1 * rng.randn(20, 6)).astype("f"))
out = tf.matmul(tf.sigmoid(tf.matmul(x, w)), v)
loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=out, labels=0 * x + 1 / 6))
train = tf.train.AdamOptimizer(RATE).minimize(loss)
data = rng.randn(40, 16, 6).astype("f")
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(40):
        sess.run(train, {x: DATA})
"""


@pytest.mark.parametrize(
    ("rate", "data", "expected"),
    [
        ("0.01", "data[i]", Verdict.ROUNDING),
        ("(0.01 if sys.version_info < (3, 8) else 0.01001)", "data[i]", Verdict.DIVERGED),
        ("0.01", "data[i if sys.version_info < (3, 8) else -i]", Verdict.DIVERGED),
    ],
)
def test_releases_may_differ_by_rounding(
    tmp_path: Path,
    interpreter: Interpreter,
    tf1_interpreter: Interpreter,
    rate: str,
    data: str,
    expected: Verdict,
) -> None:
    script = tmp_path / "adam.py"
    script.write_text(ADAM.replace("RATE", rate).replace("DATA", data))
    interpreters = Interpreters(interpreter, interpreter, tf1_interpreter)
    found: Judgement = verify_script(Script(find_program(script)), interpreters).judgements[ORACLE]
    assert found.verdict is expected, found
    assert found.message.startswith("the data differ at step 2") == ("-i" in data)


def test_a_figure_is_never_zero() -> None:
    figures = {0.0: "<0.1x", 0.049: "<0.1x", 0.05: "0.1x", 0.94: "0.9x", 9.96: "10x"}
    assert {ratio: Rounding(ratio).figure for ratio in figures} == figures
    assert str(Rounding(0.01)) == "at most 0.1x the effect of one ULP"
