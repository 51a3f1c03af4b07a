"""How often each code was found."""

from __future__ import annotations

from collections.abc import Mapping


def as_table(codes: Mapping[str, int]) -> str:
    """Return a line for each code, the most frequent first."""
    from migrate_vars.codemod.rules import rule

    rows = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    width = max((len(str(count)) for _, count in rows), default=0)
    lines = []
    for code, count in rows:
        found = rule(code)
        lines.append(f"{count:>{width}}  {code}  {found.title if found else ''}".rstrip() + "\n")
    return "".join(lines)
