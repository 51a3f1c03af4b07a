"""What one module's text shows without inference: the ground that values are inferred from."""

from __future__ import annotations

from migrate_vars.analysis.calls import Calls
from migrate_vars.analysis.containers import Containers
from migrate_vars.analysis.members import Members
from migrate_vars.analysis.names import Names
from migrate_vars.analysis.origins import Origins


class Facts:
    """The facts of one module.

    Attributes:
        names: Resolves dotted names.
        scopes: The scopes, statements and expressions.
        members: What attributes are bound to.
        calls: What the module's own functions are given.
        containers: What is put into lists and dictionaries.
        origins: What makes an object.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.scopes = names.scopes
        self.members = Members(self.scopes)
        self.calls = Calls(self.scopes, names, self.members)
        self.containers = Containers(self.scopes, self.members)
        self.origins = Origins(names, self.members)
