"""The writes of variables in one module, what holds them as ops, and the branches they are in.

The rules about eager execution use this. In a session an op is built at one time and
run at another; under eager execution building it is running it. Everything here asks what the
file itself shows: where it does not show it, the answer is no.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from migrate_vars.analysis.blocks import around
from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.makers import WRITING_METHODS
from migrate_vars.analysis.members import is_self
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.tensorflow import tensorflow_member

_OTHER_EFFECTS = frozenset({"count_up_to", "load"})
_TARGETS = ("ref", "variable", "x")
_BRANCHING = frozenset({"cond", "case", "while_loop"})


class Write(NamedTuple):
    """One call that writes a variable.

    Attributes:
        call: The call.
        name: The name of the state op or of the method.
        target: What is written.
        scope: Where the call is evaluated.
        statement: The statement around it.
        by_function: Whether it is the call of a v1 function, not of a method.
        certain: Whether it is surely a write of a variable, wherever its result goes.
    """

    call: ast.Call
    name: str
    target: ast.expr
    scope: Scope
    statement: ast.AST
    by_function: bool
    certain: bool


class Branch(NamedTuple):
    """A function that ``tf.cond`` or ``tf.while_loop`` builds a part of the graph with."""

    function: ast.expr
    scope: Scope
    of: str


class Writes:
    """The writes of one module, found when first asked for."""

    def __init__(
        self, module: Module, located: Sequence[Located], functions: Mapping[int, str]
    ) -> None:
        """Take the module, and its state ops.

        Args:
            module: The module.
            located: The expressions of all statements that mention a state op.
            functions: The state ops that are called, by the id of the call.
        """
        self.module = module
        self.scopes = module.scopes
        self._located = located
        self._functions = functions

    @cached_property
    def all(self) -> dict[int, Write]:
        """The writes, by the identity of their call."""
        found: dict[int, Write] = {}
        for node, scope, _, statement in self._located:
            if not isinstance(node, ast.Call):
                continue
            op = self._functions.get(id(node))
            function = node.func
            certain = True
            target: ast.expr | None = None
            if op is not None:
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in _TARGETS)]
                name, target = op, given[0] if given else None
            elif isinstance(function, ast.Attribute) and self._may_write(node, function, scope):
                name, target = function.attr, function.value
                certain = name != "assign" or self.module.values.classify(target, scope).is_variable
            else:
                continue
            if (
                name not in _OTHER_EFFECTS
                and target is not None
                and not isinstance(target, ast.Starred)
            ):
                found[id(node)] = Write(
                    node, name, target, scope, statement, op is not None, certain
                )
        return found

    def _may_write(self, call: ast.Call, function: ast.Attribute, scope: Scope) -> bool:
        """Tell whether a method that is named like those of a variable may write one."""
        if function.attr not in WRITING_METHODS or not call.args:
            return False
        if self.module.names.resolve(function, scope).is_imported:
            return False
        return not self.module.values.classify(function.value, scope).is_of_graph

    def ops(self, node: ast.expr, scope: Scope, depth: int = 8) -> Iterator[Write]:
        """Yield the writes that run when a session runs ``node``: itself, a list, a group."""
        write = self.all.get(id(node))
        if write is not None:
            yield write
            return
        parts: Iterable[ast.expr] = ()
        if isinstance(node, (ast.List, ast.Tuple)):
            parts = node.elts
        elif isinstance(node, ast.Dict):
            parts = node.values
        elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
            parts, scope = (node.elt,), self.scopes.comprehension_scope(node, scope)
        elif isinstance(node, ast.Starred) or (
            isinstance(node, ast.Attribute) and node.attr == "op" and not is_self(node.value, scope)
        ):
            parts = (node.value,)
        elif isinstance(node, ast.Call) and last_name(node.func) == "group":
            parts = node.args
        elif isinstance(node, (ast.Name, ast.Attribute)) and depth:
            held = self.module.sessions.held_by(node, scope)
            if held is not None and held.value is not None:
                yield from self.ops(held.value, held.scope, depth - 1)
                if isinstance(held.value, ast.List):
                    yield from self._appended(node, held, depth - 1)
            return
        for part in parts:
            yield from self.ops(part, scope, depth)

    def _appended(self, node: ast.expr, binding: Binding, depth: int) -> Iterator[Write]:
        """Yield the writes that are appended to the list that a node holds."""
        name = last_name(node)
        for call, scope, _, _ in self.scopes.calls_mentioning("append"):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "append"
                and call.args
                and last_name(call.func.value) == name
                and (held := self.module.sessions.held_by(call.func.value, scope)) is not None
                and held.node is binding.node
            ):
                yield from self.ops(call.args[0], scope, depth)

    def key(self, node: ast.expr, scope: Scope) -> tuple[str, int] | None:
        """Return what tells a variable from others: equal keys are surely one variable."""
        root = node
        while isinstance(root, (ast.Attribute, ast.Subscript)):
            if isinstance(root, ast.Subscript) and not isinstance(root.slice, ast.Constant):
                return None
            root = root.value
        if not isinstance(root, ast.Name):
            return None
        owner = scope.enclosing_class() if is_self(root, scope) else None
        if owner is not None:
            return "self" + ast.unparse(node)[len(root.id) :], id(owner)
        bindings = self.scopes.lookup(root.id, scope)
        if len(bindings) != 1 or bindings[0].kind is BindingKind.ELEMENT:
            return None
        return ast.unparse(node), id(bindings[0])

    @cached_property
    def branches(self) -> list[Branch]:
        """The functions given to ``tf.cond``, ``tf.case`` and ``tf.while_loop``."""
        found = []
        for name in ("cond", "while_loop"):
            for located in self.scopes.calls_mentioning(name):
                call = located.node
                if not isinstance(call, ast.Call) or last_name(call.func) != name:
                    continue
                meaning = self.module.names.resolve(call.func, located.scope)
                if not any(
                    tensorflow_member(n).rpartition(".")[2] in _BRANCHING for n in meaning.names
                ):
                    continue
                given = list(call.args[1:3] if name == "cond" else call.args[:2])
                words = ("true_fn", "false_fn", "fn1", "fn2", "cond", "body")
                given += [k.value for k in call.keywords if k.arg in words]
                found += [Branch(function, located.scope, name) for function in given]
        return found

    def function_of(self, branch: Branch) -> tuple[ast.AST, Scope] | None:
        """Return the function that a branch names, and its scope."""
        node = branch.function
        bindings: list[Binding] = []
        if isinstance(node, ast.Lambda):
            scope = self.scopes.scope_of.get(node)
            return None if scope is None else (node, scope)
        if isinstance(node, ast.Name):
            bindings = self.scopes.lookup(node.id, branch.scope)
        elif isinstance(node, ast.Attribute) and is_self(node.value, branch.scope):
            owner = branch.scope.enclosing_class()
            bindings = owner.bindings.get(node.attr, []) if owner else []
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.FUNCTION:
            return None
        inner = self.scopes.scope_of.get(bindings[0].node)
        return None if inner is None else (bindings[0].node, inner)


def is_under_control_dependencies(place: ast.AST, scope: Scope) -> bool:
    """Tell whether a place stands in ``with tf.control_dependencies(...)``."""
    return any(
        isinstance(item.context_expr, ast.Call)
        and last_name(item.context_expr.func) == "control_dependencies"
        for statement in around(place, scope)
        if isinstance(statement, ast.With)
        for item in statement.items
    )
