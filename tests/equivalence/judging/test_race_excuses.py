"""Races of a reference: what they excuse, and what they do not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.patterns import load_pattern
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.trajectory.mapping import VariableMap
from tests.equivalence.racing import FIRST, LAST, REFERENCE, TAKING, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("races")


@pytest.fixture(scope="module")
def reference(interpreter: Interpreter, folder: Path) -> Run:
    return run(interpreter, folder, REFERENCE, races=True)


def judged(
    reference: Run, interpreter: Interpreter, folder: Path, text: str, bound: float | None = None
) -> Judgement:
    other = run(interpreter, folder, text)
    return excuse(reference, other, judge(reference, other, bound))


@pytest.mark.parametrize("bound", [None, 1e-6])
def test_either_order_is_right(
    reference: Run, interpreter: Interpreter, folder: Path, bound: float | None
) -> None:
    found = [judged(reference, interpreter, folder, text, bound) for text in (FIRST, LAST)]
    alike, other = sorted(found, key=lambda judgement: judgement.verdict is Verdict.UNDEFINED)
    assert alike.verdict.passed
    assert other.verdict is Verdict.UNDEFINED
    assert not other.verdict.passed
    assert other.message == (
        "train.py: data race on 'v': write at train.py:10 and read at train.py:11 are unordered, "
        "which decides 'average'"
    )


@pytest.mark.parametrize(
    ("old", "new", "step", "variable"),
    [
        # A variable that no race reaches, alone and together with one that a race decides.
        ("apart, 1.0", "apart, 2.0", 1, "apart"),
        ("sess.run(count)", "sess.run(count if step < 2 else [])", 3, "apart"),
        ("loss = v", "loss = 3.0 * v", 1, "v"),
        # The race decides the average, and the copy only by way of it.
        ("average + 1.0", "average + 2.0", 1, "copy"),
        ("0.25", "0.125", 1, "v"),
        ('"average", initializer=0.0', '"average", initializer=0.5', 0, "average"),
    ],
)
@pytest.mark.parametrize("order", [FIRST, LAST])
def test_a_mistake_elsewhere_is_not_excused(
    reference: Run,
    interpreter: Interpreter,
    folder: Path,
    order: str,
    old: str,
    new: str,
    step: int,
    variable: str,
) -> None:
    assert old in order
    found = judged(reference, interpreter, folder, order.replace(old, new))
    if variable == "copy" and found.verdict is Verdict.UNDEFINED:
        # In the other order the average differs, too, and the copy may have it from there.
        assert order is not same_order(reference, interpreter, folder)
        return
    assert found.verdict is Verdict.DIVERGED
    assert found.divergence is not None
    assert found.divergence.step == step
    assert found.divergence.variable in (variable, "average")


def with_feeds(text: str, before: float = 5.0) -> str:
    """The program with a variable that hears of the average by way of Python alone."""
    text = text.replace("count = tf.assign_add(apart, 1.0)", "told = tf.placeholder(tf.float32)")
    text = text.replace("loss =", "hear = tf.assign(apart, tf.reshape(told, []))\nloss =")
    text = text.replace("    for step", f"    sess.run(hear, {{told: {before}}})\n    for step")
    text = text.replace("        sess.run(count)\n", "")
    return text + "        sess.run(hear, {told: sess.run(average)})\n"


def test_what_is_fed_may_come_from_a_race(interpreter: Interpreter, folder: Path) -> None:
    ours = run(interpreter, folder, with_feeds(REFERENCE), races=True)
    orders = [FIRST, LAST]
    found = [judged(ours, interpreter, folder, with_feeds(order)) for order in orders]
    alike, other = (judgement.verdict for judgement in found)
    if not alike.passed:
        alike, other = other, alike
        orders.reverse()
    assert (alike, other) == (Verdict.IDENTICAL, Verdict.UNDEFINED)
    # Not what was fed before the race, in whichever order that went.
    for order in orders:
        early = judged(ours, interpreter, folder, with_feeds(order, before=6.0))
        assert early.verdict is Verdict.DIVERGED
        assert "the data differ at step 1" in early.message


@pytest.mark.parametrize("order", [FIRST, LAST])
def test_an_order_that_has_shown_before_excuses_no_later_step(
    reference: Run, interpreter: Interpreter, folder: Path, order: str
) -> None:
    text = order.replace(
        "follow = tf.assign(average, 0.5 * ", "follow = tf.assign(average, half * "
    )
    text = text.replace("loss =", "half = tf.placeholder_with_default(0.5, [])\nloss =")
    wrong = text.replace("follow, loss]", "follow, loss], {half: 0.25 if step == 2 else 0.5}")
    found = judged(reference, interpreter, folder, wrong)
    assert found.divergence is not None
    if order is same_order(reference, interpreter, folder):
        assert found.verdict is Verdict.DIVERGED
        assert (found.divergence.step, found.divergence.variable) == (3, "average")
    else:
        assert (found.verdict, found.divergence.step) == (Verdict.UNDEFINED, 1)


def test_a_program_with_the_same_race_has_the_same_order(
    reference: Run, interpreter: Interpreter, folder: Path
) -> None:
    text = REFERENCE.replace("average, 0.5 *", "average, 0.25 *")
    other = run(interpreter, folder, text, races=True)
    found = excuse(reference, other, judge(reference, other))
    assert found.verdict is Verdict.DIVERGED
    assert found.divergence is not None
    assert (found.divergence.step, found.divergence.variable) == (1, "average")
    # Not so where several ops may run at a time, or in another release.
    for key, value in (("policy", "native"), ("tensorflow", "2.16.2")):
        assert other.trajectory is not None
        header = {**other.trajectory.header, key: value}
        elsewhere = dataclasses.replace(
            other, trajectory=dataclasses.replace(other.trajectory, header=header)
        )
        judgement = judge(reference, elsewhere)
        assert excuse(reference, elsewhere, judgement).verdict is Verdict.UNDEFINED


def test_what_the_user_says_of_variables_counts_elsewhere_too(
    reference: Run, interpreter: Interpreter, folder: Path
) -> None:
    order = LAST if same_order(reference, interpreter, folder) is FIRST else FIRST
    text = order.replace("apart", "aside")
    text = text.replace(
        "count = tf.assign_add(aside, 1.0)",
        "more = tf.get_variable('more', initializer=0.0)\n"
        "count = [tf.assign_add(aside, 1.0), tf.assign_add(more, 2.0)]",
    )
    other = run(interpreter, folder, text)
    for variables, verdict in (
        (VariableMap((("apart", "aside"), ("average", "average")), ("more",)), Verdict.UNDEFINED),
        (VariableMap((("apart", "aside"),)), Verdict.DIVERGED),
    ):
        judgement = excuse(reference, other, judge(reference, other, variables=variables))
        assert judgement.verdict is verdict


def same_order(reference: Run, interpreter: Interpreter, folder: Path) -> str:
    """The order that the reference had here."""
    first = judge(reference, run(interpreter, folder, FIRST))
    return FIRST if first.verdict is Verdict.IDENTICAL else LAST


def test_a_race_that_comes_later_excuses_nothing(interpreter: Interpreter, folder: Path) -> None:
    late = REFERENCE.replace(
        "sess.run([train, follow, loss])",
        "sess.run([train, follow, loss] if step > 1 else tf.assign(average, 7.0))",
    )
    ours = run(interpreter, folder, late, races=True)
    assert ours.trajectory is not None
    assert {race.step for race in ours.trajectory.races} == {3}
    found = judged(ours, interpreter, folder, late.replace("7.0", "8.0"))
    assert found.verdict is Verdict.DIVERGED


@pytest.mark.parametrize("order", [FIRST, LAST])
def test_what_was_written_before_the_race_is_not_excused(
    interpreter: Interpreter, folder: Path, order: str
) -> None:
    # In the step of the race, the average and the copy are written in another run before.
    early = "early = [tf.assign(average, 5.0), tf.assign(copy, 6.0)]\nwith tf.Session()"
    texts = [
        text.replace("with tf.Session()", early).replace("sess.run(count)", "sess.run(early)")
        for text in (REFERENCE, order)
    ]
    ours = run(interpreter, folder, texts[0], races=True)
    assert ours.trajectory is not None
    for old, new in (("average, 5.0", "average, 5.5"), ("copy, 6.0", "copy, 6.5")):
        found = judged(ours, interpreter, folder, texts[1].replace(old, new))
        assert found.verdict is Verdict.DIVERGED, new


@pytest.mark.parametrize("order", [FIRST, LAST])
def test_data_that_differ_before_the_race_are_not_excused(
    interpreter: Interpreter, folder: Path, order: str
) -> None:
    def fed(text: str, value: float) -> str:
        text = text.replace("0.5 * v", "tf.reshape(half, []) * v")
        text = text.replace("apart = ", "half = tf.placeholder(tf.float32)\napart = ")
        return text.replace("follow, loss]", f"follow, loss], {{half: {value}}}")

    ours = run(interpreter, folder, fed(REFERENCE, 0.5), races=True)
    found = judged(ours, interpreter, folder, fed(order, 0.25))
    assert found.verdict is Verdict.DIVERGED
    assert "the data differ at step 1" in found.message


TAKING_IN_ORDER = """
import tensorflow as tf
numbers = iter(range(40))
apart, v = tf.Variable(0.0, name="apart"), tf.Variable(1.0, name="v")
for _ in range(4):
    apart.assign_add(1.0)
    {}
    v.assign_add(few - 0.5 * many)
