"""What a dotted name means at one place: which module members it can stand for.

A name may be bound several times (``try``/``except ImportError``, ``if``/``else``). All its
bindings are followed; only when every one of them is understood is the meaning certain.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.re_exports import ReExports
from migrate_vars.analysis.reaching import reaching_the_end
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS


class ModuleMember(NamedTuple):
    """Something that another file of the project holds.

    Attributes:
        file: The file.
        module: The module that it is, as messages show it.
        name: The dotted name in it; nothing for the module itself.
        defined: Whether the file defines a function or class of this name. If not, it may be
            anything.
    """

    file: str
    module: str
    name: str
    defined: bool = False


class Meaning(NamedTuple):
    """The module members that an expression can stand for.

    Attributes:
        names: Fully qualified names, such as ``tensorflow.compat.v1.assign``.
        unknown: Descriptions of what else it can be; empty when everything is known.
        members: What it can be of other files of the project.
    """

    names: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    members: frozenset[ModuleMember] = frozenset()

    def __or__(self, other: Meaning) -> Meaning:
        return Meaning(
            self.names | other.names, self.unknown | other.unknown, self.members | other.members
        )

    @property
    def is_imported(self) -> bool:
        """Whether an import leads to it, from TensorFlow or elsewhere."""
        return bool(self.names or self.members)

    @property
    def is_of_other_framework(self) -> bool:
        """Whether it can be a function of another framework, or one that the project defines."""
        return any(n.partition(".")[0] in OTHER_FRAMEWORKS for n in self.names) or any(
            m.defined for m in self.members
        )

    @property
    def is_certain(self) -> bool:
        """Whether it is nothing but what ``names`` says."""
        return not (self.unknown or self.members)

    def member(self, name: str) -> Meaning:
        """Return the meaning of ``.name`` looked up on this."""
        return Meaning(
            frozenset(f"{module}.{name}" for module in self.names),
            self.unknown,
            frozenset(
                ModuleMember(m.file, m.module, f"{m.name}.{name}" if m.name else name)
                for m in self.members
            ),
        )

    @property
    def modules(self) -> frozenset[str]:
        """The modules that ``names`` lie in, and those of members that may be anything."""
        return frozenset(name.rpartition(".")[0] for name in self.names) | frozenset(
            member.module for member in self.members if not member.defined
        )


NOTHING = Meaning()
_COMPUTED = Meaning(unknown=frozenset({"computed here"}))
_KINDS_IN_WORDS = {
    BindingKind.PARAMETER: "a parameter",
    BindingKind.FUNCTION: "a function of this file",
    BindingKind.CLASS: "a class of this file",
    BindingKind.ELEMENT: "a loop variable",
}
_DEFINITIONS = (BindingKind.FUNCTION, BindingKind.CLASS)


class Imports(Protocol):
    """What the imports of one file lead to."""

    def imported(self, name: str) -> Meaning:
        """Return what an import brings, by the name that it has there."""

    def settled(self, meaning: Meaning) -> Meaning:
        """Return what a meaning is once the members of other files are followed to their end."""

    def starred(self, modules: Iterable[str], name: str) -> Meaning:
        """Return what star imports of some modules bring under a name; nothing if they do not."""


class LoneFile:
    """The imports of a file whose neighbours are not known.

    Args:
        re_exports: The modules that re-export TensorFlow.
    """

    def __init__(self, re_exports: ReExports) -> None:
        self._re_exports = re_exports

    def imported(self, name: str) -> Meaning:
        """Return what an import brings, by the name that it has there."""
        return Meaning(frozenset({name}))

    def settled(self, meaning: Meaning) -> Meaning:
        """Return a meaning with the members of modules that re-export TensorFlow put down to it."""
        if not self._re_exports:
            return meaning
        return meaning._replace(names=frozenset(map(self._re_exports.name, meaning.names)))

    def starred(self, modules: Iterable[str], name: str) -> Meaning:
        """Return what star imports bring, of which nothing is known."""
        return NOTHING


class Exported(NamedTuple):
    """What other files get that import a name from a module.

    Attributes:
        meaning: What it binds the name to by imports. Members of other files are not followed.
        defined: Whether it may define a function or class of this name.
        computed: Whether it may bind the name to anything else.
        stars: The modules of the star imports that may bind it in the end.
    """

    meaning: Meaning = NOTHING
    defined: bool = False
    computed: bool = False
    stars: tuple[str, ...] = ()


class Names:
    """Resolves expressions of one module.

    Args:
        scopes: Its scopes and bindings.
        imports: What its imports lead to.
    """

    def __init__(self, scopes: ModuleScopes, imports: Imports | None = None) -> None:
        self.scopes = scopes
        self.imports: Imports = LoneFile(ReExports(())) if imports is None else imports
        self._known: dict[tuple[str, int], Meaning] = {}
        self._asked: set[tuple[str, int]] = set()
        self._cut = 0

    def resolve(self, node: ast.expr, scope: Scope) -> Meaning:
        """Return what an expression can stand for when evaluated in ``scope``."""
        return self.imports.settled(self._resolve(node, scope))

    def imported(self, binding: Binding) -> Meaning:
        """Return what an import brings."""
        return self.imports.settled(self.imports.imported(binding.module))

    def _resolve(self, node: ast.expr, scope: Scope) -> Meaning:
        if isinstance(node, ast.Name):
            return self._name(node.id, scope)
        if isinstance(node, ast.Attribute):
            return self._resolve(node.value, scope).member(node.attr)
        if isinstance(node, ast.IfExp):
            return self._resolve(node.body, scope) | self._resolve(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            meaning = NOTHING
            for value in node.values:
                meaning |= self._resolve(value, scope)
            return meaning
        if isinstance(node, ast.NamedExpr):
            return self._resolve(node.value, scope)
        if isinstance(node, ast.Constant) and node.value is None:
            # The usual fallback of `except ImportError: tf = None`; it cannot be called anyway.
            return NOTHING
        return _COMPUTED

    def _name(self, name: str, scope: Scope) -> Meaning:
        key = (name, id(scope))
        known = self._known.get(key)
        if known is not None:
            return known
        if key in self._asked:  # a name defined by itself adds nothing to its meaning
            self._cut += 1
            return NOTHING
        cut = self._cut
        self._asked.add(key)
        bindings = self.scopes.lookup(name, scope)
        if bindings:
            known = NOTHING
            for binding in bindings:
                known |= self._binding(binding)
        else:
            known = self.imports.starred((m for _, m in self.scopes.star_imports), name)
            if known == NOTHING:
                known = Meaning(unknown=frozenset({"not bound in this file"}))
        self._asked.discard(key)
        if cut == self._cut or not self._asked:
            self._known[key] = known
        return known

    def _binding(self, binding: Binding) -> Meaning:
        if binding.kind is BindingKind.IMPORT:
            return self.imports.imported(binding.module)
        if binding.kind is BindingKind.DELETED:
            return NOTHING
        if binding.kind is BindingKind.VALUE and binding.value is not None:
            return self._resolve(binding.value, binding.scope)
        words = _KINDS_IN_WORDS.get(binding.kind, "a local value")
        return Meaning(unknown=frozenset({words}))

    def given(self, dotted: str) -> Meaning | None:
        """Return what the module gives a dotted name as its value; None if that is not certain.

        Members of other files are not followed.
        """
        meaning = NOTHING
        root = self.scopes.root
        for statement, scope in self.scopes.statements_mentioning(dotted.rpartition(".")[2]):
            for target in _attributes_set(statement):
                if ast.unparse(target) != dotted:
                    continue
                value = statement.value if isinstance(statement, ast.Assign) else None
                if value is None or scope is not root:
                    return None
                meaning |= self._resolve(value, scope)
        return None if meaning.unknown or meaning == NOTHING else meaning

    def exported(self, name: str) -> Exported:
        """Return what other files get that import a name from this module."""
        bindings, certain = reaching_the_end(name, self.scopes)
        meaning = NOTHING
        defined = False
        computed = bool(bindings and self.scopes.opaque)
        for binding in bindings:
            if binding.kind in _DEFINITIONS:
                defined = True
                continue
            bound = self._binding(binding)
            computed = computed or bool(bound.unknown)
            meaning |= bound._replace(unknown=frozenset())
        last = max((getattr(b.node, "lineno", 0) for b in bindings), default=0) if certain else 0
        stars = [module for node, module in self.scopes.star_imports if node.lineno > last]
        return Exported(meaning, defined, computed, tuple(stars))


def _attributes_set(statement: ast.AST) -> list[ast.Attribute]:
    """Return the attributes that a statement gives a value, or takes away."""
    if isinstance(statement, (ast.Assign, ast.Delete)):
        targets = statement.targets
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
        targets = [statement.target]
    else:
        return []
    return [
        node for target in targets for node in ast.walk(target) if isinstance(node, ast.Attribute)
    ]


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
