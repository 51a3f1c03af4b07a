"""What a dotted name means at one place: which module members it can stand for.

A name may be bound several times (``try``/``except ImportError``, ``if``/``else``). All its
bindings are followed; only when every one of them is understood is the meaning certain.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import V1


class Meaning(NamedTuple):
    """The module members that an expression can stand for.

    Attributes:
        names: Fully qualified names, such as ``tensorflow.compat.v1.assign``.
        unknown: What else it can be, in words; empty when everything is known.
        through_alias: Whether an assignment, not only imports, leads to it.
    """

    names: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    through_alias: bool = False

    def __or__(self, other: Meaning) -> Meaning:
        return Meaning(
            self.names | other.names,
            self.unknown | other.unknown,
            self.through_alias or other.through_alias,
        )

    def member(self, name: str) -> Meaning:
        """Return the meaning of ``.name`` looked up on this."""
        return Meaning(
            frozenset(f"{module}.{name}" for module in self.names),
            self.unknown,
            self.through_alias,
        )


NOTHING = Meaning()
_KINDS_IN_WORDS = {
    BindingKind.PARAMETER: "a parameter",
    BindingKind.FUNCTION: "a function of this file",
    BindingKind.CLASS: "a class of this file",
    BindingKind.ELEMENT: "a loop variable",
}


class Names:
    """Resolves expressions of one module.

    Args:
        scopes: Its scopes and bindings.
        tf_modules: Modules that give TensorFlow's members under their own name, such as
            ``lingvo.compat``. What they hold means the same as in ``tensorflow.compat.v1``.
        filename: Where the module is; relative imports are understood by it.
    """

    def __init__(
        self, scopes: ModuleScopes, tf_modules: Sequence[str] = (), filename: str = ""
    ) -> None:
        self.scopes = scopes
        self._tf_modules = tuple(tf_modules)
        parents = PurePath(filename).parents if tf_modules else ()
        self._folders = [p.name for p in parents if p.name not in ("", "..")]
        self._known: dict[tuple[str, int], Meaning] = {}

    def resolve(self, node: ast.expr, scope: Scope) -> Meaning:
        """Return what an expression can stand for when evaluated in ``scope``."""
        if isinstance(node, ast.Name):
            return self._name(node.id, scope)
        if isinstance(node, ast.Attribute):
            return self._through_tf_modules(self.resolve(node.value, scope).member(node.attr))
        if isinstance(node, ast.IfExp):
            return self.resolve(node.body, scope) | self.resolve(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            meaning = NOTHING
            for value in node.values:
                meaning |= self.resolve(value, scope)
            return meaning
        if isinstance(node, ast.NamedExpr):
            return self.resolve(node.value, scope)
        if isinstance(node, ast.Constant) and node.value is None:
            # The usual fallback of `except ImportError: tf = None`; it cannot be called anyway.
            return NOTHING
        return Meaning(unknown=frozenset({"computed here"}))

    def _name(self, name: str, scope: Scope) -> Meaning:
        key = (name, id(scope))
        known = self._known.get(key)
        if known is None:
            self._known[key] = NOTHING  # a name defined by itself adds nothing to its meaning
            bindings = self.scopes.lookup(name, scope)
            if not bindings:
                known = Meaning(unknown=frozenset({"not bound in this file"}))
            else:
                known = NOTHING
                for binding in bindings:
                    known |= self._binding(binding)
            self._known[key] = known
        return known

    def _binding(self, binding: Binding) -> Meaning:
        if binding.kind is BindingKind.IMPORT:
            return self._through_tf_modules(Meaning(frozenset({binding.module})))
        if binding.kind is BindingKind.DELETED:
            return NOTHING
        if binding.kind is BindingKind.VALUE and binding.value is not None:
            meaning = self.resolve(binding.value, binding.scope)
            return Meaning(meaning.names, meaning.unknown, meaning.names != frozenset())
        words = _KINDS_IN_WORDS.get(binding.kind, "a local value")
        return Meaning(unknown=frozenset({words}))

    def _through_tf_modules(self, meaning: Meaning) -> Meaning:
        if not self._tf_modules:
            return meaning
        return meaning._replace(names=frozenset(map(self._canonical, meaning.names)))

    def _canonical(self, name: str) -> str:
        """Return a qualified name with a module that re-exports TensorFlow put down to it."""
        if not name.startswith("."):
            for module in self._tf_modules:
                if name == module or name.startswith(module + "."):
                    return V1 + name[len(module) :]
            return name
        rest = name.lstrip(".")
        up = len(name) - len(rest) - 1
        folders = self._folders[up:]
        for module in self._tf_modules:
            parts = module.split(".")
            for at in range(len(parts)):
                # The import names the end of the module; its beginning is where the file lies,
                # as far as that is known.
                tail = ".".join(parts[at:])
                if (rest == tail or rest.startswith(tail + ".")) and all(
                    map(str.__eq__, reversed(parts[:at]), folders)
                ):
                    return V1 + rest[len(tail) :]
        return name


def root_name(node: ast.expr) -> str | None:
    """Return the first name of a dotted expression, or None if it starts otherwise."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def last_name(node: ast.expr) -> str | None:
    """Return the last name of a dotted expression, or None if it is not one."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None
