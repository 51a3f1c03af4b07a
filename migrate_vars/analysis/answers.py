"""Answers to questions that lead to one another, each worked out once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from migrate_vars.analysis.value import UNKNOWN, Value

_DEPTH = 40
_Parameter = TypeVar("_Parameter")
_Other = TypeVar("_Other")


class Cuts:
    """How often a question was ended because it came back to itself."""

    def __init__(self) -> None:
        self.count = 0


class Answers:
    """Keeps answers, and ends a question that comes back to itself as unknown.

    An answer found inside such a circle may be partial, and is not kept.

    Args:
        cuts: Counts such ends; shared by all whose answers lead to one another.
        always_whole: Whether a partial answer is not even kept where the circle was entered, so
            that what is kept does not depend on what was asked first.
    """

    def __init__(self, cuts: Cuts, *, always_whole: bool = False) -> None:
        self._known: dict[Hashable, Value] = {}
        self._asked: set[Hashable] = set()
        self._cuts = cuts
        self._always_whole = always_whole

    def once(
        self,
        key: Hashable,
        answer: Callable[[_Parameter, _Other], Value],
        first: _Parameter,
        second: _Other,
    ) -> Value:
        """Return what ``answer(first, second)`` says, worked out when ``key`` is first asked."""
        known = self._known.get(key)
        if known is not None:
            return known
        cut = self._cuts.count
        if not self.enter(key):
            return UNKNOWN
        try:
            result = answer(first, second)
        finally:
            self.leave(key)
        if cut == self._cuts.count or not (self._asked or self._always_whole):
            self._known[key] = result
        return result

    def enter(self, key: Hashable) -> bool:
        """Begin a question; False if it was begun already, or is nested too deeply."""
        if key in self._asked or len(self._asked) > _DEPTH:
            self._cuts.count += 1
            return False
        self._asked.add(key)
        return True

    def leave(self, key: Hashable) -> None:
        """End a question."""
        self._asked.discard(key)
