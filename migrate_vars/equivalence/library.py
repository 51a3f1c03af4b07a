"""What other projects call: verify, record, compare, and assertions for their tests.

Everything here is also importable from ``migrate_vars`` itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from migrate_vars.equivalence import verify_scripts
from migrate_vars.equivalence.judging.checks import NEW
from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.random_draws import drawing_like, find_unlike
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.patterns import find_all_patterns
from migrate_vars.equivalence.reporting.description import describe_judgement
from migrate_vars.equivalence.reporting.text_report import explain
from migrate_vars.equivalence.running.interpreter_set import Interpreters, open_interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run, undisturbed
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.equivalence.script_lookup import find_migration, find_program, project_of
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.trajectory.mapping import NOTHING_GIVEN, VariableMap
from migrate_vars.trajectory.trajectory import Trajectory

#: A script, or a function without parameters that trains in this process.
Trainer = str | os.PathLike[str] | Callable[[], object]

# Options by which programs are run again, so that both must be scripts, and what they are if not.
_RERUN: dict[str, tuple[object, ...]] = {
    "same_start": (False,),
    "replay_feeds": (False,),
    "compare_output": (False,),
    "seeds": ("auto", "own"),
}


class ProgramError(Exception):
    """A program that could not be run to its end.

    Attributes:
        run: What became of it, with the trajectory up to there and what it printed.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.program.label}: {run.error}")
        self.run = run


def verify(
    *targets: str | os.PathLike[str], options: VerifyOptions | None = None, **changes: Any
) -> list[Verification]:
    """Verifies patterns, as ``migrate-vars verify`` does.

    Args:
        targets: Folders of patterns, or names of bundled ones; without any, all bundled and
            contributed ones.
        options: How to verify them.
        changes: Attributes of :class:`VerifyOptions`, in place of those of ``options``.

    Returns:
        A result for each pattern; ``result.passed`` says whether all of it trains alike.

    Raises:
        PatternError: If a target is no pattern.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        TypeError: If there is no such option.
        ValueError: If an option has no such value, or says something of variables.
        OSError: If the report cannot be written.
    """
    options = _options(options, changes)
    patterns = find_all_patterns([os.fspath(target) for target in targets])
    start = time.monotonic()
    with open_interpreters(options) as interpreters:
        results = verify_patterns(patterns, interpreters, options)
    _write_report(options, results, time.monotonic() - start)
    return results


def verify_script(
    script: str | os.PathLike[str],
    *,
    argv: Sequence[str] = (),
    module: bool = False,
    against: str | os.PathLike[str] | None = None,
    options: VerifyOptions | None = None,
    **changes: Any,
) -> Verification:
    """Verifies a TF1 program of yours, as ``migrate-vars verify SCRIPT`` does.

    Args:
        script: The script, or with ``module`` the dotted name of a module; it runs in the current
            folder.
        argv: Its arguments.
        module: Whether ``script`` and ``against`` are modules.
        against: Its migration, with the same arguments; None verifies what ``rewrite`` makes of it.
        options: How to verify it.
        changes: Attributes of :class:`VerifyOptions`, in place of those of ``options``.

    Returns:
        The result; ``result.passed`` says whether it trains alike.

    Raises:
        ScriptError: If there is no such script, or the project's configuration cannot be used.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If ``options.variables`` does not fit the programs.
        TypeError: If there is no such option.
        ValueError: If an option has no such value.
        OSError: If the report cannot be written.
    """
    options = _options(options, changes)
    view = options.v1_view
    program = find_program(script, argv, module, view)
    migration = None if against is None else find_migration(against, argv, module, view)
    target = verify_scripts.Script(program, migration, project_of(program))
    start = time.monotonic()
    with open_interpreters(options) as interpreters:
        result = verify_scripts.verify_script(target, interpreters, options)
    _write_report(options, [result], time.monotonic() - start)
    return result


