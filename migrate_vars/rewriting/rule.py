"""What a rule says of itself, whichever rung it belongs to."""

from __future__ import annotations

from typing import ClassVar, NamedTuple


class Invalid(NamedTuple):
    """A source that a rule speaks about, and what it becomes (None: it is left alone)."""

    source: str
    becomes: str | None = None


class Rule:
    """One thing that can be found, with the text and the examples that explain it.

    Its examples are its tests, its documentation and what ``migrate-vars explain`` shows.

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
