"""Changes as a unified diff that ``patch`` and ``git apply`` take.

The diff is made of bytes, as files are: what stands in it is exactly what stands in the file.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path

_COLOURS = {b"+": b"\x1b[32m", b"-": b"\x1b[31m", b"@": b"\x1b[36m"}


def unified_diff(path: str, before: bytes, after: bytes) -> bytes:
    """Return the diff between two versions of a file."""
    name = _name(path)
    old, new = (
        _header(prefix + name) for prefix in ((b"", b"") if name[:1] == b"/" else (b"a/", b"b/"))
    )
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), old, new, lineterm=b"\n"
    )
    return b"".join(_closed(line) for line in lines)


def _name(path: str) -> bytes:
    # Programs that apply diffs refuse absolute names, for good reason.
    if Path(path).is_absolute():
        with contextlib.suppress(ValueError):
            path = str(Path(path).relative_to(Path.cwd()))
    if os.sep != "/":
        path = path.replace(os.sep, "/")
    return os.fsencode(path.removeprefix("./"))


def _header(name: bytes) -> bytes:
    """Return a file name as git and GNU patch write and read it."""
    if re.search(rb'[\x00-\x1f\x7f"\\]', name):
        quoted = re.sub(rb'[\x00-\x1f\x7f-\xff"\\]', lambda match: b"\\%03o" % ord(match[0]), name)
        return b'"' + quoted + b'"'
    return name + b"\t" if b" " in name else name


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
    for line in _lines(diff):
        colour = b"\x1b[1m" if line.startswith((b"---", b"+++")) else _COLOURS.get(line[:1])
        yield line if colour is None else colour + line.rstrip(b"\n") + b"\x1b[0m\n"
