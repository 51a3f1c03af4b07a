"""The writes of variables in one module, what holds them as ops, and where a session runs those.

This is for the rules that speak of eager execution. In a session an op is built at one time and
run at another; under eager execution building it is running it. Everything here asks what the
file itself shows: where it does not show it, the answer is no.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from migrate_vars.codemod.names import last_name
from migrate_vars.codemod.reaching import reaching
from migrate_vars.codemod.receivers import Kind, is_self
from migrate_vars.codemod.scopes import Binding, BindingKind, Scope, function_around
from migrate_vars.codemod.state_ops import METHODS, is_tensorflow, public_module

if TYPE_CHECKING:
    from migrate_vars.codemod.sites import ModuleSites

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_OTHER_EFFECTS = frozenset({"count_up_to", "load"})
_TARGETS = ("ref", "variable", "x")
_BRANCHING = frozenset({"cond", "case", "while_loop"})
_V1_MARKS = (b"Session(", b".run(", b"placeholder(", b"compat.v1", b"get_variable(", b"tf.contrib")


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


class Run(NamedTuple):
    """A call of ``session.run``."""

    call: ast.Call
    fetches: ast.expr
    scope: Scope


class Branch(NamedTuple):
    """A function that ``tf.cond`` or ``tf.while_loop`` builds a part of the graph with."""

    function: ast.expr
    scope: Scope
    of: str


class Updates:
    """The writes of one module, found when first asked for."""

    def __init__(self, module: ModuleSites) -> None:
        self.module = module
        self.scopes = module.scopes

    @cached_property
    def writes(self) -> dict[int, Write]:
        """The writes, by the identity of their call."""
        functions = {id(s.call): s for s in self.module.sites if s.call is not None and s.op}
        found: dict[int, Write] = {}
        for node, scope, _, statement in self.module.located:
            if not isinstance(node, ast.Call):
                continue
            site = functions.get(id(node))
            function = node.func
            if site is not None and site.op is not None:
                given = [*node.args[:1], *(k.value for k in node.keywords if k.arg in _TARGETS)]
                name, target, kind = site.op.name, given[0] if given else None, Kind.VARIABLE
            elif isinstance(function, ast.Attribute):
                name, target = function.attr, function.value
                kind = self._written_by_method(node, function, scope)
            else:
                continue
            if (
                name not in _OTHER_EFFECTS
                and kind is not Kind.TENSOR
                and target is not None
                and not isinstance(target, ast.Starred)
            ):
                certain = kind is Kind.VARIABLE or name != "assign"
                found[id(node)] = Write(
                    node, name, target, scope, statement, site is not None, certain
                )
        return found

    def _written_by_method(self, call: ast.Call, function: ast.Attribute, scope: Scope) -> Kind:
        """Say what a method that is named like those of a variable writes; a tensor if nothing."""
        if function.attr not in METHODS or not call.args:
            return Kind.TENSOR
        if self.module.names.resolve(function, scope).names:
            return Kind.TENSOR
        return self.module.receivers.classify(function.value, scope).kind

    @cached_property
    def in_session(self) -> bool:
        """Whether the file shows that it builds graphs, not only functions of TensorFlow 2."""
        data = self.scopes.lines.data
        return any(mark in data for mark in _V1_MARKS)

    # What an expression gives

    def ops(self, node: ast.expr, scope: Scope, depth: int = 8) -> Iterator[Write]:
        """Yield the writes that run when a session runs ``node``: itself, a list, a group."""
        write = self.writes.get(id(node))
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
            for binding in self.held_by(node, scope):
                if binding.value is not None:
                    yield from self.ops(binding.value, binding.scope, depth - 1)
                if isinstance(binding.value, ast.List):
                    yield from self._appended(node, binding, depth - 1)
            return
        for part in parts:
            yield from self.ops(part, scope, depth)

    def _appended(self, held: ast.expr, binding: Binding, depth: int) -> Iterator[Write]:
        """Yield the writes that are appended to a list."""
        name = last_name(held)
        for call, scope, _, _ in self.scopes.calls_mentioning("append"):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "append"
                and call.args
                and last_name(call.func.value) == name
                and any(b.node is binding.node for b in self.held_by(call.func.value, scope))
            ):
                yield from self.ops(call.args[0], scope, depth)

    def held_by(self, node: ast.expr, scope: Scope) -> list[Binding]:
        """Return the one assignment that gives a name or ``self.name`` its value, if it is one."""
        found: list[Binding] = []
        if isinstance(node, ast.Name):
            found = reaching(node.id, scope, node, self.scopes)
        elif isinstance(node, ast.Attribute) and is_self(node.value, scope):
            found = [
                b
                for b in self.module.receivers.members(node.attr, scope)
                if not (isinstance(b.value, ast.Constant) and b.value.value is None)
            ]
        if len(found) == 1 and found[0].kind is BindingKind.VALUE:
            return found
        return []

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

    # Where sessions run them

    @cached_property
    def runs(self) -> list[Run]:
        """The calls of ``run`` that are given something to fetch."""
        found = []
        for located in self.scopes.calls_mentioning("run"):
            call = located.node
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "run"
            ):
                fetches = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "fetches")]
                # Without an argument it is the method of an op: update.run(session=...).
                found.append(Run(call, [*fetches, call.func.value][0], located.scope))
        return found

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
                    is_tensorflow(n) and public_module(n).rpartition(".")[2] in _BRANCHING
                    for n in meaning.names
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


def around(place: ast.AST, scope: Scope) -> list[ast.stmt]:
    """Return the compound statements around a place, within its function, outermost first."""
    found: list[ast.stmt] = []
    body = getattr(function_around(scope).node, "body", None)
    line, column = getattr(place, "lineno", 0), getattr(place, "col_offset", 0)
    block = body if isinstance(body, list) else []
    while block:
        inside = next((s for s in block if _holds(s, line, column)), None)
        if inside is None or isinstance(inside, (ast.FunctionDef, ast.ClassDef)):
            break
        blocks = [getattr(inside, name, None) for name in ("body", "orelse", "finalbody")]
        blocks += [h.body for h in getattr(inside, "handlers", ())]
        blocks += [c.body for c in getattr(inside, "cases", ())]
        block = next(
            (b for b in blocks if isinstance(b, list) and any(_holds(s, line, column) for s in b)),
            [],
        )
        if block:
            found.append(inside)
    return found


def loop_around(place: ast.AST, scope: Scope) -> ast.stmt | None:
    """Return the outermost loop whose body holds a place."""
    return next((s for s in around(place, scope) if isinstance(s, _LOOPS)), None)


def under_control_dependencies(place: ast.AST, scope: Scope) -> bool:
    """Tell whether a place stands in ``with tf.control_dependencies(...)``."""
    return any(
        isinstance(item.context_expr, ast.Call)
        and last_name(item.context_expr.func) == "control_dependencies"
        for statement in around(place, scope)
        if isinstance(statement, ast.With)
        for item in statement.items
    )


def inside(place: ast.AST, node: ast.AST) -> bool:
    """Tell whether a place lies within a node."""
    start = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    end = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
    return start <= (getattr(place, "lineno", 0), getattr(place, "col_offset", 0)) < end


def _holds(statement: ast.stmt, line: int, column: int) -> bool:
    start = (statement.lineno, statement.col_offset)
    end = (statement.end_lineno or statement.lineno, statement.end_col_offset or 0)
    return start <= (line, column) < end
