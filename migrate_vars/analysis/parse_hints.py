"""Why a file may not parse: a guess from the line, for the user who meets the error."""

from __future__ import annotations

import re
import sys

_PYTHON_2 = "is this Python 2? Convert it first, for instance with 2to3"
_THIS = ".".join(map(str, sys.version_info[:2]))

# In this order: the first that is found on the line of the error counts.
_HINTS = tuple(
    (re.compile(pattern, re.VERBOSE), hint)
    for pattern, hint in (
        (r"^(?:<<<<<<<|=======|>>>>>>>|\|\|\|\|\|\|\|)(?:\ |$)", "an unresolved merge conflict?"),
        (r"^\s*(?:%%?|!)[a-zA-Z]", "a magic or shell line of a notebook?"),
        (r"\{%|\{\{\s*[\w.]+\s*\}\}", "a template, not yet Python?"),
        (r"^\s*except\s*\*|^\s*type\s+\w+\s*[\[=]|^\s*(?:def|class)\s+\w+\s*\[",
         f"newer than Python {_THIS}, with which it was read?"),
        (r"""^\s*(?:print\s+["'\w]|print\s*>>|exec\s+["'\w]|except\s+[\w.()\s,]+,\s*\w+\s*:
             |raise\s+[\w.]+\s*,)|<>|`|\b0[0-7]+\b|\b0x[\da-fA-F]+[lL]\b|\b\d+[lL]\b
             |\b[uU][rR]["']|\blambda\s*[\w\s,]*\(|^\s*def\s+\w+\s*\([^)]*\(""", _PYTHON_2),
        (r"\basync\b|\bawait\b", "'async' and 'await' are keywords since Python 3.7: written for "
         "an older one?"),
        (r"\bnonlocal\b|\b(?:None|True|False)\s*=[^=]", _PYTHON_2),
    )
)  # fmt: skip


def hint(error: SyntaxError, line: str) -> str:
    """Return a guess at why a line does not parse; nothing where there is none."""
    if isinstance(error, TabError):
        return f"tabs and blanks are mixed; indent with one of them; {_PYTHON_2}"
    if "print" in (error.msg or ""):
        return _PYTHON_2
    return next((hint for pattern, hint in _HINTS if pattern.search(line)), "")


def hint_for_bytes(encoding: str) -> str:
    """Return a guess at why bytes are not in the encoding that they should be in."""
    if encoding == "utf-8":
        return "name its encoding in the first line, for instance # -*- coding: latin-1 -*-"
    return ""
