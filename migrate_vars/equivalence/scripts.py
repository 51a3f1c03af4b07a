"""Verifies somebody's own program: against its own rewrite, or against a migration of it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_vars.equivalence.judging.checks import (
    NEW,
    NEW_EAGER,
    ORACLE,
    REPEAT,
    REWRITTEN,
    Drift,
    Link,
    Verification,
    allow,
    blame_reference,
    collect_notes,
    describe_pairs,
    judge_links,
)
from migrate_vars.equivalence.judging.closer_look import (
    Settings,
    align_seeds,
    look_closer,
    say_aligned,
)
from migrate_vars.equivalence.judging.missing_values import localise
from migrate_vars.equivalence.judging.output_check import compare_all
from migrate_vars.equivalence.judging.rounding_verdict import settle
from migrate_vars.equivalence.judging.sensitivity import Sensitivity
from migrate_vars.equivalence.judging.suggestions import find_hints, with_own_seeds, worth_own_seeds
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, judge
from migrate_vars.equivalence.running.interpreters import Interpreter, run_all
from migrate_vars.equivalence.running.leftovers import Leftovers
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.equivalence.running.rewritten_files import (
    RewrittenFile,
    find_unreached,
    is_notebook,
    rewrite_files,
)
from migrate_vars.equivalence.verify import Interpreters
from migrate_vars.trajectory.mapping import NO_WISHES, Wishes

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project

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
        v1_view: When ``import tensorflow`` gives TensorFlow 1's names; see :class:`Program`. "both"
            is "auto", for the migration, too.

    Raises:
        ScriptError: If there is no such script, or it is a notebook that cannot be run as one.
    """
    name = os.fspath(command)
    if module or not Path(name).exists():
        try:
            name, *own = shlex.split(name)
        except ValueError as error:  # a quotation mark too few, or nothing at all
            raise ScriptError(f"{command}: {error}") from error
        argv = own or argv
    if not module and not Path(name).is_file():
        raise ScriptError(f"{name}: no such file{_near(Path(name))}")
    source, notes = (None, ()) if module or not is_notebook(name) else _notebook(name)
    return Program(
        Path(f"{name}.py" if module else name),
        f"-m {name}" if module else name,
        source=source,
        argv=tuple(argv),
        module=name if module else "",
        cwd=Path.cwd(),
        v1_view="auto" if v1_view == "both" else v1_view,
        notes=notes,
    )


def find_migration(
    command: str | os.PathLike[str],
    argv: Sequence[str] = (),
    module: bool = False,
    v1_view: str = "auto",
) -> Program:
    """The migration that a command line stands for; the arguments are those of the old program.

    It runs as its user would run it, and so without the names of TensorFlow 1, unless ``v1_view``
    is "both".

    Raises:
        ScriptError: If there is no such script.
    """
    return find_program(command, argv, module, "auto" if v1_view == "both" else "never")


def project_of(program: Program) -> Project:
    """What ``migrate-vars rewrite`` would do with the program's files.

    Raises:
        ScriptError: If the configuration cannot be used.
    """
    from migrate_vars.workspace.configuration import ConfigurationError
    from migrate_vars.workspace.project import find_project

    try:
        return find_project([str(program.script)])
    except ConfigurationError as error:
        raise ScriptError(str(error)) from error


def _notebook(path: str) -> tuple[bytes, tuple[str, ...]]:
    """The cells of a notebook as a script, and what is left out of it."""
    from migrate_vars.equivalence.running.notebook_scripts import NotebookError, as_script

    try:
        script = as_script(Path(path).read_bytes(), path)
    except (NotebookError, OSError) as error:
        raise ScriptError(str(error)) from error
    return script.text, script.notes


def _near(path: Path) -> str:
    """The file beside it that a name may have been meant for."""
    from difflib import get_close_matches  # late: it is for mistakes only

    if not path.parent.is_dir():
        return ""
    names = [one.name for one in path.parent.iterdir() if one.suffix in (".py", ".ipynb")]
    close = get_close_matches(path.name, names, n=1, cutoff=0.8)
    return f"; did you mean {path.with_name(close[0])}?" if close else ""


