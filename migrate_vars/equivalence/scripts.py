"""Verifies somebody's own program: against its own rewrite, or against a migration of it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrate_vars.equivalence.closer_look import Settings, align_seeds, look_closer
from migrate_vars.equivalence.description import describe_pairs
from migrate_vars.equivalence.interpreters import Interpreter, run_all
from migrate_vars.equivalence.links import (
    NEW,
    NEW_EAGER,
    ORACLE,
    REPEAT,
    REWRITTEN,
    Link,
    Verification,
    blame_reference,
    collect_notes,
    judge_links,
)
from migrate_vars.equivalence.localise import localise
from migrate_vars.equivalence.outputs import compare_all
from migrate_vars.equivalence.programs import Program, Run, undisturbed
from migrate_vars.equivalence.rewriting import RewrittenFile, rewrite_files
from migrate_vars.equivalence.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.verify import Interpreters
from migrate_vars.trajectory.mapping import NO_WISHES, Wishes

#: How far a program may drift between TensorFlow 1.15 and 2, whose kernels round differently,
#: where nobody says otherwise; training programs were seen to drift by 1e-7 to 4e-6.
KERNEL_DRIFT = 1e-5

# Of the files of a program, so many are named in a note.
_NAMES = 3

# So many more runs of a program that races are tried for two that are alike.
_AGAIN = 3

_FUNCTION = re.compile(rb"(?:\.|import\s+)function\b")

Progress = Callable[[int, int, str], None]


class ScriptError(Exception):
    """A program that is not there; the message says why in one line."""


def find_program(
    command: str | os.PathLike[str],
    argv: Sequence[str] = (),
    module: bool = False,
    v1_view: str = "auto",
) -> Program:
    """The program that a command line stands for; it runs in the current folder.

    Args:
        command: Path of a script, or dotted name of a module; it may be followed by arguments, as
            in ``"new.py --steps 5"``.
        argv: Its arguments, where none follow it.
        module: Whether it is a module.
        v1_view: When ``import tensorflow`` gives TensorFlow 1's names; see :class:`Program`.

    Raises:
        ScriptError: If there is no such script.
    """
    name = os.fspath(command)
    if module or not Path(name).exists():
        try:
            name, *own = shlex.split(name)
        except ValueError as error:  # a quotation mark too few, or nothing at all
            raise ScriptError(f"{command}: {error}") from error
        argv = own or argv
    if not module and not Path(name).is_file():
        raise ScriptError(f"{name}: no such file")
    return Program(
        Path(f"{name}.py" if module else name),
        f"-m {name}" if module else name,
        argv=tuple(argv),
        module=name if module else "",
        cwd=Path.cwd(),
        v1_view=v1_view,
    )


@dataclass(frozen=True)
class Script:
    """A program to verify, and how.

    Attributes:
        program: The TF1 program.
        against: Its migration, done by hand, or None to verify what ``rewrite`` makes of it.
        drift: How far a migration, and another release, may drift, relative to the variable's
            running maximum; None: a migration not at all, another release by ``KERNEL_DRIFT``.
        tf_modules: Modules that re-export TensorFlow, for ``rewrite``.
        settings: What to try before a divergence is reported.
        wishes: Which variables of the migration are which.
    """

    program: Program
    against: Program | None = None
    drift: float | None = None
    tf_modules: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    wishes: Wishes = NO_WISHES

    @property
    def name(self) -> str:
        """What to call it in reports."""
        label = self.program.label
        return label if self.against is None else f"{label} -> {self.against.label}"

    def columns(self, oracle: bool) -> tuple[str, ...]:
        """The names of the links that verifying it may give.

        Args:
            oracle: Whether there is an interpreter with TensorFlow 1.
        """
        links = (REPEAT, REWRITTEN) if self.against is None else (REPEAT, NEW)
        return (ORACLE, *links) if oracle else links


def verify_script(
    script: Script,
    interpreters: Interpreters | Interpreter,
    *,
    progress: Progress = lambda finished, total, label: None,
    jobs: int | None = None,
) -> Verification:
    """Verifies one script.

    It is run twice first: of one that does not repeat, or trains nothing, nothing is compared.
    Where it cannot run under TensorFlow 2 at all, its run under TensorFlow 1, if there is one, is
    the reference, and its rewrite runs there, too.

    Args:
        script: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        progress: Called after each run with the number of finished runs, of all, and a label.
        jobs: How many programs run at a time; one by default, as they may write files.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If the script's wishes do not fit the programs.
    """
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    if jobs not in (None, 1):
        return _verify_twice(script, interpreters, progress, jobs)
    with undisturbed(script.program) as program:
        against = script.against and replace(script.against, leftovers=program.leftovers)
        script = replace(script, program=program, against=against)
        return _verify_twice(script, interpreters, progress, jobs)


def _verify_twice(
    script: Script, interpreters: Interpreters, progress: Progress, jobs: int | None
) -> Verification:
    """Verifies, and again with aligned seeds where that may make a difference."""
    result = _verify(script, interpreters, progress, jobs)
    if script.settings.seeds != "auto":
        return result
    aligned = replace(script, settings=replace(script.settings, seeds="aligned"))
    return align_seeds(
        result, interpreters.v1, lambda: _verify(aligned, interpreters, progress, jobs)
    )


def _verify(
    script: Script, interpreters: Interpreters, progress: Progress, jobs: int | None
) -> Verification:
    program = replace(script.settings.prepare(script.program), races=True)
    migration = script.against
    if migration is not None:
        migration = replace(script.settings.prepare(migration), races=True)
    oracle = interpreters.oracle
    under_1 = replace(program, label=f"{program.label} (TF 1)")
    home = interpreters.v1
    run = _Runner(3 + (oracle is not None), progress, jobs)
    notes: list[str] = []

    reference, again = run([(home, one) for one in (program, _again(program))])
    if reference.error and oracle is not None:
        notes.append(
            f"{program.label} does not run under TensorFlow 2 ({reference.error}): its run under "
            "TensorFlow 1 is the reference"
        )
        home = oracle
        reference, again = run([(oracle, one) for one in (under_1, _again(under_1))])
        oracle = None
    reference, again = _settle(reference, again, home)
    links = [Link(REPEAT, again.program)]
    runs = {REPEAT: again}
    judgements = judge_links(reference, links, runs)
    rewritten: tuple[RewrittenFile, ...] = ()

    if judgements[REPEAT].verdict is Verdict.IDENTICAL:
        others: list[tuple[Interpreter, Link]] = []
        if oracle is not None:
            bound = KERNEL_DRIFT if script.drift is None else script.drift
            others.append((oracle, Link(ORACLE, under_1, bound)))
        if migration is not None:
            allowed = script.drift
            if allowed is None and home is not interpreters.v1:
                allowed = KERNEL_DRIFT
            link = Link(NEW, migration, allowed, script.wishes, partial=False)
            others.append((interpreters.v2, link))
        else:
            rewritten = tuple(rewrite_files(reference.sources, script.tf_modules))
            if rewritten:
                others.append((home, Link(REWRITTEN, _copy(program, rewritten))))
            else:
                notes.append(f"rewrite finds nothing to change in {_names(reference)}")
        links += [link for _, link in others]
        found = run([(interpreter, link.program) for interpreter, link in others])
        runs |= zip((link.name for _, link in others), found, strict=True)
        if REWRITTEN in runs:
            runs[REWRITTEN] = _meet(reference, runs[REWRITTEN], home)
        judgements = judge_links(reference, links, runs)
        if migration is None and not rewritten and oracle is None:
            # The rewritten program is the program itself.
            runs[REWRITTEN] = again
            other = "" if home is interpreters.oracle else " or TensorFlow 1.15 (--tf1-python)"
            judgements[REWRITTEN] = Judgement(
                Verdict.VACUOUS,
                "there is nothing to prove: rewrite changes nothing; to compare with is a "
                f"migration (--against){other}",
            )
        if migration is not None and _worth_running_eagerly(judgements[NEW], migration):
            eager = replace(migration, label=f"{migration.label} (functions eager)", eager=True)
            links.append(replace(links[-1], name=NEW_EAGER, program=eager))
            (runs[NEW_EAGER],) = run([(interpreters.v2, eager)])
            judgements = judge_links(reference, links, runs)
        if oracle is not None:
            under_oracle = {ORACLE: judgements[ORACLE]}
            judgements |= blame_reference(runs[ORACLE], under_oracle, oracle)
        places = {link.name: interpreter for interpreter, link in others}
        places[NEW_EAGER] = interpreters.v2
        judgements = localise(reference, home, judgements, runs, places.__getitem__)
        runs, judgements, found_notes = look_closer(
            reference,
            links[1:],
            runs,
            lambda link: places[link.name],
            home,
            judgements,
            script.settings,
        )
        notes += found_notes
    comparison = judgements[NEW].comparison if NEW in judgements else None
    if comparison is not None:
        notes += [text for text in [describe_pairs(comparison.mapping)] if text]
    notes += collect_notes(reference, judgements, runs)
    return Verification(
        script.name,
        program.folder,
        reference,
        judgements,
        runs,
        tuple(notes),
        rewritten,
        outputs=compare_all(reference, runs, judgements, repeat=REPEAT, backwards=ORACLE),
        compare_output=script.settings.compare_output,
    )


def _settle(reference: Run, again: Run, home: Interpreter) -> tuple[Run, Run]:
    """Two runs of a program that are alike, if it races and a few more runs give two such.

    Which of the ops that nothing puts in order comes first is nearly always the same, not always.
    """
    label = again.program.label
    runs = [replace(reference, program=replace(reference.program, label=label)), again]
    while _races(reference) and not _alike(*runs[-2:]) and len(runs) < 2 + _AGAIN:
        runs.append(home.run(again.program))
        for earlier in runs[:-2]:
            if _alike(earlier, runs[-1]):
                return replace(earlier, program=reference.program), runs[-1]
    if len(runs) > 2 and _alike(*runs[-2:]):
        return replace(runs[-2], program=reference.program), runs[-1]
    return reference, again


def _meet(reference: Run, other: Run, place: Interpreter) -> Run:
    """A run of a rewritten program that is like its reference, if that races and there is one."""
    found = other
    for _ in range(_AGAIN):
        if not _races(reference) or found.error or _alike(reference, found):
            return found
        found = place.run(other.program)
    return found if _alike(reference, found) else other


def _races(run: Run) -> bool:
    return run.trajectory is not None and bool(run.trajectory.races)


def _alike(reference: Run, other: Run) -> bool:
    return not other.error and judge(reference, other).verdict is Verdict.IDENTICAL


class _Runner:
    """Runs programs side by side, and tells of each that has ended."""

    def __init__(self, total: int, progress: Progress, jobs: int | None) -> None:
        self._total = total
        self._progress = progress
        self._jobs = jobs
        self._finished = 0

    def __call__(self, tasks: Sequence[tuple[Interpreter, Program]]) -> list[Run]:
        return run_all(tasks, self._done, self._jobs)

    def _done(self, run: Run) -> None:
        self._finished += 1
        self._total = max(self._total, self._finished)
        self._progress(self._finished, self._total, run.program.label)


def _again(program: Program) -> Program:
    return replace(program, label=f"{program.label} (again)")


def _copy(program: Program, rewritten: Sequence[RewrittenFile]) -> Program:
    texts = {str(file.path): file.text for file in rewritten}
    return replace(program, label=f"{program.label} (rewritten)", texts=texts)


def _names(reference: Run) -> str:
    folder = os.path.realpath(reference.program.folder)
    paths = [os.path.relpath(path, folder) for path in reference.sources]
    more = len(paths) - _NAMES
    return ", ".join(paths[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _worth_running_eagerly(judgement: Judgement, migration: Program) -> bool:
    """Whether functions that run eagerly can tell more of a divergence: the lines inside them."""
    if judgement.verdict is not Verdict.DIVERGED or migration.module:
        return False
    return _FUNCTION.search(migration.script.read_bytes()) is not None
