"""Where sessions run what: the calls of ``run`` and ``eval``, what each fetches and is fed."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import NamedTuple

from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.members import is_self
from migrate_vars.analysis.reaching import reaching
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope
from migrate_vars.analysis.value import Kind
from migrate_vars.analysis.values import Values

_V1_MARKS = (b"Session(", b".run(", b"placeholder(", b"compat.v1", b"get_variable(", b"tf.contrib")
_DEPTH = 8


class SessionRun(NamedTuple):
    """A call that has a session run something.

    Attributes:
        call: The call.
        fetches: What is fetched: the argument of ``run``, or the op or tensor whose method it is.
        feed: The dictionary of what is fed, if there is one.
        session: The session; None where it is the default one.
        scope: Where the call is evaluated.
        statement: The statement around it.
    """

    call: ast.Call
    fetches: ast.expr
    feed: ast.expr | None
    session: ast.expr | None
    scope: Scope
    statement: ast.AST


class Fetch(NamedTuple):
    """One thing that is fetched.

    Attributes:
        node: What.
        scope: Where it is evaluated.
        path: The indices and keys that lead to it in what the run returns.
    """

    node: ast.expr
    scope: Scope
    path: tuple[object, ...] = ()


class Feed(NamedTuple):
    """One thing that is fed.

    Attributes:
        placeholder: What it is fed for.
        value: What is fed.
        scope: Where both are evaluated.
    """

    placeholder: ast.expr
    value: ast.expr
    scope: Scope


class Sessions:
    """Finds the session runs of one module."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.scopes = values.scopes

    @cached_property
    def builds_graphs(self) -> bool:
        """Whether the file shows that it builds graphs, not only functions of TensorFlow 2."""
        data = self.scopes.lines.data
        return any(mark in data for mark in _V1_MARKS)

    @cached_property
    def runs(self) -> list[SessionRun]:
        """The calls of a method ``run``, of sessions and of ops; others may be among them."""
        return [
            self._run(located, located.node, located.node.func.value)
            for located in self.scopes.calls_mentioning("run")
            if isinstance(located.node, ast.Call)
            and isinstance(located.node.func, ast.Attribute)
            and located.node.func.attr == "run"
        ]

    @cached_property
    def evals(self) -> list[SessionRun]:
        """The calls of ``eval`` of what is shown to be of a graph, or is told its session."""
        return [
            _method_run(located, located.node, located.node.func.value)
            for located in self.scopes.calls_mentioning("eval")
            if isinstance(located.node, ast.Call)
            and isinstance(located.node.func, ast.Attribute)
            and located.node.func.attr == "eval"
            and self._is_evaluated(located.node, located.node.func.value, located.scope)
        ]

    def _run(self, located: Located, call: ast.Call, receiver: ast.expr) -> SessionRun:
        given = {k.arg: k.value for k in call.keywords if k.arg is not None}
        first = call.args[0] if call.args else None
        fetches = given.get("fetches", first)
        if fetches is None or "session" in given or self._is_feed(first, receiver, located.scope):
            # The method of an op: update.run(session=...).
            return _method_run(located, call, receiver)
        feed = given.get("feed_dict", call.args[1] if len(call.args) > 1 else None)
        return SessionRun(
            call,
            fetches,
            _unless_none(feed),
            receiver,
            located.scope,
            located.statement,
        )

    def _is_feed(self, first: ast.expr | None, receiver: ast.expr, scope: Scope) -> bool:
        """Tell whether the first argument of ``receiver.run`` is what is fed, not what to fetch."""
        if not isinstance(first, ast.Dict):
            return False
        if all(isinstance(key, ast.Constant) for key in first.keys):
            return False  # only what is fetched has names
        return self.values.classify(receiver, scope).kind is not Kind.SESSION

    def is_session(self, run: SessionRun) -> bool:
        """Tell whether a run is shown to be one of a session."""
        if run.session is None:
            return True
        return self.values.classify(run.session, run.scope).kind is Kind.SESSION

    def _is_evaluated(self, call: ast.Call, receiver: ast.expr, scope: Scope) -> bool:
        if any(k.arg in ("session", "feed_dict") for k in call.keywords):
            return True
        found = self.values.classify(receiver, scope)
        return found.is_of_graph or found.is_variable

    # What is fetched, and fed

    def fetched(self, run: SessionRun) -> list[Fetch] | None:
        """Return what a run fetches, one by one; None where the file does not show it all."""
        found: list[Fetch] = []
        whole = self._add_fetches(Fetch(run.fetches, run.scope), found, _DEPTH)
        return found if whole else None

    def _add_fetches(self, fetch: Fetch, found: list[Fetch], depth: int) -> bool:
        node, scope, path = fetch
        if isinstance(node, (ast.List, ast.Tuple)):
            if any(isinstance(element, ast.Starred) for element in node.elts):
                return False
            return all(
                self._add_fetches(Fetch(element, scope, (*path, index)), found, depth)
                for index, element in enumerate(node.elts)
            )
        if isinstance(node, ast.Dict):
            return all(
                isinstance(key, ast.Constant)
                and self._add_fetches(Fetch(value, scope, (*path, key.value)), found, depth)
                for key, value in zip(node.keys, node.values, strict=True)
            )
        if isinstance(node, (ast.ListComp, ast.DictComp, ast.GeneratorExp, ast.Starred)):
            return False
        if isinstance(node, (ast.Name, ast.Attribute)) and depth:
            held = self.held_by(node, scope)
            if held is not None and isinstance(held.value, (ast.List, ast.Tuple, ast.Dict)):
                if self.values.facts.containers.added(node, scope):
                    return False
                return self._add_fetches(Fetch(held.value, held.scope, path), found, depth - 1)
            kind = self.values.classify(node, scope).kind
            if kind in (Kind.LIST, Kind.TUPLE, Kind.DICT):
                return False
        found.append(fetch)
        return True

    def fed(self, run: SessionRun) -> list[Feed] | None:
        """Return what a run is fed, one by one; None where the file does not show it all."""
        if run.feed is None:
            return []
        return self._fed(run.feed, run.scope, _DEPTH)

    def _fed(self, node: ast.expr, scope: Scope, depth: int) -> list[Feed] | None:
        if isinstance(node, ast.Dict):
            if any(key is None for key in node.keys):
                return None
            pairs = zip(node.keys, node.values, strict=True)
            return [Feed(key, value, scope) for key, value in pairs if key is not None]
        if not isinstance(node, (ast.Name, ast.Attribute)) or not depth:
            return None
        held = self.held_by(node, scope)
        if held is None or held.value is None:
            return None
        found = self._fed(held.value, held.scope, depth - 1)
        for key, value, inner, many in self.values.facts.containers.added(node, scope):
            more = self._fed(value, inner, depth - 1) if many else None
            if key is not None and not many:
                more = [Feed(key, value, inner)]
            if found is None or more is None:
                return None
            found += more
        return found

    def held_by(self, node: ast.expr, scope: Scope) -> Binding | None:
        """Return the one assignment that gives a name or ``self.name`` its value, if it is one."""
        found: list[Binding] = []
        if isinstance(node, ast.Name):
            found = reaching(node.id, scope, node, self.scopes)
        elif isinstance(node, ast.Attribute) and is_self(node.value, scope):
            found = [
                b
                for b in self.values.members.of_self(node.attr, scope)
                if not (isinstance(b.value, ast.Constant) and b.value.value is None)
            ]
        if len(found) == 1 and found[0].kind is BindingKind.VALUE:
            return found[0]
        return None


def _method_run(located: Located, call: ast.Call, receiver: ast.expr) -> SessionRun:
    """Return what ``receiver.run(feed_dict, session)`` and ``receiver.eval`` run."""
    given = {k.arg: k.value for k in call.keywords if k.arg is not None}
    first, second = [*call.args[:2], None, None][:2]
    return SessionRun(
        call,
        receiver,
        _unless_none(given.get("feed_dict", first)),
        _unless_none(given.get("session", second)),
        located.scope,
        located.statement,
    )


def _unless_none(node: ast.expr | None) -> ast.expr | None:
    return None if isinstance(node, ast.Constant) and node.value is None else node
