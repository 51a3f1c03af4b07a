"""From runs to verdicts: whether a program trains like its reference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from migrate_vars.equivalence.judging.sensitivity import Rounding
from migrate_vars.equivalence.judging.teacher_forcing import Forced
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.recorder.unrecorded_state import VARIABLE
from migrate_vars.trajectory.comparison import Comparison, compare
from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.drift import Drift, measure_drift
from migrate_vars.trajectory.feed_differences import FeedDifference, first_feed_difference
from migrate_vars.trajectory.finiteness import not_finite_since
from migrate_vars.trajectory.mapping import NOTHING_GIVEN, VariableMap
from migrate_vars.trajectory.records import Unseen
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.unmapped import bookkeeping_left_out, find_untrained
from migrate_vars.trajectory.wording import some

# The number of variables that a note on missing ones names.
_NAMES = 5


class Verdict(Enum):
    """The outcome of comparing two programs."""

    IDENTICAL = "identical"
    ROUNDING = "rounding"
    DRIFT = "drift"
    DIVERGED = "DIVERGED"
    UNDEFINED = "UNDEFINED"
    VACUOUS = "VACUOUS"
    ERROR = "ERROR"

    @property
    def passed(self) -> bool:
        """Whether training is the same, but for rounding or the drift allowed."""
        return self in (Verdict.IDENTICAL, Verdict.ROUNDING, Verdict.DRIFT)


@dataclass(frozen=True)
class Basis:
    """How many of the reference's states or steps a verdict rests on."""

    compared: int
    total: int
    unit: str

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
        return self.compared == self.total

    def __str__(self) -> str:
        """The same in words, such as "8 of 48 states"."""
        return f"{self.compared} of {self.total} {self.unit if self.total != 1 else self.unit[:-1]}"


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
        hints: What to try next, in words: only what was tried, and has helped.
        again: Whether all of it is about the reference and another run of the reference.
        basis: What of the reference was compared, where the verdict rests on that.
        not_compared: The state of either program that is not recorded.
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
    hints: tuple[str, ...] = ()
    again: bool = False
    basis: Basis | None = None
    not_compared: tuple[Unseen, ...] = ()
    rounding: Rounding | None = None


def judge_reference(reference: Run) -> Judgement | None:
    """Says why nothing can be compared with a reference run, or None if it will do."""
    return _unusable(reference) or _vacuous(reference)


def _unusable(run: Run) -> Judgement | None:
    """A run that failed, or in which a variable was trained that could not be read."""
    if run.error:
        return Judgement(Verdict.ERROR, f"{run.program.label}: {run.error}")
    for each in run.trajectory.unseen if run.trajectory is not None else ():
        if each.kind == VARIABLE:
            message = f"{each.name!r} (created at {each.site}) is trained, but cannot be read"
            return Judgement(Verdict.ERROR, f"{run.program.label}: {message}")
    return None


def judge(
    reference: Run,
    other: Run,
    bound: float | None = None,
    variables: VariableMap = NOTHING_GIVEN,
    rounding: bool = False,
) -> Judgement:
    """Judges a run against a reference run that :func:`judge_reference` has let through.

    Args:
        reference: Run of the program that is taken to be right.
        other: Run of the program that is checked.
        bound: The drift allowed, relative to each variable's largest magnitude so far; None asks
            for identical bits.
        variables: What the user says of the variables.
        rounding: Whether it may differ by rounding. Where it differs at all in what was compared,
            the judgement is "diverged", with the drift, until ``rounding_verdict`` has seen
            what rounding makes of the program.

    Returns:
        The judgement.

    Raises:
        MappingError: If ``variables`` do not fit the programs.
    """
    unusable = _unusable(other)
    if unusable is not None:
        return unusable
    assert reference.trajectory is not None
    unseen = reference.trajectory.unseen + (other.trajectory.unseen if other.trajectory else [])
    judgement = _judge(reference, other, bound, variables, rounding)
    judgement = replace(judgement, not_compared=tuple(dict.fromkeys(unseen)))
    where = judgement.divergence or judgement.drift
    if judgement.verdict is Verdict.DIVERGED and where is not None:
        assert other.trajectory is not None
        data = first_feed_difference(reference.trajectory, other.trajectory, where.step)
        if data is not None:
            judgement = replace(judgement, message=str(data), data=data)
        judgement = _excuse_failed_run(reference, other, judgement, where)
    ours = reference.trajectory.header
    theirs = other.trajectory.header if other.trajectory is not None else ours
    if ours.get("policy") == theirs.get("policy"):
        return judgement
    policies = f"{ours.get('policy')} and {theirs.get('policy')}"
    note = f"recorded under different numerics policies: {policies}"
    return replace(judgement, notes=(*judgement.notes, note))


