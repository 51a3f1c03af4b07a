"""Names of a module that are bound by a string: ``globals()``, ``setattr``, ``exec``."""

from __future__ import annotations

import ast

from migrate_vars.analysis.by_name import (
    WRITERS,
    Written,
    bound_by_code,
    is_module_object,
    is_namespace,
    written_by_name,
)
from migrate_vars.analysis.expressions import Expressions, Located
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope, ScopeTree


class DynamicNames:
    """Binds such names in the scope of the module.

    Attributes:
        opaque: The lines that may bind any name of the module, such as ``globals().update(x)``.
        writing: The expressions of all statements that may write names by a string.
    """

    def __init__(self, scopes: ScopeTree, expressions: Expressions) -> None:
        self.scopes = scopes
        self.opaque: list[int] = []
        self.writing: list[Located] = []
        lines = expressions.lines.holding(WRITERS)
        if lines:
            self._bind(lines, expressions)

    def _bind(self, lines: list[int], expressions: Expressions) -> None:
        aliases = [
            name
            for name, bindings in self.scopes.root.bindings.items()
            if any(
                isinstance(b.value, (ast.Call, ast.Subscript)) and self._is_module(b.value, b.scope)
                for b in bindings
            )
        ]
        lines += [line for name in aliases for line in expressions.lines.mentioning(name)]
        self.writing = list(expressions.nodes_on_lines(lines))
        for located in self.writing:
            node, scope, _, statement = located
            for written in written_by_name(node, statement):
                self._written(written, located)
            if isinstance(node, ast.Call):
                names = bound_by_code(node, of_module=scope is self.scopes.root)
                if names is None:
                    self.opaque.append(node.lineno)
                for name in sorted(names or ()):
                    self._bind_from_elsewhere(name, None, located)
            elif (
                isinstance(node, ast.Attribute)
                and not isinstance(node.ctx, ast.Load)
                and self._is_module(node.value, scope)
            ):
                value = statement.value if isinstance(statement, ast.Assign) else None
                self._bind_from_elsewhere(node.attr, value, located)

    def _written(self, written: Written, located: Located) -> None:
        owner, scope = written.owner, located.scope
        if written.mapping:
            if not self._is_namespace(owner, scope):
                return
        elif not self._is_module(owner, scope):
            # Any object may be this module, by another name.
            held = self.scopes.root.bindings.get(written.name or "", ())
            if any(b.kind is not BindingKind.IMPORT for b in held) and not _is_parameter(
                owner, scope, self.scopes
            ):
                self._bind_from_elsewhere(written.name or "", None, located)
            return
        if written.name is None:
            self.opaque.append(getattr(located.node, "lineno", 0))
        else:
            self._bind_from_elsewhere(written.name, written.value, located)

    def _bind_from_elsewhere(self, name: str, value: ast.expr | None, located: Located) -> None:
        kind = BindingKind.OTHER if value is None else BindingKind.VALUE
        binding = Binding(kind, located.statement, located.scope, value, elsewhere=True)
        self.scopes.root.bindings.setdefault(name, []).append(binding)

    def _is_namespace(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression is the dictionary of the module's names."""
        if isinstance(node, ast.Name):
            return any(
                b.value is not None and is_namespace(b.value, of_module=b.scope is self.scopes.root)
                for b in self.scopes.lookup(node.id, scope)
            )
        return is_namespace(node, of_module=scope is self.scopes.root)

    def _is_module(self, node: ast.expr, scope: Scope) -> bool:
        """Tell whether an expression may be this module, or the dictionary of its names."""
        if isinstance(node, ast.Name):
            return any(
                b.value is not None and is_module_object(b.value)
                for b in self.scopes.lookup(node.id, scope)
            )
        return is_module_object(node) or is_namespace(node, of_module=scope is self.scopes.root)


def _is_parameter(node: ast.expr, scope: Scope, scopes: ScopeTree) -> bool:
    return isinstance(node, ast.Name) and any(
        binding.kind is BindingKind.PARAMETER for binding in scopes.lookup(node.id, scope)
    )
