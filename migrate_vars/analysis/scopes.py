"""Scopes, what their names are bound to, and how Python looks a name up."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum


class ScopeKind(Enum):
    """What opened a scope; Python's lookup rules differ between them."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"


class BindingKind(Enum):
    """How a name got its value."""

    IMPORT = "import"
    VALUE = "assignment"
    ITEM = "unpacking"
    ELEMENT = "loop target"
    AUGMENTED = "augmented assignment"
    PARAMETER = "parameter"
    FUNCTION = "function"
    CLASS = "class"
    CONTEXT = "with target"
    DELETED = "del"
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Binding:
    """One place that binds a name.

    Attributes:
        kind: How the name got its value.
        node: The statement (or lambda, comprehension, parameter's function) that binds it.
        scope: The scope in which ``value`` is evaluated.
        value: The expression that the value comes from, where there is one.
        path: For unpacked targets, the indices that lead to this name.
        module: For imports, the fully qualified name.
        walrus: Whether it happens somewhere inside an expression.
        elsewhere: Whether it is made from outside the name's own scope, so at any time:
            ``global``, ``nonlocal``, ``globals()["name"] = ...``.
    """

    kind: BindingKind
    node: ast.AST
    scope: Scope
    value: ast.expr | None = None
    path: tuple[int, ...] = ()
    module: str = ""
    walrus: bool = False
    elsewhere: bool = False


FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True, eq=False)
class Scope:
    """A region of the source in which names are looked up together."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)
    returns: list[ast.expr] = field(default_factory=list)

    def enclosing_class(self) -> Scope | None:
        """Return the class whose method this scope is in, if any."""
        scope: Scope | None = self
        while scope is not None and scope.kind is not ScopeKind.CLASS:
            scope = scope.parent
        return scope


def function_around(scope: Scope) -> Scope:
    """Return the function or module whose statements a scope's expressions belong to."""
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


class ScopeTree:
    """The scopes of one module.

    Attributes:
        root: The scope of the module.
        scope_of: The scope that a node opens: the module, a class, a function, a comprehension.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.root = Scope(ScopeKind.MODULE, tree, None)
        self.scope_of: dict[ast.AST, Scope] = {tree: self.root}
        self._nonlocals: list[tuple[str, Binding, Scope]] = []

    def release(self) -> None:
        """Cut the cycles between scopes and bindings, so that the tree is freed at once."""
        for scope in self.scope_of.values():
            scope.bindings.clear()

    def lookup(self, name: str, scope: Scope) -> list[Binding]:
        """Return every binding that ``name`` may have when used in ``scope``; [] when unbound."""
        direct = True
        here: Scope | None = scope
        while here is not None:
            if name in here.global_names:
                return self.root.bindings.get(name, [])
            if direct or here.kind is not ScopeKind.CLASS:
                found = here.bindings.get(name)
                if found and here.kind is ScopeKind.CLASS and here.parent is not None:
                    # A class body falls back to the outer name until its own is bound.
                    outer = self._enclosing_function(here.parent)
                    return found + (self.lookup(name, outer) if outer is not None else [])
                if found:
                    return found
            direct = False
            here = here.parent
        return []

    @staticmethod
    def _enclosing_function(scope: Scope | None) -> Scope | None:
        while scope is not None and scope.kind is ScopeKind.CLASS:
            scope = scope.parent
        return scope

    # Binding

    def bind(self, name: str, binding: Binding, scope: Scope) -> None:
        """Add a binding that a statement of a scope makes."""
        if name in scope.global_names:
            binding.elsewhere = scope is not self.root
            scope = self.root
        elif name in scope.nonlocal_names:
            self._nonlocals.append((name, binding, scope))
            return
        found = scope.bindings.get(name)
        if found is None:
            scope.bindings[name] = [binding]
        else:
            found.append(binding)

    def bind_nonlocals(self) -> None:
        """Bind what ``nonlocal`` names, now that the functions around are known in full."""
        for name, binding, scope in self._nonlocals:
            outer = self._enclosing_function(scope.parent)
            while outer is not None and outer.parent is not None and name not in outer.bindings:
                outer = self._enclosing_function(outer.parent)
            binding.elsewhere = True
            (outer or scope).bindings.setdefault(name, []).append(binding)
        self._nonlocals.clear()

    def bind_target(self, target: ast.expr, binding: Binding, scope: Scope) -> None:
        """Bind the names of an assignment's target."""
        if isinstance(target, ast.Name):
            self.bind(target.id, binding, scope)
        elif isinstance(target, (ast.Tuple, ast.List)):
            value = binding.value
            pairwise = (
                binding.kind is BindingKind.VALUE
                and isinstance(value, (ast.Tuple, ast.List))
                and len(value.elts) == len(target.elts)
                and not any(isinstance(e, ast.Starred) for e in (*value.elts, *target.elts))
            )
            starred = False
            for index, element in enumerate(target.elts):
                if pairwise and isinstance(value, (ast.Tuple, ast.List)):
                    item = Binding(binding.kind, binding.node, binding.scope, value.elts[index])
                elif isinstance(element, ast.Starred) or starred:
                    starred = True
                    item = Binding(BindingKind.OTHER, binding.node, binding.scope)
                else:
                    kind = binding.kind
                    if kind is BindingKind.VALUE:
                        kind = BindingKind.ITEM
                    item = Binding(kind, binding.node, binding.scope, value, (*binding.path, index))
                self.bind_target(element, item, scope)
        elif isinstance(target, ast.Starred):
            self.bind_target(
                target.value, Binding(BindingKind.OTHER, binding.node, binding.scope), scope
            )

    def bind_parameters(
        self, node: ast.AST, arguments: ast.arguments, scope: Scope, outer: Scope
    ) -> None:
        """Bind the parameters of a function or lambda in its scope."""
        named = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(named) - len(arguments.defaults))
        defaults += arguments.defaults
        named += arguments.kwonlyargs
        defaults += arguments.kw_defaults
        for argument, default in zip(named, defaults, strict=True):
            # Parameters are always local: a global statement for one is a syntax error.
            scope.bindings[argument.arg] = [Binding(BindingKind.PARAMETER, node, outer, default)]
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                scope.bindings[rest.arg] = [Binding(BindingKind.OTHER, node, outer)]