def rejudge(judgement: Judgement, reference: Run, other: Run) -> Judgement:
    """Judges two runs by the bound and the variables of an earlier judgement."""
    variables = (
        NOTHING_GIVEN if judgement.comparison is None else judgement.comparison.mapping.given
    )
    again = judge(reference, other, judgement.bound, variables)
    if judgement.rounding is None:
        return again
    # What differs first is known better now; what that is has been decided.
    return replace(judgement, divergence=again.divergence or judgement.divergence)


def _judge(
    reference: Run, other: Run, bound: float | None, variables: VariableMap, rounding: bool
) -> Judgement:
    vacuous = _vacuous(other)
    if vacuous:
        return vacuous
    assert reference.trajectory is not None
    assert other.trajectory is not None
    comparison = compare(reference.trajectory, other.trajectory, variables)
    if bound is None and rounding:
        judgement = _judge_but_for_rounding(reference, other, comparison)
    elif bound is None:
        judgement = _judge_bits(reference, other, comparison)
    else:
        judgement = _judge_drift(reference, other, comparison, bound)
    if not judgement.verdict.passed or judgement.comparison is None:
        return judgement
    if bound is None:  # else the number of variables stands beside the drift
        judgement = name_what_is_left_out(reference, other, judgement)
    return prove_something(reference.trajectory, judgement)


def _judge_bits(reference: Run, other: Run, comparison: Comparison) -> Judgement:
    if comparison.divergence is not None:
        return _exited(reference, other, comparison.divergence) or Judgement(
            Verdict.DIVERGED,
            comparison.divergence.reason,
            comparison,
            comparison.divergence,
            notes=comparison.notes,
        )
    verdict = Verdict.UNDEFINED if comparison.undecided else Verdict.IDENTICAL
    basis = Basis(comparison.compared, comparison.states, "states")
    notes = comparison.notes
    return Judgement(verdict, comparison.undecided, comparison, notes=notes, basis=basis)


def _judge_drift(reference: Run, other: Run, comparison: Comparison, bound: float) -> Judgement:
    ours, theirs = reference.trajectory, other.trajectory
    assert ours is not None
    assert theirs is not None
    drift = measure_drift(ours, theirs, comparison.mapping, bound)
    certain = comparison.mapping.without_guesses_about_bookkeeping(ours, theirs)
    if certain != comparison.mapping and not _is_within(drift, bound):
        again = measure_drift(ours, theirs, certain, bound)
        if _is_within(again, bound):
            comparison, drift = replace(comparison, mapping=certain), again
    if isinstance(drift, Divergence):
        return _exited(reference, other, drift) or Judgement(
            Verdict.DIVERGED, drift.reason, comparison, drift, bound=bound
        )
    notes = _sampled(drift)
    if drift.scaled > bound:
        message = (
            f"drift of {drift.scaled:.2g} in {drift.variable!r} at step {drift.step} "
            f"is above the {bound:g} allowed"
        )
        return Judgement(
            Verdict.DIVERGED, message, comparison, drift.beyond, drift, bound, notes=notes
        )
    untrained = find_untrained(ours, theirs, comparison.mapping)
    if untrained is not None:
        return Judgement(
            Verdict.DIVERGED, untrained.reason, comparison, untrained, drift, bound, notes=notes
        )
    basis = Basis(drift.compared, ours.steps, "steps")
    return Judgement(Verdict.DRIFT, "", comparison, None, drift, bound, notes=notes, basis=basis)


def _is_within(drift: Drift | Divergence, bound: float) -> bool:
    return isinstance(drift, Drift) and drift.scaled <= bound


