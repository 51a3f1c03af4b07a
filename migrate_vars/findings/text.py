"""Findings as lines that editors can jump to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.findings.statistics import as_table
from migrate_vars.findings.summary import Summary


def as_line(finding: Finding) -> str:
    """Return ``path:line:column: CODE message``, in a notebook ``path:cell N:line:column``."""
    mark = f" [{finding.safety.value}]" if finding.safety in (Safety.SAFE, Safety.ASSUMED) else ""
    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    place = f"{shown_path(finding.path)}:{cell}{finding.line}:{finding.column}"
    return f"{place}: {finding.code}{mark} {_printable(finding.message)}"


def shown_path(path: str) -> str:
    """Return a file name as one line of text, whatever its bytes are."""
    return _printable(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(slots=True)
class TextReport:
    """One line for each finding, and the counts at the end.

    Attributes:
        wrote: Whether files are written, or only would be.
        quiet: Show errors alone.
        statistics: Show how often each code was found.
    """

    wrote: bool = True
    quiet: bool = False
    statistics: bool = False

    def begin(self) -> str:
        """Return what comes before all files."""
        return ""

    def add(self, findings: Iterable[Finding]) -> str:
        """Return what is said about one file."""
        shown = [f for f in findings if not self.quiet or f.status is Status.ERROR]
        return "".join(f"{as_line(finding)}\n" for finding in shown)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        table = as_table(summary.codes) if self.statistics else ""
        return table + ("" if self.quiet else summary.as_text(wrote=self.wrote) + "\n")
