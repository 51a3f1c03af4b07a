"""Runs two programs again to keep values that were too large to keep, and judges with them again.

The recorder keeps small values only, and of the others digests and samples. These are enough to
say where two programs part. How far they are apart, and in which element, the values themselves
must tell: so both programs run again, and keep just those values, which their digests name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from migrate_vars.equivalence.judging.case import Case
from migrate_vars.equivalence.judging.checks import ORACLE
from migrate_vars.equivalence.judging.race_excuses import excuse
from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict, rejudge
from migrate_vars.equivalence.running.interpreters import rerun_all
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.divergence import Unkept

_Keep = dict[str, tuple[str, ...]]


def fetch_missing_values(case: Case) -> Case:
    """Makes judgements sharper by values that were too large to keep; most need none.

    Args:
        case: A case whose runs have been judged.

    Returns:
        The case with judgements that have the values that they lacked, and with a note where a
        program did not do the same again.

    Raises:
        InterpreterError: If an interpreter cannot run TensorFlow programs.
    """
    lacking = {
        name: unkept
        for name, judgement in case.judgements.items()
        if (unkept := _unkept(judgement))
    }
    if not lacking:
        return case
    wanted = {name: _by_variable(unkept, name == ORACLE) for name, unkept in lacking.items()}
    keep: _Keep = {}
    for ours, _ in wanted.values():
        _add(keep, ours)
    kept, *others = rerun_all(
        [
            (case.reference, {"keep": keep}),
            *((case.runs[name], {"keep": theirs}) for name, (_, theirs) in wanted.items()),
        ]
    )
    known = _with_values(case.reference, kept)
    for (name, (_, theirs)), again in zip(wanted.items(), others, strict=True):
        pair = known, _with_values(case.runs[name], again)
        right, checked = pair[::-1] if name == ORACLE else pair
        sharper = excuse(right, checked, rejudge(case.judgements[name], right, checked))
        notes = [
            "programs were run again for values that were too large to keep",
            *_differences(kept, keep),
            *_differences(again, theirs),
        ]
        notes = [*dict.fromkeys((*sharper.notes, *notes))]
        case = case.with_judgement(name, replace(sharper, notes=tuple(notes)))
    return case


def _unkept(judgement: Judgement) -> Sequence[Unkept]:
    if judgement.verdict not in (Verdict.DIVERGED, Verdict.DRIFT):
        return ()
    divergence, drift = judgement.divergence, judgement.drift
    return (divergence.unkept if divergence else ()) + (drift.unkept if drift else ())


def _by_variable(unkept: Sequence[Unkept], swapped: bool) -> tuple[_Keep, _Keep]:
    """The digests that the reference has to keep, and those of the other program."""
    ours: _Keep = {}
    theirs: _Keep = {}
    for each in unkept:
        _add(theirs if swapped else ours, {each.variable: (each.digest,)})
        _add(ours if swapped else theirs, {each.other_variable: (each.other_digest,)})
    return ours, theirs


def _add(keep: _Keep, more: _Keep) -> None:
    for variable, digests in more.items():
        keep[variable] = tuple(dict.fromkeys((*keep.get(variable, ()), *digests)))


def _with_values(run: Run, again: Run) -> Run:
    """The run, with the values that another run of the same program has kept."""
    if run.trajectory is None or again.trajectory is None:
        return run
    return replace(run, trajectory=run.trajectory.with_values_of(again.trajectory))


def _differences(again: Run, keep: _Keep) -> list[str]:
    """What a second run did not do like the first, in words."""
    label, trajectory = again.program.label, again.trajectory
    if trajectory is None:
        return [f"{label} is nondeterministic: {again.error}"]
    seen = set(trajectory.initial.items())
    for state in trajectory.states:
        seen.update((name, state.writes[name].digest) for name in keep if name in state.writes)
    return [
        f"{label} is nondeterministic: a second run gives {variable!r} other values"
        for variable, digests in keep.items()
        if any((variable, digest) not in seen for digest in digests)
    ]
