"""Runs a reference again before a divergence is blamed on another program."""

from __future__ import annotations

from dataclasses import replace

from migrate_vars.equivalence.judging.case import Case, undefined
from migrate_vars.equivalence.judging.checks import ORACLE, REPEAT
from migrate_vars.equivalence.judging.verdicts import Verdict, judge
from migrate_vars.equivalence.running.programs import Run


def check_repeatability(case: Case) -> Case:
    """Calls divergences undefined whose reference does not repeat.

    The oracle's run is one, too: the reference itself is judged against it.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    if REPEAT not in case.judgements:
        case = _doubt(case, case.reference, _diverged(case))
    return _doubt(case, case.runs.get(ORACLE), [name for name in _diverged(case) if name == ORACLE])


def _diverged(case: Case) -> list[str]:
    found = case.judgements.items()
    return [name for name, judgement in found if judgement.verdict is Verdict.DIVERGED]


def _doubt(case: Case, reference: Run | None, names: list[str]) -> Case:
    if not names or reference is None:
        return case
    again = judge(reference, reference.again())
    if again.verdict is Verdict.IDENTICAL:
        return case
    for name in names:
        case = case.with_judgement(name, replace(undefined(reference, again), again=True))
    return case
