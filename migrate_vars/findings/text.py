"""Findings as lines that editors can jump to."""

from __future__ import annotations

from migrate_vars.findings.finding import Finding, Safety


def as_line(finding: Finding) -> str:
    """Return ``path:line:column: CODE message``."""
    mark = f" [{finding.safety.value}]" if finding.safety in (Safety.SAFE, Safety.ASSUMED) else ""
    place = f"{finding.path}:{finding.line}:{finding.column}"
    return f"{place}: {finding.code}{mark} {finding.message}"
