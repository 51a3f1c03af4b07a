"""Findings and counts as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from migrate_vars.findings.finding import Finding
from migrate_vars.findings.summary import Summary


def as_json(findings: Iterable[Finding], summary: Summary) -> str:
    """Return ``{"findings": [...], "summary": {...}}``."""
    report = {"findings": [asdict(f) for f in findings], "summary": asdict(summary)}
    return json.dumps(report, indent=2)
