"""The imports of TensorFlow in one module, and what they become."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Set
from typing import NamedTuple

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.scopes import BindingKind, Scope
from migrate_vars.analysis.tensorflow import V1, is_tensorflow
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.decision import left, rewritten, why_left
from migrate_vars.compat.facts import fact_of, served
from migrate_vars.compat.last_uses import is_unused
from migrate_vars.compat.private_modules import gone, is_private
from migrate_vars.editing.splice import Piece

ImportNode = ast.Import | ast.ImportFrom

_MODULE = re.compile(rb"from(?:\s|\\)+([\w.]+)")
_COMMENT = re.compile(r"#[^\r\n]*")


class TensorFlowImport(NamedTuple):
    """A statement that imports TensorFlow, and the scope that it stands in."""

    node: ImportNode
    scope: Scope


def tensorflow_imports(module: Module) -> list[TensorFlowImport]:
    """Return the statements that import TensorFlow or something of it, in order."""
    found: dict[ast.AST, TensorFlowImport] = {}
    for scope in module.scopes.scope_of.values():
        for bindings in scope.bindings.values():
            for binding in bindings:
                node = binding.node
                if (
                    binding.kind is BindingKind.IMPORT
                    and isinstance(node, ImportNode)
                    and any(map(is_tensorflow, names_of(node)))
                ):
                    found.setdefault(node, TensorFlowImport(node, binding.scope))
    for node, name in module.scopes.star_imports:
        if is_tensorflow(name):
            found.setdefault(node, TensorFlowImport(node, module.scopes.root))
    return sorted(found.values(), key=lambda one: (one.node.lineno, one.node.col_offset))


def names_of(node: ImportNode) -> Iterator[str]:
    """Yield the modules that a statement names."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    else:
        yield "." * node.level + (node.module or "")


