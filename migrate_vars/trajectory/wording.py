"""Numbers and lists of names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as "1 line" or "1,200 summaries"."""
    plural = noun.removesuffix("y") + "ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def some(names: Sequence[str], shown: int = 10) -> str:
    """A list of names; of many, the first few and how many more there are."""
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more:,} more" if more > 0 else "")


def enumerated(names: Sequence[str], shown: int = 4) -> str:
    """Names in a sentence, such as "a, b and c"; of many, the first few."""
    if len(names) > shown:
        return some(names, shown)
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
