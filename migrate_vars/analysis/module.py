"""One module: its text, its tree, and what is asked of them, worked out when first asked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import Names
from migrate_vars.analysis.sessions import Sessions
from migrate_vars.analysis.source import Lines, Source, parse
from migrate_vars.analysis.values import Values


class Module:
    """A module that was parsed.

    Attributes:
        source: Its text.
        tree: Its syntax tree.
        lines: The lines of the text.
        scopes: Its scopes, statements and expressions.
        names: Resolves dotted names.
    """

    def __init__(self, source: Source, filename: str = "", tf_modules: Sequence[str] = ()) -> None:
        """Parse a source.

        Args:
            source: The text.
            filename: Where the module is; relative imports are understood by it.
            tf_modules: Modules that re-export TensorFlow, such as ``lingvo.compat``.

        Raises:
            UnparseableSourceError: It is not valid Python.
        """
        self.source = source
        self.tree = parse(source.text)
        self.lines = Lines(source.data)
        self.scopes = ModuleScopes(self.tree, self.lines)
        self.names = Names(self.scopes, tf_modules, filename)

    @cached_property
    def values(self) -> Values:
        """What its expressions are."""
        return Values(self.names)

    @cached_property
    def sessions(self) -> Sessions:
        """Where sessions run what."""
        return Sessions(self.values)

    def release(self) -> None:
        """Cut the cycles through this object, so that the tree is freed at once."""
        self.scopes.release()
        if "values" in self.__dict__:
            self.values.release()
