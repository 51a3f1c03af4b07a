"""Locate, decide, edit, check: the one way in which source is rewritten.

``ast`` locates the calls, the rules decide, and the new text of each call is spliced into the
bytes, so that no byte outside an edited call can change.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.source import Lines, UnparseableSourceError
from migrate_vars.codemod.dead_imports import dead_imports
from migrate_vars.codemod.locate import locate
from migrate_vars.codemod.mention import may_matter
from migrate_vars.codemod.method_call import MethodEdit
from migrate_vars.codemod.rules import RULES
from migrate_vars.codemod.sites import Decision, Site, refuse
from migrate_vars.editing.check import CheckError, check_same, check_statements, parse_result
from migrate_vars.editing.import_statements import (
    Removal,
    add_to_tree,
    addition,
    removal,
    remove_from_tree,
)
from migrate_vars.editing.splice import Piece, Replacement, Splice, splice, written
from migrate_vars.findings.finding import Safety, Status
from migrate_vars.rewriting.pipeline import Rewrite, Rewritten, rewrite_module
from migrate_vars.rewriting.reporting import Reporter, as_fix

if TYPE_CHECKING:
    from migrate_vars.analysis.imported_modules import FileImports
    from migrate_vars.codemod.recorded_calls import Evidence

__all__ = ["CheckError", "Place", "Rewrite", "UnparseableSourceError", "rewrite_source"]

Place = tuple[int, int]
"""Line and column of a finding."""


def rewrite_source(
    source: bytes,
    filename: str = "<string>",
    *,
    safe_only: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    tf_modules: Sequence[str] = (),
    evidence: Sequence[Evidence] = (),
    kept: Mapping[Place, str] = MappingProxyType({}),
    used_elsewhere: Callable[[str], bool] = lambda name: False,
    opaque: Sequence[int] = (),
    imports: FileImports | None = None,
) -> Rewrite:
    """Rewrite the state ops of one Python source into method calls.

    Args:
        source: The bytes of a module.
        filename: What findings call it.
        safe_only: Rewrite only where the receiver is shown to be a variable.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop. What is dropped is not rewritten either.
        tf_modules: Modules that re-export TensorFlow, such as ``lingvo.compat``; their members
            are taken for those of ``tensorflow.compat.v1``.
        evidence: What recorded runs saw at the calls of this source.
        kept: Calls to leave alone although they could be rewritten, and why.
        used_elsewhere: Tells whether other code uses a name of this module; what is imported for
            that stays.
        opaque: Lines that may give any name of the module another value.
        imports: What the imports of the source lead to: other files of the project. None where
            these are not to be looked at; ``tf_modules`` count for those only.

    Raises:
        UnparseableSourceError: The source is not Python that this interpreter understands.
        CheckError: The edited source failed the final check; a bug.
    """

    def rewrite(module: Module, reporter: Reporter) -> Rewritten:
        rewriter = _Rewriter(module, reporter, kept, used_elsewhere, safe_only=safe_only)
        try:
            text = rewriter.rewrite(evidence)
        finally:
            rewriter.sites.release()
        return Rewritten(text if rewriter.done else None)

    return rewrite_module(
        source,
        filename,
        may_matter=may_matter,
        rewrite=rewrite,
        select=select,
        ignore=ignore,
        tf_modules=tf_modules,
        imports=imports,
        opaque=opaque,
    )


class _Rewriter:
    """The rewriting of one source.

    Attributes:
        sites: The state ops of the source.
        done: The calls that became method calls.
    """

    def __init__(
        self,
        module: Module,
        reporter: Reporter,
        kept: Mapping[Place, str],
        used_elsewhere: Callable[[str], bool],
        *,
        safe_only: bool,
    ) -> None:
        self.lines = module.lines
        self.tree = module.tree
        self.reporter = reporter
        self.kept = kept
        self.used_elsewhere = used_elsewhere
        self.sites = locate(module, safe_only=safe_only)
        self.done: list[MethodEdit] = []

    def rewrite(self, evidence: Sequence[Evidence]) -> bytes:
        """Report everything there is to report; return the new text as UTF-8."""
        for rebinding in self.sites.rebindings:
            member = rebinding.name.rpartition(".")[2]
            message = f"this rebinds {member}; its calls are left alone"
            self.reporter.report("MV202", Decision(Status.ADVICE, message), rebinding.node)
        if evidence:
            from migrate_vars.codemod.recorded_calls import add_evidence  # late: few have any

            add_evidence(self.sites, evidence)
        edits = [edit for site in self.sites.sites if (edit := self._decided(site)) is not None]
        pieces = written(self._replacements(edits), self.lines.data)
        added = self._added_imports()
        removed = self._removed_imports(added)
        self.sites.removed = frozenset(removed)
        # Where an import is taken out, the added one takes its place.
        in_front = [addition(at, s, self.lines) for at, s in added.items() if at not in removed]
        gone = [one.piece for one in removed.values()]
        output, splices = splice(self.lines.data, [*pieces, *in_front, *gone])
        for rule in RULES:
            for decision in rule.check_module(self.sites):
                if isinstance(decision.node, (ast.stmt, ast.expr)):
                    self.reporter.report(rule.code, decision, decision.node)
        if self.done:
            self._check(output, splices, added, removed)
        self.reporter.report_idle_ignores((rule.code for rule in RULES), ("MV4",))
        return output

    def _decided(self, site: Site) -> MethodEdit | None:
        """Return what becomes of a call; None where it is left, which is reported."""
        node: ast.expr = site.call or site.node
        for rule in RULES:
            decision = rule.check_call(site) if site.call else rule.check_reference(site)
            if decision is None:
                continue
            if self.sites.has_evidence and site.op is not None and site.call is not None:
                decision = decision._replace(reached=site.seen is not None)
            if decision.edit is None or site.call is None:
                self.reporter.report(rule.code, decision, node)
                return None
            if not self.reporter.wants(rule.code, node):
                return None
            finding = self.reporter.finding(rule.code, decision, node)
            why = self.kept.get((finding.line, finding.column))
            if why is None:
                return MethodEdit(site.call, decision.edit, finding, site.fstring)
            refusal = refuse(f"{site.name} left alone: {why}")._replace(reached=decision.reached)
            self.reporter.findings.append(self.reporter.finding("MV906", refusal, node))
            return None
        return None

    def _replacements(self, edits: Sequence[MethodEdit]) -> list[Replacement]:
        """Return the edits whose place is certain as replacements."""
        found = []
        for edit in edits:
            span = edit.span(self.lines)
            if span is None:
                self._failed(edit, "its place inside the f-string is not certain")
            else:
                found.append(self._replacement(edit, *span))
        return found

    def _replacement(self, edit: MethodEdit, start: int, end: int) -> Replacement:
        def done(text: bytes) -> None:
            self.done.append(edit)
            fix = edit.fix(Piece(start, end, text), self.lines)
            self.reporter.findings.append(edit.finding._replace(fix=fix))

        def failed(why: str) -> None:
            self._failed(edit, why)

        return Replacement(start, end, edit.write, done, failed)

    def _failed(self, edit: MethodEdit, why: str) -> None:
        if self.reporter.wants("MV109", edit.call):
            self.reporter.findings.append(
                edit.finding._replace(
                    code="MV109",
                    status=Status.LEFT,
                    safety=Safety.REFUSED,
                    message=f"{edit.change.method} left alone: {why}",
                )
            )

    def _added_imports(self) -> dict[ast.stmt, str]:
        """Return the statements in front of which an import is added, with the import."""
        return {at: text for edit in self.done for at, text in edit.added_imports().items()}

    def _removed_imports(self, added: Mapping[ast.stmt, str]) -> dict[ast.stmt, Removal]:
        """Return the imports that TensorFlow 2 lacks and that nothing uses any more."""
        functions = {id(edit.call.func) for edit in self.done}
        removed: dict[ast.stmt, Removal] = {}
        if not functions:
            return removed
        for node, scope in dead_imports(
            self.sites.scopes, functions, self.reporter.filename, self.used_elsewhere
        ):
            taken_out = removal(node, scope, self.lines, added.get(node, ""))
            if taken_out is None or not self.reporter.wants("MV113", node):
                continue
            removed[node] = taken_out
            names = ", ".join(alias.name for alias in node.names)
            message = (
                f"TensorFlow 2 has no {names} to import: the import was removed with its last use"
            )
            finding = self.reporter.finding("MV113", Decision(Status.REWRITTEN, message), node)
            fix = (as_fix(taken_out.piece, self.lines),)
            self.reporter.findings.append(finding._replace(fix=fix))
        return removed

    def _check(
        self,
        output: bytes,
        splices: Sequence[Splice],
        added: Mapping[ast.stmt, str],
        removed: Mapping[ast.stmt, Removal],
    ) -> None:
        """Check that what was meant has changed, and nothing else.

        Raises:
            CheckError: Something else has.
        """
        for edit in self.done:
            edit.change_tree()
        add_to_tree(self.tree, added)
        remove_from_tree(self.tree, removed, added)
        calls = {id(edit.call) for edit in self.done}
        statements = {
            id(n.statement): n.statement for n in self.sites.located if id(n.node) in calls
        }
        if (
            added
            or removed
            or not check_statements(list(statements.values()), self.lines, output, splices)
        ):
            check_same(self.tree, self.lines, parse_result(output), Lines(output))
