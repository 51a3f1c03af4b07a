"""Findings as workflow commands: GitHub shows them beside the changed lines."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from migrate_vars.findings.finding import Finding, Status
from migrate_vars.findings.run_summary import Summary
from migrate_vars.findings.text import shown_path

_LEVELS = {
    Status.REWRITTEN: "notice",
    Status.LEFT: "warning",
    Status.ADVICE: "warning",
    Status.ERROR: "error",
}


@dataclass(slots=True)
class GithubReport:
    """A command for each finding, and the counts at the end.

    Attributes:
        wrote: Whether files are written, or only would be.
    """

    wrote: bool = True

    def begin(self) -> str:
        """Return what comes before all files."""
        return ""

    def add(self, findings: Iterable[Finding]) -> str:
        """Return the findings of one file."""
        return "".join(f"{_command(finding)}\n" for finding in findings)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        return summary.as_text(wrote=self.wrote) + "\n"


def _command(finding: Finding) -> str:
    path = finding.path.replace(os.sep, "/").removeprefix("./")
    path = shown_path(path)
    place = f"{path}:{finding.line}:{finding.column}"
    properties = [("file", path), ("line", str(finding.line)), ("col", str(finding.column))]
    if finding.cell is not None:
        # Lines of a cell are no lines of the file.
        place = f"{path}:cell {finding.cell}:{finding.line}:{finding.column}"
        properties = [("file", path)]
    properties.append(("title", f"migrate-vars {finding.code}"))
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties)
    return f"::{_LEVELS[finding.status]} {shown}::{_data(f'{place}: {finding.message}')}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
