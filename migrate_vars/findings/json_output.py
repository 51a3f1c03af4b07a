"""Findings and counts as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

from migrate_vars.findings.finding import Finding
from migrate_vars.findings.run_summary import Summary


class JsonReport:
    """``{"version": 1, "findings": [...], "statistics": {...}, "summary": {...}}``.

    Where packages that the result needs are looked for, ``"needs": [...]`` lists them.
    """

    def __init__(self) -> None:
        self._separator = ""

    def begin(self) -> str:
        """Return what comes before all files."""
        return '{\n  "version": 1,\n  "findings": ['

    def add(self, findings: Iterable[Finding]) -> str:
        """Return the findings of one file."""
        out = []
        for finding in findings:
            as_dict = {**finding._asdict(), "fix": [piece._asdict() for piece in finding.fix]}
            del as_dict["indentation"]  # which only says where to draw a line
            # One finding on each line, which also suits tools that work by lines.
            out.append(f"{self._separator}\n    {json.dumps(as_dict)}")
            self._separator = ","
        return "".join(out)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        counts = asdict(summary)
        del counts["noun"]
        codes = dict(sorted(counts.pop("codes").items()))
        needs = counts.pop("needs")
        return (
            ("\n  ]" if self._separator else "]")
            + ("" if needs is None else f',\n  "needs": {json.dumps(sorted(needs))}')
            + f',\n  "statistics": {json.dumps(codes)}'
            + f',\n  "summary": {json.dumps(counts)}\n}}\n'
        )
