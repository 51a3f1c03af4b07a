"""The symbols that ``compat.v1`` lacks, and what takes their place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import last_name, root_name
from migrate_vars.analysis.scopes import BindingKind, Scope
from migrate_vars.analysis.tensorflow import V1, is_tensorflow, public_module, tensorflow_member
from migrate_vars.analysis.words import Words
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.decision import left, rewritten, why_left
from migrate_vars.compat.facts import (
    FACTS,
    RUNTIME,
    Fact,
    fact_of,
    is_as_good,
    parts_ways,
    served,
)
from migrate_vars.editing.splice import Piece
from migrate_vars.findings.finding import Safety

# Modules that are named wherever something below them is used.
_TOPS = frozenset({"contrib", "examples", "layers", "keras", "estimator"})


def _words() -> Words:
    names = set()
    for symbol in FACTS:
        first, _, _ = symbol.partition(".")
        names.add(first if first in _TOPS else symbol.rpartition(".")[2])
    return Words(names, tuple(names))


_WORDS = _words()


class Use(NamedTuple):
    """A dotted name that leads to something of TensorFlow.

    Attributes:
        node: The whole dotted name.
        scope: Where it stands.
        located: The expression with what is around it.
        members: What it can be, below ``tensorflow``.
        certain: Whether it can be nothing else.
    """

    node: ast.Attribute
    scope: Scope
    located: Located
    members: frozenset[str]
    certain: bool


class Symbols:
    """Replaces the symbols of one module.

    Attributes:
        replaced: The names that dotted names begin with of which a part is replaced, by their ids.

    Args:
        module: The module.
        changes: Takes the edits and the findings.
        v1: Whether the imports of the module give TensorFlow 1 once it is rewritten. If not, only
            what is named as ``compat.v1`` counts.
    """

    def __init__(self, module: Module, changes: Changes, *, v1: bool) -> None:
        self.module = module
        self.changes = changes
        self.scopes = module.scopes
        self.names = module.names
        self.v1 = v1
        self.replaced: set[int] = set()

    def replace(self) -> None:
        """Replace what can be replaced, and say what is left."""
        for use in sorted(self._uses(), key=lambda one: (one.node.lineno, one.node.col_offset)):
            self._replace(use)

    # Finding

    def _uses(self) -> list[Use]:
        """Return the dotted names that a symbol of the table can lie in."""
        found: dict[int, Use] = {}
        lines = self.scopes.lines.holding(_WORDS)
        known: set[str] = set()
        pending = self._imported_aliases()
        while lines or pending:
            known |= pending
            lines += [
                line for name in sorted(pending) for line in self.scopes.lines.mentioning(name)
            ]
            new = {id(use.node): use for use in self._on_lines(lines) if id(use.node) not in found}
            found |= new
            pending = self._assigned_aliases(new.values()) - known
            lines = []
        return list(found.values())

    def _imported_aliases(self) -> set[str]:
        """Return the names of imports below which symbols go different ways."""
        return {
            name
            for scope in self.scopes.scope_of.values()
            for name, bindings in scope.bindings.items()
            for binding in bindings
            if binding.kind is BindingKind.IMPORT
            and is_tensorflow(binding.module)
            and (member := tensorflow_member(binding.module))
            and parts_ways(member)
        }

    @staticmethod
    def _assigned_aliases(uses: Iterable[Use]) -> set[str]:
        found: set[str] = set()
        for use in uses:
            statement = use.located.statement
            if (
                isinstance(statement, ast.Assign)
                and statement.value is use.node
                and any(map(parts_ways, use.members))
            ):
                found |= {t.id for t in statement.targets if isinstance(t, ast.Name)}
        return found

    def _on_lines(self, lines: list[int]) -> Iterator[Use]:
        located = list(self.scopes.nodes_on_lines(lines))
        inner = {id(one.node.value) for one in located if isinstance(one.node, ast.Attribute)}
        for one in located:
            node = one.node
            if not isinstance(node, ast.Attribute) or id(node) in inner:
                continue
            if root_name(node) is None:
                continue
            meaning = self.names.resolve(node, one.scope)
            members = {
                tensorflow_member(name)
                for name in meaning.names
                if is_tensorflow(name) and (self.v1 or ".compat.v1." in name)
            }
            relevant = frozenset(m for m in members if fact_of(m) is not None)
            if relevant:
                certain = meaning.is_certain and len(meaning.names) == len(relevant)
                yield Use(node, one.scope, one, relevant, certain)

    # Replacing

    def _replace(self, use: Use) -> None:
        node = use.node
        facts = {member: fact_of(member) for member in use.members}
        member, fact = next(iter(sorted(facts.items())))
        assert fact is not None
        target = served(member)
        if target is None:
            if isinstance(node.ctx, ast.Load):
                self.changes.report("MV403", left(f"left alone: {why_left(member, fact)}"), node)
            return
        for one in facts.values():
            self.changes.needs.add(one)
        natural = self._natural(node, use.scope)
        if natural == {public_module(target)} or all(is_as_good(n, member) for n in natural):
            return
        name = f"tf.{member}"
        if len(use.members) > 1 or not use.certain:
            message = f"{name} left alone: it may be something else here, too"
            self.changes.report("MV408", left(message), node)
            return
        if use.located.fstring is not None:
            message = f"{name} left alone: it stands in an f-string; {target} serves"
            self.changes.report("MV408", left(message), node)
            return
        symbol = _prefix(node, member, fact)
        if symbol is None or not self.changes.wants("MV402", node):
            return
        self._write(symbol, target[: len(target) - len(member) + len(fact.symbol)], use, fact)

    def _natural(self, node: ast.Attribute, scope: Scope) -> set[str]:
        """Return what a dotted name gives once the imports are changed, if nothing else is."""
        root: ast.expr = node
        rest: list[str] = []
        while isinstance(root, ast.Attribute):
            rest.append(root.attr)
            root = root.value
        below = "".join(f".{part}" for part in reversed(rest))
        found = set()
        for name in self.names.resolve(root, scope).names:
            if name.startswith("tensorflow.compat") or not self.v1 or not is_tensorflow(name):
                base: str | None = name
            else:
                base = served(tensorflow_member(name))
            found.add("" if base is None else public_module(base + below))
        return found

    def _write(self, symbol: ast.expr, target: str, use: Use, fact: Fact) -> None:
        """Replace the part of a dotted name that is the symbol of a fact."""
        roots = self._imports_behind(use.node, use.scope)
        module, text = self._name_for(target, use, roots)
        if module:
            for statement in roots:
                self.changes.edits.put_after(statement, module)
        self.changes.edits.replace_expression(symbol, text)
        self.replaced.update(id(n) for n in ast.walk(symbol) if isinstance(n, ast.Name))

        def pieces() -> list[Piece]:
            edits = self.changes.edits
            around = [p for s in roots for p in edits.piece_after(s)] if module else []
            return [edits.piece_of(symbol, text), *around]

        differs = f"; {fact.differs}" if fact.differs else ""
        message = f"tf.{fact.symbol}, which TensorFlow 2 lacks, is {target} here{differs}"
        self.changes.made("MV402", rewritten(message, Safety.SAFE), use.node, pieces)

    def _name_for(self, target: str, use: Use, roots: list[ast.stmt]) -> tuple[str, str]:
        """Return the import that a name of what serves needs, if any, and the name."""
        if target.startswith(f"{V1}."):
            module, rest = V1, target[len(V1) :]
            preferred, statement = "tf", f"import {V1} as "
        elif target.startswith(f"{RUNTIME}."):
            first, dot, last = target[len(RUNTIME) + 1 :].partition(".")
            module, rest = f"{RUNTIME}.{first}", dot + last
            preferred, statement = first, f"from {RUNTIME} import {first} as "
        else:
            first, dot, last = target.partition(".")
            module, rest = first, dot + last
            preferred, statement = first, f"import {first} as "
        known = self._bound_to(module, use)
        if known is not None:
            return "", known + rest
        name = preferred
        if self._is_taken(name, module):
            name = f"{preferred}1" if preferred == "tf" else f"tf1_{preferred}"
        if name == preferred and not statement.startswith(f"import {V1}"):
            statement = statement.removesuffix(" as ")
            return statement, name + rest
        return statement + name, name + rest

    def _bound_to(self, module: str, use: Use) -> str | None:
        """Return a name that gives a module at a place, if there is one."""
        root = root_name(use.node)
        candidates = [root] if root is not None else []
        scope: Scope | None = use.scope
        while scope is not None:
            candidates += [
                name
                for name, bindings in scope.bindings.items()
                if all(binding.kind is BindingKind.IMPORT for binding in bindings)
            ]
            scope = scope.parent
        return next((name for name in candidates if self._gives(name, use.scope, module)), None)

    def _gives(self, name: str, scope: Scope, module: str) -> bool:
        """Tell whether a name will give a module, once the imports are changed."""
        meaning = self.names.resolve(ast.Name(name, ast.Load()), scope)
        if not meaning.is_certain or len(meaning.names) != 1:
            return False
        (full,) = meaning.names
        if not is_tensorflow(full):
            return full == module
        if ".compat." in full or self.v1:
            return served(tensorflow_member(full)) == module
        return False

    def _is_taken(self, name: str, module: str) -> bool:
        """Tell whether a name is bound to anything else wherever it would be used."""
        return any(
            name in scope.bindings and not self._gives(name, scope, module)
            for scope in self.scopes.scope_of.values()
        )

    def _imports_behind(self, node: ast.expr, scope: Scope) -> list[ast.stmt]:
        """Return the imports that a dotted name begins at."""
        name = root_name(node)
        found: list[ast.stmt] = []
        pending = list(self.scopes.lookup(name, scope)) if name is not None else []
        seen: set[int] = set()
        while pending:
            binding = pending.pop()
            if id(binding) in seen:
                continue
            seen.add(id(binding))
            if binding.kind is BindingKind.IMPORT and isinstance(binding.node, ast.stmt):
                found.append(binding.node)
            elif binding.value is not None and (inner := root_name(binding.value)) is not None:
                pending += self.scopes.lookup(inner, binding.scope)
        return found


def _prefix(node: ast.Attribute, member: str, fact: Fact) -> ast.expr | None:
    """Return the part of a dotted name that is a symbol, without what lies below the symbol."""
    found: ast.expr = node
    below = member[len(fact.symbol) + 1 :].split(".") if member != fact.symbol else []
    for part in reversed(below):
        if not isinstance(found, ast.Attribute) or found.attr != part:
            return None
        found = found.value
    return found if last_name(found) is not None else None
