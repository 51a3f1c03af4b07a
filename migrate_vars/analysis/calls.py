"""Calls of a file's own functions: which function a call names, and what it is given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.analysis.callbacks import handed_over, mapped
from migrate_vars.analysis.members import Members, decorators, is_self
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import Names, last_name
from migrate_vars.analysis.scopes import Binding, BindingKind, FunctionNode, Scope, ScopeKind


class Passed(NamedTuple):
    """What one call passes for a parameter."""

    value: ast.expr
    scope: Scope
    line: int


class Callback(NamedTuple):
    """A call that has something else call a function, which fills one of its parameters.

    Attributes:
        giver: What calls the function, such as ``while_loop``.
        line: The line of the call.
        items: What the parameter is filled with, one after another; None where TensorFlow fills
            it with tensors.
        scope: Where ``items`` is evaluated.
    """

    giver: str
    line: int
    items: ast.expr | None
    scope: Scope


class Calls:
    """Finds the calls of the functions of one module."""

    def __init__(self, scopes: ModuleScopes, names: Names, members: Members) -> None:
        self.scopes = scopes
        self.names = names
        self.members = members

    def function(self, function: ast.expr, scope: Scope) -> tuple[Binding, Scope] | None:
        """Return the function of this file that an expression names, if it returns anything."""
        bindings: list[Binding] = []
        if isinstance(function, ast.Name):
            bindings = self.scopes.lookup(function.id, scope)
        elif isinstance(function, ast.Attribute) and is_self(function.value, scope):
            owner = scope.enclosing_class()
            for cls in self.members.family(owner) if owner else ():
                bindings = bindings + cls.bindings.get(function.attr, [])
        if len(bindings) == 1 and bindings[0].kind is BindingKind.FUNCTION:
            inner = self.scopes.scope_of.get(bindings[0].node)
            if inner is not None and inner.returns and not _is_suspended(inner.node):
                return bindings[0], inner
        return None

    def passed(self, name: str, function: FunctionNode, owner: Scope) -> Iterator[Passed]:
        """Yield what calls in this file pass for one parameter."""
        arguments = function.args
        positions = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        called = {function.name}
        if isinstance(owner.node, ast.ClassDef) and function.name == "__init__":
            called.add(owner.node.name)
        for word in sorted(called):
            for located in self.scopes.calls_mentioning(word):
                call = located.node
                if not isinstance(call, ast.Call):
                    continue
                # functools.partial(f, v) and Thread(f, v) pass on what follows f.
                for start, target in enumerate([call.func, *call.args]):
                    bound = _bound_parameters(target, word, function, owner, located.scope)
                    if bound is not None:
                        rest = positions[bound:]
                        yield from _passed(call, name, rest, located.scope, start)

    def passed_to_lambda(self, name: str, function: ast.Lambda, owner: Scope) -> Iterator[Passed]:
        """Yield what calls pass to a lambda: called at once, or through the name it is given."""
        positions = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        called = _names_of(function, owner)
        for word in sorted({*called, "lambda"}):
            for located in self.scopes.calls_mentioning(word):
                call = located.node
                if isinstance(call, ast.Call) and (
                    call.func is function or last_name(call.func) in called
                ):
                    yield from _passed(call, name, positions, located.scope)

    def passed_everywhere(
        self, name: str, function: FunctionNode, owner: Scope
    ) -> list[Passed] | None:
        """Return what all calls of a function pass for a parameter; None if not all can be seen.

        That they can is taken for granted of functions inside functions, and of those whose name
        begins with an underscore, where they are not passed on.
        """
        private = function.name.startswith("_") and not function.name.startswith("__")
        if not (private or owner.kind is ScopeKind.FUNCTION) or function.decorator_list:
            return None
        calls: set[int] = set()
        uses: set[int] = set()
        for located in self.scopes.nodes_mentioning(function.name):
            node = located.node
            if isinstance(node, ast.Call) and last_name(node.func) == function.name:
                calls.add(id(node.func))
            elif isinstance(node, (ast.Name, ast.Attribute)) and last_name(node) == function.name:
                uses.add(id(node))
        passed = list(self.passed(name, function, owner))
        if not calls or uses - calls or len(passed) != len(calls):
            return None
        return passed

    def callbacks(self, name: str, binding: Binding) -> Iterator[Callback]:
        """Yield the calls by which something other than this file fills a parameter."""
        function = binding.node
        if binding.value is not None or not isinstance(
            function, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        ):
            return  # a parameter with a default keeps that
        arguments = function.args
        positions = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        rest = arguments.vararg is not None and arguments.vararg.arg == name
        if name not in positions and not rest:
            return
        owner = binding.scope
        if isinstance(function, ast.Lambda):
            words = {"lambda", *_names_of(function, owner)}
        else:
            words = {function.name}
        for word in sorted(words):
            for located in self.scopes.calls_mentioning(word):
                call, scope = located.node, located.scope
                if not isinstance(call, ast.Call):
                    continue
                giver, given = handed_over(call, scope, self.names)
                for one in given:
                    bound = _filled(one.function, word, function, owner, scope)
                    if bound is None or name in one.named:
                        continue
                    if rest or positions.index(name) >= bound + one.bound:
                        yield Callback(giver, call.lineno, None, scope)
                for mapping, items, position in mapped(call, self.names, scope):
                    bound = _filled(mapping, word, function, owner, scope)
                    if bound is not None and not rest and positions.index(name) == bound + position:
                        yield Callback("map", call.lineno, items, scope)


def _names_of(function: ast.Lambda, owner: Scope) -> set[str]:
    """Return the names that a lambda is given in a scope."""
    return {
        word
        for word, bindings in owner.bindings.items()
        if any(b.value is function for b in bindings)
    }


def _passed(
    call: ast.Call, name: str, positions: list[str], scope: Scope, start: int = 0
) -> Iterator[Passed]:
    for keyword in call.keywords:
        if keyword.arg == name:
            yield Passed(keyword.value, scope, call.lineno)
    for position, argument in zip(positions, call.args[start:], strict=False):
        if isinstance(argument, ast.Starred):
            return
        if position == name:
            yield Passed(argument, scope, call.lineno)


def _filled(
    node: ast.expr, word: str, function: FunctionNode | ast.Lambda, owner: Scope, scope: Scope
) -> int | None:
    """Return how many leading parameters an expression fills; None for another function."""
    if node is function:
        return 0
    if isinstance(function, ast.Lambda):
        return 0 if isinstance(node, ast.Name) and node.id == word else None
    return _bound_parameters(node, word, function, owner, scope)


def _bound_parameters(
    target: ast.expr, word: str, function: FunctionNode, owner: Scope, scope: Scope
) -> int | None:
    """Return how many leading parameters a reference to ``function`` fills; None if it is none."""
    if last_name(target) != word:
        return None
    if not isinstance(owner.node, ast.ClassDef):
        on_self = isinstance(target, ast.Attribute) and is_self(target.value, scope)
        return None if on_self else 0
    kinds = decorators(function)
    if word == owner.node.name or "classmethod" in kinds:
        return 1
    if isinstance(target, ast.Name):
        return None
    if "staticmethod" in kinds:
        return 0
    on_class = isinstance(target, ast.Attribute) and last_name(target.value) == owner.node.name
    return 0 if on_class else 1


def _is_suspended(function: ast.AST) -> bool:
    """Tell whether a call of a function gives a generator or a coroutine."""
    return isinstance(function, ast.AsyncFunctionDef) or any(
        isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(function)
    )
