"""What became of one file, and the findings where it could not be handled."""

from __future__ import annotations

from dataclasses import dataclass

from migrate_vars.findings.finding import Finding, Status


@dataclass(slots=True)  # not frozen: making one would take three times as long
class FileResult:
    """What became of one file.

    Attributes:
        path: The file, as the user named it.
        findings: Its findings; errors have the status ``error``.
        before: Its bytes, when it changed.
        after: Its new bytes, when it changed.
        needs: The packages that the result needs beside TensorFlow.
        entry: Whether it starts a program, as far as the rung looks for that.
        inspected: What was found out in place of rewriting it; None where it was rewritten.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    before: bytes = b""
    after: bytes = b""
    needs: frozenset[str] = frozenset()
    entry: bool = False
    inspected: object = None

    @property
    def changed(self) -> bool:
        """Whether anything was rewritten."""
        return self.before != self.after


def crash(path: str, cause: str) -> FileResult:
    """Return the result of a file at which the process that worked on it died."""
    message = f"internal error, left alone: the process that worked on it died ({cause})"
    return FileResult(path, (failure("MV902", path, 1, 1, message),))


def io_error(path: str, error: OSError, what: str = "read") -> Finding:
    """Return the finding for a file that cannot be read or written."""
    cause = error.strerror or str(error)
    return failure("MV903", path, 1, 1, f"cannot be {what}, left alone: {cause}")


def failure(code: str, path: str, line: int, column: int, message: str) -> Finding:
    """Return a finding for a file that could not be handled."""
    return Finding(code, path, line, column, " ".join(message.split()), Status.ERROR)
