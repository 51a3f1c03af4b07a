"""Verifies patterns: runs every program of one, and judges each against the session program."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import ORACLE, REWRITTEN, Check
from migrate_vars.equivalence.judging.random_draws import OWN_DRAWS, Draws, draws_of
from migrate_vars.equivalence.judging.seed_rounds import verify_with_seeds
from migrate_vars.equivalence.judging.verdict_pipeline import conclude, investigate, judge_runs
from migrate_vars.equivalence.judging.verification import Verification
from migrate_vars.equivalence.patterns import Pattern
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
from migrate_vars.trajectory.mapping import NOTHING_GIVEN

_REFERENCE = "reference"
_DEFAULTS = VerifyOptions()


@dataclass(frozen=True)
class _Plan:
    """The programs of a pattern, and the checks that are made when they have run.

    Attributes:
        pattern: The pattern.
        draws: Whose random numbers they draw.
        programs: By name of the check, the program and where it runs; the reference's first.
        checks: The checks.
    """

    pattern: Pattern
    draws: Draws
    programs: Mapping[str, tuple[Interpreter, Program]]
    checks: Sequence[Check]


def verify_patterns(
    patterns: Sequence[Pattern],
    interpreters: Interpreters | Interpreter,
    options: VerifyOptions = _DEFAULTS,
    done: Callable[[Verification], None] = lambda result: None,
    progress: Callable[[int, int, str], None] = lambda finished, total, label: None,
) -> list[Verification]:
    """Verifies patterns.

    Args:
        patterns: What to verify.
        interpreters: Where the programs run; one interpreter runs all of them.
        options: How to verify them.
        done: Called with each result as soon as it is there, in the order of ``patterns``.
        progress: Called after each run with the number of finished runs, of all, and a label.

    Returns:
        One result for each pattern, in order.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
        ValueError: If the options say something of variables.
    """
    if options.variables != NOTHING_GIVEN:
        raise ValueError("the two programs of a pattern have the same variables")
    if isinstance(interpreters, Interpreter):
        interpreters = Interpreters(interpreters, interpreters)
    with _leftovers(patterns) as leftovers:
        planner = _Planner(interpreters, options, leftovers)
        plans = [planner.first(pattern) for pattern in patterns]
        owners = [(plan, name) for plan in plans for name in plan.programs]
        numbered = enumerate(owners, 1)
        results: list[Verification] = []
        runs: dict[str, Run] = {}

        def collect(run: Run) -> None:
            finished, (plan, name) = next(numbered)
            runs[name] = run
            progress(finished, len(owners), f"{plan.pattern.name}: {run.program.label}")
            if len(runs) == len(plan.programs):
                results.append(_verify(planner, plan, dict(runs)))
                runs.clear()
                done(results[-1])

        run_all([plan.programs[name] for plan, name in owners], collect, options.jobs)
    return results


def check_names(pattern: Pattern, oracle: bool = False) -> list[str]:
    """The names of the judgements that verifying a pattern will give.

    Args:
        pattern: The pattern.
        oracle: Whether there is an interpreter with TensorFlow 1.
    """
    return [ORACLE] * oracle + [check.name for check, _ in _checks(pattern)]


def _leftovers(patterns: Sequence[Pattern]) -> Leftovers:
    """Puts back what the programs of patterns write, where the kernel reports it."""
    folders = [os.path.realpath(pattern.directory) for pattern in patterns] or ["."]
    return Leftovers(Path(os.path.commonpath(folders)), only_watched=True)


@dataclass(frozen=True)
class _Planner:
    """Plans which programs of a pattern run where.

    Attributes:
        interpreters: Where they run.
        options: How to verify them.
        leftovers: Puts back what they write.
    """

    interpreters: Interpreters
    options: VerifyOptions
    leftovers: Leftovers

    def first(self, pattern: Pattern) -> _Plan:
        """What is run first."""
        draws = OWN_DRAWS
        if self.options.seeds == "aligned":
            draws = draws_of(self._reference(pattern), self.interpreters.of_reference)
        return self.plan(pattern, draws)

    def plan(self, pattern: Pattern, draws: Draws) -> _Plan:
        """What is run with some random numbers."""
        interpreters, reference = self.interpreters, self._reference(pattern)
        programs = {_REFERENCE: (interpreters.v1, reference)}
        checks = []
        if interpreters.oracle is not None:
            label = f"{pattern.v1_session.name} (TF 1)"
            programs[ORACLE] = interpreters.oracle, replace(reference, label=label)
            checks.append(Check(ORACLE, pattern.v1_drift or None, rounding=True))
        for check, program in _checks(pattern):
            is_old = check.name == REWRITTEN
            programs[check.name] = interpreters.v1 if is_old else interpreters.v2, program
            if interpreters.differ and not is_old:
                check = check.allowing(pattern.v1_drift or "rounding")
            checks.append(check)
        prepared = {
            name: (interpreter, replace(draws.prepare(program), leftovers=self.leftovers))
            for name, (interpreter, program) in programs.items()
        }
        allowed = [check.allowing(self.options.drift) for check in checks]
        return _Plan(pattern, draws, prepared, allowed)

    def _reference(self, pattern: Pattern) -> Program:
        script = pattern.v1_session
        return Program(script, script.name, races=True, leftovers=self.leftovers)


def _checks(pattern: Pattern) -> list[tuple[Check, Program]]:
    """The checks of a pattern's programs, but for the oracle's."""
    v1, v2 = pattern.v1_session, pattern.v2_eager
    # Running it will say what is wrong with it where it cannot be rewritten.
    found = [
        (Check(REWRITTEN), Program(v1, f"{v1.name} (rewritten)", source=rewritten.text))
        for rewritten in rewrite_files([str(v1)], pattern.project)
    ]
    migrated = Program(v2, v2.name, v1_view="never")
    eager = replace(migrated, label=f"{v2.name} (functions run eagerly)", eager=True)
    found += [(Check("eager"), eager), (Check("function"), migrated)]
    if pattern.v2_keras is not None:
        keras = Program(pattern.v2_keras, pattern.v2_keras.name, v1_view="never")
        found.append((Check("keras", pattern.keras_drift), keras))
    return found


def _verify(planner: _Planner, first: _Plan, runs: dict[str, Run]) -> Verification:
    """Judges the first runs of a pattern, and runs its programs again where that is needed."""
    options = planner.options

    def verify(draws: Draws) -> Verification:
        if draws == first.draws:
            return _judge(first, runs, options)
        plan = planner.plan(first.pattern, draws)
        found = run_all(list(plan.programs.values()), jobs=options.jobs)
        return _judge(plan, dict(zip(plan.programs, found, strict=True)), options)

    _, program = first.programs[_REFERENCE]
    interpreters = planner.interpreters.of_reference
    result = verify_with_seeds(verify, program, interpreters, options.seeds, first.draws)
    return replace(result, notes=(*result.notes, *planner.leftovers.notes))


def _judge(plan: _Plan, runs: Mapping[str, Run], options: VerifyOptions) -> Verification:
    """Judges the runs of a pattern's programs."""
    reference = runs[_REFERENCE]
    others = {name: run for name, run in runs.items() if name != _REFERENCE}
    notes = []
    if REWRITTEN not in others:
        notes.append(f"rewrite finds nothing to change in {reference.program.label}")
    case = investigate(judge_runs(Case.of(reference, plan.checks, others, options, notes)))
    pattern = plan.pattern
    return conclude(case, pattern.name, pattern.directory, notes=_not_proven(plan, reference))


def _not_proven(plan: _Plan, reference: Run) -> list[str]:
    """Which rewritten calls of the session program no run reached."""
    if REWRITTEN not in plan.programs or reference.trajectory is None:
        return []
    _, program = plan.programs[REWRITTEN]
    assert program.source is not None
    file = RewrittenFile(program.script, program.source, 0, 0, 0)
    (found,) = find_unreached([file], reference.trajectory, plan.pattern.project)
    return [
        f"{reference.program.label}:{place}: rewritten, but not proven: never reached"
        for place in found.unreached
    ]
