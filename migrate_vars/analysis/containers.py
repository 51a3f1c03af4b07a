"""Lists and dictionaries: everything that a file puts into one after it is made."""

from __future__ import annotations

import ast
from typing import NamedTuple

from migrate_vars.analysis.members import Members, is_self
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import Scope

_ONE_ADDED = frozenset({"append", "add", "appendleft", "insert", "setdefault"})
_MANY_ADDED = frozenset({"extend", "update"})


class Added(NamedTuple):
    """Something that is put into a container.

    Attributes:
        key: The key, where there is one that is known.
        value: What is put in.
        scope: Where it is evaluated.
        many: Whether its elements are put in, and not itself.
    """

    key: ast.expr | None
    value: ast.expr
    scope: Scope
    many: bool


class Containers:
    """Finds what is put into the containers of one module."""

    def __init__(self, scopes: ModuleScopes, members: Members) -> None:
        self.scopes = scopes
        self.members = members

    def added(self, node: ast.Name | ast.Attribute, scope: Scope) -> list[Added]:
        """Return what is put anywhere into a container that has a name."""
        word = node.id if isinstance(node, ast.Name) else node.attr
        found: list[Added] = []
        for located in self.scopes.calls_mentioning(word):
            call = located.node
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in _ONE_ADDED | _MANY_ADDED
                and self._is_same(call.func.value, located.scope, node, scope)
            ):
                many = call.func.attr in _MANY_ADDED
                key = call.args[0] if call.func.attr == "setdefault" and call.args else None
                found += [Added(key, value, located.scope, many) for value in call.args[-1:]]
                found += [
                    Added(ast.Constant(k.arg) if k.arg else None, k.value, located.scope, not k.arg)
                    for k in call.keywords
                ]
        for statement, inner in self.scopes.statements_mentioning(word):
            if isinstance(statement, (ast.Assign, ast.AugAssign)):
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                for target in targets:
                    if isinstance(target, ast.Subscript) and self._is_same(
                        target.value, inner, node, scope
                    ):
                        many = isinstance(target.slice, ast.Slice)
                        key = None if many else target.slice
                        found.append(Added(key, statement.value, inner, many))
        return found

    def _is_same(
        self, other: ast.expr, other_scope: Scope, node: ast.Name | ast.Attribute, scope: Scope
    ) -> bool:
        """Tell whether two expressions are the same name, or the same attribute of self."""
        if isinstance(node, ast.Name):
            return (
                isinstance(other, ast.Name)
                and other.id == node.id
                and self.scopes.lookup(other.id, other_scope) is self.scopes.lookup(node.id, scope)
            )
        owner = scope.enclosing_class()
        return (
            isinstance(other, ast.Attribute)
            and other.attr == node.attr
            and is_self(other.value, other_scope)
            and owner is not None
            and other_scope.enclosing_class() in self.members.family(owner)
        )


def may_be(name: ast.expr, key: str | None) -> bool:
    """Tell whether an entry of a dictionary can be the one that a key looks up."""
    return key is None or not isinstance(name, ast.Constant) or name.value == key


def is_empty(node: ast.expr) -> bool:
    """Tell whether an expression makes a container with nothing in it."""
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        made = name in ("list", "dict", "set", "OrderedDict", "deque")
        return made and not node.args and not node.keywords
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, (ast.List, ast.Tuple)) and not node.elts
