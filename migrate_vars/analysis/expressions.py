"""The expressions of a module, walked on demand: those of the lines that a caller asks for.

That keeps a file with one call of interest about as cheap as parsing it.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrate_vars.analysis.scopes import Binding, BindingKind, Scope, ScopeKind
from migrate_vars.analysis.source import Lines
from migrate_vars.analysis.statements import Statements


class Located(NamedTuple):
    """An expression node, the scope it is evaluated in, and the f-string around it."""

    node: ast.AST
    scope: Scope
    fstring: ast.JoinedStr | None
    statement: ast.AST


_WALRUS = re.compile(b":=")
_SIGNS = (ast.expr_context, ast.operator, ast.boolop, ast.unaryop)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
_BLOCK_FIELDS = frozenset({"body", "orelse", "finalbody", "handlers", "cases", "type_params"})


class Expressions:
    """Finds the expressions of one module by line or by name."""

    def __init__(self, statements: Statements, lines: Lines) -> None:
        self.scopes = statements.scopes
        self.lines = lines
        self._starts = statements.starts
        self._entries = statements.entries
        self._located: dict[int, list[Located]] = {}
        self._calls: dict[str, list[Located]] = {}

    def nodes_on_lines(self, lines: Iterable[int]) -> Iterator[Located]:
        """Yield the expression nodes of all statements that touch one of the lines, once each."""
        for index in self._touching(lines):
            yield from self._nodes(index)

    def calls_mentioning(self, name: str) -> list[Located]:
        """Return the calls in all statements that mention an identifier."""
        found = self._calls.get(name)
        if found is None:
            nodes = self.nodes_on_lines(self._lines_with(name))
            found = self._calls[name] = [n for n in nodes if isinstance(n.node, ast.Call)]
        return found

    def nodes_mentioning(self, name: str) -> Iterator[Located]:
        """Yield the expression nodes of all statements that mention an identifier."""
        return self.nodes_on_lines(self._lines_with(name))

    def statements_mentioning(self, name: str) -> Iterator[tuple[ast.AST, Scope]]:
        """Yield the statements on lines that mention an identifier, with their scope."""
        for index in self._touching(self._lines_with(name)):
            yield self._entries[index]

    def _lines_with(self, name: str) -> list[int]:
        return self.lines.mentioning(name)

    def _touching(self, lines: Iterable[int]) -> list[int]:
        """Return which statements have expressions of their own on one of the lines."""
        seen: set[int] = set()
        for line in lines:
            index = bisect.bisect_right(self._starts, line) - 1
            while index >= 0 and _last_line(self._entries[index][0]) >= line:
                seen.add(index)
                index -= 1
        return sorted(seen)

    def _nodes(self, index: int) -> list[Located]:
        found = self._located.get(index)
        if found is None:
            node, scope = self._entries[index]
            found = []
            for expression in _own_expressions(node):
                self._walk(expression, scope, None, node, found)
            self._located[index] = found
        return found

    def _walk(
        self,
        node: ast.AST,
        scope: Scope,
        fstring: ast.JoinedStr | None,
        statement: ast.AST,
        out: list[Located],
    ) -> None:
        out.append(Located(node, scope, fstring, statement))
        if isinstance(node, (ast.Name, ast.Constant)):
            return
        if isinstance(node, ast.Lambda):
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    self._walk(default, scope, fstring, statement, out)
            self._walk(node.body, self._lambda_scope(node, scope), fstring, statement, out)
        elif isinstance(node, _COMPREHENSIONS):
            inner = self.comprehension_scope(node, scope)
            for number, generator in enumerate(node.generators):
                # Only the first iterable is evaluated outside the comprehension.
                outer = scope if number == 0 else inner
                self._walk(generator.iter, outer, fstring, statement, out)
                self._walk(generator.target, inner, fstring, statement, out)
                for condition in generator.ifs:
                    self._walk(condition, inner, fstring, statement, out)
            if isinstance(node, ast.DictComp):
                self._walk(node.key, inner, fstring, statement, out)
                self._walk(node.value, inner, fstring, statement, out)
            else:
                self._walk(node.elt, inner, fstring, statement, out)
        else:
            if fstring is None and isinstance(node, ast.JoinedStr):
                fstring = node
            for name in node._fields:  # ast.iter_child_nodes takes twice as long
                value = getattr(node, name, None)
                if isinstance(value, list):
                    for child in value:
                        if isinstance(child, ast.AST) and not isinstance(child, ast.cmpop):
                            self._walk(child, scope, fstring, statement, out)
                elif isinstance(value, ast.AST) and not isinstance(value, _SIGNS):
                    self._walk(value, scope, fstring, statement, out)

    def _lambda_scope(self, node: ast.Lambda, parent: Scope) -> Scope:
        scope = self.scopes.scope_of.get(node)
        if scope is None:
            scope = self.scopes.scope_of[node] = Scope(ScopeKind.FUNCTION, node, parent)
            self.scopes.bind_parameters(node, node.args, scope, parent)
        return scope

    def comprehension_scope(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, parent: Scope
    ) -> Scope:
        """Return the scope of a comprehension that is evaluated in ``parent``."""
        scope = self.scopes.scope_of.get(node)
        if scope is None:
            scope = self.scopes.scope_of[node] = Scope(ScopeKind.COMPREHENSION, node, parent)
            for number, generator in enumerate(node.generators):
                evaluated_in = parent if number == 0 else scope
                self.scopes.bind_target(
                    generator.target,
                    Binding(BindingKind.ELEMENT, node, evaluated_in, generator.iter),
                    scope,
                )
        return scope

    def bind_walruses(self) -> None:
        """Bind the names that expressions assign to."""
        for located in self.nodes_on_lines(self.lines.matching(_WALRUS)):
            node = located.node
            if isinstance(node, ast.NamedExpr):
                scope = located.scope
                while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
                    scope = scope.parent
                binding = Binding(
                    BindingKind.VALUE, located.statement, located.scope, node.value, walrus=True
                )
                self.scopes.bind(node.target.id, binding, scope)


def _last_line(node: ast.AST) -> int:
    """Return the last line of a simple statement, or of the header of a compound one."""
    if isinstance(node, ast.Match):
        return node.cases[0].pattern.lineno
    body: list[ast.stmt] | None = getattr(node, "body", None)
    last: int = getattr(node, "end_lineno", 0) if body is None else body[0].lineno
    return last


def _own_expressions(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions of a statement that do not belong to a statement inside it."""
    if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
        for name, value in ast.iter_fields(node):
            if name in _BLOCK_FIELDS:
                continue
            if isinstance(value, ast.AST):
                yield value
            elif isinstance(value, list):
                yield from (item for item in value if isinstance(item, ast.AST))