"""
FEW, MANY = "few = float(next(numbers))", "many = float(next(numbers) + next(numbers))"


def test_who_takes_which_element_is_not_held_against_a_migration(
    interpreter: Interpreter, folder: Path
) -> None:
    ours = run(interpreter, folder, TAKING, races=True)
    assert ours.trajectory is not None
    (race,) = ours.trajectory.races
    assert (race.model, race.kind, race.decides) == ("queue", "take/take", ("v",))
    texts = [TAKING_IN_ORDER.format("\n    ".join(o)) for o in ((FEW, MANY), (MANY, FEW))]
    found = [judged(ours, interpreter, folder, text) for text in texts]
    assert {each.verdict for each in found} == {Verdict.IDENTICAL, Verdict.UNDEFINED}
    (message,) = (each.message for each in found if each.message)
    assert message == (
        "train.py: data race on queue 'fifo_queue': take at train.py:9 and take at train.py:10 are "
        "unordered, which decides 'v'"
    )
    for text in texts:
        wrong = judged(
            ours, interpreter, folder, text.replace("apart.assign_add(1", "apart.assign(2")
        )
        assert wrong.verdict is Verdict.DIVERGED
        assert wrong.divergence is not None
        assert wrong.divergence.variable == "apart"


COUNTING = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
calls = []
def count(x):
    calls.append(x)
    return np.float32(len(calls))
v = tf.get_variable("v", initializer=1.0)
numbers = tf.placeholder(tf.float32, [2])
train = tf.assign_add(v, tf.reduce_sum(numbers * [1.0, 3.0]))
drawn = [tf.py_func(count, [0.0], tf.float32), tf.py_func(count, [1.0], tf.float32)]
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(4):
        first, last = sess.run(drawn)
        sess.run(train, {numbers: [first, last]})
"""


