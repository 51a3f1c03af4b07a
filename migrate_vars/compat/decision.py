"""What is said of one place, and what the result needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from migrate_vars.compat.facts import Fact
from migrate_vars.findings.finding import Safety, Status


class Decision(NamedTuple):
    """What a rule says about one place.

    Attributes:
        status: Rewritten, left alone, or advice.
        message: What and why, for the user.
        safety: How sure the rewrite is, or that it was refused.
        reached: No recorded run tells anything here.
    """

    status: Status
    message: str
    safety: Safety | None = None
    reached: bool | None = None


def rewritten(message: str, safety: Safety = Safety.SAFE) -> Decision:
    """Say what was rewritten."""
    return Decision(Status.REWRITTEN, message, safety)


def left(message: str) -> Decision:
    """Say what was left alone, and why."""
    return Decision(Status.LEFT, message, Safety.REFUSED)


def advise(message: str) -> Decision:
    """Say something without a change."""
    return Decision(Status.ADVICE, message)


@dataclass
class Needs:
    """What the symbols of a module need.

    Attributes:
        packages: The packages beside TensorFlow, as pip names them.
        keras: Whether Keras 2 must be asked for.
    """

    packages: set[str] = field(default_factory=set)
    keras: bool = False

    def add(self, fact: Fact | None) -> None:
        """Take note of a symbol that is used."""
        if fact is not None and fact.serves and fact.exact:
            self.packages.update(fact.packages)
            self.keras = self.keras or fact.keras


def why_left(symbol: str, fact: Fact | None) -> str:
    """Say why a symbol is left, and what to do."""
    if fact is None:
        return f"nothing is known to serve for tf.{symbol} in TensorFlow 2"
    if fact.serves and not fact.exact:
        parts = [f"{fact.serves} would do something else", fact.differs, fact.by_hand]
    else:
        parts = [f"TensorFlow 2 has no tf.{fact.symbol}", fact.differs, fact.by_hand]
    return "; ".join(part for part in parts if part)
