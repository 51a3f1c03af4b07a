"""Rewriting many files: one result per file, whatever happens to it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrate_vars.codemod.engine import (
    CheckError,
    Rewrite,
    UnparseableSourceError,
    rewrite_source,
)
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.workspace.discovery import python_files
from migrate_vars.workspace.files import FileContent, read, replace


@dataclass(frozen=True, slots=True)
class Options:
    """How files are rewritten.

    Attributes:
        safe_only: Rewrite only where the receiver is shown to be a variable.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop.
        write: Whether changed files are written.
    """

    safe_only: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    write: bool = True


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file.

    Attributes:
        path: The file, as the user named it.
        findings: What is said about it; errors have the status ``error``.
        before: Its bytes, when it changed.
        after: Its new bytes, when it changed.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    before: bytes = b""
    after: bytes = b""

    @property
    def changed(self) -> bool:
        """Whether anything was rewritten."""
        return self.before != self.after


def rewrite_paths(paths: Iterable[str | Path], options: Options) -> Iterator[FileResult]:
    """Rewrite files and directories; yield one result per file that was looked at.

    No file's trouble keeps the others from being handled: it becomes a finding of that file.
    """
    collecting = gc.isenabled()
    # Syntax trees hold no cycles worth looking for; collecting costs about half the time.
    gc.disable()
    try:
        for found in python_files(paths):
            if found.error is not None:
                yield FileResult(found.path, (_io_error(found.path, found.error),))
            else:
                yield _rewrite_file(found.path, options)
    finally:
        if collecting:
            gc.enable()


def rewrite_bytes(source: bytes, path: str, options: Options) -> FileResult:
    """Rewrite one source that is not a file; errors become findings."""
    try:
        result: Rewrite = rewrite_source(
            source,
            path,
            safe_only=options.safe_only,
            select=options.select,
            ignore=options.ignore,
        )
    except UnparseableSourceError as error:
        message = f"cannot be parsed, left alone: {error.cause}"
        return FileResult(path, (_error("MV901", path, error.line, error.column, message),))
    except CheckError as error:
        message = f"internal error, left alone: {error}"
        return FileResult(path, (_error("MV902", path, 1, 1, message),))
    except Exception as error:  # one file's crash must not stop the others
        message = f"internal error, left alone: {type(error).__name__}: {error}"
        return FileResult(path, (_error("MV902", path, 1, 1, message),))
    if not result.changed:
        return FileResult(path, result.findings)
    return FileResult(path, result.findings, source, result.output)


def _rewrite_file(path: str, options: Options) -> FileResult:
    try:
        content: FileContent = read(path)
    except OSError as error:
        return FileResult(path, (_io_error(path, error),))
    result = rewrite_bytes(content.data, path, options)
    if result.changed and options.write:
        try:
            replace(content, result.after)
        except OSError as error:
            return FileResult(path, (_io_error(path, error),))
    return result


def _io_error(path: str, error: OSError) -> Finding:
    cause = error.strerror or str(error)
    return _error("MV903", path, 1, 1, f"cannot be read or written, left alone: {cause}")


def _error(code: str, path: str, line: int, column: int, message: str) -> Finding:
    return Finding(code, path, line, column, " ".join(message.split()), Status.ERROR)
