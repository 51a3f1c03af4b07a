"""Identifiers, found in bytes without looking at each of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

_WORD = frozenset(c for c in range(128) if chr(c).isalnum() or c == ord("_"))


class Words:
    """Identifiers to find in sources; several times as fast as one regex for all of them.

    Args:
        names: The identifiers, in ASCII.
        stems: Each identifier holds one of these, which is what is searched for first.
    """

    def __init__(self, names: Iterable[str], stems: Sequence[str]) -> None:
        self.names = frozenset(name.encode() for name in names)
        self.stems = tuple(stem.encode() for stem in stems)
        assert all(any(stem in name for stem in self.stems) for name in self.names)

    def found(self, data: bytes) -> Iterator[int]:
        """Yield where the identifiers stand as whole words; some perhaps twice."""
        for stem in self.stems:
            end = 0
            while (start := data.find(stem, end)) >= 0:
                end = start + len(stem)
                while start and data[start - 1] in _WORD:
                    start -= 1
                while end < len(data) and data[end] in _WORD:
                    end += 1
                if data[start:end] in self.names:
                    yield start
