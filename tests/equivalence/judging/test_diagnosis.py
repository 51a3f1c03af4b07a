"""What is tried before a divergence is reported: equal seeds, equal starts, one step at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.checks import NEW, REPEAT
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.text_report import explain
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_program
from migrate_vars.equivalence.verify_scripts import Script, verify_script

OLD = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.set_random_seed(3)
w = tf.Variable(tf.random_normal([3]), name="w")
train = tf.assign_sub(w, 0.1 * w + 0.01 * tf.random_normal([3]))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(5):
        sess.run(train)
"""
NEW_TEXT = """
import tensorflow as tf
w = tf.Variable(tf.random.normal([3]), name="w")
i = tf.Variable(0)
def step():
    w.assign_sub(0.1 * w + 0.01 * tf.random.normal([3]))
for _ in range(5):
    step()
"""
PLAIN = OLD.replace("tf.random_normal([3])", "tf.constant([1.0, 2.0, 3.0])")
PLAIN_NEW = NEW_TEXT.replace("tf.random.normal([3])", "tf.constant([1.0, 2.0, 3.0])")


DEFAULT = VerifyOptions()


class Verify:
    """Verifies a script against another."""

    def __init__(self, folder: Path, interpreter: Interpreter) -> None:
        self._folder = folder
        self._interpreter = interpreter

    def __call__(self, old: str, new: str, options: VerifyOptions = DEFAULT) -> Verification:
        """Verifies one text against another."""
        for name, text in (("old.py", old), ("new.py", new)):
            (self._folder / name).write_text(text)
        before, after = (find_program(self._folder / name) for name in ("old.py", "new.py"))
        return verify_script(Script(before, after), self._interpreter, options)


@pytest.fixture
def verify(tmp_path: Path, interpreter: Interpreter) -> Verify:
    return Verify(tmp_path, interpreter)


def test_other_seeds_are_no_other_training(verify: Verify) -> None:
    result = verify(OLD, NEW_TEXT)
    assert {judgement.verdict for judgement in result.judgements.values()} == {Verdict.IDENTICAL}
    assert "with seeds of their own, they draw others" in result.notes[0]
    own = verify(OLD, NEW_TEXT, VerifyOptions(seeds="own"))
    assert own.judgements[REPEAT].verdict is Verdict.IDENTICAL
    assert own.judgements[NEW].verdict is Verdict.DIVERGED


def test_a_script_without_seeds_repeats_with_aligned_ones(verify: Verify) -> None:
    unseeded = OLD.replace("tf.set_random_seed(3)\n", "")
    result = verify(unseeded, NEW_TEXT)
    assert result.passed
    assert "is nondeterministic" in result.notes[0]
    own = verify(unseeded, NEW_TEXT, VerifyOptions(seeds="own"))
    assert own.judgements[REPEAT].verdict is Verdict.UNDEFINED
    clock = verify("import time\n" + PLAIN.replace("1.0,", "time.time() % 1.0,"), PLAIN_NEW)
    assert clock.judgements[REPEAT].verdict is Verdict.UNDEFINED
    assert clock.notes[-1].startswith("aligned seeds do not change that: ")


def test_what_is_wrong_with_others_is_told_of_a_script_that_repeats_with_aligned_seeds(
    verify: Verify,
) -> None:
    unseeded = OLD.replace("tf.set_random_seed(3)\n", "")
    result = verify(unseeded, NEW_TEXT + "step(1)\n")
    assert result.judgements[REPEAT].verdict is Verdict.IDENTICAL
    assert "takes 0 positional arguments" in result.judgements[NEW].message
    flip = "v = tf.Variable([1.0, 2.0, 3.0])\nflip = tf.assign(v, -v)\n"
    racing = unseeded.replace("w = ", flip + "w = ").replace("0.1 * w", "0.1 * v")
    other = NEW_TEXT.replace("i = ", flip.splitlines()[0] + "\ni = ").replace("0.1 * w", "0.5 * v")
    result = verify(
        racing.replace("sess.run(train)", "sess.run([train, flip])"),
        other.replace("def step():", "def step():\n    v.assign(-v)"),
    )
    assert result.judgements[REPEAT].verdict is Verdict.IDENTICAL
    assert result.judgements[NEW].verdict is Verdict.UNDEFINED
    assert "data race on 'Variable': " in result.judgements[NEW].message


