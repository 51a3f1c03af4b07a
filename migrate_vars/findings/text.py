"""Findings as text that people read, and as lines that editors can jump to."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from migrate_vars.findings.colour import BLUE, BOLD, STATUS, painted
from migrate_vars.findings.finding import Finding, Safety, Status
from migrate_vars.findings.run_summary import Summary
from migrate_vars.findings.statistics import as_table

# How many columns of a source line are shown.
_WIDTH = 120


def as_line(finding: Finding, colour: bool = False) -> str:
    """Return ``path:line:column: CODE message``, in a notebook ``path:cell N:line:column``."""
    mark = f" [{finding.safety.value}]" if finding.safety in (Safety.SAFE, Safety.ASSUMED) else ""
    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    path = painted(shown_path(finding.path), BOLD * colour)
    code = painted(finding.code, STATUS[finding.status] * colour)
    place = f"{path}:{cell}{finding.line}:{finding.column}"
    return f"{place}: {code}{mark} {_printable(finding.message)}"


def as_block(finding: Finding, colour: bool = False) -> str:
    """Return the line of :func:`as_line`, and the source line with the place underlined, if known.

    Of a place on several lines the first is shown.
    """
    line = as_line(finding, colour)
    if not finding.source_line:
        return line
    text = finding.source_line.replace("\t", " ")
    start = max(finding.column - 1 - finding.indentation, 0)
    stop = len(text)
    if finding.end_line == finding.line and finding.end_column is not None:
        stop = finding.end_column - 1 - finding.indentation
    # What stands far to the right is brought into view.
    begin = max(0, min(start - 20, len(text) - _WIDTH)) if start > _WIDTH // 2 else 0
    shown = text[begin : begin + _WIDTH]
    dots = "..." if begin else ""
    before = dots + _printable(shown[: start - begin])
    place = _printable(shown[start - begin : max(stop, start + 1) - begin])
    after = _printable(shown[max(stop, start + 1) - begin :])
    number = str(finding.line)
    bar = painted("|", BLUE * colour)
    gutter = f"{' ' * len(number)} {bar}"
    carets = "^" * max(_columns(place), 1)
    return (
        f"{line}\n{gutter}\n{painted(number, BLUE * colour)} {bar} {before}{place}{after}\n"
        f"{gutter} {' ' * _columns(before)}{painted(carets, STATUS[finding.status] * colour)}\n"
    )


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    marks = sum(unicodedata.combining(c) != 0 for c in text)
    return len(text) + sum(unicodedata.east_asian_width(c) in "WF" for c in text) - marks


def shown_path(path: str) -> str:
    """Return a file name as one line of text, whatever its bytes are."""
    return _printable(path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@dataclass(slots=True)
class TextReport:
    """The findings, and the counts at the end.

    Attributes:
        wrote: Whether files are written, or only would be.
        quiet: Show errors alone.
        titles: What each code is about, to show how often each was found; None: do not.
        concise: Show one line for each finding, without its source line.
        colour: Show colours.
    """

    wrote: bool = True
    quiet: bool = False
    titles: Mapping[str, str] | None = None
    concise: bool = False
    colour: bool = False

    def begin(self) -> str:
        """Return what comes before all files."""
        return ""

    def add(self, findings: Iterable[Finding]) -> str:
        """Return the findings of one file."""
        shown = [f for f in findings if not self.quiet or f.status is Status.ERROR]
        said = as_line if self.concise else as_block
        return "".join(f"{said(finding, self.colour)}\n" for finding in shown)

    def end(self, summary: Summary) -> str:
        """Return what comes after all files."""
        table = "" if self.titles is None else as_table(summary.codes, self.titles)
        if self.quiet:
            return table
        lines = [summary.as_text(wrote=self.wrote), summary.pip_line()]
        return table + "".join(f"{line}\n" for line in lines if line)
