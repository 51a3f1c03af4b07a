"""Runs every program of a pattern and judges each against the session program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from migrate_vars.equivalence.interpreters import Interpreter, run_all
from migrate_vars.equivalence.patterns import Pattern
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.equivalence.verdicts import Judgement, Verdict, judge, judge_reference

#: Name of the link between the two runs of the v1 program, under TensorFlow 1 and 2.
ORACLE = "TF 1"
REWRITTEN = "rewritten"
_REFERENCE = "reference"


@dataclass(frozen=True)
class Link:
    """One comparison of a pattern: the v1 session program against one of the others."""

    name: str
    program: Program
    bound: float | None = None
    note: str = ""


@dataclass(frozen=True)
class PatternResult:
    """What came out of verifying one pattern.

    Attributes:
        pattern: The pattern.
        reference: Run of the v1 session program.
        judgements: By name of the link ("TF 1", "rewritten", "eager", "function", "keras"), in
            that order. "TF 1" judges the reference itself against the oracle's run of it.
        runs: The runs that were judged, by name of the link.
        notes: What a reader should know besides, in words.
    """

    pattern: Pattern
    reference: Run
    judgements: dict[str, Judgement]
    runs: dict[str, Run]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every program trains like the reference."""
        return all(judgement.verdict.passed for judgement in self.judgements.values())

    @property
    def failed_to_run(self) -> bool:
        """Whether a program could not be run to its end."""
        return any(j.verdict is Verdict.ERROR for j in self.judgements.values())


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
    runs: dict[str, Run] = field(default_factory=dict)


@contextmanager
def open_interpreters(
    python: str,
    v1_python: str | None = None,
    tf1_python: str | None = None,
    timeout: float = 300.0,
    policy: str = "exact",
) -> Iterator[Interpreters]:
    """Starts the interpreters that verifying needs, and ends them.

    Args:
        python: Interpreter with TensorFlow 2.
        v1_python: Interpreter for the session programs; the same one by default.
        tf1_python: Interpreter with TensorFlow 1.15, the oracle, or None.
        timeout: Seconds after which a program is killed.
        policy: Name of the numerics policy, "exact" or "native".

    Raises:
        InterpreterError: If an interpreter does not start.
    """
    with ExitStack() as stack:

        def start(path: str) -> Interpreter:
            return stack.enter_context(Interpreter(path, timeout, policy))

        v2 = start(python)
        v1 = v2 if v1_python is None or v1_python == python else start(v1_python)
        yield Interpreters(v1, v2, None if tf1_python is None else start(tf1_python))


def verify_patterns(
    patterns: Sequence[Pattern],
    interpreters: Interpreters | Interpreter,
    *,
    drift: float | None = None,
    done: Callable[[PatternResult], None] = lambda result: None,
    progress: Callable[[int, int, str], None] = lambda finished, total, label: None,
    jobs: int | None = None,
) -> list[PatternResult]:
    """Verifies patterns.

    Args:
        patterns: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        drift: How far every program may drift from its reference, relative to the variable's
            running maximum; None leaves that to the patterns.
        done: Called with each result as soon as it is there, in the order of ``patterns``.
        progress: Called after each run with the number of finished runs, of all, and a label.
        jobs: How many programs run at a time; as many as there are processors by default.

    Returns:
        One result for each pattern, in order.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
    """
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    works = [
        _Work(pattern, _reference(pattern), _links(pattern, interpreters, drift))
        for pattern in patterns
    ]
    tasks = []
    owners = []
    for work in works:
        tasks.append((interpreters.v1, work.reference))
        owners.append((work, _REFERENCE))
        for link in work.links:
            tasks.append((interpreters.of(link), link.program))
            owners.append((work, link.name))
    results: list[PatternResult] = []
    finished = 0

    def collect(run: Run) -> None:
        nonlocal finished
        work, name = owners[finished]
        finished += 1
        work.runs[name] = run
        progress(finished, len(tasks), f"{work.pattern.name}: {run.program.label}")
        if len(work.runs) == len(work.links) + 1:
            results.append(_judge(work, interpreters.v1))
            done(results[-1])

    run_all(tasks, collect, jobs)
    return results


