"""Who says what an expression is: of this file, and of other files."""

from __future__ import annotations

import ast
from typing import Protocol

from migrate_vars.analysis.answers import Cuts
from migrate_vars.analysis.names import ModuleMember
from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.value import Inside, Value


class Inference(Protocol):
    """What says of any expression what it is; :class:`Values` does."""

    def classify(self, node: ast.expr, scope: Scope) -> Value:
        """Say what an expression is when evaluated in ``scope``, and why."""

    def element(self, node: ast.expr, inside: Inside, scope: Scope) -> Value:
        """Say what iterating over ``node`` gives, or what is further inside of that."""


class Elsewhere(Protocol):
    """What says of the members of other files what they are; their lines are never told.

    Attributes:
        cuts: Counts the questions that came back to themselves on the way.
    """

    cuts: Cuts

    def value(self, member: ModuleMember) -> Value:
        """Say what a name of another file holds."""

    def returned(self, member: ModuleMember) -> Value:
        """Say what the call of a function of another file returns."""

    def element(self, member: ModuleMember, inside: Inside) -> Value:
        """Say what is inside of what a name of another file holds."""

    def element_returned(self, member: ModuleMember, inside: Inside) -> Value:
        """Say what is inside of what a function of another file returns."""

    def attribute(self, member: ModuleMember, name: str) -> Value:
        """Say what the objects of a class of another file hold in an attribute."""
