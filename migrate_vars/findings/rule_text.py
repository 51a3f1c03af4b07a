"""The texts of a rule: its code, its title, why it is so, and examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Example(Protocol):
    """A source with a finding, and what it becomes; None where it is left alone."""

    @property
    def source(self) -> str:
        """The source."""

    @property
    def becomes(self) -> str | None:
        """What it becomes."""


class RuleText(Protocol):
    """The texts of a rule. The rules themselves are handed in: nothing here knows them."""

    @property
    def code(self) -> str:
        """Its stable code, such as ``MV101``."""

    @property
    def title(self) -> str:
        """What it is about, in one line."""

    @property
    def rationale(self) -> str:
        """Why it is so, for a user who meets the finding."""

    @property
    def valid(self) -> Sequence[str]:
        """Sources without a finding."""

    @property
    def invalid(self) -> Sequence[Example]:
        """Sources with a finding."""
