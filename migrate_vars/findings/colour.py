"""Whether to colour what a terminal shows, and with which colours."""

from __future__ import annotations

import os
from typing import TextIO

from migrate_vars.findings.finding import Status

BOLD, BLUE = "1", "1;34"
#: The colour of a code, by what has become of the place.
STATUS = {
    Status.REWRITTEN: "32",
    Status.LEFT: "33",
    Status.ADVICE: "33",
    Status.ERROR: "1;31",
}


def wants_colour(stream: TextIO, asked: bool | None = None) -> bool:
    """Tell whether to colour what goes to a stream.

    What was asked for counts first; then ``NO_COLOR`` and ``FORCE_COLOR``, if they are not empty;
    then whether the stream is a terminal that can.
    """
    if asked is not None:
        return asked
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def painted(text: str, colour: str) -> str:
    """Return a text in a colour; none where nothing is coloured."""
    return f"\x1b[{colour}m{text}\x1b[0m" if colour else text
