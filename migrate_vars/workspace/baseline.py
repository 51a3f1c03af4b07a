"""Findings that a team knows of and has put aside: only what is new counts."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from migrate_vars.findings.finding import Finding, Status

VERSION = 1
_NAME = "migrate-vars rewrite"


class BaselineError(Exception):
    """The baseline cannot be used; the message is one line that says why."""


class Known(NamedTuple):
    """What makes a finding the same after its line has moved.

    Attributes:
        path: Its file, as seen from the folder of the baseline.
        code: Its code.
        text: Its line, without indentation.
    """

    path: str
    code: str
    text: str


class Baseline:
    """The findings of an earlier time; each is there as often as it was then.

    Args:
        path: Where the baseline lies.
        known: The findings, and how often each was there.
    """

    def __init__(self, path: Path, known: Counter[Known]) -> None:
        self.path = path
        self._known = known

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline.

        Raises:
            BaselineError: It cannot be read, or is none.
        """
        try:
            document = json.loads(path.read_bytes())
        except OSError as error:
            raise BaselineError(f"{path}: {error.strerror or error}") from error
        except ValueError as error:
            raise BaselineError(f"{path}: not valid JSON: {error}") from error
        if not isinstance(document, dict) or _NAME not in document:
            raise BaselineError(f"{path}: not a baseline of {_NAME}")
        if document[_NAME] != VERSION:
            raise BaselineError(f"{path}: of another version of migrate-vars; write it again")
        try:
            known = Counter(
                {Known(*row["known"]): int(row["count"]) for row in document["findings"]}
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BaselineError(f"{path}: damaged; write it again") from error
        return cls(path, known)

    def new(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings that are not known, errors among them; the known are used up."""
        found = []
        for finding in findings:
            known = _known(finding, self.path)
            if finding.status is not Status.ERROR and self._known[known] > 0:
                self._known[known] -= 1
            else:
                found.append(finding)
        return tuple(found)

    @property
    def gone(self) -> int:
        """How many findings have not been met again."""
        return sum(self._known.values())


def as_baseline(findings: Sequence[Finding], path: Path) -> str:
    """Return what a baseline says of findings.

    Args:
        findings: The findings; errors are not kept.
        path: Where it will lie: it names files as seen from there.
    """
    counts = Counter(_known(one, path) for one in findings if one.status is not Status.ERROR)
    rows = [{"known": list(known), "count": number} for known, number in sorted(counts.items())]
    lines = ",\n".join(f"    {json.dumps(row)}" for row in rows)
    return f'{{\n  "{_NAME}": {VERSION},\n  "findings": [\n{lines}\n  ]\n}}\n'


def _known(finding: Finding, baseline: Path) -> Known:
    folder = os.path.realpath(baseline.parent)
    path = Path(os.path.relpath(os.path.realpath(finding.path), folder)).as_posix()
    return Known(path, finding.code, finding.source_line)
