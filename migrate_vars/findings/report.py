"""What all forms of output have in common: they are written file by file, never kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from migrate_vars.findings.finding import Finding
from migrate_vars.findings.run_summary import Summary


class Report(Protocol):
    """Findings as text, piece by piece."""

    def begin(self) -> str:
        """Return what comes before all files."""

    def add(self, findings: Iterable[Finding]) -> str:
        """Return the findings of one file."""

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