class ImportChanges:
    """Makes the imports of one module give what ``compat.v1`` has.

    Attributes:
        changed: The statements that are changed.
    """

    def __init__(self, module: Module, changes: Changes, replaced: Set[int]) -> None:
        """Take what was replaced.

        Args:
            module: The module.
            changes: Takes the edits and the findings.
            replaced: The names that are replaced with what stands around them, by their ids.
        """
        self.module = module
        self.replaced = replaced
        self.changes = changes
        self.edits = changes.edits
        self.needs = changes.needs
        self.changed: set[ImportNode] = set()

    def change(self, found: list[TensorFlowImport]) -> None:
        """Change the statements, and say what was done and what was left."""
        for node, _ in found:
            if isinstance(node, ast.Import):
                self._import(node)
            else:
                self._import_from(node)

    # import a.b as c

    def _import(self, node: ast.Import) -> None:
        pieces = []
        for alias in node.names:
            root, _, member = alias.name.partition(".")
            if root != "tensorflow" or member.partition(".")[0] == "compat":
                continue
            if is_private(member):
                self._report_gone(member, node)
                continue
            self.needs.add(fact_of(member))
            if alias.asname is None:
                # It binds TensorFlow itself, whatever part of it is named.
                text = f"{V1} as tensorflow"
            else:
                target = served(member)
                if target is None:
                    if len(node.names) == 1 and self._is_unused(alias.asname, node):
                        self._remove(node, member)
                        return
                    self._report_left(member, node)
                    continue
                text = f"{target} as {alias.asname}"
            start = self.edits.lines.offset(alias.lineno, alias.col_offset)
            stop = self.edits.lines.offset(
                alias.end_lineno or alias.lineno, alias.end_col_offset or 0
            )
            pieces.append(Piece(start, stop, text.encode()))
        if pieces and self.changes.wants("MV401", node):
            for piece in pieces:
                self.edits.replace_inside(node, piece)
            self._report_changed(node)

    # from a.b import c as d

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        root, _, member = module.partition(".")
        if root != "tensorflow" or member.partition(".")[0] == "compat":
            return
        groups: dict[str, list[str]] = {}
        renamed = False
        for alias in node.names:
            home, name = self._home(member, alias, node)
            if not home:
                renamed = True  # nothing needs it any more
                continue
            bound = alias.asname or alias.name
            if alias.asname and alias.asname == alias.name == name:
                text = f"{name} as {name}"
            else:
                text = name if name == bound or name == "*" else f"{name} as {bound}"
            renamed = renamed or name != alias.name
            groups.setdefault(home, []).append(text)
        if list(groups) == [module] and not renamed:
            return
        if not self.changes.wants("MV401", node):
            return
        if not groups:
            self._remove(node, f"{member}.{node.names[0].name}" if member else node.names[0].name)
            return
        piece = self._module_piece(node, module, next(iter(groups)))
        if len(groups) == 1 and not renamed and piece is not None:
            self.edits.replace_inside(node, piece)
        else:
            texts = [f"from {home} import {', '.join(names)}" for home, names in groups.items()]
            start, end = self.edits.lines.span(node)
            comments = _COMMENT.findall(self.edits.lines.data[start:end].decode())
            self.edits.replace_statement(node, texts, comments)
        self._report_changed(node)

    def _home(self, module: str, alias: ast.alias, node: ast.ImportFrom) -> tuple[str, str]:
        """Return the module that a name is imported from, and what it is called there.

        Returns:
            Nothing twice where the import can go.
        """
        old = f"tensorflow.{module}" if module else "tensorflow"
        if alias.name == "*":
            if is_private(module):
                self._report_gone(module, node)
                return old, "*"
            self.needs.add(fact_of(module))
            home = served(module)
            if home is None:
                self._report_left(module, node)
            return home or old, "*"
        member = f"{module}.{alias.name}" if module else alias.name
        if is_private(member):
            self._report_gone(member, node)
            return old, alias.name
        if member == "compat":
            return old, alias.name
        self.needs.add(fact_of(member))
        target = served(member)
        if target is None:
            if self._is_unused(alias.asname or alias.name, node):
                return "", ""
            self._report_left(member, node)
            return old, alias.name
        home, _, name = target.rpartition(".")
        return home, name

    def _module_piece(self, node: ast.ImportFrom, old: str, new: str) -> Piece | None:
        """Return how the module alone is replaced; None if its place is not certain."""
        start, end = self.edits.lines.span(node)
        match = _MODULE.match(self.edits.lines.data, start, end)
        if match is None or match[1].decode() != old:
            return None
        return Piece(match.start(1), match.end(1), new.encode())

    def _is_unused(self, name: str, node: ImportNode) -> bool:
        """Tell whether nothing needs a name that an import brings."""
        return all(
            is_unused(name, binding, self.module, self.replaced)
            for scope in self.module.scopes.scope_of.values()
            for binding in scope.bindings.get(name, ())
            if binding.node is node
        )

    # Findings

    def _remove(self, node: ImportNode, member: str) -> None:
        """Take out an import that nothing needs."""
        if not self.changes.wants("MV401", node):
            return
        scope = next(one.scope for one in tensorflow_imports(self.module) if one.node is node)
        self.edits.remove(node, scope)
        message = f"TensorFlow 2 has no tf.{member}: the import went with its last use"
        self.changes.made("MV401", rewritten(message), node, lambda: self.edits.pieces_inside(node))

    def _report_changed(self, node: ImportNode) -> None:
        self.changed.add(node)
        message = "this import gives what TensorFlow 2 keeps of TensorFlow 1"
        self.changes.made("MV401", rewritten(message), node, lambda: self.edits.pieces_inside(node))

    def _report_left(self, member: str, node: ImportNode) -> None:
        message = f"import left alone: {why_left(member, fact_of(member))}"
        self.changes.report("MV403", left(message), node)

    def _report_gone(self, member: str, node: ImportNode) -> None:
        lost = gone(member)
        if lost:
            message = f"TensorFlow 2 has no tensorflow.{lost}, which was never public"
            self.changes.report("MV406", left(message), node)
