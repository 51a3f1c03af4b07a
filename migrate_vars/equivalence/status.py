"""One line on a terminal that says what is going on, and goes away again."""

from __future__ import annotations

import shutil
from typing import TextIO

from migrate_vars.equivalence.description import printable


class StatusLine:
    """Shows a line on ``stream`` if that is a terminal, and nothing otherwise."""

    def __init__(self, stream: TextIO) -> None:
        """Takes the stream; what else is printed to the terminal must :meth:`clear` it first."""
        self._stream = stream
        self._shows = stream.isatty()

    def show(self, text: str) -> None:
        """Replaces the line."""
        if self._shows:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{printable(text)[:width]}")
            self._stream.flush()

    def clear(self) -> None:
        """Takes the line away."""
        if self._shows:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
