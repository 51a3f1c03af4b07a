"""What people and machines are told of verdicts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification, compared_versions
from migrate_vars.equivalence.patterns import bundled_directory, load_pattern
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.junit_xml import as_junit
from migrate_vars.equivalence.reporting.text_report import Table, explain
from migrate_vars.equivalence.running.failures import Failure, Frame
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.trajectory.records import Site
from tests.equivalence.recorded import result, run, trajectory


@pytest.fixture(scope="module")
def results(
    interpreter: Interpreter, tmp_path_factory: pytest.TempPathFactory
) -> list[Verification]:
    """A pattern that passes, one that diverges, and one that crashes."""
    folder = tmp_path_factory.mktemp("patterns")
    changes = {
        "right": ("", ""),
        "wrong": ("% 2 == 0", "% 2 == 1"),
        "crash": ("    train_step()", "    1 / 0"),
    }
    patterns = []
    for name, change in changes.items():
        shutil.copytree(bundled_directory() / "conditional_reset", folder / name)
        script = folder / name / "v2_eager.py"
        script.write_text(script.read_text().replace(*change) if change[0] else script.read_text())
        patterns.append(load_pattern(folder / name))
    return verify_patterns(patterns, interpreter)


def test_the_table_and_the_details(results: list[Verification]) -> None:
    table = Table("pattern", [result.name for result in results])
    rows = [table.row(result).split() for result in results]
    assert rows[0][:6] == ["right", "5", "1", "identical", "identical", "identical"]
    assert rows[1][:6] == ["wrong", "5", "1", "identical", "DIVERGED", "DIVERGED"]
    assert rows[2][:6] == ["crash", "5", "1", "identical", "ERROR", "ERROR"]
    assert list(explain(results[0])) == []
    assert next(explain(results[1])) == "wrong: eager DIVERGED at step 1 of 5: the values differ"
    assert "ZeroDivisionError: division by zero" in next(explain(results[2]))


def test_json(results: list[Verification]) -> None:
    document = json.loads(as_json(results, ["2.21.0"]))
    assert document["version"] == 1
    assert document["tensorflow"] == ["2.21.0"]
    assert document["passed"] == 1
    right, wrong, crash = document["results"]
    assert [one["passed"] for one in document["results"]] == [True, False, False]
    assert right["name"] == "right"
    assert Path(right["path"]).name == "right"
    assert right["steps"] == 5
    assert [link["verdict"] for link in right["links"].values()] == [
        *("identical", "identical", "identical", "drift")
    ]
    assert right["links"]["keras"]["drift"]["scaled"] == 0.0
    divergence = wrong["links"]["eager"]["divergence"]
    assert divergence["step"] == 1
    assert divergence["variable"] == "counter"
    assert divergence["index"] == []
    assert divergence["reference"] == 0.0
    assert divergence["other"] == pytest.approx(-0.02)
    assert divergence["ulp"] > 1_000_000
    assert divergence["reference_site"].startswith("v1_session.py:")
    assert divergence["other_site"].startswith("v2_eager.py:")
    assert crash["links"]["function"]["verdict"] == "error"
    assert "ZeroDivisionError" in crash["links"]["function"]["message"]


def test_junit(results: list[Verification]) -> None:
    root = ElementTree.fromstring(as_junit(results))
    suites = {suite.attrib["name"]: suite for suite in root}
    counts = {
        name: tuple(int(suite.attrib[kind]) for kind in ("tests", "failures", "errors"))
        for name, suite in suites.items()
    }
    assert counts == {"right": (4, 0, 0), "wrong": (4, 2, 0), "crash": (4, 0, 2)}
    cases = {case.attrib["name"]: case for case in suites["wrong"]}
    assert list(cases) == ["rewritten", "eager", "function", "keras"]
    failure = cases["eager"].find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "DIVERGED"
    assert failure.text is not None
    assert "counter" in failure.text
    assert cases["rewritten"].find("failure") is None


def test_junit_can_write_any_name(results: list[Verification]) -> None:
    text = as_junit([replace(results[1], name="<b>\x1b[31m\x00&")])
    assert ElementTree.fromstring(text)[0].attrib["name"] == "<b>?[31m?&"


def test_only_releases_under_which_runs_were_compared_are_named() -> None:
    old, new = trajectory({"a": [0.0, 1.0]}), trajectory({"a": [0.0, 1.0]}, tensorflow="2.9.1")
    old.header["tensorflow"] = "1.15.5"
    one = result("p", run("v1", new), {"TF 1": run("v1", old), "eager": run("v2", new)})
    assert compared_versions([one]) == ["1.15.5", "2.9.1"]
    failed = run("v1", old, "no")
    two = result("q", run("v1", trajectory({"a": [0.0, 1.0]})), {"new": failed})
    assert compared_versions([two]) == []
    assert compared_versions([one, two]) == ["1.15.5", "2.9.1"]
    assert compared_versions([]) == []


def test_no_step_past_the_table_is_named() -> None:
    ours = {"a": [0.0, 1.0, 2.0, 3.0]}
    for theirs, place, steps in (
        ([0.0, 1.0], "at step 2 of 3: the program stops after step 1 of 3", "3 of v1, 1 of v2"),
        (
            [0.0, 1.0, 2.0, 3.0, 4.0],
            "after step 3, the last of the reference: the program goes on for 4 steps",
            "3 of v1, 4 of v2",
        ),
        ([0.0, 9.0, 2.0, 3.0, 4.0], "at step 1 of 3: the values differ", "3 of v1, 4 of v2"),
    ):
        other = run("v2", trajectory({"a": theirs}))
        told = list(explain(result("p", run("v1", trajectory(ours)), {"new": other})))
        assert told[0].startswith(f"p: new DIVERGED {place}")
        assert f"    steps: {steps}" in told
    same = run("v2", trajectory({"a": [0.0, 9.0, 2.0, 3.0]}))
    told = list(explain(result("p", run("v1", trajectory(ours)), {"new": same})))
    assert not any("steps:" in line for line in told)


def test_a_failure_is_told_with_its_lines() -> None:
    frames = tuple(Frame(Site("v2.py", n), "f", f"line {n}") for n in range(1, 10))
    failure = Failure(frames, Frame(Site("v2.py", 20), "", "op = 1"), "install x")
    failed = replace(run("v2", None, "v2.py:9: no", "printed\n\x1b[31mred"), failure=failure)
    one = result("p", run("v1", trajectory({"a": [0.0, 1.0]})), {"new": failed})
    assert list(explain(one)) == [
        "p: new ERROR: v2: v2.py:9: no",
        "    ... 3 earlier lines of yours",
        *(f"    v2.py:{n} in f: line {n}" for n in range(4, 10)),
        "    the failed op was created at v2.py:20: op = 1",
        "    help: install x",
        "    all of its output: -v",
    ]
    verbose = list(explain(one, verbose=True))
    assert verbose[1] == "    v2.py:1 in f: line 1"
    assert verbose[-3:] == ["    v2 printed:", "    | printed", "    | \\x1b[31mred"]
    document = json.loads(as_json([one], []))
    found = document["results"][0]["links"]["new"]["failure"]
    assert found["frames"][0] == ["v2.py:1", "f", "line 1"]
    assert (found["made_at"], found["advice"]) == ("v2.py:20", "install x")
    # Where the reference failed, it is that which is shown.
    both = result("p", replace(failed, program=run("v1", None).program), {"new": failed})
    assert next(iter(explain(both))) == "p: new ERROR: v1: v2.py:9: no"
    assert "    help: install x" in list(explain(both))


def test_calls_that_no_run_came_to_are_not_proven(interpreter: Interpreter, tmp_path: Path) -> None:
    shutil.copytree(bundled_directory() / "conditional_reset", tmp_path / "p")
    script = tmp_path / "p" / "v1_session.py"
    text = script.read_text()
    script.write_text(f"{text}\n\ndef never():\n    return tf.assign(counter, 0.0)\n")
    (found,) = verify_patterns([load_pattern(tmp_path / "p")], interpreter)
    line = text.count("\n") + 4
    assert found.judgements["rewritten"].verdict is Verdict.IDENTICAL
    expected = f"v1_session.py:{line}:12: rewritten, but not proven: never reached"
    assert [note for note in found.notes if "not proven" in note] == [expected]
