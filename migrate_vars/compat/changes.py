"""What is changed in one module, and what is said of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from migrate_vars.analysis.module import Module
from migrate_vars.compat.decision import Decision, Needs
from migrate_vars.compat.edits import Edits
from migrate_vars.editing.splice import Piece
from migrate_vars.findings.finding import Finding, Safety
from migrate_vars.rewriting.reporting import Reporter


class Changes:
    """The edits of one module, their findings, and what the result needs.

    Attributes:
        edits: The edits.
        needs: What the result needs.
    """

    def __init__(self, module: Module, reporter: Reporter, *, safe_only: bool) -> None:
        self.edits = Edits(module.tree, module.lines)
        self.needs = Needs()
        self._reporter = reporter
        self._safe_only = safe_only
        self._made: list[tuple[Finding, Callable[[], Iterable[Piece]]]] = []

    def wants(self, code: str, node: ast.AST, safety: Safety = Safety.SAFE) -> bool:
        """Tell whether an edit is wanted; if so, it is to be made."""
        if self._safe_only and safety is not Safety.SAFE:
            return False
        return self._reporter.wants(code, node)

    def made(
        self,
        code: str,
        decision: Decision,
        node: ast.expr | ast.stmt,
        pieces: Callable[[], Iterable[Piece]],
    ) -> None:
        """Report an edit that was made.

        Args:
            code: The code of the rule.
            decision: What was done.
            node: The place.
            pieces: Tells, once all edits are known, what is replaced.
        """
        self._made.append((self._reporter.finding(code, decision, node), pieces))

    def report(self, code: str, decision: Decision, node: ast.expr | ast.stmt) -> None:
        """Report what was not changed, if that is wanted."""
        self._reporter.report(code, decision, node)

    def apply(self) -> bytes | None:
        """Return the new text; None where nothing changes.

        Raises:
            CheckError: Something other than what was meant has changed.
        """
        for finding, pieces in self._made:
            fix = self._reporter.fix(pieces())
            self._reporter.findings.append(finding._replace(fix=fix))
        return self.edits.apply() if self._made else None
