"""What ``migrate-vars verify`` does, from targets to exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from migrate_vars.equivalence.interpreters import Interpreter, InterpreterError
from migrate_vars.equivalence.patterns import Pattern, PatternError, find_patterns
from migrate_vars.equivalence.report import Table, explain
from migrate_vars.equivalence.status import StatusLine
from migrate_vars.equivalence.verify import PatternResult, verify_patterns


def verify(
    targets: Sequence[str], python: str, tf1_python: str | None, timeout: float, jobs: int | None
) -> int:
    """Verifies patterns and prints a table on standard output, row by row.

    Args:
        targets: See :func:`find_patterns`; none means all bundled patterns.
        python: Interpreter with TensorFlow 2.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        timeout: Seconds after which a program is killed.
        jobs: How many programs run at a time, or None for as many as there are processors.

    Returns:
        The exit code: 0 if all train alike, 1 if some do not or do not train at all, 2 if a target
        is no pattern or a program could not be run to its end.
    """
    try:
        patterns = _patterns(targets)
        return _verify(patterns, python, tf1_python, timeout, jobs)
    except (PatternError, InterpreterError) as error:
        hint = " (pip install 'migrate-vars[tf]')" if "'tensorflow'" in str(error) else ""
        print(f"migrate-vars: {error}{hint}", file=sys.stderr)
        return 2


def _patterns(targets: Sequence[str]) -> list[Pattern]:
    found = [find_patterns(target) for target in targets] if targets else [find_patterns()]
    by_directory = {pattern.directory: pattern for patterns in found for pattern in patterns}
    return list(by_directory.values())


def _verify(
    patterns: Sequence[Pattern],
    python: str,
    tf1_python: str | None,
    timeout: float,
    jobs: int | None,
) -> int:
    start = time.monotonic()
    status = StatusLine(sys.stderr)
    table = Table(patterns, oracle=tf1_python is not None)

    def done(result: PatternResult) -> None:
        status.clear()
        print(table.row(result), flush=True)

    def progress(finished: int, total: int, label: str) -> None:
        status.show(f"[{finished}/{total}] {label}")

    with ExitStack() as stack:
        interpreter = stack.enter_context(Interpreter(python, timeout))
        oracle = None
        if tf1_python is not None:
            oracle = stack.enter_context(Interpreter(tf1_python, timeout))
        status.show("importing TensorFlow")
        version = interpreter.version()
        if oracle is not None:
            version = f"{oracle.version()} and {version}"
        status.clear()
        print(table.header(), flush=True)
        results = verify_patterns(patterns, interpreter, oracle, done, progress, jobs)
    status.clear()
    print()
    for result in results:
        for line in explain(result):
            print(line)
    passed = sum(result.passed for result in results)
    print(
        f"{passed} of {len(results)} patterns train alike in TF1 and TF2 "
        f"(TensorFlow {version}, {time.monotonic() - start:.1f} s)"
    )
    if any(result.failed_to_run for result in results):
        return 2
    return 0 if passed == len(results) else 1