def record(
    trainer: Trainer,
    *,
    argv: Sequence[str] = (),
    eager: bool = False,
    python: str | os.PathLike[str] = sys.executable,
    timeout: float = 300.0,
    policy: str = "exact",
    interpreter: Interpreter | None = None,
    align_seeds: bool = False,
    draw_like: Trajectory | str | os.PathLike[str] | None = None,
) -> Trajectory:
    """Runs a script in a process of its own, or a function in this one, and records it.

    Args:
        trainer: The script, or a function without parameters. A function runs with grappler off;
            its threads and the oneDNN setting are those of this process.
        argv: The script's arguments.
        eager: Whether ``tf.function`` runs eagerly.
        python: Interpreter for a script.
        timeout: Seconds after which a script is killed.
        policy: Numerics policy of a script: "exact" makes runs repeatable to the bit, "native"
            leaves every setting alone.
        interpreter: An open interpreter to run a script in, which saves the time of importing
            TensorFlow again; ``python``, ``timeout`` and ``policy`` are then its own.
        align_seeds: Whether random numbers of a script get seeds that repeat: its own, as far as
            it has any.
        draw_like: Trajectory, or its file, of another script that was recorded with such seeds:
            the random numbers are then the same, in all releases and ways of running.

    Returns:
        Every value of every variable that it writes.

    Raises:
        ProgramError: If a script does not run to its end. What a function raises passes through.
        InterpreterError: If the interpreter cannot run TensorFlow programs.
        ValueError: If the seeds of a function are to be aligned, or ``draw_like`` has none.
        OSError: If the file of ``draw_like`` cannot be read.
        TrajectoryFormatError: If it is not a trajectory.
    """
    if callable(trainer):
        if align_seeds or draw_like is not None:
            raise ValueError("align_seeds is for scripts: a function draws as this process does")
        return _record_function(trainer, eager=eager)
    script = Path(trainer)
    program = Program(
        script, script.name, eager=eager, argv=tuple(argv), align_seeds=align_seeds, races=True
    )
    if draw_like is not None:
        found = draw_like if isinstance(draw_like, Trajectory) else Trajectory.load(draw_like)
        program = drawing_like(program, found)
    if interpreter is None:
        with Interpreter(os.fspath(python), timeout, policy) as mine:
            trajectory = _ended(mine.run(program)).trajectory
    else:
        trajectory = _ended(interpreter.run(program)).trajectory
    assert trajectory is not None
    return trajectory


def compare(
    reference: Trajectory | str | os.PathLike[str],
    other: Trajectory | str | os.PathLike[str],
    *,
    drift: float | None = None,
    variables: VariableMap = NOTHING_GIVEN,
) -> Judgement:
    """Compares two recorded trajectories, from this machine or from others.

    Where races of the reference decide what differs, the verdict is "undefined".

    Args:
        reference: The trajectory that is taken to be right, or its file.
        other: The trajectory that is checked, or its file.
        drift: How far values may drift, relative to the largest magnitude that the variable has
            had; None asks for identical bits and for all variables.
        variables: What you say of the variables: pairs, and names that are not to be compared.

    Returns:
        The verdict and what it rests on.

    Raises:
        MappingError: If ``variables`` do not fit the programs.
        OSError: If a file cannot be read.
        TrajectoryFormatError: If a file is not a trajectory.
    """
    ours, theirs = _as_run(reference), _as_run(other)
    unusable = judge_reference(ours)
    if unusable is not None:
        return unusable
    judgement = excuse(ours, theirs, judge(ours, theirs, drift, variables))
    if judgement.verdict.passed and ours.trajectory is not None and theirs.trajectory is not None:
        # Whether it matters, further runs would have to show.
        for unlike in find_unlike(ours.trajectory.random, theirs.trajectory.random):
            if unlike.is_copy:
                message = unlike.describe(ours, theirs)
                return replace(judgement, verdict=Verdict.UNDEFINED, message=message, drift=None)
    return judgement


def assert_equivalent(
    reference: Trainer | Trajectory,
    other: Trainer | Trajectory,
    *,
    eager: bool = False,
    interpreter: Interpreter | None = None,
    options: VerifyOptions | None = None,
    **changes: Any,
) -> None:
    """Fails unless two programs train alike.

    Two scripts are verified as ``migrate-vars verify --against`` does, each in its own folder. What
    scripts change of files is put back.

    Args:
        reference: Script, function or trajectory that is taken to be right. A function runs inside
            a graph of its own, as TF1 code expects: it builds ops and runs them in a session.
        other: Script, function or trajectory that is checked. A function runs eagerly, as TF2 code
            does.
        eager: Whether ``tf.function`` of ``other`` runs eagerly.
        interpreter: An open interpreter to run scripts in, which saves the time of importing
            TensorFlow again; ``python``, ``timeout`` and ``policy`` are then its own.
        options: How to verify.
        changes: Attributes of :class:`VerifyOptions`, in place of those of ``options``, such as
            ``drift=1e-6``.

    Raises:
        AssertionError: If they do not; the message names the step, the variable, the element, both
            values, their distance, and the lines that wrote them.
        ProgramError: If a script does not run to its end.
        ScriptError: If there is no such script.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If ``options.variables`` does not fit the programs.
        TypeError: If there is no such option.
        ValueError: If an option has no such value, or runs programs again, and one of the two is no
            script.
        OSError: If the report cannot be written.
    """
    __tracebackhide__ = True
    options = _options(options, changes)
    if isinstance(reference, str | os.PathLike) and isinstance(other, str | os.PathLike):
        _assert_scripts_equivalent(reference, other, eager, interpreter, options)
        return
    _check_not_run_again(options)
    start = time.monotonic()
    with ExitStack() as stack:
        if interpreter is None and not (_runs_here(reference) and _runs_here(other)):
            python = os.fspath(options.python)
            interpreter = stack.enter_context(Interpreter(python, options.timeout, options.policy))
        ours = _run_of(reference, interpreter, options, in_graph=True)
        theirs = _run_of(other, interpreter, options, eager=eager)
    judgement = judge_reference(ours)
    if judgement is None:
        assert not isinstance(options.drift, str)
        judgement = excuse(ours, theirs, judge(ours, theirs, options.drift, options.variables))
    names = ours.program.label, theirs.program.label
    result = Verification(
        f"{names[0]} -> {names[1]}", Path.cwd(), ours, {NEW: judgement}, {NEW: theirs}
    )
    _write_report(options, [result], time.monotonic() - start)
    if not judgement.verdict.passed:
        lines = describe_judgement(judgement, *names, result.steps)
        raise AssertionError("\n".join(["Trajectories are not equivalent", *lines]))


