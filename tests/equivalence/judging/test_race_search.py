"""Finding the races of a program, seeing whether they show, and telling both."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from migrate_vars.equivalence.judging.race_search import find_races
from migrate_vars.equivalence.judging.race_wording import describe
from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.reporting.race_report import as_json, as_text
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from tests.equivalence.racing import FIRST, LAST, REFERENCE, TAKING, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("races")


@pytest.fixture(scope="module")
def reference(interpreter: Interpreter, folder: Path) -> Run:
    return run(interpreter, folder, REFERENCE, races=True)


def test_races_of_what_is_no_variable_are_told(interpreter: Interpreter, folder: Path) -> None:
    script = folder / "taking.py"
    script.write_text(TAKING, "utf-8")
    report = find_races(Program(script, "taking.py"), interpreter, again=1)
    assert report.repeats
    assert list(as_text(report))[:-1] == [
        "fifo_queue: take/take, queue, run at taking.py:17",
        "    taking.py:9   take  (fifo_queue_Dequeue)",
        "    taking.py:10  take  (fifo_queue_DequeueMany)",
        "    no path in the graph orders these ops",
        "    decides the value of v",
        "    decides what is fetched from AssignAdd_1:0",
    ]


DRAWING = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
x = tf.placeholder(tf.float32, [None, None])
v = tf.get_variable("v", [16, 16], initializer=tf.ones_initializer())
def body(i, kept):
    h = tf.nn.dropout(tf.tanh(tf.matmul(x, v)), rate=0.5, seed=3)
    return i + 1, kept + tf.cast(i, tf.float32) * tf.reduce_mean(h)
_, kept = tf.while_loop(lambda i, kept: i < 6, body, [0, 0.0])
train = tf.train.GradientDescentOptimizer(0.01).minimize(kept)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(120):
        sess.run(train, {x: [[0.1 * (i + j) for j in range(16)] for i in range(4)]})
"""


def test_what_is_drawn_in_a_loop_is_drawn_in_one_order(
    interpreter: Interpreter, folder: Path
) -> None:
    """An executor that has learned which ops are cheap would change it after some 45 runs."""
    script = folder / "drawing.py"
    script.write_text(DRAWING, "utf-8")
    report = find_races(Program(script, "drawing.py"), interpreter, again=1)
    assert report.repeats
    lines = list(as_text(report))
    assert lines[:-1] == [
        "while/dropout/random_uniform/RandomUniform: random op in a loop, run at drawing.py:14",
        "    drawing.py:7  draws in each iteration",
        "    no path in the graph orders these draws",
        "    decides the value of v",
    ]
    (race,) = report.races
    assert describe(race) == (
        "data race on random op 'while/dropout/random_uniform/RandomUniform': its draws in the "
        "iterations of a loop, at drawing.py:7, are unordered, which decides 'v'"
    )


def test_a_program_without_races_is_run_once(interpreter: Interpreter, folder: Path) -> None:
    script = folder / "ordered.py"
    script.write_text(FIRST.replace(", loss]", "]"), "utf-8")
    runs: list[Run] = []
    report = find_races(Program(script, "ordered.py"), interpreter, done=runs.append)
    assert (list(report.races), report.again, len(runs)) == ([], 0, 1)
    assert list(as_text(report)) == []
    assert json.loads(as_json(report))["races"] == []


def test_races_are_told_with_both_lines(interpreter: Interpreter, folder: Path) -> None:
    script = folder / "racing.py"
    script.write_text(REFERENCE, "utf-8")
    report = find_races(Program(script, "racing.py"), interpreter, again=2)
    assert report.repeats
    lines = list(as_text(report))
    assert lines[-7:-1] == [
        "v: read/write, reference variable, run at racing.py:17",
        "    racing.py:10  write  (GradientDescent/update_v/ApplyGradientDescent)",
        "    racing.py:11  read  (mul_1)",
        "    no path in the graph orders these ops",
        "    decides the value of average",
        "    decides what is fetched from Assign:0",
    ]
    assert lines[-1].endswith((" of 2 runs", "the same results in 2 runs"))
    document = json.loads(as_json(report))
    assert [race["variable"] for race in document["races"]] == ["v", "v"]
    assert document["races"][1]["accesses"][0]["site"] == {"path": "racing.py", "line": 10}
    assert document["races"][1]["reaches"] == ["average", "copy"]


class Scripted(Interpreter):
    """Gives runs that were made before."""

    def __init__(self, *runs: Run) -> None:
        super().__init__()
        self._given = iter(runs)

    def run(self, program: Program) -> Run:
        """The next one."""
        return next(self._given)

    def run_all(self, programs: object, done: object = None, jobs: object = None) -> list[Run]:
        """All others."""
        return list(self._given)


def test_other_values_confirm_the_races_that_decide_them(
    reference: Run, interpreter: Interpreter, folder: Path
) -> None:
    first, last = (run(interpreter, folder, text) for text in (FIRST, LAST))
    other = last if judge(reference, first).verdict is Verdict.IDENTICAL else first
    assert reference.trajectory is not None
    assert other.trajectory is not None
    fetched = reference.trajectory.fetched
    of_loss = [dataclasses.replace(f, digests={**f.digests, "mul:0": "other"}) for f in fetched]

    def again(run: Run, fetched: list[object]) -> Run:
        assert run.trajectory is not None
        return dataclasses.replace(
            run,
            trajectory=dataclasses.replace(run.trajectory, fetched=fetched),  # type: ignore[arg-type]
        )

    same = again(reference, [*fetched])
    runs = [same, again(other, [*fetched]), again(reference, [*of_loss]), same]
    report = find_races(Program(folder / "train.py", "x"), Scripted(reference, *runs), again=3)
    assert report.seen == (1, 1)
    assert [line for line in as_text(report) if "confirmed" in line] == [
        "    confirmed: different results in 1 of 3 runs"
    ] * 2
    # Where one op at a time does not repeat, nothing is proven.
    report = find_races(
        Program(folder / "train.py", "x"), Scripted(reference, runs[1], *runs[1:]), again=3
    )
    assert not report.repeats
    assert [line for line in as_text(report) if "confirmed" in line] == [
        "    cannot be confirmed: the program is nondeterministic even with one op at a time"
    ] * 2
