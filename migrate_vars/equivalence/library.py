"""What other projects call: verify, record, compare, and assertions for their tests.

Everything here is also importable from ``migrate_vars`` itself.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from migrate_vars.equivalence import verify_scripts
from migrate_vars.equivalence.judging.check import Drift
from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.random_draws import drawing_like, find_unlike
from migrate_vars.equivalence.judging.rounding_verdict import is_open, judge_rounding
from migrate_vars.equivalence.judging.sensitivity import Sensitivity, Sides
from migrate_vars.equivalence.judging.settings import Settings
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge, judge_reference
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.patterns import find_all_patterns
from migrate_vars.equivalence.reporting.description import describe_judgement
from migrate_vars.equivalence.running.interpreter_set import open_interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run, undisturbed
from migrate_vars.equivalence.script_lookup import find_migration, find_program, project_of
from migrate_vars.equivalence.verify_patterns import verify_patterns
from migrate_vars.trajectory.mapping import NO_WISHES, Wishes
from migrate_vars.trajectory.trajectory import Trajectory

#: A script, or a function without parameters that trains in this process.
Trainer = str | os.PathLike[str] | Callable[[], object]


class ProgramError(Exception):
    """A program that could not be run to its end.

    Attributes:
        run: What became of it, with the trajectory up to there and what it printed.
    """

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.program.label}: {run.error}")
        self.run = run


def verify(
    *targets: str | os.PathLike[str],
    python: str | os.PathLike[str] = sys.executable,
    v1_python: str | os.PathLike[str] | None = None,
    tf1_python: str | os.PathLike[str] | None = None,
    policy: str = "exact",
    drift: Drift = None,
    timeout: float = 300.0,
    jobs: int | None = None,
    seeds: str = "auto",
    same_start: bool = False,
    replay_feeds: bool = False,
    compare_output: bool = False,
) -> list[Verification]:
    """Verifies patterns, as ``migrate-vars verify`` does.

    Args:
        targets: Folders of patterns, or names of bundled ones; without any, all bundled and
            contributed ones.
        python: Interpreter with TensorFlow 2.
        v1_python: Interpreter for the session programs; the same one by default.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        policy: Numerics policy: "exact" makes runs repeatable to the bit, "native" leaves every
            setting to the programs.
        drift: How far every program may drift, relative to the largest magnitude that a variable
            has had, or "rounding": as far as rounding takes the reference itself; None leaves that
            to the patterns.
        timeout: Seconds after which a program is killed.
        jobs: How many programs run at a time; as many as there are processors by default.
        seeds: When random numbers get the same seeds in all programs: "aligned" always, "own"
            never, "auto" where the programs do not train alike with their own.
        same_start: Whether the other programs start from the reference's initial values.
        replay_feeds: Whether those that diverge are fed the reference's data instead of their own.
        compare_output: Whether programs must also print and summarise what the reference does.

    Returns:
        A result for each pattern; ``result.passed`` says whether all of it trains alike.

    Raises:
        PatternError: If a target is no pattern.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        ValueError: If ``seeds`` is none of the three.
    """
    settings = Settings(seeds, same_start, replay_feeds, compare_output=compare_output)
    patterns = find_all_patterns([os.fspath(target) for target in targets])
    with open_interpreters(
        os.fspath(python),
        None if v1_python is None else os.fspath(v1_python),
        None if tf1_python is None else os.fspath(tf1_python),
        timeout,
        policy,
    ) as interpreters:
        return verify_patterns(patterns, interpreters, drift=drift, jobs=jobs, settings=settings)


def verify_script(
    script: str | os.PathLike[str],
    *,
    argv: Sequence[str] = (),
    module: bool = False,
    against: str | os.PathLike[str] | None = None,
    wishes: Wishes = NO_WISHES,
    python: str | os.PathLike[str] = sys.executable,
    tf1_python: str | os.PathLike[str] | None = None,
    policy: str = "exact",
    drift: Drift = None,
    timeout: float = 300.0,
    jobs: int | None = None,
    keep_files: bool = False,
    compare_output: bool = False,
) -> Verification:
    """Verifies a TF1 program of yours, as ``migrate-vars verify SCRIPT`` does.

    Args:
        script: The script, or with ``module`` the dotted name of a module; it runs in the current
            folder.
        argv: Its arguments.
        module: Whether ``script`` and ``against`` are modules.
        against: Its migration, with the same arguments; None verifies what ``rewrite`` makes of it.
        wishes: Which variables of the migration are which.
        python: Interpreter with TensorFlow 2.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        policy: Numerics policy, "exact" or "native"; see :func:`verify`.
        drift: How far a migration, and another release, may drift, or "rounding"; see
            :func:`verify`.
        timeout: Seconds after which a program is killed.
        jobs: How many programs run at a time; one by default, as they may write files.
        keep_files: Whether to leave the files that its first run leaves; otherwise, all are as they
            were.
        compare_output: Whether the programs must also print and summarise the same.

    Returns:
        The result; ``result.passed`` says whether it trains alike.

    Raises:
        ScriptError: If there is no such script, or the project's configuration cannot be used.
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If ``wishes`` do not fit the programs.
    """
    program = find_program(script, argv, module)
    migration = None if against is None else find_migration(against, argv, module)
    oracle = None if tf1_python is None else os.fspath(tf1_python)
    project = project_of(program)
    settings = Settings(compare_output=compare_output)
    target = verify_scripts.Script(
        program, migration, drift, settings=settings, wishes=wishes, project=project
    )
    with open_interpreters(os.fspath(python), None, oracle, timeout, policy) as interpreters:
        return verify_scripts.verify_script(target, interpreters, jobs=jobs, keep_files=keep_files)


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
    program = replace(_program(trainer, eager), argv=tuple(argv), align_seeds=align_seeds)
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
    wishes: Wishes = NO_WISHES,
) -> Judgement:
    """Compares two recorded trajectories, from this machine or from others.

    Where races of the reference decide what differs, the verdict is "undefined".

    Args:
        reference: The trajectory that is taken to be right, or its file.
        other: The trajectory that is checked, or its file.
        drift: How far values may drift, relative to the largest magnitude that the variable has
            had; None asks for identical bits and for all variables.
        wishes: What you say of the variables: pairs, and names that are not to be compared.

    Returns:
        The verdict and what it rests on.

    Raises:
        MappingError: If ``wishes`` do not fit the programs.
        OSError: If a file cannot be read.
        TrajectoryFormatError: If a file is not a trajectory.
    """
    ours, theirs = _as_run(reference), _as_run(other)
    unusable = judge_reference(ours)
    if unusable is not None:
        return unusable
    judgement = excuse(ours, theirs, judge(ours, theirs, drift, wishes))
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
    drift: Drift = None,
    eager: bool = False,
    python: str | os.PathLike[str] = sys.executable,
    timeout: float = 300.0,
    interpreter: Interpreter | None = None,
) -> None:
    """Fails unless two programs train alike.

    What scripts change of files is put back.

    Args:
        reference: Script, function or trajectory that is taken to be right. A function runs inside
            a graph of its own, as TF1 code expects: it builds ops and runs them in a session.
        other: Script, function or trajectory that is checked. A function runs eagerly, as TF2 code
            does.
        drift: How far values may drift, relative to the largest magnitude that the variable has
            had; "rounding", of two scripts, as far as rounding takes the reference itself, which is
            run again to see; None asks for identical bits. Without a bound, all variables count.
        eager: Whether ``tf.function`` of ``other`` runs eagerly.
        python: Interpreter for scripts.
        timeout: Seconds after which a script is killed.
        interpreter: An open interpreter to run scripts in; see :func:`record`.

    Raises:
        AssertionError: If they do not; the message names the step, the variable, the element, both
            values, their distance, and the lines that wrote them.
        ProgramError: If a script does not run to its end.
        ValueError: If ``drift`` is "rounding", and one of the two is no script.
    """
    __tracebackhide__ = True
    if drift == "rounding" and any(map(_runs_here, (reference, other))):
        raise ValueError('drift="rounding" runs programs again: both must be scripts')
    with ExitStack() as stack:
        if interpreter is None and not all(map(_runs_here, (reference, other))):
            interpreter = stack.enter_context(Interpreter(os.fspath(python), timeout))
        if isinstance(reference, Trajectory):
            ours = _as_run(reference)
        elif callable(reference):
            ours = _as_run(_record_function(reference, in_graph=True))
        else:
            ours = _run_alone(reference, False, interpreter)
        if isinstance(other, Trajectory):
            theirs = _as_run(other)
        elif callable(other):
            theirs = _as_run(_record_function(other, eager=eager))
        else:
            theirs = _run_alone(other, eager, interpreter)
        judgement = judge_reference(ours) or _judge(ours, theirs, drift)
    if not judgement.verdict.passed:
        assert ours.trajectory is not None
        assert theirs.trajectory is not None
        names = [
            str(run.trajectory.header.get("program", ""))
            for run in (ours, theirs)
            if run.trajectory
        ]
        lines = [
            "Trajectories are not equivalent",
            *describe_judgement(judgement, names[0], names[1], ours.trajectory.steps),
        ]
        raise AssertionError("\n".join(lines))


def _judge(ours: Run, theirs: Run, drift: Drift) -> Judgement:
    """Judges two runs; where they may differ by rounding, their programs are run again."""
    if drift != "rounding":
        return excuse(ours, theirs, judge(ours, theirs, drift))
    judgement = judge(ours, theirs, rounding=True)
    if not is_open(judgement):
        return judgement
    assert judgement.comparison is not None
    sides = Sides(theirs, judgement.comparison.mapping)
    return judge_rounding(judgement, Sensitivity(ours), sides)


def _runs_here(program: Trainer | Trajectory) -> bool:
    return isinstance(program, Trajectory) or callable(program)


def _program(script: str | os.PathLike[str], eager: bool) -> Program:
    """The program; ops that race run in one order, as far as that can be had."""
    return Program(Path(script), Path(script).name, eager=eager, races=True)


def _run_alone(script: str | os.PathLike[str], eager: bool, interpreter: Interpreter | None) -> Run:
    """Runs a script, and puts back what it has changed."""
    assert interpreter is not None
    with undisturbed(_program(script, eager)) as program:
        return replace(_ended(interpreter.run(program)), program=_program(script, eager))


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
