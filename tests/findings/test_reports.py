"""Findings in the forms that programs read."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.codemod.rules import RULES
from migrate_vars.findings.colour import wants_colour
from migrate_vars.findings.finding import Finding, Replacement, Safety, Status
from migrate_vars.findings.github import GithubReport
from migrate_vars.findings.json_output import JsonReport
from migrate_vars.findings.report import Report
from migrate_vars.findings.run_summary import Summary
from migrate_vars.findings.sarif import SarifReport
from migrate_vars.findings.text import TextReport, as_block, as_line

REWRITTEN = Finding(
    *("MV101", "./a b.py", 3, 5, "done", Status.REWRITTEN, Safety.SAFE),
    end_line=4,
    end_column=9,
    source_line="    tf.assign(v,",
    fix=(
        Replacement(1, 1, 1, 1, "import tensorflow as tf\n"),
        Replacement(3, 5, 4, 9, "v.assign(x)"),
    ),
)
LEFT = Finding("MV102", "a%,:\n.py", 1, 1, "100 %\r\nleft", Status.LEFT, Safety.REFUSED)
ADVICE = Finding("MV301", "n.ipynb", 2, 1, "hm", Status.ADVICE, cell=4)
ERROR = Finding("MV903", "/x/\udcff.py", 1, 1, "gone", Status.ERROR)
ALL = ((REWRITTEN,), (LEFT, ADVICE), (ERROR,))
TITLES = {rule.code: rule.title for rule in RULES}


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
    lines = text(TextReport(titles=TITLES, concise=True), [*ALL, (REWRITTEN,)]).splitlines()
    assert lines[5:7] == [
        "2  MV101  State op becomes a method call",
        "1  MV102  The receiver is a tensor, not a variable",
    ]
    quiet = text(TextReport(quiet=True))
    assert quiet.splitlines() == [as_line(ERROR)]


@pytest.mark.parametrize(
    ("source", "start", "end", "lines"),
    [
        ("tf.assign(v, x)", 1, 16, ["tf.assign(v, x)", "^" * 15]),
        ("  a = tf.assign(v, x)  # b", 7, 22, ["a = tf.assign(v, x)  # b", "    " + "^" * 15]),
        ("  a = tf.assign(v,", 7, None, ["a = tf.assign(v,", "    " + "^" * 12]),
        ("a\t= b", 5, 6, ["a = b", "    ^"]),
        ("名 = b", 5, 6, ["名 = b", "     ^"]),
        ("e\u0301 = b", 6, 7, ["e\u0301 = b", "    ^"]),
        ("a\x1b = b", 6, 7, ["a\\x1b = b", "        ^"]),
        ("", 1, 1, []),
        ("x" * 400 + "y", 401, 402, ["..." + "x" * 119 + "y", " " * 122 + "^"]),
        ("x = 1", 9, 9, ["x = 1", "     ^"]),
    ],
)
def test_the_place_is_underlined(
    source: str, start: int, end: int | None, lines: list[str]
) -> None:
    indentation = len(source) - len(source.lstrip())
    finding = REWRITTEN._replace(
        column=start,
        end_line=4 if end is None else 3,
        end_column=9 if end is None else end,
        source_line=source.strip(),
        indentation=indentation,
    )
    head, *found = as_block(finding).splitlines()
    assert head == as_line(finding)
    assert found == (["  |", f"3 | {lines[0]}", f"  | {lines[1]}"] if lines else [])
    bare = re.sub(r"\x1b\[[\d;]*m", "", as_block(finding, colour=True))
    assert bare == as_block(finding)


@pytest.mark.parametrize(
    ("asked", "environment", "coloured"),
    [
        (None, {}, False),
        (True, {"NO_COLOR": "1"}, True),
        (False, {"FORCE_COLOR": "1"}, False),
        (None, {"FORCE_COLOR": "1"}, True),
        (None, {"FORCE_COLOR": ""}, False),
        (None, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (None, {"NO_COLOR": "", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colour_where_it_is_wanted(
    asked: bool | None,
    environment: dict[str, str],
    coloured: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wants_colour(io.StringIO(), asked) is coloured


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
        "end_line": None,
        "end_column": None,
        "source_line": "",
        "fix": [],
        "reached": None,
    }
    assert report["findings"][0]["fix"][1]["text"] == "v.assign(x)"
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


def sarif(files: Iterable[tuple[Finding, ...]] = ALL, *, wrote: bool = False) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(text(SarifReport(RULES, wrote), files))
    return document


def test_sarif_says_where_and_how_bad() -> None:
    (run,) = sarif()["runs"]
    assert [r["level"] for r in run["results"]] == ["note", "warning", "warning"]
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert [p["artifactLocation"]["uri"] for p in places] == [
        "a%20b.py",
        "a%25%2C%3A%0A.py",
        "n.ipynb",
    ]
    assert places[0]["region"] == {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 9}
    assert places[1]["region"] == {"startLine": 1, "startColumn": 1}
    assert "region" not in places[2]
    assert run["results"][2]["message"]["text"] == "cell 4, line 2: hm"
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"]["%SRCROOT%"]["uri"] == Path.cwd().as_uri() + "/"


def test_sarif_tells_apart_what_could_not_be_read() -> None:
    (run,) = sarif()["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert notification["message"]["text"] == "gone"
    place = notification["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "file:///x/%FF.py"}}
    descriptors = run["tool"]["driver"]["notifications"]
    assert descriptors[notification["descriptor"]["index"]]["id"] == "MV903"
    (invocation,) = sarif([()])["runs"][0]["invocations"]
    assert (invocation["executionSuccessful"], invocation["toolExecutionNotifications"]) == (
        *(True, []),
    )


def test_sarif_has_every_rule() -> None:
    (run,) = sarif()["runs"]
    driver = run["tool"]["driver"]
    codes = [r["id"] for r in driver["rules"]]
    assert sorted(codes + [r["id"] for r in driver["notifications"]]) == sorted(
        rule.code for rule in RULES
    )
    for result in run["results"]:
        assert codes[result["ruleIndex"]] == result["ruleId"]


def test_sarif_gives_the_level_that_findings_of_a_rule_have() -> None:
    for rule in RULES:
        for example in rule.invalid:
            findings = rewrite_source(example.source.encode()).findings
            (run,) = sarif([findings])["runs"]
            rules = run["tool"]["driver"]["rules"]
            for result in run["results"]:
                default = rules[result["ruleIndex"]]["defaultConfiguration"]["level"]
                assert result["level"] == default, result["message"]


def test_sarif_gives_fixes_only_while_they_apply() -> None:
    (result, *others) = sarif([(REWRITTEN, LEFT)])["runs"][0]["results"]
    (fix,) = result["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"]["uri"] == "a%20b.py"
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
            "insertedContent": {"text": "import tensorflow as tf\n"},
        },
        {
            "deletedRegion": {"startLine": 3, "startColumn": 5, "endLine": 4, "endColumn": 9},
            "insertedContent": {"text": "v.assign(x)"},
        },
    ]
    assert "fixes" not in others[0]
    assert "fixes" not in sarif([(REWRITTEN,)], wrote=True)["runs"][0]["results"][0]


def test_sarif_fingerprints_stay_when_lines_are_added() -> None:
    source = "import tensorflow as tf\nv = tf.Variable(1.0)\n" + 2 * "tf.assign(v, 2.0)\n"
    before, after, other = (
        [r["partialFingerprints"]["placeInCode/v1"] for r in run["runs"][0]["results"]]
        for run in (
            sarif([rewrite_source(text.encode()).findings])
            for text in (source, source.replace("v =", "w = 1\nv ="), source.replace("2.0", "3"))
        )
    )
    assert before == after
    assert len({*before, *other}) == 4


@pytest.fixture(scope="module")
def sarif_schema(node_modules: Path) -> Draft202012Validator:
    """The schema of SARIF 2.1.0 as Microsoft's validator of it ships it."""
    path = node_modules / "@microsoft" / "sarif-multitool-linux" / "sarif-2.1.0.json"
    schema = json.loads(path.read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("wrote", [True, False])
@pytest.mark.parametrize("files", [ALL, (), ((),)])
def test_sarif_is_what_its_schema_allows(
    sarif_schema: Draft202012Validator, files: Iterable[tuple[Finding, ...]], wrote: bool
) -> None:
    sarif_schema.validate(sarif(files, wrote=wrote))


def test_the_schema_finds_mistakes(sarif_schema: Draft202012Validator) -> None:
    document = sarif()
    run = document["runs"][0]
    run["columnKind"] = "bytes"
    place = run["results"][0]["locations"][0]["physicalLocation"]
    place["region"]["startLine"] = 0
    place["artifactLocation"]["uri"] = "a b.py"
    run["results"][1]["fixes"] = [{"artifactChanges": [{}]}]
    found = {".".join(map(str, error.path)) for error in sarif_schema.iter_errors(document)}
    assert found == {
        "runs.0.columnKind",
        "runs.0.results.0.locations.0.physicalLocation.region.startLine",
        "runs.0.results.0.locations.0.physicalLocation.artifactLocation.uri",
        "runs.0.results.1.fixes.0.artifactChanges.0",
    }
