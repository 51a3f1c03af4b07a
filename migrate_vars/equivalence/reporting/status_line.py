"""One line on a terminal that says what is going on, and goes away again."""

from __future__ import annotations

import shutil
import threading
import time
from types import TracebackType
from typing import TextIO

from migrate_vars.equivalence.reporting.description import printable
from migrate_vars.equivalence.running.programs import Program

# How often the line is drawn anew while nothing happens, in seconds.
_TICK = 0.5


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


class Live:
    """Shows which programs run, and for how long, in a line that is kept up to date."""

    def __init__(self, stream: TextIO) -> None:
        """Takes the stream; what else is printed to the terminal must :meth:`clear` it first."""
        self._line = StatusLine(stream)
        self._shows = stream.isatty()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._running: dict[int, tuple[str, float]] = {}
        self._runs = 0
        self._message = ""

    def __enter__(self) -> Live:
        if self._shows:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        """Takes the line away."""
        self._ended.set()
        self.clear()

    def show(self, text: str, stays: bool = True) -> None:
        """Says something; if it ``stays``, also before the programs that run from then on."""
        with self._lock:
            self._message = text
            self._draw()
            if not stays:
                self._message = ""

    def clear(self) -> None:
        """Takes the line away until there is something new to say."""
        with self._lock:
            self._message = ""
            self._line.clear()

    def began(self, run: int, program: Program) -> None:
        """Notes that a program begins to run; ``run`` identifies the run."""
        with self._lock:
            self._runs += 1
            label = f"run {self._runs}: {program.label}{_how(program)}"
            self._running[run] = label, time.monotonic()
            self._draw()

    def ended(self, run: int) -> None:
        """Takes note that a program has ended."""
        with self._lock:
            self._running.pop(run, None)

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            with self._lock:
                if self._running and not self._ended.is_set():
                    self._draw()

    def _draw(self) -> None:
        parts = [self._message] * bool(self._message)
        for label, start in list(self._running.values())[:1]:
            seconds = int(time.monotonic() - start)
            more = len(self._running) - 1
            parts.append(
                label + f" and {more} more" * bool(more) + f", {seconds} s" * (seconds > 0)
            )
        self._line.show("; ".join(parts))


def _how(program: Program) -> str:
    """How a program runs, other than as it is."""
    parts = [
        (program.forced, "from the reference's values"),
        (program.replay_feeds, "with the reference's data"),
        (program.keep or program.keep_feeds, "for values that were not kept"),
        (program.align_seeds, "with aligned seeds"),
    ]
    return "".join(f", {words}" for asked, words in parts if asked)
