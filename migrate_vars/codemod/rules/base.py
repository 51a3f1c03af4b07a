"""What a rule about state ops is."""

from __future__ import annotations

from collections.abc import Iterator

from migrate_vars.codemod.sites import Decision, ModuleSites, Site
from migrate_vars.rewriting import rule
from migrate_vars.rewriting.rule import Invalid

__all__ = ["Invalid", "Rule"]


class Rule(rule.Rule):
    """A rule that overrides the checks that concern it."""

    def check_call(self, site: Site) -> Decision | None:
        """Decide about a call; the first rule that decides wins."""

    def check_reference(self, site: Site) -> Decision | None:
        """Decide about a state op that is named but not called."""

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Report on the module as a whole."""
        return iter(())
