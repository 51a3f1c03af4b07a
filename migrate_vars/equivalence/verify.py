"""Runs every program of a pattern and judges each against the session program."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from migrate_vars.equivalence.judging.checks import (
    ORACLE,
    REPEAT,
    REWRITTEN,
    Drift,
    Link,
    Verification,
    allow,
    blame_reference,
    collect_notes,
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
from migrate_vars.equivalence.judging.suggestions import find_hints, with_own_seeds
from migrate_vars.equivalence.patterns import Pattern
from migrate_vars.equivalence.running.interpreters import Interpreter, Watcher, run_all
from migrate_vars.equivalence.running.leftovers import Leftovers
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.equivalence.running.rewritten_files import (
    RewrittenFile,
    find_unreached,
    rewrite_files,
)

_REFERENCE = "reference"
_SETTINGS = Settings()


@dataclass(frozen=True)
class Interpreters:
    """Where programs run.

    Attributes:
        v1: Runs the session programs, as they are and rewritten.
        v2: Runs the eager programs.
        oracle: Runs each session program under a real TensorFlow 1 as well, if there is one; its
            run under ``v1``, which is the reference of all others, is then judged against that.
    """

    v1: Interpreter
    v2: Interpreter
    oracle: Interpreter | None = None

    def of(self, link: Link) -> Interpreter:
        """The interpreter of one link's program."""
        if link.name == ORACLE and self.oracle is not None:
            return self.oracle
        return self.v1 if link.name == REWRITTEN else self.v2

    @property
    def of_reference(self) -> list[Interpreter]:
        """Where session programs run, a real TensorFlow 1 first."""
        return [self.v1] if self.oracle is None else [self.oracle, self.v1]

    def versions(self) -> list[str]:
        """The TensorFlow releases, oldest role first: oracle, v1, v2, each interpreter once.

        Raises:
            InterpreterError: If an interpreter cannot import TensorFlow.
        """
        found = [one for one in (self.oracle, self.v1, self.v2) if one is not None]
        return [one.version() for one in dict.fromkeys(found)]

    @property
    def differ(self) -> bool:
        """Whether the two sides run in different interpreters, whose kernels may round apart."""
        return self.v1 is not self.v2


@dataclass
class _Work:
    pattern: Pattern
    reference: Program
    links: list[Link]
    settings: Settings
    runs: dict[str, Run] = field(default_factory=dict)


@contextmanager
def open_interpreters(
    python: str,
    v1_python: str | None = None,
    tf1_python: str | None = None,
    timeout: float = 300.0,
    policy: str = "exact",
    watcher: Watcher | None = None,
) -> Iterator[Interpreters]:
    """Starts the interpreters that verifying needs, and ends them.

    Args:
        python: Interpreter with TensorFlow 2.
        v1_python: Interpreter for the session programs; the same one by default.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        timeout: Seconds after which a program is killed.
        policy: Name of the numerics policy, "exact" or "native".
        watcher: Is told of every run.

    Raises:
        InterpreterError: If an interpreter does not start.
    """
    with ExitStack() as stack:

        def start(path: str, option: str) -> Interpreter:
            return stack.enter_context(Interpreter(path, timeout, policy, option, watcher))

        v2 = v1 = start(python, "--python")
        if v1_python is not None and v1_python != python:
            v1 = start(v1_python, "--v1-python")
        oracle = None if tf1_python is None else start(tf1_python, "--tf1-python")
        yield Interpreters(v1, v2, oracle)


def verify_patterns(
    patterns: Sequence[Pattern],
    interpreters: Interpreters | Interpreter,
    *,
    drift: Drift = None,
    done: Callable[[Verification], None] = lambda result: None,
    progress: Callable[[int, int, str], None] = lambda finished, total, label: None,
    jobs: int | None = None,
    settings: Settings = _SETTINGS,
) -> list[Verification]:
    """Verifies patterns.

    Args:
        patterns: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        drift: How far every program may drift from its reference, relative to the variable's
            running maximum, or "rounding"; None leaves that to the patterns.
        done: Called with each result as soon as it is there, in the order of ``patterns``.
        progress: Called after each run with the number of finished runs, of all, and a label.
        jobs: How many programs run at a time; as many as there are processors by default.
        settings: What to try before a divergence is reported.

    Returns:
        One result for each pattern, in order.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
    """
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    with _leftovers(patterns) as leftovers:
        return _verify_patterns(
            patterns, interpreters, drift, done, progress, jobs, settings, leftovers
        )


def _leftovers(patterns: Sequence[Pattern]) -> Leftovers:
    """Puts back what the programs of patterns write, where the system tells what that is."""
    folders = [os.path.realpath(pattern.directory) for pattern in patterns] or ["."]
    return Leftovers(Path(os.path.commonpath(folders)), only_watched=True)


