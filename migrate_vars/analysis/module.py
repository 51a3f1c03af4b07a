"""One module: its text, its tree, and what is asked of them, worked out when first asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import Imports, Names
from migrate_vars.analysis.source import Lines, Source, parse
from migrate_vars.analysis.values import Values

if TYPE_CHECKING:  # what few modules are asked for is imported when it is
    from migrate_vars.analysis.dataflow import Dataflow, Parents
    from migrate_vars.analysis.inference import Elsewhere
    from migrate_vars.analysis.sessions import Sessions


class Module:
    """A module that was parsed.

    Attributes:
        source: Its text.
        tree: Its syntax tree.
        lines: The lines of the text.
        scopes: Its scopes, statements and expressions.
        names: Resolves dotted names.
    """

    def __init__(
        self,
        source: Source,
        imports: Imports | None = None,
        elsewhere: Elsewhere | None = None,
        *,
        for_others: bool = False,
    ) -> None:
        """Parse a source.

        Args:
            source: The text.
            imports: What its imports lead to; None where nothing is known of that.
            elsewhere: Says what the members of other files are; None where nobody can.
            for_others: Whether it is other files that ask what it holds.

        Raises:
            UnparseableSourceError: It is not valid Python.
        """
        self.source = source
        self.tree = parse(source.text)
        self.lines = Lines(source.data)
        self.scopes = ModuleScopes(self.tree, self.lines)
        self.names = Names(self.scopes, imports)
        self._elsewhere = elsewhere
        self._for_others = for_others

    @cached_property
    def values(self) -> Values:
        """What its expressions are."""
        return Values(self.names, self._elsewhere, for_others=self._for_others)

    @cached_property
    def sessions(self) -> Sessions:
        """Where sessions run what."""
        from migrate_vars.analysis.sessions import Sessions

        return Sessions(self.values)

    @cached_property
    def dataflow(self) -> Dataflow:
        """What its statements read, bind and mutate."""
        from migrate_vars.analysis.dataflow import Dataflow

        return Dataflow(self.scopes)

    @cached_property
    def parents(self) -> Parents:
        """What stands around each of its nodes."""
        from migrate_vars.analysis.dataflow import Parents

        return Parents(self.tree)

    def release(self) -> None:
        """Cut the cycles through this object, so that the tree is freed at once."""
        self.scopes.release()
        if "values" in self.__dict__:
            self.values.release()
