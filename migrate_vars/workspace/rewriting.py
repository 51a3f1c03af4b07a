"""Rewriting many files: one result per file, whatever happens to it."""

from __future__ import annotations

import gc
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.codemod.mention import may_matter, wide_encoding
from migrate_vars.findings.finding import Finding, Status
from migrate_vars.workspace.discovery import Found, Selection, python_files
from migrate_vars.workspace.files import FileChangedError, read, replace

if TYPE_CHECKING:
    from migrate_vars.codemod.engine import Place
    from migrate_vars.workspace.evidence import RecordedEvidence

# Starting processes is worth its while when this much work was there, so that as much is left.
POOL_AFTER = 2.0
# Python 3.10 dies of what later ones call nested too deeply.
_DEEP = rb"(?:\.\s*\w+\s*){3000}|(?:[-+~]\s*){3000}|(?:not\s+){3000}"


@dataclass(frozen=True, slots=True)
class Options:
    """How files are rewritten.

    Attributes:
        safe_only: Rewrite only where the receiver is shown to be a variable.
        select: Codes, or beginnings of codes, to keep; all when empty.
        ignore: Codes, or beginnings of codes, to drop.
        tf_modules: Modules that re-export TensorFlow.
        evidence: What recorded runs saw; None without any.
        kept: Calls to leave alone in each file although they could be rewritten, and why.
        write: Whether changed files are written.
        jobs: How many processes may work at a time; None for as many as there are processors.
        pool_after: After how many seconds of work further processes are started.
    """

    safe_only: bool = False
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    tf_modules: Sequence[str] = ()
    evidence: RecordedEvidence | None = None
    kept: Mapping[str, Mapping[Place, str]] = field(default_factory=dict)
    write: bool = True
    jobs: int | None = 1
    pool_after: float = POOL_AFTER


@dataclass(slots=True)  # not frozen: making one would take three times as long
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


def rewrite_paths(
    paths: Iterable[str | Path], options: Options, selection: Selection | None = None
) -> Iterator[FileResult]:
    """Rewrite files and directories; yield one result per file that was looked at, in order.

    No file's trouble keeps the others from being handled: it becomes a finding of that file.
    """
    jobs = options.jobs or _processors()
    collecting = gc.isenabled()
    # Syntax trees hold no cycles worth looking for; collecting costs about half the time.
    gc.disable()
    try:
        files = python_files(paths, selection)
        spent = 0.0
        for found in files:
            start = time.perf_counter()
            result = rewrite_found(found, options, guarded=True)
            spent += time.perf_counter() - start
            yield result
            if spent >= options.pool_after and jobs > 1:
                from migrate_vars.workspace.pool import rewrite_in_processes

                yield from rewrite_in_processes(files, options, jobs)
    finally:
        if collecting:
            gc.enable()


def rewrite_found(found: Found, options: Options, *, guarded: bool = False) -> FileResult:
    """Rewrite one file; errors become findings.

    Args:
        found: The file.
        options: How files are rewritten.
        guarded: Whether what might kill the process is left to another one.
    """
    path = found.path
    if found.error is not None:
        return FileResult(path, (io_error(path, found.error),))
    try:
        content = read(path)
    except OSError as error:
        return FileResult(path, (io_error(path, error),))
    except MemoryError:
        return FileResult(path, (io_error(path, OSError(None, "out of memory")),))
    data = content.data
    if not path.endswith(".ipynb") and not may_matter(data) and not wide_encoding(data):
        return FileResult(path)  # as almost all files
    if guarded and sys.version_info < (3, 11) and re.search(_DEEP, content.data):
        from migrate_vars.workspace.pool import rewrite_in_processes

        return next(rewrite_in_processes(iter((found,)), options, 1))
    result = rewrite_bytes(content.data, path, options)
    if options.write and result.changed:
        try:
            replace(content, result.after)
        except OSError as error:
            return FileResult(path, (io_error(path, error, "written"),))
    return result


def rewrite_bytes(source: bytes, path: str, options: Options) -> FileResult:
    """Rewrite one source that is not a file; errors become findings."""
    # Imported late: most trees have nothing to rewrite.
    from migrate_vars.codemod.engine import CheckError, UnparseableSourceError, rewrite_source
    from migrate_vars.workspace.importers import imported_from

    try:
        if path.endswith(".ipynb"):
            from migrate_vars.workspace.notebooks import rewrite_notebook

            result = rewrite_notebook(source, path, options)
        else:
            result = rewrite_source(
                source,
                path,
                safe_only=options.safe_only,
                select=options.select,
                ignore=options.ignore,
                tf_modules=options.tf_modules,
                evidence=options.evidence.of(path, source) if options.evidence else (),
                kept=options.kept.get(path, {}),
                used_elsewhere=imported_from(path),
            )
    except UnparseableSourceError as error:
        message = f"cannot be parsed, left alone: {error.cause}"
        return FileResult(path, (_error("MV901", path, error.line, error.column, message),))
    except RecursionError:
        message = "cannot be parsed, left alone: nested too deeply"
        return FileResult(path, (_error("MV901", path, 1, 1, message),))
    except MemoryError:
        message = "cannot be parsed, left alone: out of memory"
        return FileResult(path, (_error("MV901", path, 1, 1, message),))
    except CheckError as error:
        message = f"internal error, left alone: {error}"
        return FileResult(path, (_error("MV902", path, 1, 1, message),))
    except Exception as error:  # one file's crash must not stop the others
        message = f"internal error, left alone: {type(error).__name__}: {error}"
        return FileResult(path, (_error("MV902", path, 1, 1, message),))
    if not result.changed:
        return FileResult(path, result.findings)
    return FileResult(path, result.findings, source, result.output)


def write_all(results: Iterable[FileResult]) -> None:
    """Write the files that change: all of them, or none.

    Raises:
        OSError: One cannot be written, or is not what it was; those before it are put back.
    """
    changed = {os.path.realpath(r.path): r for r in results if r.changed}
    contents = [read(result.path) for result in changed.values()]
    for content, result in zip(contents, changed.values(), strict=True):
        if content.data != result.before:
            raise FileChangedError(None, "changed in the meantime", result.path)
    written: list[FileResult] = []
    try:
        for content, result in zip(contents, changed.values(), strict=True):
            replace(content, result.after)
            written.append(result)
    except BaseException:
        for result in written:
            with suppress(OSError):
                replace(read(result.path), result.before)
        raise


def crash(path: str, cause: str) -> FileResult:
    """Return the result of a file at which the process that worked on it died."""
    message = f"internal error, left alone: the process that worked on it died ({cause})"
    return FileResult(path, (_error("MV902", path, 1, 1, message),))


def io_error(path: str, error: OSError, what: str = "read") -> Finding:
    """Return what is said of a file that cannot be read or written."""
    cause = error.strerror or str(error)
    return _error("MV903", path, 1, 1, f"cannot be {what}, left alone: {cause}")


def _error(code: str, path: str, line: int, column: int, message: str) -> Finding:
    return Finding(code, path, line, column, " ".join(message.split()), Status.ERROR)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