def _verify_patterns(
    patterns: Sequence[Pattern],
    interpreters: Interpreters,
    drift: Drift,
    done: Callable[[Verification], None],
    progress: Callable[[int, int, str], None],
    jobs: int | None,
    settings: Settings,
    leftovers: Leftovers,
) -> list[Verification]:
    works = [_work(pattern, interpreters, drift, settings, leftovers) for pattern in patterns]
    tasks = []
    owners = []
    for work in works:
        tasks.append((interpreters.v1, work.reference))
        owners.append((work, _REFERENCE))
        for link in work.links:
            tasks.append((interpreters.of(link), link.program))
            owners.append((work, link.name))
    results: list[Verification] = []
    finished = 0

    def collect(run: Run) -> None:
        nonlocal finished
        work, name = owners[finished]
        finished += 1
        work.runs[name] = run
        progress(finished, len(tasks), f"{work.pattern.name}: {run.program.label}")
        if len(work.runs) == len(work.links) + 1:
            results.append(_judge(work, work.settings))
            if settings.seeds == "auto":
                own = results[-1]
                aligned = align_seeds(
                    own,
                    interpreters.of_reference,
                    settings,
                    lambda aligned: _verify_again(
                        work.pattern, interpreters, drift, aligned, jobs, leftovers
                    ),
                )
                results[-1] = with_own_seeds(aligned, own)
            elif settings.streams is None:
                results[-1] = say_aligned(results[-1], work.settings)
            results[-1] = replace(results[-1], notes=(*results[-1].notes, *leftovers.notes))
            done(results[-1])

    run_all(tasks, collect, jobs)
    return results


def _verify_again(
    pattern: Pattern,
    interpreters: Interpreters,
    drift: Drift,
    settings: Settings,
    jobs: int | None,
    leftovers: Leftovers,
) -> Verification:
    (result,) = _verify_patterns(
        [pattern],
        interpreters,
        drift,
        lambda result: None,
        lambda finished, total, label: None,
        jobs,
        settings,
        leftovers,
    )
    return result


def _work(
    pattern: Pattern,
    interpreters: Interpreters,
    drift: Drift,
    settings: Settings,
    leftovers: Leftovers,
) -> _Work:
    if settings.seeds == "aligned" and settings.streams is None:
        first = replace(_reference(pattern), leftovers=leftovers)
        settings = settings.with_streams(first, interpreters.of_reference)

    def prepare(program: Program) -> Program:
        return replace(settings.prepare(program), leftovers=leftovers)

    links = _links(pattern, interpreters, drift)
    return _Work(
        pattern,
        prepare(_reference(pattern)),
        [replace(link, program=prepare(link.program)) for link in links],
        settings,
    )


def link_names(pattern: Pattern, oracle: bool = False) -> list[str]:
    """The names of the judgements that verifying a pattern will give.

    Args:
        pattern: The pattern.
        oracle: Whether there is an interpreter with TensorFlow 1.
    """
    return [ORACLE] * oracle + [link.name for link in _program_links(pattern)]


def _reference(pattern: Pattern) -> Program:
    return Program(pattern.v1_session, pattern.v1_session.name, races=True)


def _links(pattern: Pattern, interpreters: Interpreters, drift: Drift) -> list[Link]:
    links = _program_links(pattern)
    if interpreters.differ:
        between: Drift = pattern.v1_drift or "rounding"
        links = [link if link.name == REWRITTEN else allow(link, between) for link in links]
    if interpreters.oracle is not None:
        program = replace(_reference(pattern), label=f"{pattern.v1_session.name} (TF 1)")
        links.insert(0, Link(ORACLE, program, pattern.v1_drift or None, rounding=True))
    return [allow(link, drift) for link in links]


def _program_links(pattern: Pattern) -> list[Link]:
    v2 = Program(pattern.v2_eager, pattern.v2_eager.name, v1_view="never")
    links = [
        *_rewritten(pattern),
        Link("eager", replace(v2, label=f"{v2.label} (functions run eagerly)", eager=True)),
        Link("function", v2),
    ]
    if pattern.v2_keras is not None:
        keras = Program(pattern.v2_keras, pattern.v2_keras.name, v1_view="never")
        links.append(Link("keras", keras, pattern.keras_drift))
    return links


def _rewritten(pattern: Pattern) -> list[Link]:
    script = pattern.v1_session
    # Running it will say what is wrong with it where it cannot be rewritten.
    return [
        Link(REWRITTEN, Program(script, f"{script.name} (rewritten)", source=rewritten.text))
        for rewritten in rewrite_files([str(script)], pattern.project)
    ]


def _judge(work: _Work, settings: Settings) -> Verification:
    reference = work.runs.pop(_REFERENCE)
    sensitivity = Sensitivity(reference)
    judgements = settle(
        reference,
        work.links,
        work.runs,
        judge_links(reference, work.links, work.runs),
        sensitivity,
    )
    judgements = blame_reference(reference, judgements)
    judgements = localise(reference, judgements, work.runs)
    work.runs, judgements, notes = look_closer(
        reference, work.links, work.runs, judgements, settings, sensitivity
    )
    judgements = find_hints(reference, work.links, work.runs, judgements, settings)
    notes += collect_notes(reference, judgements, work.runs)
    if REWRITTEN not in judgements:
        notes.insert(0, f"rewrite finds nothing to change in {reference.program.label}")
    notes += _not_proven(work, reference)
    pattern = work.pattern
    outputs = compare_all(reference, work.runs, judgements, repeat=REPEAT, backwards=ORACLE)
    return Verification(
        pattern.name,
        pattern.directory,
        reference,
        judgements,
        work.runs,
        tuple(notes),
        outputs=outputs,
        compare_output=settings.compare_output,
    )


def _not_proven(work: _Work, reference: Run) -> list[str]:
    """Says which rewritten calls of the session program no run came to."""
    program = next((link.program for link in work.links if link.name == REWRITTEN), None)
    if program is None or program.source is None or reference.trajectory is None:
        return []
    file = RewrittenFile(program.script, program.source, 0, 0, 0)
    (found,) = find_unreached([file], reference.trajectory, work.pattern.project)
    return [
        f"{reference.program.label}:{place}: rewritten, but not proven: no run came there"
        for place in found.unreached
    ]
