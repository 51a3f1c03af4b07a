"""Changes as a unified diff that ``patch`` and ``git apply`` take.

The diff is made of bytes, as files are: what stands in it is exactly what stands in the file.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

_COLOURS = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """Return the diff between two versions of a file."""
    name = path.replace("\\", "/").removeprefix("./").encode("utf-8", "surrogateescape")
    rooted = name.startswith(b"/")
    old, new = (name, name) if rooted else (b"a/" + name, b"b/" + name)
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), old, new, lineterm=b"\n"
    )
    return b"".join(_closed(line) for line in lines)


def _lines(data: bytes) -> list[bytes]:
    # Only a line feed ends a line of a patch; a carriage return is part of it.
    parts = data.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _closed(line: bytes) -> bytes:
    return line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def coloured(diff: bytes) -> bytes:
    """Return a diff with the colours that a terminal shows."""
    return b"".join(_coloured_lines(diff))


def _coloured_lines(diff: bytes) -> Iterator[bytes]:
    for line in diff.splitlines(keepends=True):
        colour = b"\x1b[1m" if line.startswith((b"---", b"+++")) else _COLOURS.get(line[:1])
        yield line if colour is None else colour + line.rstrip(b"\n") + b"\x1b[0m\n"