def test_a_mistake_is_found_behind_random_numbers(verify: Verify) -> None:
    result = verify(
        OLD,
        NEW_TEXT.replace("step()", "step(0.1 + 0.1 * (_ == 2))", 2)
        .replace("def step(0.1 + 0.1 * (_ == 2))", "def step(rate)")
        .replace("(0.1 *", "(rate *"),
    )
    judgement = result.judgements[NEW]
    assert judgement.verdict is Verdict.DIVERGED
    assert judgement.divergence is not None
    assert judgement.divergence.step == 3
    assert str(judgement.forced) == "a single wrong step: 3 (variable w)"
    line = "    with teacher forcing: a single wrong step: 3 (variable w)"
    assert line in list(explain(result))
    assert '"summary": "a single wrong step: 3 (variable w)"' in as_json([result], [])


def test_other_random_ops_are_named(verify: Verify) -> None:
    result = verify(OLD, NEW_TEXT.replace("0.01 * tf.random.normal", "0.01 * tf.random.uniform"))
    assert result.judgements[NEW].verdict is Verdict.DIVERGED
    (note,) = [note for note in result.notes if note.startswith("random numbers differ")]
    assert "random_normal at old.py:6 in" in note
    assert "random_uniform at new.py:6 in" in note


def test_where_nothing_is_random_seeds_are_left_alone(verify: Verify) -> None:
    result = verify(PLAIN, PLAIN_NEW.replace("0.1 *", "0.2 *"))
    assert result.judgements[NEW].verdict is Verdict.DIVERGED
    assert not any("seeds" in note for note in result.notes)
    assert str(result.judgements[NEW].forced).startswith("every step is wrong on its own")


def test_a_program_can_be_started_from_the_reference(verify: Verify) -> None:
    other = PLAIN_NEW.replace("tf.Variable(tf.constant([1.0,", "tf.Variable(tf.constant([5.0,")
    result = verify(PLAIN, other)
    assert result.judgements[NEW].verdict is Verdict.DIVERGED
    assert str(result.judgements[NEW].forced).startswith("only the initial values differ")
    result = verify(PLAIN, other, VerifyOptions(same_start=True))
    assert result.passed
    assert result.notes[0].endswith("new.py started from the reference's initial values")
    wrong = verify(PLAIN, other.replace("0.1 *", "0.2 *"), VerifyOptions(same_start=True))
    divergence = wrong.judgements[NEW].divergence
    assert divergence is not None
    assert divergence.step == 1


# Two variables with one initialiser each, trained with dropout of each; the seeds are put in.
SEEDED = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.set_random_seed(1)
x = tf.placeholder(tf.float32, [None, 3])
w, t = (
    tf.get_variable(n, [3], initializer=tf.random_normal_initializer(seed=s))
    for n, s in [("w", {0}), ("t", {1})]
)
pred = tf.nn.dropout(x, rate=0.5, seed={2}) * w + tf.nn.dropout(x, rate=0.5, seed={3}) * t
train = tf.assign_sub(w, 0.1 * tf.reduce_mean(pred, 0))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train, {{x: np.full((4, 3), i + 1.0)}})
"""
SEEDED_NEW = """
import tensorflow as tf
tf.random.set_seed(1)
init = tf.compat.v1.random_normal_initializer
@tf.function
def begin():
    return [init(seed={0})([3]), init(seed={1})([3])]
values = begin() if {functions} else begin.python_function()
w, t = (tf.Variable(v, name=n) for n, v in zip("wt", values))
def step(x):
    p = tf.nn.dropout(x, rate=0.5, seed={2}) * w + tf.nn.dropout(x, rate=0.5, seed={3}) * t
    w.assign_sub(0.1 * tf.reduce_mean(p, 0))
if {functions}:
    step = tf.function(step)
for i in range(3):
    step(tf.fill([4, 3], i + 1.0))
