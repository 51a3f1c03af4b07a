"""Findings in SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from migrate_vars import __version__
from migrate_vars.findings.explanation import explanation
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.findings.rule_text import RuleText
from migrate_vars.findings.run_summary import Summary

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    Status.REWRITTEN: "note",
    Status.LEFT: "warning",
    Status.ADVICE: "warning",
    Status.ERROR: "error",
}
# Findings of most codes are warnings.
_LEVELS_OF_CODES = {
    **dict.fromkeys(("MV101", "MV113"), "note"),
    **dict.fromkeys(("MV901", "MV902", "MV903"), "error"),
}
# They are about this tool and what it could not read, not about the code.
_NOTIFICATIONS = frozenset({"MV902", "MV903"})
_ROOT = "%SRCROOT%"


class SarifReport:
    """One run with a result for each finding."""

    def __init__(self, rules: Iterable[RuleText], wrote: bool = True) -> None:
        """Start a report.

        Args:
            rules: All rules that there are.
            wrote: Whether files are written; fixes are given only where they still apply.
        """
        self._wrote = wrote
        in_order = sorted(rules, key=lambda rule: rule.code)
        self._rules = [rule for rule in in_order if rule.code not in _NOTIFICATIONS]
        self._conditions = [rule for rule in in_order if rule.code in _NOTIFICATIONS]
        self._indices = {
            rule.code: index
            for group in (self._rules, self._conditions)
            for index, rule in enumerate(group)
        }
        self._notifications: list[dict[str, object]] = []
        self._separator = ""

    def begin(self) -> str:
        """Return what comes before all files."""
        driver = {
            "name": "migrate-vars",
            "semanticVersion": __version__,
            "rules": [_descriptor(rule) for rule in self._rules],
            "notifications": [_descriptor(rule) for rule in self._conditions],
        }
        head = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "originalUriBaseIds": {_ROOT: _folder()},
        }
        return (
            f'{{\n  "$schema": {json.dumps(SCHEMA)},\n  "version": "2.1.0",\n  "runs": [\n'
            f'    {json.dumps(head)[:-1]}, "results": ['
        )

    def add(self, findings: Iterable[Finding]) -> str:
        """Return the findings of one file."""
        out = []
        alike: Counter[str] = Counter()
        for finding in findings:
            if finding.code in _NOTIFICATIONS:
                self._notifications.append(self._notification(finding))
                continue
            result = self._result(finding, alike)
            out.append(f"{self._separator}\n      {json.dumps(result)}")
            self._separator = ","
        return "".join(out)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        invocation = {
            "executionSuccessful": not summary.errors,
            "workingDirectory": _folder(),
            "toolExecutionNotifications": self._notifications,
        }
        close = "\n    ]" if self._separator else "]"
        return f'{close}, "invocations": [{json.dumps(invocation)}]}}\n  ]\n}}\n'

    def _result(self, finding: Finding, alike: Counter[str]) -> dict[str, object]:
        result: dict[str, object] = {
            "ruleId": finding.code,
            "level": _LEVELS[finding.status],
            "message": {"text": _text(finding)},
            "locations": [{"physicalLocation": _place(finding)}],
            "partialFingerprints": {"placeInCode/v1": _fingerprint(finding, alike)},
            "properties": {
                "status": finding.status.value,
                "safety": finding.safety and finding.safety.value,
                "cell": finding.cell,
                "reached": finding.reached,
            },
        }
        result["ruleIndex"] = self._indices[finding.code]
        if finding.fix and not self._wrote:
            result["fixes"] = [_fix(finding)]
        return result

    def _notification(self, finding: Finding) -> dict[str, object]:
        return {
            "descriptor": {"id": finding.code, "index": self._indices[finding.code]},
            "level": _LEVELS[finding.status],
            "message": {"text": _text(finding)},
            "locations": [{"physicalLocation": {"artifactLocation": _location(finding.path)}}],
        }


def _descriptor(rule: RuleText) -> dict[str, object]:
    return {
        "id": rule.code,
        "name": type(rule).__name__,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": " ".join(rule.rationale.split())},
        "help": {"text": explanation(rule)},
        "defaultConfiguration": {"level": _LEVELS_OF_CODES.get(rule.code, "warning")},
    }


def _place(finding: Finding) -> dict[str, object]:
    location: dict[str, object] = {"artifactLocation": _location(finding.path)}
    # Lines of a cell are no lines of the file.
    if finding.cell is None:
        region = {"startLine": finding.line, "startColumn": finding.column}
        if finding.end_line is not None and finding.end_column is not None:
            region |= {"endLine": finding.end_line, "endColumn": finding.end_column}
        location["region"] = region
    return location


def _fix(finding: Finding) -> dict[str, object]:
    replacements = [
        {
            "deletedRegion": {
                "startLine": piece.line,
                "startColumn": piece.column,
                "endLine": piece.end_line,
                "endColumn": piece.end_column,
            },
            "insertedContent": {"text": piece.text},
        }
        for piece in finding.fix
    ]
    location = _location(finding.path)
    return {
        "description": {"text": _text(finding)},
        "artifactChanges": [{"artifactLocation": location, "replacements": replacements}],
    }


def _fingerprint(finding: Finding, alike: Counter[str]) -> str:
    """What stays the same when lines are added elsewhere in the file.

    Args:
        finding: The finding.
        alike: How many findings of the file were like it so far; counts it.
    """
    key = "\0".join((finding.code, str(finding.cell), finding.source_line or finding.message))
    alike[key] += 1
    text = f"{key}\0{alike[key]}"
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _text(finding: Finding) -> str:
    # Lines of a cell are no lines of the file: the text says where.
    where = "" if finding.cell is None else f"cell {finding.cell}, line {finding.line}: "
    return where + finding.message.encode("utf-8", "backslashreplace").decode("utf-8")


def _folder() -> dict[str, str]:
    return {"uri": Path.cwd().as_uri().rstrip("/") + "/"}


def _location(path: str) -> dict[str, str]:
    plain = os.path.normpath(path)
    uri = quote(os.fsencode(plain.replace("\\", "/") if os.name == "nt" else plain))
    if Path(plain).is_absolute():
        return {"uri": f"file://{uri}" if uri.startswith("/") else f"file:///{uri}"}
    if plain.startswith(".."):
        full = os.path.abspath(plain)  # noqa: PTH100 - links stay links
        return {"uri": "file://" + quote(os.fsencode(full))}
    return {"uri": uri, "uriBaseId": _ROOT}
