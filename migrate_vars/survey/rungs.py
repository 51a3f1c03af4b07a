"""The rungs of the ladder from TensorFlow 1, and which command leads to each."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Rung(str, Enum):
    """What a file or a program is written for."""

    UNKNOWN = "unknown"
    V1 = "v1"
    COMPAT = "compat"
    METHODS = "methods"
    EAGER = "eager"
    KERAS = "keras"
    NONE = "none"


LADDER = (Rung.V1, Rung.COMPAT, Rung.METHODS, Rung.EAGER, Rung.KERAS)
"""From the bottom. The others are on no rung: not understood, and without TensorFlow."""

MEANING = {
    Rung.V1: "runs on TensorFlow 1 only",
    Rung.COMPAT: "runs on TensorFlow 2.16 and later through compat.v1",
    Rung.METHODS: "the same, and state ops are methods",
    Rung.EAGER: "no session and no compat.v1",
    Rung.KERAS: "Keras trains it",
    Rung.UNKNOWN: "not understood in full",
    Rung.NONE: "without TensorFlow",
}
"""In words."""

COMMANDS = {Rung.COMPAT: "rewrite --to compat", Rung.METHODS: "rewrite"}
"""The commands that lead to a rung. There is none yet for those above."""


def lowest(rungs: Iterable[Rung]) -> Rung:
    """Return the rung of a program by those of its files: of the worst of them."""
    order = (Rung.UNKNOWN, *LADDER, Rung.NONE)
    return min(rungs, key=order.index, default=Rung.NONE)


def is_below(one: Rung, other: Rung) -> bool:
    """Tell whether a rung is below another; one that is not on the ladder is not."""
    return one in LADDER and other in LADDER and LADDER.index(one) < LADDER.index(other)
