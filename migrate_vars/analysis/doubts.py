"""Whether a name that holds a variable may have been rebound when it is used."""

from __future__ import annotations

from migrate_vars.analysis.members import Members
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.scopes import Binding, Scope, function_around
from migrate_vars.analysis.value import Value


class Doubts:
    """Looks for the lines of one module that can rebind a name from elsewhere."""

    def __init__(self, scopes: ModuleScopes, members: Members) -> None:
        self.scopes = scopes
        self.members = members

    def of_name(self, found: Value, name: str, bindings: list[Binding], scope: Scope) -> Value:
        """Return what a name holds, with the doubt if another scope can bind it."""
        if found.is_of_graph or found.doubt:
            return found
        home = function_around(scope)
        for binding in bindings:
            if binding.elsewhere and function_around(binding.scope) is not home:
                return _doubted(found, getattr(binding.node, "lineno", 0), name)
        if any(binding in self.scopes.root.bindings.get(name, ()) for binding in bindings):
            first = min(getattr(b.node, "lineno", 0) for b in bindings)
            stars = [node.lineno for node, _ in self.scopes.star_imports if node.lineno > first]
            for line in (*self.scopes.opaque, *stars):
                return found._replace(plain=False, doubt=f"line {line} can rebind any name")
        return found

    def of_member(self, found: Value, name: str, bindings: list[Binding], scope: Scope) -> Value:
        """Return what an attribute holds, with the doubt if it can be set by its name."""
        owner = scope.enclosing_class()
        if found.is_of_graph or found.doubt or owner is None:
            return found
        lines = [getattr(b.node, "lineno", 0) for b in bindings if b.elsewhere]
        for line in (*lines, *self.members.opaque(owner)):
            return _doubted(found, line, name)
        return found


def _doubted(found: Value, line: int, name: str) -> Value:
    doubt = f"line {line} can rebind '{name}' at any time"
    return found._replace(plain=False, doubt=doubt)
