"""The places in one module that rules look at, and what a rule says about them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate_vars.analysis.distribution import distribution
from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import Meaning, Names
from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.values import Values
from migrate_vars.codemod.arguments import Bound, Refusal, bind
from migrate_vars.codemod.method_call import MethodCall
from migrate_vars.codemod.state_ops import StateOp
from migrate_vars.codemod.variable_writes import Writes
from migrate_vars.findings.finding import Safety, Status


class Seen(NamedTuple):
    """What recorded runs saw at one call of a state op.

    Attributes:
        run: The runs that reached the call, as text.
        variable: Whether the receiver was always a variable, or a slice of one.
        distributed: Whether it ever was a distributed variable.
        what: What it was where it was no variable, as text.
        sliced: Whether it ever was a slice of a variable.
    """

    run: str
    variable: bool
    distributed: bool
    what: str
    sliced: bool = False


class Rebinding(NamedTuple):
    """A place that gives a state op a new value.

    Attributes:
        name: The fully qualified name of the state op.
        node: The place.
    """

    name: str
    node: ast.expr


@dataclass(slots=True, eq=False)
class ModuleSites:
    """What rules may ask about the module as a whole.

    Attributes:
        module: The module.
        located: The expressions of all statements that mention a state op, in order.
        safe_only: Whether only proven receivers may be rewritten.
        sites: The uses of what is, or looks like, a state op.
        rebindings: The places that give a state op a new value.
        has_evidence: Whether there are recorded runs, of this source or of another version.
        seen: What recorded runs saw, by the id of the call's node.
        runs: The recorded runs of this source, as text; empty without any.
        stale: Those of another version of it, as text; empty without any.
        removed: The imports that are taken out.
        bound: The arguments of calls, matched with signatures, by the id of the call's node.
    """

    module: Module
    located: Sequence[Located]
    safe_only: bool = False
    sites: Sequence[Site] = ()
    rebindings: list[Rebinding] = field(default_factory=list)
    has_evidence: bool = False
    seen: Mapping[int, Seen] = field(default_factory=dict)
    runs: str = ""
    stale: str = ""
    removed: frozenset[ast.stmt] = frozenset()
    bound: dict[int, Bound | Refusal] = field(default_factory=dict)
    _writes: Writes | None = None
    _all_plain: bool | None = None

    @property
    def scopes(self) -> ModuleScopes:
        """The scopes, statements and expressions of the module."""
        return self.module.scopes

    @property
    def names(self) -> Names:
        """Resolves the dotted names of the module."""
        return self.module.names

    @property
    def values(self) -> Values:
        """What the expressions of the module are."""
        return self.module.values

    @property
    def writes(self) -> Writes:
        """The writes of variables."""
        if self._writes is None:
            called = {id(s.call): s.op.name for s in self.sites if s.call is not None and s.op}
            self._writes = Writes(self.module, self.located, called)
        return self._writes

    @property
    def has_plain_variables_only(self) -> bool:
        """Whether nothing in the module makes distributed or partitioned variables."""
        if self._all_plain is None:
            data = self.scopes.lines.data
            self._all_plain = b"partitioner" not in data and not distribution(self.scopes)
        return self._all_plain

    def rebound_on(self, name: str) -> int | None:
        """Return the line on which the module gives a state op a new value, if it does."""
        lines = (r.node.lineno for r in self.rebindings if r.name == name)
        return next(lines, None)

    def release(self) -> None:
        """Cut the cycles through this object, so that the tree is freed at once."""
        self.sites = ()
        self._writes = None
        self.module.release()


class Site(NamedTuple):
    """A use of something that is, or looks like, a state op.

    Attributes:
        node: The function expression: a name or a dotted name.
        call: The call, where the function is called.
        name: The last part of the function's name as its module has it, such as ``assign``.
        meaning: What the function can be.
        op: The state op, when the function certainly is one.
        scope: Where it stands.
        fstring: The f-string around it, if any.
        module: The module around it.
    """

    node: ast.expr
    call: ast.Call | None
    name: str
    meaning: Meaning
    op: StateOp | None
    scope: Scope
    fstring: ast.JoinedStr | None
    module: ModuleSites

    @property
    def seen(self) -> Seen | None:
        """What recorded runs saw here, if they reached this call."""
        return self.module.seen.get(id(self.call))

    @property
    def bound(self) -> Bound | Refusal | None:
        """The arguments of the call of a state op, matched with its signature."""
        if self.call is None or self.op is None:
            return None
        known = self.module.bound.get(id(self.call))
        if known is None:  # each rule asks for them
            known = self.module.bound[id(self.call)] = bind(self.call, self.op)
        return known


class Decision(NamedTuple):
    """What a rule says about one place.

    Attributes:
        status: Rewritten, left alone, or advice.
        message: What and why, for the user.
        safety: How sure the rewrite is, or that it was refused.
        edit: The edit to make, if any.
        node: The place, where it is not the site itself.
        reached: Whether a recorded run reached this call; None without any run.
    """

    status: Status
    message: str
    safety: Safety | None = None
    edit: MethodCall | None = None
    node: ast.AST | None = None
    reached: bool | None = None


def refuse(message: str, node: ast.AST | None = None) -> Decision:
    """Leave a call alone, and say why."""
    return Decision(Status.LEFT, message, Safety.REFUSED, node=node)


def advise(message: str, node: ast.AST | None = None) -> Decision:
    """Say something without a change."""
    return Decision(Status.ADVICE, message, node=node)
