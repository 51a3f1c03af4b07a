"""Orders of ``tf.data`` that cannot be the same in two programs, and so cannot be compared."""

from __future__ import annotations

from dataclasses import replace

from migrate_vars.equivalence.judging.verdicts import Judgement, Verdict
from migrate_vars.equivalence.running.programs import Run


def judge_shuffles(
    judgement: Judgement, reference: Run, other: Run
) -> tuple[Judgement, tuple[str, ...]]:
    """Judges whether a difference may come from nothing but the order in which data are shuffled.

    Where both programs shuffle with ``tf.data``, the order is one in the first epoch only: other
    releases, and loops over a dataset, draw others then. Between releases, that makes a divergence
    undefined; within one it is said besides, since there the migration may do without.

    Args:
        judgement: What was made of the comparison.
        reference: The reference run.
        other: The other run.

    Returns:
        The judgement, and in words, what a reader should know besides.
    """
    where = judgement.divergence or judgement.drift
    ours, theirs = reference.trajectory, other.trajectory
    if (
        judgement.verdict is not Verdict.DIVERGED
        or where is None
        or where.step == 0
        or ours is None
        or theirs is None
        or not ours.shuffles
        or not theirs.shuffles
        or (ours.feeds and theirs.feeds and judgement.data is None)
    ):
        return judgement, ()
    places = (
        f"{ours.shuffles[0]} in {reference.program.label}, "
        f"{theirs.shuffles[0]} in {other.program.label}"
    )
    releases = [str(run.header.get("tensorflow")) for run in (ours, theirs)]
    if releases[0] == releases[1]:
        return judgement, (
            f"tf.data shuffles ({places}): a loop over a dataset draws a new order for each epoch, "
            "an iterator that a session initialises again draws the same one",
        )
    message = (
        f"tf.data shuffles in another order under TensorFlow {releases[0]} than under "
        f"{releases[1]} ({places}): other differences cannot be ruled out"
    )
    return replace(judgement, verdict=Verdict.UNDEFINED, message=message), ()
