"""What a verdict says of runs that failed, and of state that was not compared."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from migrate_vars.equivalence.judging.verdicts import Verdict, judge, judge_reference
from migrate_vars.equivalence.reporting.description import describe_judgement, describe_unseen
from migrate_vars.equivalence.reporting.html_page import as_html
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.text_report import explain
from migrate_vars.trajectory.records import FailedRun, Site, Unseen
from migrate_vars.trajectory.trajectory import Trajectory
from tests.equivalence.recorded import result, run, trajectory

QUEUES = [
    Unseen("queue", "q", Site("p.py", 12)),
    Unseen("queue", "r", Site("p.py", 14)),
    Unseen("py_func", "", Site("p.py", 2)),
]
SAID = "1 py_func (p.py:2), 2 queues (p.py:12, 14)"


def with_unseen(made: Trajectory, *unseen: Unseen) -> Trajectory:
    return replace(made, unseen=list(unseen))


def test_a_verdict_names_what_it_does_not_compare() -> None:
    ours = with_unseen(trajectory({"w": [0.0, 1.0]}), *QUEUES[:2])
    theirs = with_unseen(trajectory({"w": [0.0, 1.0]}), *QUEUES[1:])
    made = result(
        "p", run("old.py", ours), {"repeat": run("old.py", ours), "new": run("n", theirs)}
    )
    assert made.passed
    assert list(explain(made)) == [
        "p: compared: 1 of 1 state (repeat, new)",
        f"p: not compared: {SAID}",
    ]
    assert list(explain(made, "repeat")) == [
        "p: compared: 1 of 1 state (repeat)",
        "p: not compared: 2 queues (p.py:12, 14)",
    ]
    (found,) = json.loads(as_json([made], ["2.21.0"]))["results"]
    assert found["links"]["new"]["not_compared"] == [
        {"kind": "queue", "count": 2, "sites": ["p.py:12", "p.py:14"]},
        {"kind": "py_func", "count": 1, "sites": ["p.py:2"]},
    ]
    assert f"Not compared: {SAID}" in as_html([made], "scripts train alike", ["2.21.0"], 1.0)
    judgement = judge(run("old.py", ours), run("n", theirs))
    assert list(describe_judgement(judgement, "a", "b", 1)) == [
        "identical",
        f"not compared: {SAID}",
    ]


def test_nothing_is_said_where_there_is_nothing() -> None:
    ours = trajectory({"w": [0.0, 1.0]})
    made = result("p", run("old.py", ours), {"new": run("new.py", ours)})
    assert list(explain(made)) == []
    (found,) = json.loads(as_json([made], ["2.21.0"]))["results"]
    assert "not_compared" not in found["links"]["new"]
    assert "Not compared" not in as_html([made], "scripts train alike", ["2.21.0"], 1.0)


@pytest.mark.parametrize(
    ("unseen", "said"),
    [
        ([Unseen("child process", "", Site("", 0))], "1 child process"),
        (
            [Unseen("child process", n, Site("a.py", 3)) for n in "ab"],
            "2 child processes (a.py:3)",
        ),
        (
            [Unseen("queue", "", Site("b.py", n)) for n in range(1, 7)],
            "6 queues (b.py:1, 2, 3, 4, ...)",
        ),
        (
            [Unseen("iterator", "", Site(p, 1)) for p in ("b.py", "a.py")],
            "2 iterators (a.py:1, b.py:1)",
        ),
    ],
)
def test_it_is_said_in_few_words(unseen: list[Unseen], said: str) -> None:
    assert describe_unseen(unseen) == said


def test_a_trained_variable_that_cannot_be_read_is_an_error() -> None:
    fine = run("new.py", trajectory({"w": [0.0, 1.0]}))
    blind = with_unseen(trajectory({"w": [0.0, 1.0]}), Unseen("variable", "h", Site("p.py", 5)))
    message = "p.py: 'h' (created at p.py:5) is trained, but cannot be read"
    for judgement in (judge_reference(run("p.py", blind)), judge(fine, run("p.py", blind))):
        assert judgement is not None
        assert (judgement.verdict, judgement.message) == (Verdict.ERROR, message)


def failing(values: list[float], *names: str, states: int) -> Trajectory:
    """A counter beside a variable that stands still from step 2 on."""
    made = trajectory({"w": [0.0, 1.0, 2.0], "n": values})
    writes = {name: Site("p.py", 30) for name in names}
    made.failed.append(FailedRun("IteratorGetNext", Site("p.py", 20), states, writes))
    return made


def test_a_write_in_no_order_with_the_failure_is_undefined() -> None:
    right = trajectory({"w": [0.0, 1.0, 2.0], "n": [0, 1, 2]})
    for ours, theirs, label in (
        (failing([0, 1, 2, 3], "n", states=3), right, "old"),
        (right, failing([0, 1, 2, 3], "n", states=3), "new"),
    ):
        judgement = judge(run("old", ours), run("new", theirs))
        assert judgement.verdict is Verdict.UNDEFINED
        assert judgement.message == (
            f"{label}: in the run at p.py:20, the write of 'n' (at p.py:30) and the failure of "
            "IteratorGetNext are unordered"
        )


@pytest.mark.parametrize(
    ("values", "names", "states"),
    [
        ([0, 1, 2, 3], [], 3),  # in order with the failure
        ([0, 1, 2, 3], ["w"], 3),  # another variable
        ([0, 1, 5, 6], ["n"], 3),  # wrong in a step before
        ([0, 7, 8, 9], ["n"], 3),
    ],
)
def test_other_differences_stay_divergences(
    values: list[float], names: list[str], states: int
) -> None:
    right = trajectory({"w": [0.0, 1.0, 2.0], "n": [0, 1, 2]})
    ours = failing(values, *names, states=states)
    judgement = judge(run("old", ours), run("new", right))
    assert judgement.verdict is Verdict.DIVERGED


def test_a_failure_excuses_nothing_once_both_were_alike_again() -> None:
    ours = trajectory({"w": [0.0, 1.0, 2.0, 3.0], "n": [0, 1, 2, 9]})
    ours.failed.append(FailedRun("X", Site("p.py", 20), 1, {"n": Site("p.py", 30)}))
    theirs = trajectory({"w": [0.0, 1.0, 2.0, 3.0], "n": [0, 1, 2, 3]})
    assert judge(run("old", ours), run("new", theirs)).verdict is Verdict.DIVERGED
