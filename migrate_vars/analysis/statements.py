"""The statements of a module: what each binds, and in which scope it stands.

Only statements are walked here: they hold all bindings but those of lambdas, comprehensions and
the walrus, and are few. ``expressions`` walks their expressions on demand.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import NamedTuple

from migrate_vars.analysis.scopes import (
    Binding,
    BindingKind,
    FunctionNode,
    Scope,
    ScopeKind,
    ScopeTree,
)


class Update(NamedTuple):
    """A statement of the form ``v = v + x`` or ``v += x``; and the innermost loop around it."""

    node: ast.Assign | ast.AugAssign
    scope: Scope
    loop: ast.stmt | None


_IMPORTANT_VALUES = (ast.BinOp,)


class Statements:
    """All statements of one module, and the bindings that they make.

    Attributes:
        scopes: The scopes, filled here.
        star_imports: Each ``from module import *`` with the module's name.
        imports: Each ``from module import name`` statement, with its scope.
        updates: Statements that may update a name in place: ``v = v + x``, ``v += x``.
        entries: The statements that hold expressions, and the handlers and cases, each with its
            scope, by the line on which they start.
        starts: Those lines.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.scopes = ScopeTree(tree)
        self.star_imports: list[tuple[ast.ImportFrom, str]] = []
        self.imports: list[tuple[ast.ImportFrom, Scope]] = []
        self.updates: list[Update] = []
        self.entries: list[tuple[ast.AST, Scope]] = []
        self.starts: list[int] = []
        self._loop: ast.stmt | None = None
        self._block(tree.body, self.scopes.root)

    def _entry(self, start: int, node: ast.AST, scope: Scope) -> None:
        self.starts.append(start)
        self.entries.append((node, scope))

    def _block(self, statements: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in statements:
            kind = type(statement)
            if kind not in _WITHOUT_EXPRESSIONS:
                line = statement.lineno
                if kind in _DECORATED and statement.decorator_list:  # type: ignore[attr-defined]
                    line = statement.decorator_list[0].lineno  # type: ignore[attr-defined]
                self.starts.append(line)
                self.entries.append((statement, scope))
            handler = _HANDLERS.get(kind)
            if handler is not None:
                handler(self, statement, scope)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):  # most are; _target takes longer
                self.scopes.bind(
                    target.id, Binding(BindingKind.VALUE, node, scope, node.value), scope
                )
            elif not isinstance(target, ast.Attribute):
                self.scopes.bind_target(
                    target, Binding(BindingKind.VALUE, node, scope, node.value), scope
                )
        if type(node.value) in _IMPORTANT_VALUES and len(node.targets) == 1:
            self.updates.append(Update(node, scope, self._loop))

    def _ann_assign(self, node: ast.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self.scopes.bind_target(
                node.target, Binding(BindingKind.VALUE, node, scope, node.value), scope
            )
        elif isinstance(node.target, ast.Name) and scope.kind is not ScopeKind.MODULE:
            self.scopes.bind(node.target.id, Binding(BindingKind.DELETED, node, scope), scope)

    def _aug_assign(self, node: ast.AugAssign, scope: Scope) -> None:
        self.scopes.bind_target(
            node.target, Binding(BindingKind.AUGMENTED, node, scope, node.value), scope
        )
        self.updates.append(Update(node, scope, self._loop))

    def _delete(self, node: ast.Delete, scope: Scope) -> None:
        for target in node.targets:
            self.scopes.bind_target(target, Binding(BindingKind.DELETED, node, scope), scope)

    def _import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            module = alias.name if alias.asname else name
            self.scopes.bind(name, Binding(BindingKind.IMPORT, node, scope, module=module), scope)

    def _import_from(self, node: ast.ImportFrom, scope: Scope) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.star_imports.append((node, module))
                continue
            name = module + alias.name if module.endswith(".") else f"{module}.{alias.name}"
            self.scopes.bind(
                alias.asname or alias.name,
                Binding(BindingKind.IMPORT, node, scope, module=name),
                scope,
            )
        self.imports.append((node, scope))

    def _global(self, node: ast.Global, scope: Scope) -> None:
        scope.global_names.update(node.names)

    def _nonlocal(self, node: ast.Nonlocal, scope: Scope) -> None:
        scope.nonlocal_names.update(node.names)

    def _return(self, node: ast.Return, scope: Scope) -> None:
        if node.value is not None:
            scope.returns.append(node.value)

    def _function(self, node: FunctionNode, scope: Scope) -> None:
        self.scopes.bind(node.name, Binding(BindingKind.FUNCTION, node, scope), scope)
        inner = self.scopes.scope_of[node] = Scope(ScopeKind.FUNCTION, node, scope)
        self._type_parameters(node, inner)
        self.scopes.bind_parameters(node, node.args, inner, scope)
        outer, self._loop = self._loop, None
        self._block(node.body, inner)
        self._loop = outer

    def _type_parameters(self, node: ast.AST, scope: Scope) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.scopes.bind(parameter.name, Binding(BindingKind.OTHER, node, scope), scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self.scopes.bind(node.name, Binding(BindingKind.CLASS, node, scope), scope)
        if getattr(node, "type_params", ()):
            scope = Scope(ScopeKind.FUNCTION, node, scope)
            self._type_parameters(node, scope)
        inner = self.scopes.scope_of[node] = Scope(ScopeKind.CLASS, node, scope)
        self._block(node.body, inner)

    def _type_alias(self, node: ast.stmt, scope: Scope) -> None:
        name: ast.expr = node.name  # type: ignore[attr-defined]
        self.scopes.bind_target(name, Binding(BindingKind.OTHER, node, scope), scope)

    def _if(self, node: ast.If, scope: Scope) -> None:
        self._block(node.body, scope)
        self._block(node.orelse, scope)

    def _while(self, node: ast.While, scope: Scope) -> None:
        self._loop_body(node, scope)
        self._block(node.orelse, scope)

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        self.scopes.bind_target(
            node.target, Binding(BindingKind.ELEMENT, node, scope, node.iter), scope
        )
        self._loop_body(node, scope)
        self._block(node.orelse, scope)

    def _loop_body(self, node: ast.For | ast.AsyncFor | ast.While, scope: Scope) -> None:
        outer, self._loop = self._loop, node
        self._block(node.body, scope)
        self._loop = outer

    def _with(self, node: ast.With | ast.AsyncWith, scope: Scope) -> None:
        for item in node.items:
            if item.optional_vars is not None:
                self.scopes.bind_target(
                    item.optional_vars,
                    Binding(BindingKind.CONTEXT, node, scope, item.context_expr),
                    scope,
                )
        self._block(node.body, scope)

    def _try(self, node: ast.Try, scope: Scope) -> None:
        self._block(node.body, scope)
        for handler in node.handlers:
            self._entry(handler.lineno, handler, scope)
            if handler.name is not None:
                self.scopes.bind(handler.name, Binding(BindingKind.OTHER, handler, scope), scope)
            self._block(handler.body, scope)
        self._block(node.orelse, scope)
        self._block(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        for case in node.cases:
            self._entry(case.pattern.lineno, case, scope)
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if name is not None:
                    self.scopes.bind(name, Binding(BindingKind.OTHER, node, scope), scope)
            self._block(case.body, scope)


# The values take the node type of their key, which a dict cannot express.
_HANDLERS: dict[type[ast.AST], Callable[..., None]] = {
    ast.Assign: Statements._assign,
    ast.AnnAssign: Statements._ann_assign,
    ast.AugAssign: Statements._aug_assign,
    ast.Delete: Statements._delete,
    ast.Import: Statements._import,
    ast.ImportFrom: Statements._import_from,
    ast.Global: Statements._global,
    ast.Nonlocal: Statements._nonlocal,
    ast.Return: Statements._return,
    ast.FunctionDef: Statements._function,
    ast.AsyncFunctionDef: Statements._function,
    ast.ClassDef: Statements._class,
    ast.If: Statements._if,
    ast.While: Statements._while,
    ast.For: Statements._for,
    ast.AsyncFor: Statements._for,
    ast.With: Statements._with,
    ast.AsyncWith: Statements._with,
    ast.Try: Statements._try,
    ast.Match: Statements._match,
}
if hasattr(ast, "TryStar"):
    _HANDLERS[ast.TryStar] = Statements._try
if hasattr(ast, "TypeAlias"):
    _HANDLERS[ast.TypeAlias] = Statements._type_alias

_DECORATED = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
# Statements in which rules find nothing by the line.
_WITHOUT_EXPRESSIONS = frozenset(
    {
        ast.Import,
        ast.ImportFrom,
        ast.Global,
        ast.Nonlocal,
        ast.Try,
        getattr(ast, "TryStar", ast.Try),
    }
)
