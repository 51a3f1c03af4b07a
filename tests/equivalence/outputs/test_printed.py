"""What two programs printed: the same value in any form is no difference, another value is one."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.equivalence.outputs.fetched import FetchComparison
from migrate_vars.equivalence.outputs.output_comparison import OutputComparison
from migrate_vars.equivalence.outputs.printed import (
    PrintedComparison,
    compare_printed,
    same_number,
)
from migrate_vars.equivalence.outputs.printed_lines import Line, Number, read_lines
from migrate_vars.equivalence.outputs.summaries import SummaryComparison
from migrate_vars.equivalence.running.programs import Printed

singles = st.floats(allow_nan=True, allow_infinity=True, width=32)
ordinary = st.floats(min_value=2.0**-20, max_value=2.0**20, width=32)


def compare(ours: str, theirs: str, again: str | None = None, **more: Any) -> PrintedComparison:
    return compare_printed(
        Printed(ours),
        Printed(theirs),
        None if again is None else (Printed(ours), Printed(again)),
        **more,
    )


def only_line(text: str) -> Line:
    (line,) = read_lines(text)
    return line


def only_number(text: str) -> Number:
    (number,) = only_line(text).numbers
    assert number is not None
    return number


FORMS = (
    "loss = 0.1",
    "loss = 0.10000000149",
    "loss = 0.10000000149011612",
    "loss = [0.1]",
    "loss = [[0.1]]",
    "loss = (0.1,)",
    "loss = 1e-1",
    "loss = [1.0000000e-01]",
    "loss = tf.Tensor(0.1, shape=(), dtype=float32)",
    "loss = tf.Tensor([0.1], shape=(1,), dtype=float32)",
    "loss = tf.Tensor(\n[[0.1]], shape=(1, 1), dtype=float32)",
    "loss = <tf.Tensor: shape=(), dtype=float32, numpy=0.1>",
    "loss = <tf.Tensor: shape=(1,), dtype=float32, numpy=array([0.1], dtype=float32)>",
    "loss = <tf.Tensor: shape=(1, 1), dtype=float32, numpy=\narray([[0.1]],\n      dtype=float32)>",
    "loss = <tf.Variable 'w:0' shape=() dtype=float32, numpy=0.1>",
    "loss = <Variable path=dense/bias, shape=(1,), dtype=float32, value=[0.1]>",
    "loss = array([0.1], dtype=float32)",
    "loss = np.float32(0.1)",
    "loss = [np.float32(0.1)]",
    "loss = <bar>\r 5/10 loss = 0.3\r\x1b[1mloss\x1b[0m = 0.1",
    "loss = 0.2\b1",
    "loss:\t0.1",
)


@pytest.mark.parametrize("form", FORMS)
def test_one_value_in_many_forms(form: str) -> None:
    for ours, theirs in ((FORMS[0], form), (form, FORMS[0])):
        found = compare(f"begin\n{ours}\nend\n", f"begin\n{theirs}\nend\n")
        assert found.same, found
        assert found.numbers == 1


@pytest.mark.parametrize("form", FORMS)
def test_another_value_in_these_forms(form: str) -> None:
    wrong = re.sub(r"0\.1|1e-1|1\.0000000e-01|\b1\Z", "0.14", form)
    for ours, theirs in ((FORMS[0], wrong), (wrong, FORMS[0])):
        found = compare(f"begin\n{ours}\nend\n", f"begin\n{theirs}\nend\n")
        assert not found.same
        assert found.n_differing == 1


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "w [[1. 2.]\n [3. 4.]]",
            "w tf.Tensor(\n[[1. 2.]\n [3. 4.]], shape=(2, 2), dtype=float32)",
        ),
        ("w [[1. 2.]\n [3. 4.]]", "w [[1.0, 2.0], [3.0, 4.0]]"),
        ("[[[1]\n  [2]]\n\n [[3]\n  [4]]]\nx", "[1, 2, 3, 4]\nx"),
        ("loss 1, accuracy 2", "loss 1\naccuracy 2"),
        ("[b'cat' b'dog']", "['cat', 'dog']"),
        ("predicted tf.Tensor(b'cat', shape=(), dtype=string)", "predicted cat"),
        ("True", "tf.Tensor(True, shape=(), dtype=bool)"),
        ("nan", "tf.Tensor(nan, shape=(), dtype=float32)"),
        ("step 3", "step 3.0"),
        ("step -0.0", "step 0.0"),
        ("error 0.12345679", "error 0.12345678657293320"),
        ("accuracy 0.913", "accuracy 0.9130"),
        ("accuracy 0.913", "accuracy 0.91299998760223"),
        ("accuracy 0.50", "accuracy 0.5012"),
        ("accuracy 0.9134", "accuracy 0.913375"),
        ("(?, 2)", "(?, 2)"),
        ("\n\nloss 1\n\n", "loss 1"),
        ("======\nloss 1\n======", "-----\nloss 1"),
        ("[=>....] 1/2\r[=====] 2/2 3s", "[####] 2/2 10s"),
    ],
)
def test_other_forms_are_no_difference(ours: str, theirs: str) -> None:
    assert compare(ours, theirs).same
    assert compare(theirs, ours).same


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("accuracy 0.913", "accuracy 0.914"),
        ("accuracy 0.913", "accuracy 0.9136"),
        ("accuracy 0.9", "accuracy 0.92"),
        ("accuracy 91", "accuracy 91.4"),
        ("accuracy 91.0", "accuracy 91.04"),
        ("accuracy 12.5", "accuracy 12.52"),
        ("accuracy 0.50", "accuracy 0.51"),
        ("step 3", "step 4"),
        ("count 9007199254740992", "count 9007199254740993"),
        ("loss 0.5", "loss -0.5"),
        ("loss 0.5", "loss nan"),
        ("loss inf", "loss -inf"),
        ("loss 0.69314724", "loss 0.6931473"),
        ("w [1. 2. 3.]", "w [1. 2.]"),
        ("loss 0.5", "loss 0.5 accuracy 0.1"),
        ("loss 0.5", "cost 0.5"),
        ("loss 0.5\ndone", "loss 0.5"),
        ("loss 0.5", "loss 0.5\nloss 0.5"),
        ("True", "False"),
        ("['cat', 'dog']", "['dog', 'cat']"),
        ("", "loss 0.5"),
        ("a 1\nb 2", "b 2\na 1"),
    ],
)
def test_other_values_are_one(ours: str, theirs: str) -> None:
    assert not compare(ours, theirs).same
    assert not compare(theirs, ours).same
    # Nor does it help that the reference prints the same whenever it runs.
    assert not compare(ours, theirs, ours).same


@pytest.mark.parametrize(
    ("ours", "theirs", "again"),
    [
        ("loss 1 took 0.2s", "loss 1 took 3.9s", "loss 1 took 0.2s"),
        ("loss 1 (0.2 s)", "loss 1 (3.9 s)", "loss 1 (0.2 s)"),
        ("time: 3", "time: 4", "time: 3"),
        ("12.5 examples/sec", "3.1 examples/sec", "12.1 examples/sec"),
        ("10/10 - 1s 2ms/step", "10/10 - 3s 40ms/step", "10/10 - 1s 2ms/step"),
        (
            "[2026-11-27 10:32:58,123] go",
            "[2026-11-28 01:02:03,456] go",
            "[2026-11-27 10:32:58,1] go",
        ),
        ("Fri Nov 27 10:32:58 2026", "Sat Nov 28 11:00:00 2026", "Fri Nov 27 10:33:08 2026"),
        ("process 711", "process 933", "process 712"),
        ("<Net object at 0x7f3a5c1d>", "<Net object at 0x7f9999990>", "<Net object at 0x7f3a5c1e>"),
        (
            "saved to /tmp/tmpab12/model",
            "saved to /tmp/tmpxyzt/model",
            "saved to /tmp/tmp0000/model",
        ),
        ("run brave_cat begins", "run shy_dog begins", "run calm_owl begins"),
        ("a\nretry\nb", "a\nb", "a\nretry\nretry\nb"),
        (
            'Tensor("Mean:0", shape=(), dtype=float32)',
            "tf.Tensor(0.5, shape=(), dtype=float32)",
            None,
        ),
        ('Tensor("Mean:0", shape=(?, 2), dtype=float32)\nx', "x", None),
        (
            "<tf.Variable 'w:0' shape=(2, 1) dtype=float32_ref>",
            "<tf.Variable 'v:0' shape=(2,)>",
            None,
        ),
    ],
)
def test_what_does_not_repeat_is_not_compared(ours: str, theirs: str, again: str | None) -> None:
    found = compare(ours, theirs, again)
    assert found.same, found


@pytest.mark.parametrize(
    ("ours", "theirs", "again"),
    [
        # What stands beside it is.
        ("loss 1 took 0.2s", "loss 2 took 3.9s", "loss 1 took 0.3s"),
        ("run brave_cat gets 5", "run shy_dog gets 6", "run calm_owl gets 5"),
        # No clock shows five digits twice.
        ("time 0.12345", "time 0.12346", "time 0.12345"),
        # Only here it does not repeat.
        ("noise 0.1\nloss 0.5", "noise 0.2\nloss 0.6", "noise 0.3\nloss 0.5"),
        ("time step 5", "time step 6", "time step 5"),
    ],
)
def test_what_repeats_is_compared(ours: str, theirs: str, again: str) -> None:
    assert not compare(ours, theirs, again).same


def test_a_wrong_accuracy_is_named_with_its_lines() -> None:
    ours = "".join(f"epoch {i}: loss {1 / i:.3f} accuracy 0.{i}\n" for i in range(1, 6))
    found = compare(ours, ours.replace("accuracy 0.4", "accuracy 0.1"))
    assert (found.numbers, found.n_differing, found.same) == (15, 1, False)
    (difference,) = found.differing
    assert (difference.label, difference.reference, difference.other) == ("accuracy", "0.4", "0.1")
    assert difference.lines == (4, 4)
    assert str(difference) == "accuracy 0.4 / 0.1"
    labels = "old.py", "new.py"
    assert OutputComparison(found, SummaryComparison(), FetchComparison(), labels).rows() == [
        ("accuracy", "0.4 in line 4 of old.py, 0.1 in line 4 of new.py")
    ]


def test_text_is_told_apart_from_numbers() -> None:
    found = compare("loss 1\nsaved\nbest model 3\n", "loss 2\nbest epoch model 3\nbye\n")
    assert (found.n_differing, found.n_reworded) == (1, 1)
    assert found.reference_only == ((2, "saved"),)
    assert found.other_only == ((3, "bye"),)
    assert found.reworded == ((3, "best model 3", 2, "best epoch model 3"),)


def test_a_line_that_is_missing_moves_no_other() -> None:
    lines = [f"step {i} loss {1 / (i + 1):.4f}" for i in range(100)]
    found = compare("\n".join(lines), "\n".join(lines[:40] + lines[41:]))
    assert (found.n_differing, found.n_reference_only, found.n_other_only) == (0, 1, 0)
    assert found.reference_only == ((41, lines[40]),)


def test_a_coarser_format_is_taken_at_its_precision() -> None:
    values = (0.91, 0.27, 0.555, 0.301)
    coarse = "\n".join(f"accuracy {value:.1f}" for value in values)
    fine = "\n".join(f"accuracy {value:.3f}" for value in values)
    assert compare(coarse, fine).same
    assert compare(coarse, fine.replace("0.301", "0.361")).n_differing == 1


def test_drift_that_is_allowed() -> None:
    ours = "step 1 loss 0.5234567\nstep 2 loss 0.0000012"
    theirs = "step 1 loss 0.5234569\nstep 2 loss 0.0000015"
    assert compare(ours, theirs).n_differing == 2
    # Of the largest loss so far, 3e-7 is a little.
    assert compare(ours, theirs, allowed=1e-6).same
    assert not compare(ours, theirs, allowed=1e-7).same
    assert not compare("step 1", "step 2", allowed=1.0).same


def test_last_digits_alone_are_called_rounding() -> None:
    assert compare("loss 0.5234567", "loss 0.5234569").rounding
    assert not compare("loss 0.5234567", "loss 0.5234569\nmore").rounding
    assert not compare("loss 0.523", "loss 0.524").rounding
    assert not compare("a 0.5234567\nb 1", "a 0.5234569\nb 2").rounding


def test_what_was_cut_off_is_told() -> None:
    assert compare_printed(Printed("a 1\n", cut=True), Printed("a 1\n")).cut


@given(singles)
def test_a_float32_is_the_same_in_all_its_forms(value: float) -> None:
    single = np.float32(value)
    forms = [
        str(single),
        repr(single),
        repr(float(single)),
        str(np.array([single])),
        f"{single:.9g}",
    ]
    for form in forms:
        assert compare(f"x {forms[0]}", f"x {form}").same, forms


@given(ordinary, st.integers(min_value=2, max_value=1000))
def test_a_float32_that_is_not_the_same_is_another(value: float, ulps: int) -> None:
    ours = np.float32(value)
    theirs = ours + ulps * np.spacing(ours)
    numbers = only_number(str(ours)), only_number(str(theirs))
    if len({number.digits for number in numbers}) == 1:
        assert not same_number(*numbers)
    # One of more than 9 digits is no float32, which may come from adding up in another type.
    long = only_number(f"{float(theirs):.17g}")
    if long.digits > 9 and ulps > 5 and not numbers[0].digits < 8:
        assert not same_number(numbers[0], long)


@given(st.floats(-1e6, 1e6), st.integers(2, 8), st.integers(2, 8))
def test_numbers_are_compared_at_the_coarser_precision(value: float, one: int, other: int) -> None:
    ours, theirs = only_number(f"{value:.{one}f}"), only_number(f"{value:.{other}f}")
    assert same_number(ours, theirs, formatted=True)
    if min(ours.digits, theirs.digits) >= 4:
        assert same_number(ours, theirs)
    assert not same_number(ours, only_number(f"{value + 1:.{other}f}"), formatted=True)


words = st.sampled_from(["loss", "step 3", "accuracy 0.25", "took 3s", "[1. 2.]", "", "a b", "x=1"])
texts = st.lists(words, max_size=8).map("\n".join)


@given(texts)
def test_a_text_is_the_same_as_itself(text: str) -> None:
    found = compare(text, text + "\n")
    assert found.same
    assert not compare(text + " 1", text + " 2").same


@given(texts, texts, texts)
def test_sides_can_be_changed(ours: str, theirs: str, again: str) -> None:
    there, back = compare(ours, theirs), compare(theirs, ours)
    assert there.same is back.same
    # What the reference prints in one of two runs, another program may print.
    assert compare(ours, again, again).same


@given(st.text(alphabet="ab1.[](){}<>\"'=, \n\r\b\t\x1b-+e:/tTensorarray", max_size=80))
def test_any_text_is_read(text: str) -> None:
    for line in read_lines(text):
        assert len(line.numbers) == len(line.places)
        assert all(line.key[place] == "#" for place in line.places)
    assert compare(text, text + " ").same
