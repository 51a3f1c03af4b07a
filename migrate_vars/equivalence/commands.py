"""What ``migrate-vars verify``, ``record`` and ``compare`` do, from arguments to exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from migrate_vars.equivalence import library, verify_scripts
from migrate_vars.equivalence.judging.checks import ORACLE
from migrate_vars.equivalence.judging.notes import describe_pairs
from migrate_vars.equivalence.judging.race_search import find_races
from migrate_vars.equivalence.judging.random_draws import drawing_like
from migrate_vars.equivalence.judging.verdicts import Verdict
from migrate_vars.equivalence.judging.verification import Verification, compared_versions
from migrate_vars.equivalence.patterns import PatternError, find_all_patterns
from migrate_vars.equivalence.reporting.description import describe_judgement, printable
from migrate_vars.equivalence.reporting.json_verdicts import as_json
from migrate_vars.equivalence.reporting.junit_xml import as_junit
from migrate_vars.equivalence.reporting.race_report import as_json as races_as_json
from migrate_vars.equivalence.reporting.race_report import as_text as races_as_text
from migrate_vars.equivalence.reporting.status_line import Live, StatusLine
from migrate_vars.equivalence.reporting.text_report import COLUMNS, FRAMES, Table, explain
from migrate_vars.equivalence.running.failures import describe_failure
from migrate_vars.equivalence.running.interpreter_set import Interpreters, open_interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter, InterpreterError
from migrate_vars.equivalence.running.programs import Program, Run, undisturbed
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import (
    ScriptError,
    find_migration,
    find_program,
    project_of,
)
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.equivalence.verify_scripts import Progress, Script
from migrate_vars.trajectory.mapping import MappingError, VariableMap
from migrate_vars.trajectory.reading import TrajectoryFormatError
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.wording import counted

Done = Callable[[Verification], None]
_Verifying = Callable[[Interpreters, Done, Progress], list[Verification]]


@dataclass(frozen=True)
class Output:
    """What to print.

    Attributes:
        format: "text", "json" or "junit".
        verbose: Whether to show all that a program printed that failed.
    """

    format: str = "text"
    verbose: bool = False


_TEXT = Output()


def verify(targets: Sequence[str], options: VerifyOptions, output: Output = _TEXT) -> int:
    """Verifies patterns and prints on standard output: text row by row, or one document.

    Args:
        targets: See :func:`find_patterns`; none means all bundled patterns.
        options: How to verify.
        output: What to print.

    Returns:
        The exit code: 0 if all train alike, 1 if some do not or do not train at all, 2 if a target
        is no pattern or a program could not be run to its end.
    """
    try:
        patterns = find_all_patterns(targets)
    except PatternError as error:
        return _complain(error)
    oracle = (ORACLE,) if options.tf1_python is not None else ()
    rounding = options.drift == "rounding"
    table = Table("pattern", [pattern.name for pattern in patterns], (*oracle, *COLUMNS), rounding)

    def verifying(interpreters: Interpreters, done: Done, progress: Progress) -> list[Verification]:
        return verify_patterns(patterns, interpreters, options, done, progress)

    return _verify(table, "patterns train alike in TF1 and TF2", verifying, options, output)


@dataclass(frozen=True)
class Target:
    """A script to verify, as the command line names it.

    Attributes:
        words: The script and its arguments; with ``module``, the arguments alone.
        module: Dotted name of a module to verify in place of a script.
        against: The migration to compare with, as a path or a command line, or None.
        against_module: Likewise, of a module.
    """

    words: Sequence[str]
    module: str | None = None
    against: str | None = None
    against_module: str | None = None


def verify_script(target: Target, options: VerifyOptions, output: Output = _TEXT) -> int:
    """Verifies one script and prints as :func:`verify` does.

    Args:
        target: What to verify.
        options: How to verify.
        output: What to print.

    Returns:
        The exit code: 0 if the programs train alike, 1 if not, if the script does not repeat or if
        nothing was proven, 2 if a program could not be run to its end.
    """
    view = options.v1_view
    against, is_module = target.against, False
    if target.against_module is not None:
        against, is_module = target.against_module, True
    try:
        program = _named(target.words, target.module, view)
        argv = program.argv
        migration = None if against is None else find_migration(against, argv, is_module, view)
        project = project_of(program)
    except ScriptError as error:
        return _complain(error)
    script = Script(program, migration, project)
    columns = script.columns(options.tf1_python is not None)
    table = Table("script", [script.name], columns, options.drift == "rounding")

    def verifying(interpreters: Interpreters, done: Done, progress: Progress) -> list[Verification]:
        result = verify_scripts.verify_script(script, interpreters, options, progress)
        done(result)
        return [result]

    return _verify(table, "scripts train alike", verifying, options, output)


@dataclass(frozen=True, kw_only=True)
class RecordOptions:
    """How to record.

    Attributes:
        output: The trajectory file; None: named like the program.
        eager: Whether ``tf.function`` runs eagerly.
        python: The interpreter that has TensorFlow.
        policy: Name of the numerics policy, "exact" or "native".
        timeout: Seconds after which the program is killed.
        align_seeds: Whether its random numbers get seeds that repeat.
        draw_like: Trajectory file of a run whose random numbers are to be drawn, or None.
        keep_feeds: File to write the values to that it is fed, or None.
    """

    output: Path | None = None
    eager: bool = False
    python: str = sys.executable
    policy: str = "exact"
    timeout: float = 300.0
    align_seeds: bool = False
    draw_like: Path | None = None
    keep_feeds: Path | None = None


def record(words: Sequence[str], module: str | None, options: RecordOptions) -> int:
    """Runs a script, writes its trajectory to a file and prints its size.

    A program that fails leaves what it did until then.

    Args:
        words: The script and its arguments; with ``module``, the arguments alone.
        module: Dotted name of a module to run in place of a script.
        options: How to record.

    Returns:
        The exit code: 0, or 2 if the program did not run to its end or the file cannot be written.
    """
    keep_feeds, draw_like = options.keep_feeds, options.draw_like
    try:
        program = replace(
            _named(words, module),
            eager=options.eager,
            races=True,
            align_seeds=options.align_seeds,
            keep_feeds=None if keep_feeds is None else keep_feeds.absolute(),
        )
        if draw_like is not None:
            try:
                program = drawing_like(program, Trajectory.load(draw_like))
            except ValueError as error:
                return _complain(error if str(draw_like) in str(error) else f"{draw_like}: {error}")
        with Interpreter(options.python, options.timeout, options.policy) as interpreter:
            run = interpreter.run(program)
        if run.trajectory is not None:
            output = options.output or program.script.with_suffix(".trajectory.jsonl")
            run.trajectory.save(output)
            sizes = (
                (run.trajectory.steps, "step"),
                (len(run.trajectory.states), "state"),
                (len(run.trajectory.variables), "variable"),
            )
            print(f"{printable(str(output))}: {', '.join(counted(*size) for size in sizes)}")
            for warning in (*run.program.notes, *run.trajectory.warnings):
                print(f"note: {printable(warning)}")
    except (ScriptError, InterpreterError, OSError) as error:
        return _complain(error)
    return _complain_of(run) if run.error else 0


def races(
    words: Sequence[str],
    module: str | None,
    again: int,
    output_format: str,
    interpreter: Interpreter,
) -> int:
    """Finds the races of a script, runs it again to see what they do, and prints both.

    Args:
        words: The script and its arguments; with ``module``, the arguments alone.
        module: Dotted name of a module to run in place of a script.
        again: How often to run it again.
        output_format: "text" or "json".
        interpreter: Runs it.

    Returns:
        The exit code: 0 if there are no races, 1 if there are, 2 if the program did not run to its
        end or could not be looked into.
    """
    try:
        program = _named(words, module)
    except ScriptError as error:
        return _complain(error)
    status = StatusLine(sys.stderr)
    status.show("importing TensorFlow")
    try:
        with interpreter:
            version = interpreter.version()
            status.show(f"running {program.label}")
            finished = 0

            def done(run: Run) -> None:
                nonlocal finished
                finished += 1
                status.show(f"running {program.label} again [{finished}/{again + 2}]")

            with undisturbed(program) as alone:
                report = find_races(alone, interpreter, again, done)
            assert alone.leftovers is not None
            files = alone.leftovers.notes
    except InterpreterError as error:
        status.clear()
        return _complain(error)
    status.clear()
    if output_format == "json":
        print(races_as_json(report))
    else:
        for line in races_as_text(report):
            print(line)
        for failure in report.failures:
            print(printable(f"note: a run with several ops at a time failed: {failure}"))
        for note in files:
            print(printable(f"note: {note}"))
        count = counted(len(report.races), "data race") if report.races else "no data races"
        # What has not been looked into may race, too: nothing is concluded then.
        seen = " seen" if report.run.error or report.unknown else ""
        until = " until it failed" if report.run.error else ""
        print(f"{count}{seen} in {printable(program.label)}{until} (TensorFlow {version})")
    if report.run.error:
        return _complain_of(report.run)
    if report.unknown:
        return _complain(f"{report.run.program.label}: {report.unknown[0]}")
    return 1 if report.races else 0


def compare(reference: Path, other: Path, drift: float | None, variables: VariableMap) -> int:
    """Compares two trajectory files and prints the verdict.

    Args:
        reference: The trajectory that is taken to be right.
        other: The trajectory that is checked.
        drift: How far values may drift, or None for identical bits.
        variables: What is said of the variables.

    Returns:
        The exit code: 0 if they are alike, 1 if not or if nothing was trained, 2 if a file cannot
        be read or its program did not run to its end.
    """
    try:
        ours, theirs = Trajectory.load(reference), Trajectory.load(other)
        judgement = library.compare(ours, theirs, drift=drift, variables=variables)
    except (TrajectoryFormatError, MappingError, OSError) as error:
        return _complain(error)
    for line in describe_judgement(judgement, str(reference), str(other), ours.steps):
        print(line)
    paired = judgement.comparison and describe_pairs(judgement.comparison.mapping)
    if paired:
        print(f"note: {printable(paired)}")
    if judgement.verdict is Verdict.ERROR:
        return 2
    return 0 if judgement.verdict.passed else 1


def _named(words: Sequence[str], module: str | None, v1_view: str = "auto") -> Program:
    """The program that the words of a command line name: a script first, unless it is a module."""
    name, argv = (words[0], words[1:]) if module is None else (module, words)
    return find_program(name, argv, module is not None, v1_view)


def _complain(error: object) -> int:
    print(f"migrate-vars: {printable(str(error))}", file=sys.stderr)
    return 2


def _complain_of(run: Run) -> int:
    """Says what a program failed with, and where it was."""
    code = _complain(f"{run.program.label}: {run.error}")
    lines = [] if run.failure is None else list(describe_failure(run.failure, FRAMES))
    for line in lines if len(lines) > 1 else ():  # one alone repeats the message
        print(printable(line), file=sys.stderr)
    return code


def _verify(
    table: Table, what: str, verifying: _Verifying, options: VerifyOptions, output: Output
) -> int:
    folder = None if options.report is None else Path(options.report).parent
    if folder is not None and not folder.is_dir():
        return _complain(f"{folder}: no such folder")
    try:
        return _verify_and_print(table, what, verifying, options, output)
    except (MappingError, InterpreterError) as error:
        return _complain(error)


def _verify_and_print(
    table: Table, what: str, verifying: _Verifying, options: VerifyOptions, output: Output
) -> int:
    if options.compare_output:
        what += " and give the same output"
    start = time.monotonic()
    text = output.format == "text"
    with Live(sys.stderr) as live:
        live.show("importing TensorFlow")

        def done(result: Verification) -> None:
            if text:
                live.clear()
                print(table.row(result), flush=True)

        def progress(finished: int, total: int, label: str) -> None:
            left = (time.monotonic() - begun) / finished * (total - finished)
            about = f", about {left:.0f} s left" if left else ""
            live.show(f"[{finished}/{total}] {label}{about}", stays=finished < total)

        with open_interpreters(options, live) as interpreters:
            interpreters.versions()  # which waits for them
            live.clear()
            if text:
                print(table.header(), flush=True)
            begun = time.monotonic()
            results = verifying(interpreters, done, progress)
    versions = compared_versions(results)
    passed = sum(result.passed for result in results)
    if output.format == "json":
        print(as_json(results, versions))
    elif output.format == "junit":
        print(as_junit(results))
    else:
        print()
        for result in results:
            for line in explain(result, verbose=output.verbose):
                print(line)
        ran = [f"TensorFlow {' and '.join(versions)}"] * bool(versions)
        said = ", ".join([*ran, f"{time.monotonic() - start:.1f} s"])
        print(f"{passed} of {len(results)} {what} ({said})")
    if options.report is not None:
        # Imported late: without it, nothing needs a template engine.
        from migrate_vars.equivalence.reporting.html_page import write_html

        try:
            write_html(Path(options.report), results, what, time.monotonic() - start)
        except OSError as error:
            return _complain(error)
    if any(result.failed_to_run for result in results):
        return 2
    return 0 if passed == len(results) else 1
