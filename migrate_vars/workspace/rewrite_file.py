"""Rewriting one file: there is a result, whatever happens to it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from migrate_vars.analysis.source import wide_encoding
from migrate_vars.workspace.discovery import Found
from migrate_vars.workspace.file_results import FileResult, failure, io_error
from migrate_vars.workspace.files import read, replace
from migrate_vars.workspace.module_files import TOO_DEEP
from migrate_vars.workspace.options import Options
from migrate_vars.workspace.rungs import file_may_matter, rewrite_to


def rewrite_found(
    found: Found, options: Options, guard: Callable[[Found], FileResult] | None = None
) -> FileResult:
    """Rewrite one file; errors become findings.

    Args:
        found: The file.
        options: How files are rewritten.
        guard: Handles a file that might kill the process; None: that is done here, too.
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
    wanted = options.inspect is not None or path.endswith(".ipynb") or wide_encoding(data)
    if not wanted and not file_may_matter(data, path, options):
        return FileResult(path)  # as almost all files
    if guard is not None and sys.version_info < (3, 11) and TOO_DEEP.search(content.data):
        return guard(found)
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
    from migrate_vars.analysis.source import UnparseableSourceError
    from migrate_vars.editing.check import CheckError
    from migrate_vars.workspace.importers import imported_from

    try:
        if options.inspect is not None:
            return FileResult(path, inspected=options.inspect(source, path, options))
        if path.endswith(".ipynb"):
            from migrate_vars.workspace.notebooks import rewrite_notebook

            result = rewrite_notebook(source, path, options)
        else:
            result = rewrite_to(source, path, options, used_elsewhere=imported_from(path))
    except UnparseableSourceError as error:
        message = f"cannot be parsed, left alone: {error.cause}"
        return FileResult(path, (failure("MV901", path, error.line, error.column, message),))
    except RecursionError:
        message = "cannot be parsed, left alone: nested too deeply"
        return FileResult(path, (failure("MV901", path, 1, 1, message),))
    except MemoryError:
        message = "cannot be parsed, left alone: out of memory"
        return FileResult(path, (failure("MV901", path, 1, 1, message),))
    except CheckError as error:
        message = f"internal error, left alone: {error}"
        return FileResult(path, (failure("MV902", path, 1, 1, message),))
    except Exception as error:  # one file's crash must not stop the others
        message = f"internal error, left alone: {type(error).__name__}: {error}"
        return FileResult(path, (failure("MV902", path, 1, 1, message),))
    before, after = (source, result.output) if result.changed else (b"", b"")
    return FileResult(path, result.findings, before, after, result.needs, result.entry)
