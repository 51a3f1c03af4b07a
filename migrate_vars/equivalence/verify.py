"""Runs every program of a pattern and judges each against the session program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from migrate_vars.equivalence.interpreters import Interpreter
from migrate_vars.equivalence.patterns import Pattern
from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.equivalence.verdicts import Judgement, Verdict, judge, judge_reference

#: Name of the link between the two runs of the v1 program, under TensorFlow 1 and 2.
ORACLE = "TF 1"


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


@dataclass
class _Work:
    pattern: Pattern
    reference: Program
    links: list[Link]
    runs: dict[int, Run] = field(default_factory=dict)


def verify_patterns(
    patterns: Sequence[Pattern],
    interpreter: Interpreter,
    oracle: Interpreter | None = None,
    done: Callable[[PatternResult], None] = lambda result: None,
    progress: Callable[[int, int, str], None] = lambda finished, total, label: None,
    jobs: int | None = None,
) -> list[PatternResult]:
    """Verifies patterns.

    Args:
        patterns: What to verify.
        interpreter: Runs the programs under TensorFlow 2.
        oracle: Runs each v1 program under a real TensorFlow 1 as well; the v1 program under
            TensorFlow 2, which is the reference of all others, is then judged against that run.
        done: Called with each result as soon as it is there, in the order of ``patterns``.
        progress: Called after each run with the number of finished runs, of all, and a label.
        jobs: How many programs run at a time; as many as there are processors by default.

    Returns:
        One result for each pattern, in order.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
    """
    works = [_Work(pattern, _reference(pattern), _links(pattern)) for pattern in patterns]
    programs = [
        (work, index, program)
        for work in works
        for index, program in enumerate([work.reference, *(link.program for link in work.links)])
    ]
    results: list[PatternResult] = []
    finished = 0

    with ThreadPoolExecutor(1) as pool:
        # The oracle works beside the interpreter; a map would hand on its runs in order only.
        truths = [replace(work.reference, label=f"{work.reference.label} (TF 1)") for work in works]
        waiting = [pool.submit(oracle.run, program) for program in truths] if oracle else []

        def collect(run: Run) -> None:
            nonlocal finished
            work, index, _ = programs[finished]
            finished += 1
            work.runs[index] = run
            progress(finished, len(programs), f"{work.pattern.name}: {run.program.label}")
            if len(work.runs) == len(work.links) + 1:
                truth = waiting[len(results)].result() if oracle else None
                results.append(_judge(work, interpreter, truth))
                done(results[-1])

        try:
            interpreter.run_all([program for _, _, program in programs], collect, jobs)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            if oracle is not None:
                oracle.__exit__()
            raise
    return results


def link_names(pattern: Pattern, oracle: bool = False) -> list[str]:
    """The names of the judgements that verifying a pattern will give.

    Args:
        pattern: The pattern.
        oracle: Whether there is an interpreter with TensorFlow 1.
    """
    return [ORACLE] * oracle + [link.name for link in _links(pattern)]


def _reference(pattern: Pattern) -> Program:
    return Program(pattern.v1_session, pattern.v1_session.name)


def _links(pattern: Pattern) -> list[Link]:
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
    return [Link("rewritten", program)]


def _judge(work: _Work, interpreter: Interpreter, truth: Run | None) -> PatternResult:
    reference = work.runs[0]
    unusable = judge_reference(reference)
    judgements = {
        link.name: unusable or judge(reference, work.runs[index], link.bound)
        for index, link in enumerate(work.links, 1)
    }
    if any(judgement.verdict is Verdict.DIVERGED for judgement in judgements.values()):
        judgements = _blame_reference(reference, judgements, interpreter)
    runs = {link.name: work.runs[index] for index, link in enumerate(work.links, 1)}
    if truth is not None:
        against = judge_reference(truth) or unusable
        against = against or judge(truth, reference, work.pattern.v1_drift or None)
        judgements = {ORACLE: against, **judgements}
        runs[ORACLE] = truth
    notes = []
    if "rewritten" not in judgements:
        notes.append(f"rewrite finds nothing to change in {reference.program.label}")
    for run in (reference, *runs.values()):
        if run.trajectory is not None:
            notes += [f"{run.program.label}: {warning}" for warning in run.trajectory.warnings]
    for judgement in judgements.values():
        if judgement.comparison is not None and judgement.bound is None:
            notes += [
                f"{pair.reference!r} was compared with {pair.other!r} because of their order only"
                for pair in judgement.comparison.mapping.uncertain
            ]
    return PatternResult(work.pattern, reference, judgements, runs, tuple(dict.fromkeys(notes)))


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
