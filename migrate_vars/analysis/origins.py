"""Which functions and classes of TensorFlow make the object that an expression names."""

from __future__ import annotations

import ast

from migrate_vars.analysis import makers
from migrate_vars.analysis.members import Members, is_self
from migrate_vars.analysis.names import Names
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
