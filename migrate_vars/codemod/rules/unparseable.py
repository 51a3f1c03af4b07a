"""MV901-MV903: files that could not be handled; MV906: calls that failed the proof."""

from __future__ import annotations

from migrate_vars.codemod.rules.base import Rule


class Unparseable(Rule):
    """The file is not Python that this interpreter understands."""

    code = "MV901"
    title = "The file cannot be parsed"
    rationale = (
        "The file holds a syntax error, Python 2 code, or bytes that are not in its encoding; or "
        "it is UTF-16, which Python does not read. It was not touched, and nothing is known about "
        "state ops in it."
    )


class CheckFailed(Rule):
    """The tool did not trust its own work."""

    code = "MV902"
    title = "The result failed the final check"
    rationale = (
        "After its edits the file was parsed again, and something other than the edited calls "
        "had changed. It was left as it was. This is a bug of migrate-vars; please report it."
    )


class Unreadable(Rule):
    """The file could not be read or written."""

    code = "MV903"
    title = "The file cannot be read or written"
    rationale = (
        "The operating system refused to read or write the file, or it changed while it was "
        "being worked on. It was left as it was."
    )


class Unproven(Rule):
    """With the rewritten call, the program did something else."""

    code = "MV906"
    title = "The proof fails with this rewrite"
    rationale = (
        "rewrite --prove ran the program before and after the rewrite. With this call rewritten "
        "it failed, or trained differently; without it, it trains as before. So the call stays as "
        "it was, and the message tells how the two runs differ."
    )
