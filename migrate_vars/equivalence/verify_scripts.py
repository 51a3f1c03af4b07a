"""Verifies a user's program: against its rewrite, or against a migration of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import (
    NEW,
    NEW_EAGER,
    ORACLE,
    REPEAT,
    REWRITTEN,
    Check,
)
from migrate_vars.equivalence.judging.random_draws import Draws
from migrate_vars.equivalence.judging.rounding_verdict import settle_rounding
from migrate_vars.equivalence.judging.seed_rounds import verify_with_seeds
from migrate_vars.equivalence.judging.verdict_pipeline import conclude, investigate, judge_runs
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.running.interpreter_set import Interpreters
from migrate_vars.equivalence.running.interpreters import Interpreter, run_all
from migrate_vars.equivalence.running.leftovers import Leftovers
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.equivalence.running.rewritten_files import (
    RewrittenFile,
    find_unreached,
    rewrite_files,
)
from migrate_vars.equivalence.running.verify_options import VerifyOptions
from migrate_vars.trajectory.wording import some

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project

# The number of files of a program that a note names.
_NAMES = 3

# The number of further runs of a racing program that are tried to get two that are alike.
_AGAIN = 3

_FUNCTION = re.compile(rb"(?:\.|import\s+)function\b")

Progress = Callable[[int, int, str], None]

_DEFAULTS = VerifyOptions()


@dataclass(frozen=True)
class Script:
    """A program to verify.

    Attributes:
        program: The TF1 program.
        against: Its migration, done by hand, or None to verify what ``rewrite`` makes of it.
        project: What the project's configuration says of ``rewrite``; None for the defaults.
    """

    program: Program
    against: Program | None = None
    project: Project | None = None

    @property
    def name(self) -> str:
        """What to call it in reports."""
        label = self.program.label
        return label if self.against is None else f"{label} -> {self.against.label}"

    def columns(self, oracle: bool) -> tuple[str, ...]:
        """The names of the checks that verifying it may give.

        Args:
            oracle: Whether there is an interpreter with TensorFlow 1.
        """
        checks = (REPEAT, REWRITTEN) if self.against is None else (REPEAT, NEW)
        return (ORACLE, *checks) if oracle else checks


def verify_script(
    script: Script,
    interpreters: Interpreters | Interpreter,
    options: VerifyOptions = _DEFAULTS,
    progress: Progress = lambda finished, total, label: None,
) -> Verification:
    """Verifies one script, and leaves all files as they were.

    It is run twice first: of one that does not repeat, or trains nothing, nothing is compared.
    Where it cannot run under TensorFlow 2 at all, its run under TensorFlow 1, if there is one, is
    the reference, and its rewrite runs there, too.

    Args:
        script: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        options: How to verify it.
        progress: Called after each run with the number of finished runs, of all, and a label.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If the variables of the options do not fit the programs.
    """
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    with Leftovers(script.program.cwd or script.program.folder, options.keep_files) as leftovers:
        program = replace(script.program, leftovers=leftovers)
        against = script.against and replace(script.against, leftovers=leftovers)
        script = replace(script, program=program, against=against)
        where = interpreters

        def verify(draws: Draws) -> Verification:
            return _verify(script, where, options, draws, _Runs(progress, options.jobs))

        result = verify_with_seeds(verify, program, interpreters.of_reference, options.seeds)
    return replace(result, notes=(*result.notes, *leftovers.notes))


def _verify(
    script: Script, interpreters: Interpreters, options: VerifyOptions, draws: Draws, run: _Runs
) -> Verification:
    """Verifies with some random numbers."""
    program = replace(draws.prepare(script.program), races=True)
    under_1 = replace(program, label=f"{program.label} (TF 1)")
    oracle: Interpreter | None = interpreters.oracle
    home = interpreters.v1
    run.total = 3 + (oracle is not None)
    notes: list[str] = []
    reference, again = run([(home, one) for one in (program, _again(program))])
    if reference.error and oracle is not None:
        notes.append(_why_under_1(reference))
        home, oracle = oracle, None
        reference, again = run([(home, one) for one in (under_1, _again(under_1))])
    reference, again = _retry_reference(reference, again)
    case = Case.of(reference, [Check(REPEAT)], {REPEAT: again}, options, notes).judged()
    rewritten: Sequence[RewrittenFile] = ()
    if case.judgements[REPEAT].verdict is Verdict.IDENTICAL:
        plans: list[_Plan] = []
        if oracle is not None:
            check = Check(ORACLE, rounding=True).allowing(options.drift)
            plans.append(_Plan(check, oracle, under_1))
        if script.against is not None:
            migration = replace(draws.prepare(script.against), races=True)
            check = Check(NEW, None, options.variables, rounding=home is not interpreters.v1)
            plans.append(_Plan(check.allowing(options.drift), interpreters.v2, migration))
        else:
            rewritten = _rewrite(script, reference)
            if rewritten:
                plans.append(_Plan(Check(REWRITTEN), home, _copy(program, rewritten)))
            else:
                case = case.with_notes(f"rewrite finds nothing to change in {_names(reference)}")
        case = investigate(_compare(case, plans, run))
        if set(case.runs) == {REPEAT}:
            case = _nothing_to_prove(case, oracle_is_home=home is interpreters.oracle)
    return conclude(case, script.name, program.folder, rewritten)


def _compare(case: Case, plans: Sequence[_Plan], run: _Runs) -> Case:
    """Runs further programs, and judges all."""
    found = run([(plan.interpreter, plan.program) for plan in plans])
    runs = dict(case.runs)
    for plan, other in zip(plans, found, strict=True):
        name = plan.check.name
        runs[name] = _retry_rewritten(case.reference, other) if name == REWRITTEN else other
    checks = (*case.checks, *(plan.check for plan in plans))
    case = judge_runs(replace(case, checks=checks, runs=runs))
    for plan in plans:
        if plan.check.name == NEW and _worth_running_eagerly(case.judgements[NEW], plan.program):
            label = f"{plan.program.label} (functions eager)"
            (eager,) = run([(plan.interpreter, replace(plan.program, label=label, eager=True))])
            if not eager.error:  # a function may need what only a graph does for it
                case = case.with_run(replace(plan.check, name=NEW_EAGER), eager)
                case = settle_rounding(case, [NEW_EAGER])
    return case


def _why_under_1(failed: Run) -> str:
    """Why a program's run under TensorFlow 1 is the reference."""
    label, advice = failed.program.label, "" if failed.failure is None else failed.failure.advice
    helps = f"; {advice}" if "install" in advice else ""
    return (
        f"{label} does not run under TensorFlow 2 ({failed.error}): its run under TensorFlow 1 is "
        f"the reference{helps}"
    )


