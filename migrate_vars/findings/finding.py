"""A finding: one message about one place in one file."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Status(str, Enum):
    """What happened to the place that a finding is about."""

    REWRITTEN = "rewritten"
    LEFT = "left"
    ADVICE = "advice"
    ERROR = "error"


class Safety(str, Enum):
    """How sure a rewrite is to keep the meaning of the program."""

    SAFE = "safe"
    ASSUMED = "assumed"
    REFUSED = "refused"


class Replacement(NamedTuple):
    """One piece of a file's text that is replaced.

    Attributes:
        line: Line of its first character, counted from 1.
        column: Column of its first character, counted from 1.
        end_line: Line of the character after it; the same place where something is put in.
        end_column: Column of the character after it.
        text: What replaces it.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


class Finding(NamedTuple):
    """One message about one place.

    Attributes:
        code: The stable code of the rule that says it, such as ``MV101``.
        path: The file, as the user named it.
        line: Line, counted from 1; in a notebook, of the cell.
        column: Column in characters, counted from 1.
        message: What was done or not done, and why.
        status: Rewritten, left alone, advice, or an error.
        safety: For state ops: how sure the rewrite is; None where it does not apply.
        cell: The cell of a notebook, counted from 1 over cells of all kinds; None elsewhere.
        end_line: Line of the character after the place; None where only its start is known.
        end_column: Column of the character after the place, counted from 1; None as above.
        source_line: The line that it starts on, without indentation; "" where that is not known.
        fix: What a rewrite replaces; nothing in notebooks, whose lines are no lines of the file.
        reached: For state ops: whether a recorded run reached it; None without any run.
        indentation: How many characters come before ``source_line``.
    """

    code: str
    path: str
    line: int
    column: int
    message: str
    status: Status
    safety: Safety | None = None
    cell: int | None = None
    end_line: int | None = None
    end_column: int | None = None
    source_line: str = ""
    fix: tuple[Replacement, ...] = ()
    reached: bool | None = None
    indentation: int = 0