@dataclass(frozen=True)
class Script:
    """A program to verify, and how.

    Attributes:
        program: The TF1 program.
        against: Its migration, done by hand, or None to verify what ``rewrite`` makes of it.
        drift: How far a migration, and another release, may drift, relative to the variable's
            running maximum, or "rounding"; None: a migration not at all, another release by
            rounding.
        project: What the project's configuration says of ``rewrite``; None for the defaults.
        settings: What to try before a divergence is reported.
        wishes: Which variables of the migration are which.
    """

    program: Program
    against: Program | None = None
    drift: Drift = None
    project: Project | None = None
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
    keep_files: bool = False,
) -> Verification:
    """Verifies one script, and leaves all files as they were.

    It is run twice first: of one that does not repeat, or trains nothing, nothing is compared.
    Where it cannot run under TensorFlow 2 at all, its run under TensorFlow 1, if there is one, is
    the reference, and its rewrite runs there, too.

    Args:
        script: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        progress: Called after each run with the number of finished runs, of all, and a label.
        jobs: How many programs run at a time; one by default, as they may write files.
        keep_files: Whether to leave what the first run leaves.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        MappingError: If the script's wishes do not fit the programs.
    """
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    with Leftovers(script.program.cwd or script.program.folder, keep_files) as leftovers:
        program = replace(script.program, leftovers=leftovers)
        against = script.against and replace(script.against, leftovers=leftovers)
        script = replace(script, program=program, against=against)
        result = _verify_twice(script, interpreters, progress, jobs)
    return replace(result, notes=(*result.notes, *leftovers.notes))


def _verify_twice(
    script: Script, interpreters: Interpreters, progress: Progress, jobs: int | None
) -> Verification:
    """Verifies, and again with aligned seeds where that may make a difference."""
    settings = script.settings
    if settings.seeds == "aligned":
        settings = settings.with_streams(script.program, interpreters.of_reference)
        script = replace(script, settings=settings)
    result = _verify(script, interpreters, progress, jobs)
    if settings.seeds == "own":
        return result

    def verify_with(settings: Settings) -> Verification:
        return _verify(replace(script, settings=settings), interpreters, progress, jobs)

    if settings.seeds == "aligned":
        aligned = say_aligned(result, settings)
        if not worth_own_seeds(result):
            return aligned
        return with_own_seeds(aligned, verify_with(replace(settings, seeds="own", streams=None)))
    aligned = align_seeds(result, interpreters.of_reference, settings, verify_with)
    return with_own_seeds(aligned, result)


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
        advice = "" if reference.failure is None else reference.failure.advice
        helps = f"; {advice}" if "install" in advice else ""
        notes.append(
            f"{program.label} does not run under TensorFlow 2 ({reference.error}): its run under "
            f"TensorFlow 1 is the reference{helps}"
        )
        home = oracle
        reference, again = run([(oracle, one) for one in (under_1, _again(under_1))])
        oracle = None
    reference, again = _settle(reference, again)
    links = [Link(REPEAT, again.program)]
    runs = {REPEAT: again}
    judgements = judge_links(reference, links, runs)
    rewritten: tuple[RewrittenFile, ...] = ()

    if judgements[REPEAT].verdict is Verdict.IDENTICAL:
        others: list[tuple[Interpreter, Link]] = []
        if oracle is not None:
            others.append((oracle, allow(Link(ORACLE, under_1, rounding=True), script.drift)))
        if migration is not None:
            between = home is not interpreters.v1
            link = Link(NEW, migration, None, script.wishes, rounding=between)
            others.append((interpreters.v2, allow(link, script.drift)))
        else:
            rewritten = tuple(rewrite_files(reference.sources, script.project))
            if rewritten:
                assert reference.trajectory is not None
                rewritten = tuple(find_unreached(rewritten, reference.trajectory, script.project))
                others.append((home, Link(REWRITTEN, _copy(program, rewritten))))
            else:
                notes.append(f"rewrite finds nothing to change in {_names(reference)}")
        links += [link for _, link in others]
        found = run([(interpreter, link.program) for interpreter, link in others])
        runs |= zip((link.name for _, link in others), found, strict=True)
        if REWRITTEN in runs:
            runs[REWRITTEN] = _meet(reference, runs[REWRITTEN])
        sensitivity = Sensitivity(reference)

        def judge_all(chosen: Sequence[Link]) -> dict[str, Judgement]:
            found = judge_links(reference, chosen, runs)
            return settle(reference, chosen, runs, found, sensitivity)

        judgements = judge_all(links)
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
            (found_eagerly,) = run([(interpreters.v2, eager)])
            if found_eagerly.error:  # a function may need what only a graph does for it
                links.pop()
            else:
                runs[NEW_EAGER] = found_eagerly
                judgements |= judge_all(links[-1:])
        if oracle is not None:
            under_oracle = {ORACLE: judgements[ORACLE]}
            judgements |= blame_reference(runs[ORACLE], under_oracle)
        judgements = localise(reference, judgements, runs)
        runs, judgements, found_notes = look_closer(
            reference,
            links[1:],
            runs,
            judgements,
            script.settings,
            sensitivity,
        )
        notes += found_notes
        judgements = find_hints(
            reference,
            links[1:],
            runs,
            judgements,
            script.settings,
        )
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


def _settle(reference: Run, again: Run) -> tuple[Run, Run]:
    """Two runs of a program that are alike, if it races and a few more runs give two such.

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


def _meet(reference: Run, other: Run) -> Run:
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
    source = None if os.path.realpath(program.script) in texts else program.source
    return replace(program, label=f"{program.label} (rewritten)", source=source, texts=texts)


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
