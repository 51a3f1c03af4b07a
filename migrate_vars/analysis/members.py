"""Attributes of a class's objects: everything that a file binds ``self.name`` to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from migrate_vars.analysis.by_name import written_by_name
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope, ScopeKind


class Members:
    """Finds what the attributes of one module's classes are bound to."""

    def __init__(self, scopes: ModuleScopes) -> None:
        self.scopes = scopes
        self._members: dict[tuple[Scope, str], list[Binding]] = {}
        self._families: dict[Scope, list[Scope]] = {}
        self._opaques: dict[Scope, list[int]] = {}

    def of_self(self, name: str, scope: Scope) -> list[Binding]:
        """Return what ``self.name`` is bound to anywhere in the class around ``scope``.

        What is set on an object that is not known counts, too: it may be one of that class.
        """
        owner = scope.enclosing_class()
        if owner is None:
            return []
        found = self._members.get((owner, name))
        if found is None:
            family = self.family(owner)
            found = [b for cls in family for b in cls.bindings.get(name, [])]
            for node, inner in self.scopes.statements_mentioning(name):
                for target, binding in _attributes_set(node, name, inner):
                    # On any object but an instance of another class.
                    if not is_self(target.value, inner) or inner.enclosing_class() in family:
                        found.append(binding)
            found += self._set_by_name(name, family)
            self._members[owner, name] = found
        return found

    def is_set_on_others(self, name: str) -> bool:
        """Tell whether the file sets an attribute of this name on another object than self."""
        return any(
            not is_self(target.value, scope)
            for node, scope in self.scopes.statements_mentioning(name)
            for target, _ in _attributes_set(node, name, scope)
        )

    def family(self, owner: Scope) -> list[Scope]:
        """Return a class, and those of this file that it inherits from or that inherit from it."""
        family = self._families.get(owner)
        if family is None:
            classes = [s for s in self.scopes.scope_of.values() if s.kind is ScopeKind.CLASS]
            bases = {cls: self._bases(cls, classes) for cls in classes}
            family = [owner]
            for cls in family:
                family += [base for base in bases.get(cls, ()) if base not in family]
            derived = [owner]
            for cls in derived:
                derived += [c for c in classes if cls in bases[c] and c not in derived]
            family += [cls for cls in derived if cls not in family]
            self._families[owner] = family
        return family

    def _bases(self, cls: Scope, classes: list[Scope]) -> list[Scope]:
        node = cls.node
        if not isinstance(node, ast.ClassDef) or cls.parent is None:
            return []
        nodes = {
            id(binding.node)
            for base in node.bases
            if isinstance(base, ast.Name)
            for binding in self.scopes.lookup(base.id, cls.parent)
        }
        return [other for other in classes if id(other.node) in nodes and other is not cls]

    def opaque(self, owner: Scope) -> list[int]:
        """Return the lines that can set any attribute of a class's objects: ``setattr``."""
        found = self._opaques.get(owner)
        if found is None:
            family = self.family(owner)
            found = self._opaques[owner] = [
                getattr(located.node, "lineno", 0)
                for located in self.scopes.writing_by_name
                for written in written_by_name(located.node, located.statement)
                if written.name is None
                and not written.mapping
                and is_self(written.owner, located.scope)
                and located.scope.enclosing_class() in family
            ]
        return found

    def _set_by_name(self, name: str, family: list[Scope]) -> Iterator[Binding]:
        """Yield what an attribute of this name is set to by ``setattr`` and the like."""
        for node, scope, _, statement in self.scopes.writing_by_name:
            for written in written_by_name(node, statement):
                if written.name != name or written.mapping:
                    continue
                if is_self(written.owner, scope) and scope.enclosing_class() not in family:
                    continue
                kind = BindingKind.OTHER if written.value is None else BindingKind.VALUE
                yield Binding(kind, statement, scope, written.value, elsewhere=True)


def _attributes_set(
    node: ast.AST, name: str, scope: Scope
) -> Iterator[tuple[ast.Attribute, Binding]]:
    """Yield the attributes of a name that a statement sets, each with what it becomes."""
    value: ast.expr | None = getattr(node, "value", None)
    kind = BindingKind.VALUE
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and value is not None:
        targets = [node.target]
    elif isinstance(node, ast.AugAssign):
        targets, kind = [node.target], BindingKind.AUGMENTED
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        targets, kind, value = [node.target], BindingKind.OTHER, None
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        targets = [i.optional_vars for i in node.items if i.optional_vars is not None]
        kind, value = BindingKind.OTHER, None
    for target in targets:
        for leaf in ast.walk(target):
            if (
                isinstance(leaf, ast.Attribute)
                and isinstance(leaf.ctx, ast.Store)
                and leaf.attr == name
            ):
                if leaf is target:
                    yield leaf, Binding(kind, node, scope, value)
                else:
                    yield leaf, _unpacked(target, leaf, node, scope, value)


def _unpacked(
    target: ast.expr, leaf: ast.expr, node: ast.AST, scope: Scope, value: ast.expr | None
) -> Binding:
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and leaf in target.elts
        and value is not None
        and not any(isinstance(e, ast.Starred) for e in target.elts)
    ):
        return Binding(BindingKind.ITEM, node, scope, value, (target.elts.index(leaf),))
    return Binding(BindingKind.OTHER, node, scope)


def is_self(node: ast.expr, scope: Scope) -> bool:
    """Tell whether an expression is the instance that the method around ``scope`` works on.

    That is the method's first parameter, whatever it is called, unless the name is bound anew.
    """
    if not isinstance(node, ast.Name):
        return False
    here: Scope | None = scope
    while here is not None:
        function = here.node
        if (
            here.parent is not None
            and here.parent.kind is ScopeKind.CLASS
            and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            arguments = (*function.args.posonlyargs, *function.args.args)
            return (
                bool(arguments)
                and arguments[0].arg == node.id
                and len(here.bindings.get(node.id, ())) == 1
                and "staticmethod" not in decorators(function)
            )
        if node.id in here.bindings and here.kind is not ScopeKind.CLASS:
            return False
        here = here.parent
    return False


def decorators(node: ast.AST) -> set[str]:
    """Return the last names of the decorators of a function or class; ``?`` where one has none."""
    return {
        last_name(d.func if isinstance(d, ast.Call) else d) or "?"
        for d in getattr(node, "decorator_list", ())
    }
