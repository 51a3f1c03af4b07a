"""Findings as lines that editors can jump to."""

from __future__ import annotations

from migrate_vars.findings.finding import Finding, Safety


def as_line(finding: Finding) -> str:
    """Return ``path:line:column: CODE message``."""
    mark = f" [{finding.safety.value}]" if finding.safety in (Safety.SAFE, Safety.ASSUMED) else ""
    # A file name need not be text; what cannot be shown must not stop the run.
    path = finding.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    place = f"{path}:{finding.line}:{finding.column}"
    return f"{place}: {finding.code}{mark} {finding.message}"