def _rewrite(script: Script, reference: Run) -> Sequence[RewrittenFile]:
    """What ``rewrite`` makes of the files that a program has loaded."""
    assert reference.trajectory is not None
    rewritten = rewrite_files(reference.sources, script.project)
    if not rewritten:
        return ()
    return find_unreached(rewritten, reference.trajectory, script.project)


def _nothing_to_prove(case: Case, oracle_is_home: bool) -> Case:
    """The verdict on a program that ``rewrite`` leaves as it is: its rewrite is the program."""
    other = "" if oracle_is_home else " or TensorFlow 1.15 (--tf1-python)"
    message = (
        "there is nothing to prove: rewrite changes nothing; to compare with is a migration "
        f"(--against){other}"
    )
    case = replace(case, runs={**case.runs, REWRITTEN: case.runs[REPEAT]})
    return case.with_judgement(REWRITTEN, Judgement(Verdict.VACUOUS, message))


def _retry_reference(reference: Run, again: Run) -> tuple[Run, Run]:
    """Two runs of a program that are alike, if it races and a few further runs give two.

    Which of the ops that nothing puts in order comes first is nearly always the same, not always.
    """
    label = again.program.label
    runs = [replace(reference, program=replace(reference.program, label=label)), again]
    while _races(reference) and not _alike(*runs[-2:]) and len(runs) < 2 + _AGAIN:
        runs.append(again.again())
        for earlier in runs[:-2]:
            if _alike(earlier, runs[-1]):
                return replace(earlier, program=reference.program), runs[-1]
    if len(runs) > 2 and _alike(*runs[-2:]):
        return replace(runs[-2], program=reference.program), runs[-1]
    return reference, again


def _retry_rewritten(reference: Run, other: Run) -> Run:
    """A run of a rewritten program that is like its reference, if that races and there is one."""
    found = other
    for _ in range(_AGAIN):
        if not _races(reference) or found.error or _alike(reference, found):
            return found
        found = other.again()
    return found if _alike(reference, found) else other


def _races(run: Run) -> bool:
    return run.trajectory is not None and bool(run.trajectory.races)


def _alike(reference: Run, other: Run) -> bool:
    return not other.error and judge(reference, other).verdict is Verdict.IDENTICAL


@dataclass(frozen=True)
class _Plan:
    """A program to run, and the check that is then made."""

    check: Check
    interpreter: Interpreter
    program: Program


class _Runs:
    """Runs programs side by side, and reports each that has ended."""

    def __init__(self, progress: Progress, jobs: int | None) -> None:
        self.total = 0
        self._progress = progress
        self._jobs = jobs
        self._finished = 0

    def __call__(self, tasks: Sequence[tuple[Interpreter, Program]]) -> list[Run]:
        return run_all(tasks, self._done, self._jobs)

    def _done(self, run: Run) -> None:
        self._finished += 1
        self.total = max(self.total, self._finished)
        self._progress(self._finished, self.total, run.program.label)


def _again(program: Program) -> Program:
    return replace(program, label=f"{program.label} (again)")


def _copy(program: Program, rewritten: Sequence[RewrittenFile]) -> Program:
    texts = {str(file.path): file.text for file in rewritten}
    source = None if os.path.realpath(program.script) in texts else program.source
    return replace(program, label=f"{program.label} (rewritten)", source=source, texts=texts)


def _names(reference: Run) -> str:
    folder = os.path.realpath(reference.program.folder)
    paths = [os.path.relpath(path, folder) for path in reference.sources]
    return some(paths, _NAMES)


def _worth_running_eagerly(judgement: Judgement, migration: Program) -> bool:
    """Whether eager functions can show more of a divergence: the lines inside them."""
    if judgement.verdict is not Verdict.DIVERGED or migration.module:
        return False
    return _FUNCTION.search(migration.script.read_bytes()) is not None
