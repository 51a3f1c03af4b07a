"""Which bindings of ``self.name`` can reach a place, by the order in which methods can run.

A binding in the same method counts alone where it is certain to come first, and nothing is called
in between that may run another method. ``__init__`` runs before all methods that it does not call
itself. Where neither shows, every binding can reach.
"""

from __future__ import annotations

import ast

from migrate_vars.analysis.members import Members, is_self
from migrate_vars.analysis.names import Names
from migrate_vars.analysis.reaching import reaching_the_end_of, reaching_within
from migrate_vars.analysis.scopes import Binding, Scope, ScopeKind, function_around
from migrate_vars.analysis.tensorflow import is_tensorflow

_INIT = "__init__"


class MethodOrder:
    """Follows the attributes of one module's classes through their methods."""

    def __init__(self, names: Names, members: Members) -> None:
        self.names = names
        self.members = members
        self._run_by_init: dict[Scope, set[str] | None] = {}

    def reaching(self, node: ast.Attribute, scope: Scope) -> list[Binding]:
        """Return what ``node``, an attribute of self, can hold where it is evaluated."""
        bindings = self.members.of_self(node.attr, scope)
        method = function_around(scope)
        owner = method.parent
        if (
            len(bindings) < 2
            or owner is None
            or owner.kind is not ScopeKind.CLASS
            or any(binding.elsewhere for binding in bindings)
        ):
            return bindings
        own = [b for b in bindings if b.scope is method and _is_on_self(b, node.attr)]
        others = [b for b in bindings if b not in own]
        found, certain = reaching_within(own, method.node, node)
        if certain and not (others and self._is_unknown_called(found, node, method)):
            return found
        name = getattr(method.node, "name", "")
        run_by_init = self._methods_run_by_init(owner)
        if run_by_init is None:
            return bindings
        if name == _INIT:
            # What stands in a method that has not run yet cannot have been bound.
            early = [b for b in others if _method_of(b) in (*run_by_init, _INIT, "")]
            return found + early
        if name in run_by_init:
            return bindings
        gone = self._overwritten_in_init(node.attr, others, owner)
        return [b for b in bindings if b not in gone]

    def _methods_run_by_init(self, owner: Scope) -> set[str] | None:
        """Return the methods that making an object may run; None if that does not show."""
        if owner not in self._run_by_init:
            self._run_by_init[owner] = self._found_run_by_init(owner)
        return self._run_by_init[owner]

    def _found_run_by_init(self, owner: Scope) -> set[str] | None:
        family = self.members.family(owner)
        for cls in family:
            if not isinstance(cls.node, ast.ClassDef) or cls.parent is None:
                return None
            for base in cls.node.bases:
                if not self._is_known_base(base, cls.parent, family):
                    return None
        called: dict[str, set[str]] = {}
        for cls in family:
            for name, bindings in cls.bindings.items():
                for binding in bindings:
                    called.setdefault(name, set()).update(_called_on_self(binding.node))
        run: set[str] = set()
        pending = [_INIT]
        while pending:
            for name in called.get(pending.pop(), ()):
                if name == "":
                    return None  # self is given away, and anything may be called
                if name not in run:
                    run.add(name)
                    pending.append(name)
        return run

    def _is_known_base(self, base: ast.expr, scope: Scope, family: list[Scope]) -> bool:
        """Tell whether a base is of this file, or its ``__init__`` calls no method of ours."""
        if isinstance(base, ast.Name):
            if base.id == "object":
                return True
            nodes = [binding.node for binding in self.names.scopes.lookup(base.id, scope)]
            if nodes and all(any(node is cls.node for cls in family) for node in nodes):
                return True
        meaning = self.names.resolve(base, scope)
        return meaning.is_certain and bool(meaning.names) and all(map(is_tensorflow, meaning.names))

    def _overwritten_in_init(
        self, name: str, bindings: list[Binding], owner: Scope
    ) -> list[Binding]:
        """Return the bindings that no longer hold when ``__init__`` is done."""
        gone: list[Binding] = []
        for cls in self.members.family(owner):
            for definition in cls.bindings.get(_INIT, ()):
                inner = self.names.scopes.scope_of.get(definition.node)
                own = [b for b in bindings if b.scope is inner and _is_on_self(b, name)]
                if len(own) < 2 or any(
                    isinstance(n, ast.Return) for n in ast.walk(definition.node)
                ):
                    continue
                last, certain = reaching_the_end_of(own, definition.node)
                if certain:
                    gone += [b for b in own if b not in last]
        return gone

    def _is_unknown_called(self, found: list[Binding], place: ast.AST, method: Scope) -> bool:
        """Tell whether what is called between bindings and a place may run any method."""
        start = min(getattr(b.node, "lineno", 0) for b in found)
        bound = {id(b.node) for b in found}
        last = getattr(place, "lineno", 0)
        for located in self.names.scopes.nodes_on_lines(range(min(start, last), last + 1)):
            node = located.node
            if (
                isinstance(node, ast.Call)
                and id(located.statement) not in bound
                and (node.lineno, node.col_offset) < (last, getattr(place, "col_offset", 0))
                and function_around(located.scope) is method
                and not (node.lineno <= last and _holds(node, place))
                and not self._is_of_tensorflow(node.func, located.scope)
            ):
                return True
        return False

    def _is_of_tensorflow(self, function: ast.expr, scope: Scope) -> bool:
        names = self.names.resolve(function, scope).names
        return bool(names) and all(map(is_tensorflow, names))


def _is_on_self(binding: Binding, name: str) -> bool:
    """Tell whether a binding sets an attribute of self, and not one of another object."""
    targets = getattr(binding.node, "targets", None) or [getattr(binding.node, "target", None)]
    return any(
        isinstance(leaf, ast.Attribute) and leaf.attr == name and is_self(leaf.value, binding.scope)
        for target in targets
        if target is not None
        for leaf in ast.walk(target)
    )


def _method_of(binding: Binding) -> str:
    """Return the method that a binding stands in; "" for the class itself, "?" for elsewhere."""
    scope = binding.scope
    if scope.kind is ScopeKind.CLASS:
        return ""
    while scope.parent is not None and scope.parent.kind is not ScopeKind.CLASS:
        scope = scope.parent
    return getattr(scope.node, "name", "?") if scope.parent is not None else "?"


def _called_on_self(function: ast.AST) -> set[str]:
    """Return the methods that a method calls on its object; "" if it gives the object away."""
    arguments = getattr(function, "args", None)
    if not isinstance(arguments, ast.arguments):
        return set()
    first = [*arguments.posonlyargs, *arguments.args][:1]
    if not first:
        return set()
    name = first[0].arg
    found: set[str] = set()
    understood: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            own = [a for a in node.args if isinstance(a, ast.Name) and a.id == name]
            if isinstance(node.func, ast.Name) and node.func.id == "super":
                understood.update(map(id, own))
            elif isinstance(node.func, ast.Attribute) and own == node.args[:1]:
                understood.update(map(id, own))  # Base.build(self)
                found.add(node.func.attr)
        elif isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == name:
                understood.add(id(node.value))
                found.add(node.attr)
            elif isinstance(node.value, ast.Call):
                found.add(node.attr)  # super().build()
        elif isinstance(node, ast.Name) and node.id == name and id(node) not in understood:
            found.add("")
    return found


def _holds(node: ast.AST, place: ast.AST) -> bool:
    return any(child is place for child in ast.walk(node))
