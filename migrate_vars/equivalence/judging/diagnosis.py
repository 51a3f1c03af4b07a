"""Looks into divergences: other starts and data where asked for, draws, wrong single steps."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import ORACLE, REPEAT, Check
from migrate_vars.equivalence.judging.dataset_shuffles import judge_shuffles
from migrate_vars.equivalence.judging.random_draws import CHEAP, unlike_draws
from migrate_vars.equivalence.judging.rounding_verdict import (
    doubt_data,
    judge_rounding,
    settle_rounding,
)
from migrate_vars.equivalence.judging.teacher_forcing import (
    Forced,
    ForcingError,
    force,
    start_from,
)
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.running.data_replay import ReplayError, fed_like, replay
from migrate_vars.equivalence.running.programs import Run

# A difference that is larger where it begins, relative to the variable, is not looked at for being
# rounding, unless that is allowed.
_SMALL = 1e-3
_ACCEPT = "it differs by rounding, which --drift rounding accepts: {}"


def diagnose(case: Case) -> Case:
    """Runs programs that diverge again, from the reference's values.

    Args:
        case: A case that has been judged.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    known: set[object] = set()
    for check in case.checks:
        if check.name == REPEAT:
            continue
        try:
            case = _restart(case, check)
            case = _feed_likewise(case, check)
            case = settle_rounding(case, [check.name])
            case = _judge_draws(case, check)
            judgement, notes = judge_shuffles(
                case.judgements[check.name], case.reference, case.runs[check.name]
            )
            case = case.with_judgement(check.name, judgement, *notes)
            # A mistake in a script shows in every run of it.
            key = (judgement.message, judgement.divergence and judgement.divergence.distance)
            if _may_have_wrong_steps(judgement) and key not in known:
                known.add(key)
                case = _look_at_steps(case, check)
        except ForcingError as error:
            label = case.runs[check.name].program.label
            case = case.with_notes(f"{label} could not be run with the reference's values: {error}")
        except ReplayError as error:
            label = case.runs[check.name].program.label
            case = case.with_notes(f"{label} could not be fed the reference's data: {error}")
    return case


def _restart(case: Case, check: Check) -> Case:
    """Starts a program from the reference's initial values, where that is asked for."""
    judgement, run = case.judgements[check.name], case.runs[check.name]
    comparison = judgement.comparison
    if not case.options.same_start or check.name == ORACLE or comparison is None:
        return case
    if comparison.divergence is None or comparison.divergence.step != 0:
        return case
    assert case.reference.trajectory is not None
    restarted = start_from(case.reference.trajectory, run, comparison.mapping)
    note = f"{run.program.label} started from the reference's initial values"
    return case.with_run(check, restarted).with_notes(note)


def _feed_likewise(case: Case, check: Check) -> Case:
    """Feeds a program what the reference is fed, where that is asked for."""
    judgement, run = case.judgements[check.name], case.runs[check.name]
    if not case.options.replay_feeds or check.name == ORACLE:
        return case
    if judgement.verdict is not Verdict.DIVERGED:
        return case
    own = judgement.data
    why = f", because {own}; a mistake that makes them differ does not show" if own else ""
    note = f"{run.program.label} was fed the reference's data{why}"
    return case.with_run(check, replay(case.reference, run)).with_notes(note)


def _judge_draws(case: Case, check: Check) -> Case:
    """Judges whether two programs would also train alike with their own random numbers."""
    judgement, run = case.judgements[check.name], case.runs[check.name]
    if not judgement.verdict.passed or check.name == ORACLE:
        return case
    unlike, notes = unlike_draws(case.reference, run)
    if not unlike:
        return case.with_notes(*notes)
    asked_for = [one for one in unlike if one.is_asked_for]
    verdict = Verdict.DIVERGED if asked_for else Verdict.UNDEFINED
    message = [*asked_for, *unlike][0].describe(case.reference, run)
    judgement = replace(judgement, verdict=verdict, message=message, drift=None)
    return case.with_judgement(check.name, judgement, *notes)


def _may_have_wrong_steps(judgement: Judgement) -> bool:
    if judgement.verdict is not Verdict.DIVERGED:
        return False
    return judgement.divergence is not None or judgement.drift is not None


def _look_at_steps(case: Case, check: Check) -> Case:
    """Runs every step of a program that diverges from the reference's values."""
    judgement, (right, checked) = case.judgements[check.name], case.sides(check.name)
    if judgement.rounding is not None:
        return case  # its steps have been looked at
    forced = _force(judgement, right, checked)
    wrong = forced is not None and (forced.wrong or forced.stopped)
    if check.name == ORACLE and wrong:
        forced = _force_fed(judgement, right, checked) or forced
    case = case.with_judgement(check.name, replace(judgement, forced=forced))
    if check.bound is None and not check.rounding:
        case = _hint_at_rounding(case, check)
    if check.name != ORACLE or forced is None or not _only_adds_up(judgement, forced):
        return case
    # The same program on both sides: all that differs is how kernels round.
    drifts = replace(case.judgements[check.name], verdict=Verdict.DRIFT, divergence=None, data=None)
    judged = doubt_data(drifts, case.sensitivity, case.rounding_sides(check.name))
    case = case.with_judgement(check.name, judged)
    if not judged.verdict.passed:
        return case
    label = case.runs[check.name].program.label
    adds_up = "accumulated rounding of the two releases"
    return case.with_notes(f"{label}: {judgement.message}, but {forced}: {adds_up}")


def _hint_at_rounding(case: Case, check: Check) -> Case:
    """Says that a difference is rounding, and how to accept it, if it is.

    Looked at is only what may be: a difference that is small where it begins.
    """
    judgement, run = case.judgements[check.name], case.runs[check.name]
    divergence, comparison = judgement.divergence, judgement.comparison
    small = divergence is not None and divergence.scaled is not None and divergence.scaled < _SMALL
    if not small or max(case.reference.seconds, run.seconds) > CHEAP:
        return case
    assert divergence is not None
    assert comparison is not None
    if not divergence.step or "values differ" not in divergence.reason:
        return case
    tried = judge_rounding(judgement, case.sensitivity, case.rounding_sides(check.name))
    if tried.verdict is not Verdict.ROUNDING:
        return case
    hints = (*judgement.hints, _ACCEPT.format(tried.rounding))
    return case.with_judgement(check.name, replace(judgement, rounding=tried.rounding, hints=hints))


def _only_adds_up(judgement: Judgement, forced: Forced) -> bool:
    """Whether a drift is too large after many steps, and after no single one."""
    drift, bound = judgement.drift, judgement.bound
    if drift is None or bound is None or drift.scaled <= bound or forced.wrong or forced.stopped:
        return False
    return bool(forced.distances) and drift.step in forced.steps


def _force(judgement: Judgement, reference: Run, other: Run) -> Forced | None:
    if judgement.comparison is None or max(reference.seconds, other.seconds) > CHEAP:
        return None
    return force(reference, other, judgement.comparison.mapping, judgement.bound)


def _force_fed(judgement: Judgement, reference: Run, other: Run) -> Forced | None:
    """Forces a program that is fed the reference's data, too; None if that does not right it.

    What a program learns may decide what it is fed next: rounding, another action, other data.
    """
    with suppress(ReplayError, ForcingError), fed_like(reference, other) as fed:
        forced = _force(judgement, reference, fed)
        if forced is not None and not (forced.wrong or forced.stopped):
            return forced
    return None