"""


@pytest.mark.parametrize("seeds", [(7, 7, 3, 4), (5, 6, 3, 3)], ids=["initial", "dropout"])
def test_no_alignment_makes_equal_what_is_equal_in_one_program_only(
    verify: Verify, seeds: tuple[int, ...]
) -> None:
    """In a session, two ops with one seed draw the same; in eager code the second goes on."""
    old = SEEDED.format(*seeds)
    for options in (DEFAULT, VerifyOptions(seeds="aligned")):
        result = verify(old, SEEDED_NEW.format(*seeds, functions=False), options)
        judgement = result.judgements[NEW]
        assert judgement.verdict is Verdict.DIVERGED
        assert "draws the same numbers" in judgement.message
        assert ("('w' and 't' begin equal)" in judgement.message) == (seeds[0] == seeds[1])
        assert judgement.forced is None
    result = verify(old, SEEDED_NEW.format(*seeds, functions=True))
    assert result.passed
    assert result.notes == ()


def test_draws_that_change_nothing_may_be_unlike(verify: Verify) -> None:
    old = SEEDED.format(7, 8, 3, 4).replace(
        "train = ", "tf.nn.dropout(x, rate=0.5, seed=3)\ntrain = "
    )
    new = SEEDED_NEW.format(7, 8, 3, 4, functions=False)
    new = new.replace(
        "    w.assign_sub", "    tf.nn.dropout(x, rate=0.5, seed=3)\n    w.assign_sub"
    )
    result = verify(old, new)
    assert result.passed
    assert len(result.notes) == 1


PAIRED = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
rows = np.random.RandomState(0).rand(8, 3).astype("float32")
labels = np.arange(8, dtype="{dtype}")
w = tf.get_variable("w", [2], initializer=tf.zeros_initializer())
x, y = {x}, {y}
train = tf.assign_add(w, 0.1 * tf.reduce_mean(tf.cast(y, tf.float32)[:4, None] * x[:4, :2], 0))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train)
"""
PAIRED_NEW = """
import numpy as np
import tensorflow as tf
rows = np.random.RandomState(0).rand(8, 3).astype("float32")
labels = np.arange(8, dtype="{dtype}")
w = tf.Variable(tf.zeros([2]), name="w")
for i in range(3):
    x, y = {x}, {y}
    w.assign_add(0.1 * tf.reduce_mean(tf.cast(y, tf.float32)[:4, None] * x[:4, :2], 0))
"""
SHUFFLED = {"x": "tf.random.shuffle(rows, seed=5)", "y": "tf.random.shuffle(labels, seed=5)"}
CUT = {
    "x": "tf.image.random_crop(rows, [6, 2], seed=5)",
    "y": "tf.image.random_crop(labels, [6], seed=5)",
}


@pytest.mark.parametrize(
    ("paired", "apart", "dtype", "verdict"),
    [
        pytest.param(SHUFFLED, {}, "float32", Verdict.DIVERGED, id="one stream of orders"),
        pytest.param(SHUFFLED, {}, "int32", Verdict.IDENTICAL, id="streams of two dtypes"),
        pytest.param(
            SHUFFLED,
            {"y": "tf.random.shuffle(labels, seed=6)"},
            "int32",
            Verdict.DIVERGED,
            id="orders of two seeds",
        ),
        pytest.param(
            SHUFFLED,
            {"x": "tf.random.shuffle(rows)", "y": "tf.random.shuffle(labels)"},
            "int32",
            Verdict.DIVERGED,
            id="orders of no seed",
        ),
        pytest.param(CUT, {}, "int32", Verdict.DIVERGED, id="one stream of places"),
    ],
)
def test_rows_and_their_labels_stay_together(
    verify: Verify, paired: dict[str, str], apart: dict[str, str], dtype: str, verdict: Verdict
) -> None:
    """What is drawn twice alike in a session is an order, or a place, whatever the two are."""
    old = PAIRED.format(dtype=dtype, **paired)
    result = verify(old, PAIRED_NEW.format(dtype=dtype, **{**paired, **apart}))
    judgement = result.judgements[NEW]
    assert judgement.verdict is verdict
    if not verdict.passed:
        assert "draws the same numbers" in judgement.message


