"""From runs to verdicts: whether a program trains like its reference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from migrate_vars.equivalence.forcing import Forced
from migrate_vars.equivalence.programs import Run
from migrate_vars.equivalence.sensitivity import Rounding
from migrate_vars.trajectory.comparison import (
    Comparison,
    Divergence,
    Drift,
    compare,
    find_unmapped,
    measure_drift,
)
from migrate_vars.trajectory.feeds import FeedDifference, first_feed_difference
from migrate_vars.trajectory.mapping import NO_WISHES, Wishes
from migrate_vars.trajectory.trajectory import Trajectory


class Verdict(Enum):
    """What can be said of two programs."""

    IDENTICAL = "identical"
    ROUNDING = "rounding"
    DRIFT = "drift"
    DIVERGED = "DIVERGED"
    UNDEFINED = "UNDEFINED"
    VACUOUS = "VACUOUS"
    ERROR = "ERROR"

    @property
    def passed(self) -> bool:
        """Whether it says that training stayed the same, but for rounding or the drift allowed."""
        return self in (Verdict.IDENTICAL, Verdict.ROUNDING, Verdict.DRIFT)


@dataclass(frozen=True)
class Judgement:
    """A verdict with what it rests on.

    Attributes:
        verdict: The verdict.
        message: Why, in one line; "" for "identical".
        comparison: The comparison, where one was made.
        divergence: The first difference, where there is one.
        drift: The largest difference, where drift or rounding is allowed.
        bound: The drift allowed, or None where none is.
        rounding: How the difference compares with what rounding makes of the program, where that
            has been tried.
        forced: Which steps are wrong on their own, where that has been tried.
        data: Where the two programs were fed different data, if that came no later than the first
            difference, which is then not to be blamed on the update.
        notes: What a reader should know besides, in words.
        again: Whether all of it is about the reference and another run of the reference.
        partial: Whether, where drift is allowed, a variable may be trained by one program only.
        hints: What to try next, where it was seen to help.
    """

    verdict: Verdict
    message: str = ""
    comparison: Comparison | None = None
    divergence: Divergence | None = None
    drift: Drift | None = None
    bound: float | None = None
    data: FeedDifference | None = None
    forced: Forced | None = None
    notes: tuple[str, ...] = ()
    again: bool = False
    partial: bool = True
    rounding: Rounding | None = None
    hints: tuple[str, ...] = ()


def judge_reference(reference: Run) -> Judgement | None:
    """Says why nothing can be compared with a reference run, or None if it will do."""
    if reference.error:
        return Judgement(Verdict.ERROR, f"{reference.program.label}: {reference.error}")
    return _vacuous(reference)


def judge(
    reference: Run,
    other: Run,
    bound: float | None = None,
    wishes: Wishes = NO_WISHES,
    partial: bool = True,
    rounding: bool = False,
) -> Judgement:
    """Judges a run against a reference run that :func:`judge_reference` has let through.

    Args:
        reference: Run of the program that is taken to be right.
        other: Run of the program that is checked.
        bound: The drift allowed, relative to each variable's largest magnitude so far; None asks
            for identical bits and for all variables.
        wishes: What the user says of the variables.
        partial: Whether, where drift is allowed, a variable may be trained by one program only.
        rounding: Whether it may differ by rounding. Where it differs at all in what was compared,
            the judgement is "diverged", with the drift, until ``rounding.judge_rounding`` has seen
            what rounding makes of the program.

    Returns:
        The judgement.

    Raises:
        MappingError: If ``wishes`` do not fit the programs.
    """
    if other.error:
        return Judgement(Verdict.ERROR, f"{other.program.label}: {other.error}")
    judgement = _judge(reference, other, bound, wishes, partial, rounding)
    judgement = replace(judgement, partial=partial)
    assert reference.trajectory is not None
    where = judgement.divergence or judgement.drift
    if judgement.verdict is Verdict.DIVERGED and where is not None:
        assert other.trajectory is not None
        data = first_feed_difference(reference.trajectory, other.trajectory, where.step)
        if data is not None:
            judgement = replace(judgement, message=str(data), data=data)
    ours = reference.trajectory.header
    theirs = other.trajectory.header if other.trajectory is not None else ours
    if ours.get("policy") == theirs.get("policy"):
        return judgement
    policies = f"{ours.get('policy')} and {theirs.get('policy')}"
    note = f"recorded under different numerics policies: {policies}"
    return replace(judgement, notes=(*judgement.notes, note))


def rejudge(judgement: Judgement, reference: Run, other: Run) -> Judgement:
    """Judges two runs as those were judged of which a judgement speaks."""
    wishes = NO_WISHES if judgement.comparison is None else judgement.comparison.mapping.wishes
    again = judge(reference, other, judgement.bound, wishes, judgement.partial)
    if judgement.rounding is None:
        return again
    # What differs first is known better now; what that is has been decided.
    return replace(judgement, divergence=again.divergence or judgement.divergence)


def _judge(
    reference: Run,
    other: Run,
    bound: float | None,
    wishes: Wishes,
    partial: bool,
    rounding: bool,
) -> Judgement:
    vacuous = _vacuous(other)
    if vacuous:
        return vacuous
    assert reference.trajectory is not None
    assert other.trajectory is not None
    comparison = compare(reference.trajectory, other.trajectory, wishes)
    if bound is None and not rounding:
        if comparison.divergence is None:
            return Judgement(Verdict.IDENTICAL, comparison=comparison)
        return _exited(reference, other, comparison.divergence) or Judgement(
            Verdict.DIVERGED, comparison.divergence.reason, comparison, comparison.divergence
        )
    if reference.trajectory.changed.isdisjoint(p.reference for p in comparison.mapping.pairs):
        message = "no variable that the reference trains was found in the other program"
        return Judgement(Verdict.VACUOUS, message, comparison, bound=bound)
    trajectories = reference.trajectory, other.trajectory
    drift = measure_drift(*trajectories, comparison.mapping, math.inf if bound is None else bound)
    if isinstance(drift, Divergence):
        return _exited(reference, other, drift) or Judgement(
            Verdict.DIVERGED, drift.reason, comparison, drift, bound=bound
        )
    if bound is None:
        return _but_for_rounding(trajectories, comparison, drift, partial)
    notes = _sampled(drift)
    if drift.scaled > bound:
        message = (
            f"drift of {drift.scaled:.2g} in {drift.variable!r} at step {drift.step} "
            f"is above the {bound:g} allowed"
        )
        return Judgement(
            Verdict.DIVERGED, message, comparison, drift.beyond, drift, bound, notes=notes
        )
    alone = None if partial else find_unmapped(*trajectories, comparison.mapping)
    if alone is not None:
        return Judgement(Verdict.DIVERGED, alone.reason, comparison, alone, drift, bound)
    return Judgement(Verdict.DRIFT, "", comparison, None, drift, bound, notes=notes)


def _but_for_rounding(
    trajectories: tuple[Trajectory, Trajectory], comparison: Comparison, drift: Drift, partial: bool
) -> Judgement:
    """Judges two runs that may differ by rounding, before it is known what that makes of them."""
    alone = None if partial else find_unmapped(*trajectories, comparison.mapping)
    if alone is not None:
        return Judgement(Verdict.DIVERGED, alone.reason, comparison, alone)
    divergence = comparison.divergence
    if divergence is None:
        return Judgement(Verdict.IDENTICAL, comparison=comparison)
    if not drift.scaled:
        return Judgement(Verdict.DRIFT, "", comparison, None, drift, 0.0)
    return Judgement(Verdict.DIVERGED, divergence.reason, comparison, divergence, drift)


def _sampled(drift: Drift) -> tuple[str, ...]:
    """On what the figure rests, where it does not rest on every value."""
    if not drift.sampled:
        return ()
    names = ", ".join(map(repr, drift.sampled[:3])) + (", ..." if len(drift.sampled) > 3 else "")
    return (
        f"the drift of {names} rests on samples and extremes where values were too large to keep",
    )


def _exited(reference: Run, other: Run, divergence: Divergence) -> Judgement | None:
    """A run that was like the reference until it called ``sys.exit`` before the last step.

    Many programs end with that call. It is not to blame where values differ in an earlier step, or
    where everything was written as often, only in fewer calls.
    """
    ours, theirs = reference.trajectory, other.trajectory
    assert ours is not None
    assert theirs is not None
    left_early = theirs.steps < ours.steps and _writes(theirs) < _writes(ours)
    if theirs.status != "exit" or not left_early or divergence.step < theirs.steps:
        return None
    message = f"{theirs.detail} after step {theirs.steps}"
    return Judgement(Verdict.ERROR, f"{other.program.label}: {message}")


def _writes(trajectory: Trajectory) -> int:
    return sum(write.count or 1 for state in trajectory.states for write in state.writes.values())


def _vacuous(run: Run) -> Judgement | None:
    """A run that shows nothing, because nothing happened in it."""
    trajectory = run.trajectory
    if trajectory is None or not trajectory.variables:
        reason = "no TensorFlow variable was written"
    elif not trajectory.states:
        reason = "variables were initialised, but never trained"
    elif not trajectory.changed:
        reason = "no variable changed its value"
    else:
        return None
    return Judgement(Verdict.VACUOUS, f"{run.program.label}: {reason}")
