"""What a rule is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from migrate_vars.codemod.sites import Decision, ModuleSites, Site


class Invalid(NamedTuple):
    """A source that a rule speaks about, and what it becomes (None: it is left alone)."""

    source: str
    becomes: str | None = None


class Rule:
    """One thing that can be found, with the text and the examples that explain it.

    A rule overrides the checks that concern it. Its examples are its tests, its documentation and
    what ``migrate-vars explain`` shows.

    Attributes:
        code: Stable; never reused.
        title: One line.
        rationale: Why it is so, for a user who meets the finding.
        valid: Sources about which the rule says nothing.
        invalid: Sources about which it speaks.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    rationale: ClassVar[str]
    valid: ClassVar[tuple[str, ...]] = ()
    invalid: ClassVar[tuple[Invalid, ...]] = ()

    def check_call(self, site: Site) -> Decision | None:
        """Decide about a call; the first rule that decides wins."""

    def check_reference(self, site: Site) -> Decision | None:
        """Decide about a state op that is named but not called."""

    def check_module(self, module: ModuleSites) -> Iterator[Decision]:
        """Speak about the module as a whole."""
        return iter(())
