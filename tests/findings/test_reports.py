"""Findings in the forms that programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.codemod.rules import RULES
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.findings.github import GithubReport
from migrate_vars.findings.json_report import JsonReport
from migrate_vars.findings.report import Report
from migrate_vars.findings.sarif import SarifReport
from migrate_vars.findings.summary import Summary
from migrate_vars.findings.text import TextReport, as_line

REWRITTEN = Finding("MV101", "./a b.py", 3, 5, "done", Status.REWRITTEN, Safety.SAFE)
LEFT = Finding("MV102", "a%,:\n.py", 1, 1, "100 %\r\nleft", Status.LEFT, Safety.REFUSED)
ADVICE = Finding("MV301", "n.ipynb", 2, 1, "hm", Status.ADVICE, cell=4)
ERROR = Finding("MV903", "/x/\udcff.py", 1, 1, "gone", Status.ERROR)
ALL = ((REWRITTEN,), (LEFT, ADVICE), (ERROR,))


def text(report: Report, files: Iterable[tuple[Finding, ...]] = ALL) -> str:
    summary = Summary()
    parts = [report.begin()]
    for findings in files:
        summary.add(findings, changed=False)
        parts.append(report.add(findings))
    return "".join((*parts, report.end(summary)))


def test_lines_are_lines() -> None:
    assert as_line(REWRITTEN) == "./a b.py:3:5: MV101 [safe] done"
    assert as_line(LEFT) == "a%,:\\n.py:1:1: MV102 100 %\\r\\nleft"
    assert as_line(ADVICE) == "n.ipynb:cell 4:2:1: MV301 hm"


def test_statistics_and_quiet() -> None:
    lines = text(TextReport(statistics=True), [*ALL, (REWRITTEN,)]).splitlines()
    assert lines[5:7] == [
        "2  MV101  State op becomes a method call",
        "1  MV102  The receiver is a tensor, not a variable",
    ]
    quiet = text(TextReport(quiet=True))
    assert quiet.splitlines() == [as_line(ERROR)]


def test_json() -> None:
    report = json.loads(text(JsonReport()))
    assert list(report) == ["version", "findings", "statistics", "summary"]
    assert report["version"] == 1
    assert report["findings"][2] == {
        "code": "MV301",
        "path": "n.ipynb",
        "line": 2,
        "column": 1,
        "message": "hm",
        "status": "advice",
        "safety": None,
        "cell": 4,
    }
    assert report["statistics"] == {"MV101": 1, "MV102": 1, "MV301": 1, "MV903": 1}
    assert report["summary"]["files"] == 3
    empty = json.loads(text(JsonReport(), [()]))
    assert (empty["findings"], empty["statistics"]) == ([], {})


def test_github_escapes_what_would_end_a_command() -> None:
    assert text(GithubReport()).splitlines()[:4] == [
        "::notice file=a b.py,line=3,col=5,title=migrate-vars MV101::a b.py:3:5: done",
        "::warning file=a%25%2C%3A\\n.py,line=1,col=1,title=migrate-vars MV102"
        "::a%25,:\\n.py:1:1: 100 %25%0D%0Aleft",
        "::warning file=n.ipynb,title=migrate-vars MV301::n.ipynb:cell 4:2:1: hm",
        "::error file=/x/�.py,line=1,col=1,title=migrate-vars MV903::/x/�.py:1:1: gone",
    ]


def sarif(files: Iterable[tuple[Finding, ...]] = ALL) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text(SarifReport(), files))
    return document


def test_sarif_says_where_and_how_bad() -> None:
    (run,) = sarif()["runs"]
    assert [r["level"] for r in run["results"]] == ["note", "warning", "warning", "error"]
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert [p["artifactLocation"]["uri"] for p in places] == [
        "a%20b.py",
        "a%25%2C%3A%0A.py",
        "n.ipynb",
        "file:///x/%FF.py",
    ]
    assert places[0]["region"] == {"startLine": 3, "startColumn": 5}
    assert "region" not in places[2]
    assert run["results"][2]["message"]["text"] == "cell 4, line 2: hm"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == Path.cwd().as_uri() + "/"
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert sarif([()])["runs"][0]["invocations"] == [{"executionSuccessful": True}]


def test_sarif_has_every_rule() -> None:
    (run,) = sarif()["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == sorted(rule.code for rule in RULES)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("files", [ALL, (), ((),)])
def test_sarif_is_what_its_model_allows(files: Iterable[tuple[Finding, ...]]) -> None:
    models = pytest.importorskip("sarif_pydantic")
    # Strict about types and about values; unknown keys are not its concern.
    models.Sarif.model_validate_json(text(SarifReport(), files))
