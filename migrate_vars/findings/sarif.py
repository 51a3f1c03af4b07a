"""Findings in SARIF 2.1.0, which code scanning services and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from migrate_vars import __version__
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.findings.summary import Summary

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS = {
    Status.REWRITTEN: "note",
    Status.LEFT: "warning",
    Status.ADVICE: "warning",
    Status.ERROR: "error",
}
_ROOT = "%SRCROOT%"


class SarifReport:
    """One run with a result for each finding."""

    def __init__(self) -> None:
        from migrate_vars.codemod.rules import RULES

        self._rules = sorted(RULES, key=lambda rule: rule.code)
        self._indices = {rule.code: index for index, rule in enumerate(self._rules)}
        self._separator = ""

    def begin(self) -> str:
        """Return what comes before all files."""
        driver = {
            "name": "migrate-vars",
            "semanticVersion": __version__,
            "rules": [
                {
                    "id": rule.code,
                    "name": type(rule).__name__,
                    "shortDescription": {"text": rule.title},
                    "fullDescription": {"text": " ".join(rule.rationale.split())},
                    "help": {"text": f"migrate-vars explain {rule.code}"},
                }
                for rule in self._rules
            ],
        }
        head = {
            "tool": {"driver": driver},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": {_ROOT: {"uri": Path.cwd().as_uri().rstrip("/") + "/"}},
        }
        return (
            f'{{\n  "$schema": {json.dumps(SCHEMA)},\n  "version": "2.1.0",\n  "runs": [\n'
            f'    {json.dumps(head)[:-1]}, "results": ['
        )

    def add(self, findings: Iterable[Finding]) -> str:
        """Return what is said about one file."""
        out = []
        for finding in findings:
            out.append(f"{self._separator}\n      {json.dumps(self._result(finding))}")
            self._separator = ","
        return "".join(out)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        invocation = {"executionSuccessful": not summary.errors}
        close = "\n    ]" if self._separator else "]"
        return f'{close}, "invocations": [{json.dumps(invocation)}]}}\n  ]\n}}\n'

    def _result(self, finding: Finding) -> dict[str, object]:
        location: dict[str, object] = {"artifactLocation": _location(finding.path)}
        if finding.cell is None:
            location["region"] = {"startLine": finding.line, "startColumn": finding.column}
        result: dict[str, object] = {
            "ruleId": finding.code,
            "level": _LEVELS[finding.status],
            "message": {"text": _text(finding)},
            "locations": [{"physicalLocation": location}],
            "properties": {
                "status": finding.status.value,
                "safety": finding.safety and finding.safety.value,
                "cell": finding.cell,
            },
        }
        if finding.code in self._indices:
            result["ruleIndex"] = self._indices[finding.code]
        return result


def _text(finding: Finding) -> str:
    # Lines of a cell are no lines of the file: the text says where.
    where = "" if finding.cell is None else f"cell {finding.cell}, line {finding.line}: "
    return where + finding.message


def _location(path: str) -> dict[str, str]:
    plain = os.path.normpath(path)
    uri = quote(os.fsencode(plain.replace("\\", "/") if os.name == "nt" else plain))
    if Path(plain).is_absolute():
        return {"uri": f"file://{uri}" if uri.startswith("/") else f"file:///{uri}"}
    if plain.startswith(".."):
        full = os.path.abspath(plain)  # noqa: PTH100 - links stay links
        return {"uri": "file://" + quote(os.fsencode(full))}
    return {"uri": uri, "uriBaseId": _ROOT}
