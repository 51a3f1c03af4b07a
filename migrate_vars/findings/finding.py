"""One thing said about one place in one file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing said about one place.

    Attributes:
        code: The stable code of the rule that says it, such as ``MV101``.
        path: The file, as the user named it.
        line: Line, counted from 1; in a notebook, of the cell.
        column: Column in characters, counted from 1.
        message: What was done or not done, and why.
        status: Rewritten, left alone, advice, or an error.
        safety: For state ops: how sure the rewrite is; None where it does not apply.
        cell: The cell of a notebook, counted from 1 over cells of all kinds; None elsewhere.
    """

    code: str
    path: str
    line: int
    column: int
    message: str
    status: Status
    safety: Safety | None = None
    cell: int | None = None