def _options(options: VerifyOptions | None, changes: dict[str, Any]) -> VerifyOptions:
    return replace(options or VerifyOptions(), **changes)


def _assert_scripts_equivalent(
    reference: str | os.PathLike[str],
    other: str | os.PathLike[str],
    eager: bool,
    interpreter: Interpreter | None,
    options: VerifyOptions,
) -> None:
    __tracebackhide__ = True
    program = _in_own_folder(find_program(reference, v1_view=options.v1_view))
    migration = _in_own_folder(find_migration(other, v1_view=options.v1_view))
    script = verify_scripts.Script(program, replace(migration, eager=eager))
    start = time.monotonic()
    with _interpreters(interpreter, options) as interpreters:
        result = verify_scripts.verify_script(script, interpreters, options)
    _write_report(options, [result], time.monotonic() - start)
    for name in result.judgements:
        failed = result.failed_run(name)
        if failed is not None:
            raise ProgramError(failed)
    if not result.passed:
        raise AssertionError("\n".join(["Trajectories are not equivalent", *explain(result)]))


def _in_own_folder(program: Program) -> Program:
    """The program, as it runs in its own folder, whatever the current one is."""
    return replace(program, label=program.script.name, cwd=None)


@contextmanager
def _interpreters(
    interpreter: Interpreter | None, options: VerifyOptions
) -> Iterator[Interpreters]:
    """The interpreters for two scripts, of which one may be open already."""
    if interpreter is None:
        with open_interpreters(options) as interpreters:
            yield interpreters
    elif options.tf1_python is None:
        yield Interpreters(interpreter, interpreter)
    else:
        python = os.fspath(options.tf1_python)
        with Interpreter(python, options.timeout, options.policy, "--tf1-python") as oracle:
            yield Interpreters(interpreter, interpreter, oracle)


def _check_not_run_again(options: VerifyOptions) -> None:
    """Refuses options by which programs are run again, as only scripts can be."""
    asked = [f"drift={options.drift!r}"] if options.drift == "rounding" else []
    for name, left_alone in _RERUN.items():
        value = getattr(options, name)
        if value not in left_alone:
            asked.append(f"{name}={value!r}")
    if asked:
        raise ValueError(f"{asked[0]} runs programs again: both must be scripts")


def _run_of(
    trainer: Trainer | Trajectory,
    interpreter: Interpreter | None,
    options: VerifyOptions,
    eager: bool = False,
    in_graph: bool = False,
) -> Run:
    """A run of a script, which leaves no files; or what a function or a trajectory has to say."""
    if isinstance(trainer, Trajectory):
        return _as_run(trainer)
    if callable(trainer):
        return _as_run(_record_function(trainer, eager=eager, in_graph=in_graph))
    assert interpreter is not None
    find = find_program if in_graph else find_migration
    program = replace(
        _in_own_folder(find(trainer, v1_view=options.v1_view)), eager=eager, races=True
    )
    with undisturbed(program, options.keep_files) as alone:
        return replace(_ended(interpreter.run(alone)), program=program, runner=None)


def _write_report(options: VerifyOptions, results: Sequence[Verification], seconds: float) -> None:
    if options.report is not None:
        # Imported late: without it, nothing needs a template engine.
        from migrate_vars.equivalence.reporting.html_page import write_html

        write_html(Path(options.report), results, "programs train alike", seconds)


def _runs_here(program: Trainer | Trajectory) -> bool:
    return isinstance(program, Trajectory) or callable(program)


def _ended(run: Run) -> Run:
    """A run that has come to its end.

    Raises:
        ProgramError: If it has not.
    """
    if run.error or run.trajectory is None:
        raise ProgramError(run)
    return run


def _as_run(trajectory: Trajectory | str | os.PathLike[str]) -> Run:
    if not isinstance(trajectory, Trajectory):
        trajectory = Trajectory.load(trajectory)
    name = str(trajectory.header.get("program", "trajectory"))
    error = {"error": trajectory.detail, "incomplete": "the recording is cut off"}
    return Run(Program(Path(name), name), trajectory, error.get(trajectory.status, ""), "", 0.0)


def _record_function(
    function: Callable[[], object], *, eager: bool = False, in_graph: bool = False
) -> Trajectory:
    from migrate_vars.recorder.in_process import recording

    code = getattr(function, "__code__", None)
    script = code.co_filename if code is not None else sys.argv[0]
    with tempfile.TemporaryDirectory(prefix="migrate-vars-") as folder:
        path = Path(folder, "trajectory.jsonl")
        name = getattr(function, "__qualname__", None) or repr(function)
        with recording(str(path), script, name, eager, in_graph):
            function()
        return Trajectory.load_with_processes(path)
