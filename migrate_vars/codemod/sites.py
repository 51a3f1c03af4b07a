"""The places in one module that rules look at, and what a rule says about them."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate_vars.codemod.arguments import Bound, MethodArgument, Refusal, bind
from migrate_vars.codemod.names import Meaning, Names
from migrate_vars.codemod.receivers import Receivers
from migrate_vars.codemod.scopes import Located, ModuleScopes, Scope
from migrate_vars.codemod.state_ops import StateOp
from migrate_vars.codemod.updates import Updates
from migrate_vars.findings.finding import Safety, Status


class Seen(NamedTuple):
    """What recorded runs saw at one call of a state op.

    Attributes:
        run: The runs that came there, in words.
        variable: Whether the receiver was always a variable, or a slice of one.
        distributed: Whether it ever was a distributed variable.
        what: What it was where it was no variable, in words.
        sliced: Whether it ever was a slice of a variable.
    """

    run: str
    variable: bool
    distributed: bool
    what: str
    sliced: bool = False


@dataclass(slots=True, eq=False)
class ModuleSites:
    """What rules may ask about the module as a whole.

    Attributes:
        scopes: Its scopes and bindings.
        names: Resolves dotted names.
        receivers: Classifies receivers.
        rebound: Fully qualified functions that this file gives a new value, with the line.
        safe_only: Whether only proven receivers may be rewritten.
        located: The expressions of all statements that mention a state op, in order.
        sites: The uses of what is, or looks like, a state op.
        seen: What recorded runs saw, by the id of the call's node.
        runs: The recorded runs of this source, in words; empty without any.
        stale: Those of another version of it, in words; empty without any.
        removed: The imports that are taken out.
        bound: The arguments of calls, matched with signatures, by the id of the call's node.
    """

    scopes: ModuleScopes
    names: Names
    receivers: Receivers
    rebound: dict[str, int] = field(default_factory=dict)
    safe_only: bool = False
    located: Sequence[Located] = ()
    sites: Sequence[Site] = ()
    seen: Mapping[int, Seen] = field(default_factory=dict)
    runs: str = ""
    stale: str = ""
    removed: frozenset[ast.stmt] = frozenset()
    bound: dict[int, Bound | Refusal] = field(default_factory=dict)
    _updates: Updates | None = None

    @property
    def updates(self) -> Updates:
        """The writes of variables, and where sessions run them."""
        if self._updates is None:
            self._updates = Updates(self)
        return self._updates

    def release(self) -> None:
        """Cut the cycles through this object, so that the tree is freed at once."""
        self.sites = ()
        self._updates = None
        self.scopes.release()


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
        """What recorded runs saw here, if they came here."""
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


class Packing(NamedTuple):
    """How arguments are packed into one object.

    Attributes:
        name: The name of ``IndexedSlices`` at the place of the call, such as
            ``tf.IndexedSlices``.
        statement: The import that makes the name known, where none does yet.
        before: The statements in front of which it is put.
    """

    name: str
    statement: str = ""
    before: tuple[ast.stmt, ...] = ()


class MethodCall(NamedTuple):
    """The edit that turns a call into a method call.

    Attributes:
        method: The name of the method.
        receiver: Which argument of the function becomes the receiver.
        arguments: What the method is given.
        packing: How the packed ones of the arguments are packed, if there are any.
    """

    method: str
    receiver: int
    arguments: tuple[MethodArgument, ...]
    packing: Packing | None = None


class Decision(NamedTuple):
    """What a rule says about one place.

    Attributes:
        status: Rewritten, left alone, or advice.
        message: What and why, for the user.
        safety: How sure the rewrite is, or that it was refused.
        edit: The edit to make, if any.
        node: The place, where it is not the site itself.
        reached: Whether a recorded run came here; None where there is none.
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
