"""Where sessions run what: the calls of ``run``, and what each fetches."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import NamedTuple

from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.values import Values

_V1_MARKS = (b"Session(", b".run(", b"placeholder(", b"compat.v1", b"get_variable(", b"tf.contrib")


class SessionRun(NamedTuple):
    """A call of ``session.run``, or of the ``run`` of an op."""

    call: ast.Call
    fetches: ast.expr
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
                found.append(SessionRun(call, [*fetches, call.func.value][0], located.scope))
        return found
