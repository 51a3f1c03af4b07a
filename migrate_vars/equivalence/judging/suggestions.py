"""What to try next where programs diverge: only what has been tried here, and has helped."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import NEW, NEW_EAGER, ORACLE, REPEAT, Check
from migrate_vars.equivalence.judging.teacher_forcing import ForcingError, start_from
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.running.data_replay import ReplayError, replay
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.mapping import MappingError, VariableMap

# A program that takes longer, in seconds, is not run again for a hint.
_CHEAP = 20.0
# More variables than that are not to be left out.
_IGNORED = 3


def suggest(case: Case) -> Case:
    """Adds options that would make diverging programs train alike.

    Args:
        case: A case that has been judged.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    for check in case.checks:
        judgement = case.judgements[check.name]
        if judgement.verdict is not Verdict.DIVERGED or check.name in (ORACLE, REPEAT, NEW_EAGER):
            continue
        reference, other = case.reference, case.runs[check.name]
        hints = [*judgement.hints]
        if check.name == NEW:
            hints += _ignoring(check, reference, other, judgement)
        if max(reference.seconds, other.seconds) <= _CHEAP:
            with suppress(ForcingError, ReplayError):
                hints += _starting(case, check)
            with suppress(ReplayError):
                hints += _replaying(case, check)
        hinted = replace(judgement, hints=tuple(dict.fromkeys(hints)))
        case = case.with_judgement(check.name, hinted)
    return case


def _ignoring(check: Check, reference: Run, other: Run, judgement: Judgement) -> Iterator[str]:
    """Variables without which all else is the same."""
    assert reference.trajectory is not None
    ignored: list[str] = []
    tried = judgement
    while len(ignored) < _IGNORED:
        divergence = tried.divergence
        if tried.data is not None or divergence is None or divergence.variable is None:
            return
        ignored.append(divergence.variable)
        variables = VariableMap(check.variables.pairs, (*check.variables.ignored, *ignored))
        try:
            tried = replace(check, variables=variables).judge(reference, other)
        except MappingError:
            return
        if tried.verdict.passed:
            pairs = () if tried.comparison is None else tried.comparison.mapping.pairs
            if reference.trajectory.changed.isdisjoint(pair.reference for pair in pairs):
                return  # nothing that is trained would be left
            options = " ".join(f"--ignore-variable {shlex.quote(name)}" for name in ignored)
            it = "it does" if len(ignored) == 1 else "they do"
            yield f"{options}, if {it} not matter: all else is {tried.verdict.value}"
            return


def _starting(case: Case, check: Check) -> Iterator[str]:
    """The reference's initial values, where they differ."""
    judgement, reference = case.judgements[check.name], case.reference
    divergence, comparison = judgement.divergence, judgement.comparison
    if case.options.same_start or divergence is None or divergence.step or comparison is None:
        return
    assert reference.trajectory is not None
    run = start_from(reference.trajectory, case.runs[check.name], comparison.mapping)
    yield from _better("--same-start", check.judge(reference, run), judgement)


def _replaying(case: Case, check: Check) -> Iterator[str]:
    """The reference's data, where the programs are fed others."""
    judgement = case.judgements[check.name]
    if case.options.replay_feeds or judgement.data is None:
        return
    run = replay(case.reference, case.runs[check.name])
    yield from _better("--replay-feeds", check.judge(case.reference, run), judgement)


def _better(option: str, tried: Judgement, judgement: Judgement) -> Iterator[str]:
    """How an option helps, if programs then train alike, or for longer."""
    if tried.verdict.passed:
        yield f"{option}, with which it is {tried.verdict.value}"
        return
    before, after = judgement.divergence, tried.divergence
    if tried.verdict is Verdict.DIVERGED and before is not None and after is not None:
        where = "" if after.variable is None else f" in {after.variable}"
        if after.step > before.step:
            yield f"{option}, with which they differ from step {after.step} on{where}"
