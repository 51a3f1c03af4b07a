"""What ``migrate-vars verify`` does, from targets to exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from migrate_vars.equivalence.interpreters import Interpreter, InterpreterError
from migrate_vars.equivalence.json_report import as_json
from migrate_vars.equivalence.junit_report import as_junit
from migrate_vars.equivalence.patterns import Pattern, PatternError, find_patterns
from migrate_vars.equivalence.report import Table, explain
from migrate_vars.equivalence.status import StatusLine
from migrate_vars.equivalence.verify import PatternResult, verify_patterns


@dataclass(frozen=True)
class Options:
    """How to verify.

    Attributes:
        python: Interpreter with TensorFlow 2.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        timeout: Seconds after which a program is killed.
        jobs: How many programs run at a time, or None for as many as there are processors.
        output_format: "text", "json" or "junit".
    """

    python: str
    tf1_python: str | None = None
    timeout: float = 300.0
    jobs: int | None = None
    output_format: str = "text"


def verify(targets: Sequence[str], options: Options) -> int:
    """Verifies patterns and prints on standard output: text row by row, or one document.

    Args:
        targets: See :func:`find_patterns`; none means all bundled patterns.
        options: How to verify.

    Returns:
        The exit code: 0 if all train alike, 1 if some do not or do not train at all, 2 if a target
        is no pattern or a program could not be run to its end.
    """
    try:
        return _verify(_patterns(targets), options)
    except (PatternError, InterpreterError) as error:
        hint = " (pip install 'migrate-vars[tf]')" if "'tensorflow'" in str(error) else ""
        print(f"migrate-vars: {error}{hint}", file=sys.stderr)
        return 2


def _patterns(targets: Sequence[str]) -> list[Pattern]:
    found = [find_patterns(target) for target in targets] if targets else [find_patterns()]
    by_directory = {pattern.directory: pattern for patterns in found for pattern in patterns}
    return list(by_directory.values())


def _verify(patterns: Sequence[Pattern], options: Options) -> int:
    start = time.monotonic()
    status = StatusLine(sys.stderr)
    text = options.output_format == "text"
    table = Table(patterns, oracle=options.tf1_python is not None)

    def done(result: PatternResult) -> None:
        if text:
            status.clear()
            print(table.row(result), flush=True)

    def progress(finished: int, total: int, label: str) -> None:
        status.show(f"[{finished}/{total}] {label}")

    with ExitStack() as stack:
        interpreter = stack.enter_context(Interpreter(options.python, options.timeout))
        oracle = None
        if options.tf1_python is not None:
            oracle = stack.enter_context(Interpreter(options.tf1_python, options.timeout))
        status.show("importing TensorFlow")
        versions = [one.version() for one in (oracle, interpreter) if one is not None]
        status.clear()
        if text:
            print(table.header(), flush=True)
        results = verify_patterns(patterns, interpreter, oracle, done, progress, options.jobs)
    status.clear()
    passed = sum(result.passed for result in results)
    if options.output_format == "json":
        print(as_json(results, versions))
    elif options.output_format == "junit":
        print(as_junit(results))
    else:
        print()
        for result in results:
            for line in explain(result):
                print(line)
        print(
            f"{passed} of {len(results)} patterns train alike in TF1 and TF2 "
            f"(TensorFlow {' and '.join(versions)}, {time.monotonic() - start:.1f} s)"
        )
    if any(result.failed_to_run for result in results):
        return 2
    return 0 if passed == len(results) else 1