def prove_something(reference: Trajectory, judgement: Judgement) -> Judgement:
    """The judgement, unless it rests on nothing that the reference trains."""
    assert judgement.comparison is not None
    pairs, changed = judgement.comparison.mapping.pairs, reference.changed
    trained = [pair.reference for pair in pairs if pair.reference in changed]
    if not trained:
        message = "nothing that the reference trains was compared"
        return replace(judgement, verdict=Verdict.VACUOUS, message=message, basis=None)
    numbers = [
        name
        for name in trained
        if "float" in reference.variables[name].dtype
        and not reference.variables[name].is_bookkeeping
    ]
    lost = {name: since for name in numbers if (since := not_finite_since(reference, name))}
    if not lost:
        return judgement
    if len(lost) < len(numbers):
        names = some([f"{name!r} from step {since} on" for name, since in lost.items()], 3)
        note = f"only NaN or infinite, which proves nothing: {names}"
        return replace(judgement, notes=(*judgement.notes, note))
    since = max(lost.values())
    message = (
        f"from step {since} of {reference.steps} on, all that is trained is NaN or infinite: "
        "equal bits prove nothing there"
    )
    basis = Basis(since - 1, reference.steps, "steps")
    return replace(judgement, verdict=Verdict.VACUOUS, message=message, basis=basis)


def name_what_is_left_out(reference: Run, other: Run, judgement: Judgement) -> Judgement:
    """A verdict that passes, with a note on what the other program lacks, if that matters not.

    Args:
        reference: The run that is taken to be right.
        other: The run that is checked.
        judgement: The verdict, with a comparison.
    """
    assert reference.trajectory is not None
    assert judgement.comparison is not None
    names = bookkeeping_left_out(reference.trajectory, judgement.comparison.mapping)
    if not names:
        return judgement
    shown = some(names, _NAMES)
    note = f"{other.program.label} has no {shown}, which optimizers or metrics keep for themselves"
    return replace(judgement, notes=(*judgement.notes, note))


def _excuse_failed_run(
    reference: Run, other: Run, judgement: Judgement, where: Divergence | Drift
) -> Judgement:
    """Says "undefined" where what differs first was written by a run that then failed.

    It does so only where nothing in the graph puts that write and the op that failed in an order.
    """
    assert judgement.comparison is not None
    pairs = {pair.reference: pair.other for pair in judgement.comparison.mapping.pairs}
    ours = where.variable or ""
    for run, name in ((reference, ours), (other, pairs.get(ours, ours))):
        trajectory = run.trajectory
        assert trajectory is not None
        for failed in trajectory.failed:
            state = trajectory.states[failed.states - 1] if failed.states else None
            if state is None:
                continue
            if where.variable is None:  # one of the two has more steps
                rest = [s for s in trajectory.states if s.step >= max(where.step, state.step)]
                written = {each for s in rest for each in s.writes}
                found = written if rest and written <= set(failed.writes) else set()
            else:
                after = trajectory.states[failed.states :]
                # From the next write on that both programs made alike, it is not to blame.
                last = next((s.step for s in after if name in s.writes), where.step)
                found = {name} if state.step <= where.step <= last else set()
            for variable in sorted(found & set(failed.writes)):
                write = f"the write of {variable!r} (at {failed.writes[variable]})"
                message = (
                    f"{run.program.label}: in the run at {failed.site}, {write} and the failure of "
                    f"{failed.op} are unordered"
                )
                return replace(judgement, verdict=Verdict.UNDEFINED, message=message)
    return judgement


def _judge_but_for_rounding(reference: Run, other: Run, comparison: Comparison) -> Judgement:
    """Judges two runs that may differ by rounding, before it is known what that makes of them."""
    ours, theirs, divergence = reference.trajectory, other.trajectory, comparison.divergence
    if divergence is None:
        return _judge_bits(reference, other, comparison)
    assert ours is not None
    assert theirs is not None
    drift = measure_drift(ours, theirs, comparison.mapping)
    if isinstance(drift, Divergence):
        return _exited(reference, other, drift) or Judgement(
            Verdict.DIVERGED, drift.reason, comparison, drift
        )
    untrained = find_untrained(ours, theirs, comparison.mapping)
    if untrained is not None:
        return Judgement(Verdict.DIVERGED, untrained.reason, comparison, untrained)
    basis = Basis(drift.compared, ours.steps, "steps")
    if not drift.scaled:
        return Judgement(Verdict.DRIFT, "", comparison, None, drift, 0.0, basis=basis)
    return Judgement(
        Verdict.DIVERGED,
        divergence.reason,
        comparison,
        divergence,
        drift,
        notes=comparison.notes,
        basis=basis,
    )


def _sampled(drift: Drift) -> tuple[str, ...]:
    """On what the figure rests, where it does not rest on every value."""
    if not drift.sampled:
        return ()
    names = ", ".join(map(repr, drift.sampled[:3])) + (", ..." if len(drift.sampled) > 3 else "")
    return (f"the drift of {names} rests on samples and extremes: values were too large to keep",)


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
