"""Whether two runs that differ do so by rounding alone: what is tried, and what comes out of it.

First the data are looked at, then whole runs, and, where these do not settle it, single steps from
equal values. See ``data_differences``, ``sensitivity`` and ``single_steps``.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import Check
from migrate_vars.equivalence.judging.data_differences import Data, look_at_data
from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.sensitivity import Rounding, Sensitivity, Sides
from migrate_vars.equivalence.judging.single_steps import check_steps
from migrate_vars.equivalence.judging.teacher_forcing import Forced, ForcingError
from migrate_vars.equivalence.judging.verdicts import (
    Judgement,
    Verdict,
    judge,
    name_what_is_left_out,
    prove_something,
)
from migrate_vars.equivalence.running.data_replay import ReplayError, fed_like
from migrate_vars.equivalence.running.programs import Run

# Differences that races cause are larger than rounding: programs without races were seen to drift
# by 1e-7 to 4e-6 between releases.
KERNEL_DRIFT = 1e-5

#: A program that takes longer, in seconds, is not run again for single steps.
CHEAP = 60.0


def settle_rounding(case: Case, names: Collection[str] | None = None) -> Case:
    """Judges again what differs where rounding is allowed.

    Args:
        case: A case whose runs have been judged.
        names: The names of the checks; None for all.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    for check in case.checks:
        judgement = case.judgements[check.name]
        if names is not None and check.name not in names:
            continue
        if judgement.comparison is None or judgement.drift is None:
            continue
        sides, sensitivity = case.rounding_sides(check.name), case.sensitivity
        if judgement.verdict is Verdict.DRIFT and judgement.drift.scaled:
            judged = doubt_data(judgement, sensitivity, sides)
            case = case.with_judgement(check.name, judged)
        if not check.judges_rounding or not is_open(judgement):
            continue
        judged = judge_rounding(judgement, sensitivity, sides)
        right, checked = case.sides(check.name)
        if not judged.verdict.passed:
            judged = _excused(right, checked, judged, check)
        elif right.trajectory is not None:
            judged = name_what_is_left_out(right, checked, judged)
            judged = prove_something(right.trajectory, judged)
        case = case.with_judgement(check.name, judged)
    return case


def doubt_data(judgement: Judgement, sensitivity: Sensitivity, sides: Sides) -> Judgement:
    """Judges a drift again where it comes from other data, which no bound allows.

    Args:
        judgement: A drift.
        sensitivity: Knows the reference.
        sides: The runs.
    """
    assert judgement.comparison is not None
    divergence = judgement.comparison.divergence
    if divergence is None:
        return judgement
    sensitivity.choose_places(sides, divergence.step)
    data = look_at_data(sensitivity, sides, divergence.step)
    if data.wrong is None or data.follows or data.undecided:
        return judgement
    return replace(
        judgement,
        verdict=Verdict.DIVERGED,
        message=str(data.wrong),
        divergence=divergence,
        data=data.wrong,
    )


def is_open(judgement: Judgement) -> bool:
    """Whether values differ, and rounding has not been looked at."""
    if judgement.verdict is not Verdict.DIVERGED or judgement.rounding is not None:
        return False
    divergence = judgement.divergence
    if divergence is None or judgement.comparison is None or judgement.drift is None:
        return False
    return "values differ" in divergence.reason


def _excused(right: Run, checked: Run, judgement: Judgement, check: Check) -> Judgement:
    """The judgement, or "undefined" where races of the reference explain all but a small drift."""
    if right.trajectory is None or not right.trajectory.races:
        return judgement
    bounded = judge(right, checked, KERNEL_DRIFT, check.variables)
    excused = excuse(right, checked, bounded)
    return excused if excused.verdict is Verdict.UNDEFINED else judgement


