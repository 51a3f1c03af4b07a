"""The findings of one source: which are wanted, and what each reports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple, Protocol

from migrate_vars.analysis.source import Lines
from migrate_vars.editing.splice import Piece
from migrate_vars.findings.finding import Finding, Replacement, Safety, Status
from migrate_vars.rewriting.ignores import Ignores


class Selection(NamedTuple):
    """The codes, or beginnings of codes, to keep and to drop."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]

    def wants(self, code: str) -> bool:
        """Tell whether findings of a code are kept."""
        if self.ignore and code.startswith(self.ignore):
            return False
        return not self.select or code.startswith(self.select)


class Decided(Protocol):
    """What a rule says about one place."""

    @property
    def status(self) -> Status:
        """Rewritten, left alone, or advice."""

    @property
    def message(self) -> str:
        """What and why, for the user."""

    @property
    def safety(self) -> Safety | None:
        """How sure the rewrite is, or that it was refused."""

    @property
    def reached(self) -> bool | None:
        """Whether a recorded run came here; None where there is none."""


class Reporter:
    """Collects the findings of one source.

    Attributes:
        findings: Those so far.
    """

    def __init__(self, filename: str, lines: Lines, selection: Selection, ignores: Ignores) -> None:
        self.filename = filename
        self.lines = lines
        self.selection = selection
        self.ignores = ignores
        self.findings: list[Finding] = []

    def wants(self, code: str, node: ast.AST) -> bool:
        """Tell whether a finding is neither deselected nor suppressed by a comment."""
        return not self.ignores.suppresses(code, node) and self.selection.wants(code)

    def report(self, code: str, decision: Decided, node: ast.expr | ast.stmt) -> None:
        """Report what was decided about a place, if that is wanted."""
        if self.wants(code, node):
            self.findings.append(self.finding(code, decision, node))

    def finding(self, code: str, decision: Decided, node: ast.expr | ast.stmt) -> Finding:
        """Return what was decided about a place as a finding."""
        line, column = node.lineno, 1
        end: tuple[int | None, int | None] = (None, None)
        with suppress(IndexError):  # a place inside an f-string, before Python 3.12
            start, stop = self.lines.span(node)
            _, column = self.lines.position(start)
            end = self.lines.position(stop)
        return Finding(
            code,
            self.filename,
            line,
            column,
            decision.message,
            decision.status,
            decision.safety,
            None,
            *end,
            self.lines.text(line),
            reached=decision.reached,
            indentation=self.lines.indentation(line),
        )

    def fix(self, pieces: Iterable[Piece]) -> tuple[Replacement, ...]:
        """Return what is replaced, as it is told to editors."""
        return tuple(as_fix(piece, self.lines) for piece in sorted(pieces))

    def report_idle_ignores(self, known: Iterable[str], elsewhere: tuple[str, ...] = ()) -> None:
        """Report the comments that have suppressed nothing.

        Args:
            known: All codes of this rung.
            elsewhere: What the codes of other rungs begin with.
        """
        for code, message, ignore in self.ignores.idle(frozenset(known), elsewhere):
            if self.selection.wants(code):
                self.findings.append(
                    Finding(
                        *(code, self.filename, ignore.line, ignore.column, message, Status.ADVICE),
                        source_line=self.lines.text(ignore.line),
                        indentation=self.lines.indentation(ignore.line),
                    )
                )

    def in_order(self) -> tuple[Finding, ...]:
        """Return the findings in the order of their places."""
        return tuple(sorted(self.findings, key=lambda f: (f.line, f.column, f.code)))


def as_fix(piece: Piece, lines: Lines) -> Replacement:
    """Return a piece as it is told to editors: by lines and columns."""
    start, end, text = piece
    return Replacement(*lines.position(start), *lines.position(end), text.decode("utf-8"))
