"""Which functions and classes of TensorFlow make the object that an expression names."""

from __future__ import annotations

import ast

from migrate_vars.analysis import makers
from migrate_vars.analysis.members import Members, is_self
from migrate_vars.analysis.names import Meaning, ModuleMember, Names
from migrate_vars.analysis.reaching import reaching
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import (
    is_tensorflow,
    tensorflow_member,
    tensorflow_or_keras_member,
)


class Origins:
    """Finds where the objects of one module come from."""

    def __init__(self, names: Names, members: Members) -> None:
        self.names = names
        self.members = members

    def made_by(self, node: ast.expr, scope: Scope) -> set[str]:
        """Return the members of TensorFlow whose calls a name or an attribute can hold."""
        bindings: list[Binding] = []
        if isinstance(node, ast.Call):
            names = self.names.resolve(node.func, scope).names
            return {made for name in names if (made := tensorflow_or_keras_member(name))}
        if isinstance(node, ast.Name):
            bindings = self.names.scopes.lookup(node.id, scope)
        elif isinstance(node, ast.Attribute) and is_self(node.value, scope):
            bindings = self.members.of_self(node.attr, scope)
        values = [b.value for b in bindings if b.kind is BindingKind.VALUE]
        if not values or len(values) != len(bindings):
            return set()
        made_by_each = [
            self.made_by(b.value, b.scope) if isinstance(b.value, ast.Call) else set()
            for b in bindings
        ]
        return set().union(*made_by_each) if all(made_by_each) else set()

    def classes(self, node: ast.expr, scope: Scope) -> list[Scope | ModuleMember] | None:
        """Return the classes whose call made what an expression names; None if that is not certain.

        Classes of other files are given as members; they may be functions.
        """
        if isinstance(node, ast.Call):
            return self._called(node.func, scope)
        if isinstance(node, ast.Name):
            bindings = reaching(node.id, scope, node, self.names.scopes)
        elif isinstance(node, ast.Attribute) and is_self(node.value, scope):
            bindings = self.members.of_self(node.attr, scope)
        else:
            return None
        found: list[Scope | ModuleMember] = []
        for binding in bindings:
            if isinstance(binding.value, ast.Constant) and binding.value.value is None:
                continue
            if binding.kind is not BindingKind.VALUE or not isinstance(binding.value, ast.Call):
                return None
            called = self._called(binding.value.func, binding.scope)
            if called is None:
                return None
            found += called
        return found

    def _called(self, function: ast.expr, scope: Scope) -> list[Scope | ModuleMember] | None:
        if isinstance(function, ast.Name):
            bindings = self.names.scopes.lookup(function.id, scope)
            if bindings and all(binding.kind is BindingKind.CLASS for binding in bindings):
                classes = [self.names.scopes.scope_of.get(b.node) for b in bindings]
                return [c for c in classes if c is not None and _makes_its_own(c)] or None
        meaning = self.names.resolve(function, scope)
        if meaning.names or meaning.unknown:
            return None
        if not all(member.defined for member in meaning.members):
            return None
        return [*sorted(meaning.members)]

    def bases(self, owner: Scope) -> list[Meaning]:
        """Return the bases of a class, and of its family, that are not of this file."""
        found = []
        for cls in self.members.family(owner):
            if isinstance(cls.node, ast.ClassDef) and cls.parent is not None:
                meanings = (self.names.resolve(base, cls.parent) for base in cls.node.bases)
                found += [meaning for meaning in meanings if meaning.is_imported]
        return found

    def is_in_v1_layer(self, scope: Scope) -> bool:
        """Tell whether the class around a scope is a layer of TensorFlow 1, not one of Keras."""
        owner = scope.enclosing_class()
        bases = [
            (base, cls.parent)
            for cls in (self.members.family(owner) if owner else ())
            if isinstance(cls.node, ast.ClassDef) and cls.parent is not None
            for base in cls.node.bases
        ]
        found = {
            name
            for base, outer in bases
            for name in self.names.resolve(base, outer).names
            if is_tensorflow(name)
        }
        return bool(found) and all(
            tensorflow_member(name).startswith(makers.V1_LAYERS) for name in found
        )


def _makes_its_own(cls: Scope) -> bool:
    """Tell whether calling a class gives an object of it, as far as the class itself shows."""
    node = cls.node
    return (
        isinstance(node, ast.ClassDef)
        and not node.decorator_list
        and not node.keywords
        and "__new__" not in cls.bindings
    )
