"""Which bindings of a local name can reach a place, following blocks, branches and loops.

Simple on purpose: bindings are found statement by statement, a branch may or may not run, and a
loop body may run again. What other scopes bind can reach any place. The answer can hold a binding
too many, never one too few.
"""

from __future__ import annotations

import ast

from migrate_vars.analysis.blocks import Block, block_at, index_at, start_of
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope, ScopeKind


def reaching(name: str, scope: Scope, place: ast.AST, scopes: ModuleScopes) -> list[Binding]:
    """Return the bindings that ``name`` can have where ``place`` is evaluated in ``scope``."""
    owner = scope
    while owner.kind is ScopeKind.COMPREHENSION and owner.parent is not None:
        if name in owner.bindings:
            return owner.bindings[name]
        owner = owner.parent
    bindings = owner.bindings.get(name)
    body = getattr(owner.node, "body", None)
    if (
        bindings is None
        or len(bindings) == 1
        or not isinstance(body, list)
        or name in owner.global_names
        or any(binding.walrus for binding in bindings)
    ):
        return scopes.lookup(name, scope)
    flow = _Flow(bindings)
    found: list[Binding] = []
    if not flow.before(body, *start_of(place), found):
        found += flow.parameters
    found = found or bindings
    return found + [b for b in bindings if b.elsewhere and b not in found]


def reaching_within(
    bindings: list[Binding], function: ast.AST, place: ast.AST
) -> tuple[list[Binding], bool]:
    """Return which bindings of a function reach a place in it, and whether one is sure to."""
    body = getattr(function, "body", None)
    if not bindings or not isinstance(body, list):
        return [], False
    found: list[Binding] = []
    certain = _Flow(bindings).before(body, *start_of(place), found)
    return found, certain


def reaching_the_end_of(bindings: list[Binding], function: ast.AST) -> tuple[list[Binding], bool]:
    """Return which bindings of a function reach its end, and whether one is sure to."""
    body = getattr(function, "body", None)
    if not bindings or not isinstance(body, list):
        return [], False
    found: list[Binding] = []
    certain = _Flow(bindings).ending(body, found)
    return found, certain


def reaching_the_end(name: str, scopes: ModuleScopes) -> tuple[list[Binding], bool]:
    """Return the bindings that a name of the module can have in the end.

    And whether these are all: whether one of them is made in any case.
    """
    bindings = scopes.root.bindings.get(name, [])
    found, certain = reaching_the_end_of(bindings, scopes.root.node)
    elsewhere = [b for b in bindings if (b.elsewhere or b.walrus) and b not in found]
    return found + elsewhere, certain


class _Flow:
    def __init__(self, bindings: list[Binding]) -> None:
        self.bindings = bindings
        self.parameters = [b for b in bindings if b.kind is BindingKind.PARAMETER]
        self.of_statement: dict[int, list[Binding]] = {}
        for binding in bindings:
            self.of_statement.setdefault(id(binding.node), []).append(binding)

    def before(self, body: Block, line: int, column: int, out: list[Binding]) -> bool:
        """Collect what is bound before a place; True if that is certain to be all."""
        chain: list[tuple[Block, int]] = []
        block: Block | None = body
        while block is not None:
            index = index_at(block, line, column)
            if index is None:
                break
            chain.append((block, index))
            block = block_at(block[index], line, column)
        for depth in range(len(chain) - 1, -1, -1):
            block, index = chain[depth]
            if self.ending(block[:index], out):
                return True
            if depth and self.entering(chain[depth - 1], block, out):
                return True
        return False

    def ending(self, block: Block, out: list[Binding]) -> bool:
        """Collect what is bound when a block ends; True if that is certain to be all."""
        return any(self.statement(statement, out) for statement in reversed(block))

    def statement(self, node: ast.stmt, out: list[Binding]) -> bool:
        if isinstance(node, (ast.With, ast.AsyncWith)):
            if self.ending(node.body, out):
                return True
        elif isinstance(node, ast.If):
            then = self.ending(node.body, out)
            otherwise = self.ending(node.orelse, out)
            return then and otherwise
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While, ast.Match)) or hasattr(
            node, "handlers"
        ):
            out += self.within(node)
            return False
        own = self.of_statement.get(id(node))
        if own:
            out += own
        return bool(own)

    def entering(self, parent: tuple[Block, int], block: Block, out: list[Binding]) -> bool:
        """Collect what is bound when the block of a compound statement is entered."""
        node = parent[0][parent[1]]
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)) and block is node.body:
            own = self.of_statement.get(id(node))
            if own:
                out += own
                return True
            out += self.within(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            own = self.of_statement.get(id(node))
            out += own or []
            return bool(own)
        elif not isinstance(node, ast.If):
            out += self.within(node)
        return False

    def within(self, node: ast.stmt) -> list[Binding]:
        last = node.end_lineno or node.lineno
        return [b for b in self.bindings if node.lineno <= getattr(b.node, "lineno", 0) <= last]
