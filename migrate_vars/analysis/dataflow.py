"""What each statement reads, binds and mutates, and what stands around a node.

Names are dotted: ``self.x`` is told apart from ``self``. What a call does to its arguments is not
known here, the methods of lists and dictionaries aside.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrate_vars.analysis.module_scopes import ModuleScopes

MUTATORS = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
        *("add", "discard", "update", "setdefault", "popitem", "appendleft", "popleft"),
        *("extendleft", "rotate", "__setitem__", "__delitem__"),
    }
)
"""Methods of containers that change them."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


class Effects(NamedTuple):
    """What a statement does to the names around it.

    Attributes:
        reads: The names whose value it uses; of ``a.b.c``, ``a`` and ``a.b``, too.
        binds: The names that it gives a value, or takes it from.
        mutates: The names whose object it changes: ``d`` in ``d[k] = v`` and ``d.update(x)``,
            ``self`` in ``self.x = v``.
    """

    reads: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    mutates: frozenset[str] = frozenset()

    def __or__(self, other: Effects) -> Effects:
        return Effects(
            self.reads | other.reads, self.binds | other.binds, self.mutates | other.mutates
        )


class Dataflow:
    """Tells the effects of the statements of one module.

    Args:
        scopes: Its scopes; what a function binds for itself is no effect of it.
    """

    def __init__(self, scopes: ModuleScopes) -> None:
        self._scopes = scopes
        self._known: dict[ast.stmt, Effects] = {}

    def effects(self, statement: ast.stmt) -> Effects:
        """Return the effects of a statement, with those of the statements inside it.

        A function reads, when it is defined, whatever its body reads of the names around it, and
        mutates what its body mutates of them.
        """
        known = self._known.get(statement)
        if known is None:
            collector = _Collector(self._scopes)
            collector.node(statement, frozenset())
            known = self._known[statement] = Effects(
                frozenset(collector.reads),
                frozenset(collector.binds),
                frozenset(collector.mutates),
            )
        return known

    def of_block(self, statements: Iterable[ast.stmt]) -> Effects:
        """Return the effects of several statements."""
        found = Effects()
        for statement in statements:
            found |= self.effects(statement)
        return found


class _Collector:
    """Collects the effects of a statement. ``own`` are names of functions inside it."""

    def __init__(self, scopes: ModuleScopes) -> None:
        self.scopes = scopes
        self.reads: set[str] = set()
        self.binds: set[str] = set()
        self.mutates: set[str] = set()

    def node(self, node: ast.AST, own: frozenset[str]) -> None:
        if isinstance(node, ast.Name):
            self._place(node, own)
        elif isinstance(node, ast.Attribute):
            self._place(node, own)
            self.node(node.value, own)
        elif isinstance(node, ast.Subscript):
            self.node(node.value, own)
            self.node(node.slice, own)
            if not isinstance(node.ctx, ast.Load):
                self._mutated(node.value, own)
        elif isinstance(node, _FUNCTIONS):
            self._function(node, own)
        elif isinstance(node, ast.ClassDef):
            self._class(node, own)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, own)
        else:
            self._other(node, own)

    def _other(self, node: ast.AST, own: frozenset[str]) -> None:
        if isinstance(node, ast.AugAssign):
            self._read(node.target, own)
            self._mutated(node.target, own)
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute) and function.attr in MUTATORS:
                self._mutated(function.value, own)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                self._bound(alias.asname or alias.name.partition(".")[0], own)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            self._bound(node.name, own)
        elif isinstance(node, ast.MatchMapping):
            self._bound(node.rest, own)
        for child in ast.iter_child_nodes(node):
            self.node(child, own)

    def _place(self, node: ast.Name | ast.Attribute, own: frozenset[str]) -> None:
        name = dotted(node)
        if name is None or name.partition(".")[0] in own:
            return
        if isinstance(node.ctx, ast.Load):
            self.reads.add(name)
            return
        self.binds.add(name)
        if isinstance(node, ast.Attribute):
            self._mutated(node.value, own)

    def _read(self, node: ast.expr, own: frozenset[str]) -> None:
        name = dotted(node)
        if name is not None and name.partition(".")[0] not in own:
            self.reads.add(name)

    def _mutated(self, node: ast.expr, own: frozenset[str]) -> None:
        """Record that the object behind an expression changes: ``a.b`` for ``a.b[k]``."""
        while isinstance(node, ast.Subscript):
            node = node.value
        name = dotted(node)
        if name is not None and name.partition(".")[0] not in own:
            self.mutates.add(name)

    def _bound(self, name: str | None, own: frozenset[str]) -> None:
        if name is not None and name not in own:
            self.binds.add(name)

    def _function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, own: frozenset[str]
    ) -> None:
        arguments = node.args
        outside: list[ast.AST | None] = [*arguments.defaults, *arguments.kw_defaults]
        inside = own | {
            a.arg
            for a in (
                *(*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs),
                *filter(None, (arguments.vararg, arguments.kwarg)),
            )
        }
        if isinstance(node, ast.Lambda):
            body: list[ast.AST] = [node.body]
        else:
            body = [*node.body]
            outside += node.decorator_list
            self._bound(node.name, own)
            scope = self.scopes.scope_of.get(node)
            if scope is not None:
                inside |= scope.bindings.keys() - scope.global_names - scope.nonlocal_names
        for part in outside:
            if part is not None:
                self.node(part, own)
        for part in body:
            self.node(part, inside)

    def _class(self, node: ast.ClassDef, own: frozenset[str]) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.node(part, own)
        scope = self.scopes.scope_of.get(node)
        inside = own | (scope.bindings.keys() if scope is not None else set())
        for statement in node.body:
            # Functions of a class do not see its names.
            functions = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
            self.node(statement, own | {statement.name} if functions else inside)  # type: ignore[attr-defined]
        self._bound(node.name, own)

    def _comprehension(
        self,
        node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
        own: frozenset[str],
    ) -> None:
        for generator in node.generators:
            self.node(generator.iter, own)
            own = own | {
                leaf.id for leaf in ast.walk(generator.target) if isinstance(leaf, ast.Name)
            }
            self.node(generator.target, own)
            for condition in generator.ifs:
                self.node(condition, own)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            self.node(part, own)


def dotted(node: ast.expr) -> str | None:
    """Return ``a.b.c`` as text; None for what is no such chain of names."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


class Parents:
    """What stands around each node of a tree."""

    def __init__(self, tree: ast.AST) -> None:
        self._parents: dict[ast.AST, ast.AST] = {}
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                if not isinstance(child, (ast.expr_context, ast.operator, ast.unaryop)):
                    self._parents[child] = node

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node around another; None for the tree itself."""
        return self._parents.get(node)

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the nodes around another, from the nearest on."""
        parent = self._parents.get(node)
        while parent is not None:
            yield parent
            parent = self._parents.get(parent)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """Return the statement that a node is part of; itself if it is one."""
        if isinstance(node, ast.stmt):
            return node
        return next((n for n in self.around(node) if isinstance(n, ast.stmt)), None)
