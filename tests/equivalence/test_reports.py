"""What people and machines are told of verdicts."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.json_report import as_json
from migrate_vars.equivalence.junit_report import as_junit
from migrate_vars.equivalence.links import Verification
from migrate_vars.equivalence.patterns import bundled_directory, load_pattern
from migrate_vars.equivalence.report import Table, explain
from migrate_vars.equivalence.verify import verify_patterns


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