# Evaluation draws dropout, too: from the one op in the session, from another in the functions.
EVALUATED = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
tf.set_random_seed(2)
x = tf.placeholder(tf.float32, [None, 4])
rate = tf.placeholder(tf.float32, [])
w = tf.get_variable("w", [4], initializer=tf.random_normal_initializer())
mean = tf.reduce_mean(tf.nn.dropout(x, rate=rate) * w, 0)
train = tf.assign_sub(w, 0.1 * mean)
batch = np.arange(24.0).reshape(6, 4) / 24
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(2):
        for _ in range(2):
            sess.run(train, {x: batch, rate: 0.5})
        score = sess.run(mean, {x: batch, rate: 0.5})
        sess.run(train, {x: SCORE * batch, rate: 0.5})
"""
EVALUATED_NEW = """
import numpy as np
import tensorflow as tf
tf.random.set_seed(2)
w = tf.Variable(tf.random.normal([4], stddev=1.0), name="w")
def mean(x, rate):
    return tf.reduce_mean(tf.nn.dropout(x, rate=rate) * w, 0)
@tf.function
def train(x, rate):
    w.assign_sub(0.1 * mean(x, rate))
@tf.function
def evaluate(x, rate):
    return mean(x, rate)
batch = tf.constant(np.arange(24.0).reshape(6, 4) / 24, tf.float32)
for epoch in range(2):
    for _ in range(2):
        train(batch, tf.constant(0.5))
    score = evaluate(batch, tf.constant(0.5))
    train(SCORE * batch, tf.constant(0.5))
"""


@pytest.mark.parametrize("score", ["1.0", "score[0]"], ids=["idle", "feeds training"])
def test_evaluation_that_draws_is_no_other_training(verify: Verify, score: str) -> None:
    old, new = (text.replace("SCORE", score) for text in (EVALUATED, EVALUATED_NEW))
    result = verify(old, new)
    assert result.passed
    (note,) = result.notes
    assert "depend on how often an op has trained" in note
    assert "(random_uniform at old.py:9)" in note
    assert note.endswith("training differs from step 2 on")
    # Without dropout, evaluation is the same for those alone to whom its result is nothing.
    without = verify(old, new.replace("return mean(x, rate)", "return tf.reduce_mean(x * w, 0)"))
    assert without.passed == (score == "1.0")


def test_how_it_is_made_to_draw_is_no_state_of_a_program(verify: Verify) -> None:
    twice = "tf.nn.dropout(tf.nn.dropout(x, rate=0.2), rate=rate)"
    old, new = (
        text.replace("SCORE", "1.0").replace("tf.nn.dropout(x, rate=rate)", twice)
        for text in (EVALUATED, EVALUATED_NEW)
    )
    result = verify(old, new)
    assert result.passed
    (note,) = result.notes
    assert "depend on how often an op has trained" in note
    assert [judgement.not_compared for judgement in result.judgements.values()] == [(), ()]


def test_a_mistake_is_found_behind_evaluation_that_draws(verify: Verify) -> None:
    old, new = (text.replace("SCORE", "1.0") for text in (EVALUATED, EVALUATED_NEW))
    result = verify(
        old, new.replace("train(batch, tf.constant(0.5))", "train(batch, tf.constant(0.4))")
    )
    assert result.judgements[NEW].verdict is Verdict.DIVERGED
    assert not any("how often" in note for note in result.notes)


VALUE = "tf.constant([1.0, 2.0, 3.0])"
LARGE = PLAIN.replace(f"tf.Variable({VALUE}", "tf.Variable(tf.ones([20000])").replace(VALUE, "1.0")
LARGE_NEW = """
import tensorflow as tf
w = tf.Variable(tf.ones([20000]), name="w")
for i in range(5):
    w.assign_sub(0.1 * w + 0.01 * (2.0 if i == 3 else 1.0))
"""


def test_values_too_large_to_keep_come_from_another_run(verify: Verify) -> None:
    result = verify(LARGE, LARGE_NEW)
    assert str(result.judgements[NEW].forced) == "a single wrong step: 4 (variable w)"
