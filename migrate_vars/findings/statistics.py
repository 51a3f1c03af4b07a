"""How often each code was found."""

from __future__ import annotations

from collections.abc import Mapping


def as_table(codes: Mapping[str, int], titles: Mapping[str, str]) -> str:
    """Return a line for each code, the most frequent first.

    Args:
        codes: How often each was found.
        titles: What each is about.
    """
    rows = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    width = max((len(str(count)) for _, count in rows), default=0)
    lines = []
    for code, count in rows:
        lines.append(f"{count:>{width}}  {code}  {titles.get(code, '')}".rstrip() + "\n")
    return "".join(lines)
