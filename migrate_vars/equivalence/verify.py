"""Runs every program of a pattern and judges each against the session program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from migrate_vars.equivalence.closer_look import Settings, align_seeds, look_closer
from migrate_vars.equivalence.interpreters import Interpreter, run_all
from migrate_vars.equivalence.links import (
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
from migrate_vars.equivalence.patterns import Pattern
from migrate_vars.equivalence.programs import Program, Run

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
            running maximum; None leaves that to the patterns.
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
    works = [_work(pattern, interpreters, drift, settings) for pattern in patterns]
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
            results.append(_judge(work, interpreters, settings))
            if settings.seeds == "auto":
                results[-1] = align_seeds(
                    results[-1],
                    interpreters.v1,
                    lambda: _verify_aligned(work.pattern, interpreters, drift, settings, jobs),
                )
            done(results[-1])

    run_all(tasks, collect, jobs)
    return results


def _verify_aligned(
    pattern: Pattern,
    interpreters: Interpreters,
    drift: float | None,
    settings: Settings,
    jobs: int | None,
) -> Verification:
    aligned = replace(settings, seeds="aligned")
    (result,) = verify_patterns([pattern], interpreters, drift=drift, jobs=jobs, settings=aligned)
    return result


def _work(
    pattern: Pattern, interpreters: Interpreters, drift: float | None, settings: Settings
) -> _Work:
    links = _links(pattern, interpreters, drift)
    return _Work(
        pattern,
        settings.prepare(_reference(pattern)),
        [replace(link, program=settings.prepare(link.program)) for link in links],
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


def _judge(work: _Work, interpreters: Interpreters, settings: Settings) -> Verification:
    reference = work.runs.pop(_REFERENCE)
    v1 = interpreters.v1
    judgements = blame_reference(reference, judge_links(reference, work.links, work.runs), v1)
    where = {link.name: interpreters.of(link) for link in work.links}
    judgements = localise(reference, v1, judgements, work.runs, where.__getitem__)
    work.runs, judgements, notes = look_closer(
        reference, work.links, work.runs, interpreters.of, v1, judgements, settings
    )
    notes += collect_notes(reference, judgements, work.runs)
    if REWRITTEN not in judgements:
        notes.insert(0, f"rewrite finds nothing to change in {reference.program.label}")
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