def link_names(pattern: Pattern, oracle: bool = False) -> list[str]:
    """The names of the judgements that verifying a pattern will give.

    Args:
        pattern: The pattern.
        oracle: Whether there is an interpreter with TensorFlow 1.
    """
    return [ORACLE] * oracle + [link.name for link in _program_links(pattern)]


def _reference(pattern: Pattern) -> Program:
    return Program(pattern.v1_session, pattern.v1_session.name)


def _links(pattern: Pattern, interpreters: Interpreters, drift: float | None) -> list[Link]:
    links = _program_links(pattern)
    if interpreters.differ:
        between = pattern.v1_drift
        links = [
            link if link.name == REWRITTEN else _allow(link, between or None) for link in links
        ]
    if interpreters.oracle is not None:
        program = replace(_reference(pattern), label=f"{pattern.v1_session.name} (TF 1)")
        links.insert(0, Link(ORACLE, program, pattern.v1_drift or None))
    return [_allow(link, drift) for link in links]


def _allow(link: Link, drift: float | None) -> Link:
    """The link, with at least that much drift allowed."""
    return link if drift is None else replace(link, bound=max(link.bound or 0.0, drift))


def _program_links(pattern: Pattern) -> list[Link]:
    v2 = pattern.v2_eager
    links = [
        *_rewritten(pattern),
        Link("eager", Program(v2, f"{v2.name} (functions run eagerly)", eager=True)),
        Link("function", Program(v2, v2.name)),
    ]
    if pattern.v2_keras is not None:
        keras = Program(pattern.v2_keras, pattern.v2_keras.name)
        links.append(Link("keras", keras, pattern.keras_drift))
    return links


def _rewritten(pattern: Pattern) -> list[Link]:
    from migrate_vars.codemod.engine import UnparseableSourceError, rewrite_source

    script = pattern.v1_session
    original = script.read_bytes()
    try:
        rewritten = rewrite_source(original, str(script))
    except UnparseableSourceError:
        return []  # running it will say what is wrong with it
    if rewritten.output == original:
        return []
    program = Program(script, f"{script.name} (rewritten)", source=rewritten.output)
    return [Link(REWRITTEN, program)]


def _judge(work: _Work, v1: Interpreter) -> PatternResult:
    reference = work.runs.pop(_REFERENCE)
    unusable = judge_reference(reference)
    judgements: dict[str, Judgement] = {}
    for link in work.links:
        run = work.runs[link.name]
        if link.name == ORACLE:
            found = judge_reference(run) or unusable or judge(run, reference, link.bound)
        else:
            found = unusable or judge(reference, run, link.bound)
        judgements[link.name] = found
    if any(judgement.verdict is Verdict.DIVERGED for judgement in judgements.values()):
        judgements = _blame_reference(reference, judgements, v1)
    notes = []
    if REWRITTEN not in judgements:
        notes.append(f"rewrite finds nothing to change in {reference.program.label}")
    for run in (reference, *work.runs.values()):
        if run.trajectory is not None:
            notes += [f"{run.program.label}: {warning}" for warning in run.trajectory.warnings]
    for judgement in judgements.values():
        if judgement.comparison is not None and judgement.bound is None:
            notes += [
                f"{pair.reference!r} was compared with {pair.other!r} because of their order only"
                for pair in judgement.comparison.mapping.uncertain
            ]
    return PatternResult(
        work.pattern, reference, judgements, work.runs, tuple(dict.fromkeys(notes))
    )


def _blame_reference(
    reference: Run, judgements: dict[str, Judgement], interpreter: Interpreter
) -> dict[str, Judgement]:
    """Runs a reference again before a divergence is blamed on the migration."""
    again = judge(reference, interpreter.run(reference.program))
    if again.verdict is Verdict.IDENTICAL:
        return judgements
    message = f"{reference.program.label} does not repeat: {again.message}"
    return {
        name: Judgement(Verdict.UNDEFINED, message, again.comparison, again.divergence)
        if judgement.verdict is Verdict.DIVERGED
        else judgement
        for name, judgement in judgements.items()
    }
