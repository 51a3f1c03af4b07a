"""How far a long run is, on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator

from migrate_vars.workspace.file_results import FileResult

# Whoever has the answer sooner does not want to see a bar.
SHOWN_AFTER = 1.0


def with_progress(
    results: Iterable[FileResult],
    files: Callable[[], Iterable[object]],
    label: str = "Rewriting",
) -> Iterator[FileResult]:
    """Pass results on; on a run that takes long, show a bar on standard error.

    Args:
        results: One for each file.
        files: Finds all files again, to count them: only the long run pays for that.
        label: What is done with them.
    """
    iterator = iter(results)
    start = time.monotonic()
    done = 0
    for result in iterator:
        yield result
        done += 1
        if time.monotonic() - start >= SHOWN_AFTER:
            break
    else:
        return
    import click

    total = sum(1 for _ in files())
    with click.progressbar(length=total, label=label, file=sys.stderr, update_min_steps=20) as bar:
        # What is left is estimated from what was done since the start.
        bar.start = bar.last_eta = time.time() - (time.monotonic() - start)
        bar.update(done)
        for result in iterator:
            if result.findings:
                _clear()
            yield result
            if result.findings:
                sys.stdout.flush()
                bar.render_progress()
            bar.update(1)
        _clear()


def _clear() -> None:
    """Make room for lines that may go to the same terminal."""
    sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