def judge_rounding(judgement: Judgement, sensitivity: Sensitivity, sides: Sides) -> Judgement:
    """Judges again what differs, by what rounding makes of the reference.

    Args:
        judgement: What came out, with a comparison, a divergence and perhaps a drift.
        sensitivity: Knows the reference.
        sides: The runs.

    Returns:
        A judgement with what was found: "rounding", "diverged", or "undefined" where it could not
        be decided.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    divergence = judgement.divergence
    assert divergence is not None
    sensitivity.choose_places(sides, divergence.step)
    data = look_at_data(sensitivity, sides, divergence.step)
    if data.wrong is not None and not data.follows and not data.undecided:
        return replace(judgement, message=str(data.wrong), data=data.wrong)
    whole = sensitivity.compare(sides)
    if whole.within and whole.until == whole.steps and not data.undecided:
        return _passed(judgement, whole, data)
    if whole.excess is not None and not whole.excess.step:
        return replace(judgement, message=_wrong(judgement, whole), rounding=whole)
    alone: Rounding | None = None
    forced: Forced | None = None
    why = data.undecided
    if not why:
        try:
            alone, forced = _single_steps(sensitivity, sides, whole, divergence.step, data)
        except (ForcingError, ReplayError) as error:
            why = f"single steps could not be checked: {error}"
    if alone is None:
        if whole.within and not data.undecided:
            return _passed(judgement, whole, data, (why,))
        if whole.excess is not None and _is_sure(whole):
            return replace(judgement, message=_wrong(judgement, whole), rounding=whole)
        reasons = [str(whole.excess or whole.undecided or judgement.message), why]
        message = f"cannot tell whether this is rounding: {'; '.join(filter(None, reasons))}"
        return replace(judgement, verdict=Verdict.UNDEFINED, message=message, rounding=whole)
    both = _together(whole, alone)
    if alone.excess is not None:
        message = _wrong(judgement, alone)
        return replace(judgement, message=message, rounding=both, forced=forced)
    if not alone.alone:
        message = "cannot tell whether this is rounding: no single step could be compared"
        return replace(judgement, verdict=Verdict.UNDEFINED, message=message, rounding=both)
    return _passed(judgement, both, data)


def _passed(
    judgement: Judgement, rounding: Rounding, data: Data, notes: tuple[str, ...] = ()
) -> Judgement:
    more = list(notes)
    if data.wrong is not None:
        more.append(f"{data.wrong}; they depend on trained values")
    elif data.rounded:
        more.append(f"the data are rounded differently, too, by up to {data.rounded:.2g} ULP")
    return replace(
        judgement,
        verdict=Verdict.ROUNDING,
        message="",
        divergence=None,
        data=None,
        rounding=rounding,
        notes=(*judgement.notes, *more),
    )


def _single_steps(
    sensitivity: Sensitivity, sides: Sides, whole: Rounding, first: int, data: Data
) -> tuple[Rounding, Forced]:
    longest = max(sensitivity.reference.seconds, sides.other.seconds)
    if longest > CHEAP:
        raise ForcingError(f"a run takes {longest:.0f} s")
    around = first if whole.excess is None else whole.excess.step
    with ExitStack() as stack:
        fed = None
        if data.follows:
            fed = stack.enter_context(fed_like(*sides.order(sensitivity.reference, sides.other)))
        return check_steps(sensitivity, sides, around, fed)


def _is_sure(whole: Rounding) -> bool:
    """Whether whole runs alone say that it is no rounding: the first step is a single one."""
    excess = whole.excess
    assert excess is not None
    return excess.step <= 1 and excess.typical > whole.limit


def _together(whole: Rounding, alone: Rounding) -> Rounding:
    """What whole runs and single steps say."""
    until = whole.until
    if whole.excess is not None:
        until = min(until, max(whole.excess.step - 1, 0))
    larger = whole if whole.ratio > alone.ratio else alone
    known = [each.resolution for each in (whole, alone) if each.resolution is not None]
    return replace(
        alone,
        ratio=larger.ratio,
        variable=larger.variable,
        step=larger.step,
        until=until,
        resolution=min(known, default=None),
        sampled=whole.sampled or alone.sampled,
    )


def _wrong(judgement: Judgement, rounding: Rounding) -> str:
    return f"{judgement.message}; not rounding: {rounding.excess}"
