"""Rewriting many files: one result per file, in order."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from migrate_vars.workspace.discovery import Found, Selection, python_files
from migrate_vars.workspace.file_results import FileResult
from migrate_vars.workspace.files import FileChangedError, read, replace
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rewrite_file import rewrite_found


def rewrite_paths(
    paths: Iterable[str | Path], options: Options, selection: Selection | None = None
) -> Iterator[FileResult]:
    """Rewrite files and directories; yield one result per file that was looked at, in order.

    No file's trouble keeps the others from being handled: it becomes a finding of that file.
    """

    def in_processes(found: Iterator[Found], jobs: int) -> Iterator[FileResult]:
        from migrate_vars.workspace.pool import rewrite_in_processes  # late: seldom needed

        return rewrite_in_processes(found, options, jobs)

    def guard(found: Found) -> FileResult:
        return next(in_processes(iter((found,)), 1))

    jobs = options.jobs or _processors()
    collecting = gc.isenabled()
    # Syntax trees hold no cycles worth looking for; collecting costs about half the time.
    gc.disable()
    try:
        files = python_files(paths, selection)
        spent = 0.0
        for found in files:
            start = time.perf_counter()
            result = rewrite_found(found, options, guard)
            spent += time.perf_counter() - start
            yield result
            if spent >= options.pool_after and jobs > 1:
                yield from in_processes(files, jobs)
    finally:
        if collecting:
            gc.enable()


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


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