def test_what_is_fetched_of_a_race_is_data(interpreter: Interpreter, folder: Path) -> None:
    ours = run(interpreter, folder, COUNTING, races=True)
    assert ours.trajectory is not None
    (race,) = ours.trajectory.races
    assert (race.variable, race.model, race.kind) == ("calls", "python", "call/call")
    assert (race.states, len(race.fetched)) == (0, 2)
    assert judge(ours, run(interpreter, folder, COUNTING, races=True)).verdict is Verdict.IDENTICAL
    # A run that is not looked at for races may go in either order.
    found = [
        judged(ours, interpreter, folder, COUNTING.replace("[first, last]", numbers))
        for numbers in ("[first, last]", "[last, first]")
    ]
    undefined = [each for each in found if each.verdict is Verdict.UNDEFINED]
    assert undefined
    assert all(each in undefined or each.verdict is Verdict.IDENTICAL for each in found)
    assert "call by PyFunc and call by PyFunc_1, both at train.py:" in undefined[0].message


def test_what_is_only_fetched_excuses_nothing(interpreter: Interpreter, folder: Path) -> None:
    text = REFERENCE.replace("[train, follow, loss]", "[train, loss]")
    ours = run(interpreter, folder, text, races=True)
    assert ours.trajectory is not None
    (race,) = ours.trajectory.races
    assert (race.decides, race.fetched) == ((), ("mul:0",))
    assert (
        judged(ours, interpreter, folder, text.replace("0.25", "0.5")).verdict is Verdict.DIVERGED
    )


EAGER = """
import tensorflow as tf
apart, v = tf.Variable(0.0, name="apart"), tf.Variable(1.0, name="v")
average, copy = tf.Variable(0.0, name="average"), tf.Variable(0.0, name="copy")
@tf.function
def train():
    apart.assign_add(1.0)
    {}
    copy.assign(average + 1.0)
for _ in range(4):
    train()
"""
UPDATE = "v.assign_sub(0.25 * (2.0 * v))"
AVERAGE = "average.assign(0.5 * v)"


def test_verify_says_undefined_or_notes_the_race(interpreter: Interpreter, folder: Path) -> None:
    patterns = []
    for name, lines in (("first", [AVERAGE, UPDATE]), ("last", [UPDATE, AVERAGE])):
        pattern = folder / name
        pattern.mkdir()
        (pattern / "v1_session.py").write_text(REFERENCE, "utf-8")
        (pattern / "v2_eager.py").write_text(EAGER.format("\n    ".join(lines)), "utf-8")
        patterns.append(load_pattern(pattern))
    results = verify_patterns(patterns, interpreter)
    verdicts = {
        tuple(result.judgements[link].verdict for link in ("eager", "function"))
        for result in results
    }
    assert verdicts == {(Verdict.IDENTICAL,) * 2, (Verdict.UNDEFINED,) * 2}
    for result in results:
        noted = [note for note in result.notes if note.startswith("v1_session.py: data race on ")]
        assert len(noted) == 2
        assert any("v1_session.py:11" in note for note in noted)
