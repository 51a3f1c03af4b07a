"""Finds what one program trains and the other one lacks.

A missing variable is not a small difference, whatever drift is allowed. Only bookkeeping may be
missing: the state of metrics, optimizers, checkpoints and random number generators, and the global
step. A metric follows training, and the effect of the others shows in what is trained.
"""

from __future__ import annotations

from migrate_vars.trajectory.divergence import Divergence, times
from migrate_vars.trajectory.mapping import Mapping, leaf
from migrate_vars.trajectory.track_comparison import same_beginning
from migrate_vars.trajectory.tracks import Track, tracks_of
from migrate_vars.trajectory.trajectory import Trajectory


def find_untrained(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Divergence | None:
    """The first variable that one program changes, and the other lacks or never writes."""
    return _find_unmapped(reference, other, mapping) or _find_unwritten(reference, other, mapping)


def bookkeeping_left_out(reference: Trajectory, mapping: Mapping) -> list[str]:
    """The bookkeeping variables that the reference changes and the other program lacks."""
    changed = reference.changed
    return [n for n in mapping.reference_only if n in changed and _may_lack(reference, n)]


def _may_lack(trajectory: Trajectory, name: str) -> bool:
    return trajectory.variables[name].is_bookkeeping


def _find_unmapped(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Divergence | None:
    for trajectory, names, others, opposite, who in (
        (reference, mapping.reference_only, mapping.other_only, other, "the other program"),
        (other, mapping.other_only, mapping.reference_only, reference, "the reference"),
    ):
        alone = {name for name in names if not _may_lack(trajectory, name)}
        for state in trajectory.states:
            for name, write in state.writes.items():
                if name not in alone or write.digest == trajectory.initial.get(name):
                    continue
                like = [
                    each
                    for each in others
                    if leaf(each) == leaf(name)
                    and opposite.variables[each].kind == trajectory.variables[name].kind
                    and each not in opposite.written
                ]
                has = f"never writes {like[0]!r}" if like else "has no such variable"
                site = state.site
                return Divergence(
                    f"changed, but {who} {has}",
                    step=state.step,
                    variable=name,
                    reference_site=site if trajectory is reference else None,
                    other_site=site if trajectory is other else None,
                )
    return None


def _find_unwritten(
    reference: Trajectory, other: Trajectory, mapping: Mapping
) -> Divergence | None:
    """The first pair of which one program changes its variable and the other never writes it.

    What a program writes before both have the same values, such as weights that it loads and the
    other one begins with, is no training.
    """
    ours, theirs, _ = same_beginning(*tracks_of(reference, other, mapping))
    for track, opposite in ((ours, theirs), (theirs, ours)):
        unwritten = [k for k in _changed(track) if not opposite.history[k]]
        if not unwritten:
            continue
        k = min(unwritten, key=lambda k: track.history[k][0].event)
        often = times(sum(written.writes or 1 for written in track.history[k]))
        step, site, _ = track.events[track.history[k][0].event]
        is_ours = track is ours
        return Divergence(
            f"written {often}, but never in the other program"
            if is_ours
            else f"never written, but {often} in the other program",
            step=track.labels[step],
            variable=ours.names[k],
            reference_site=site if is_ours else None,
            other_site=None if is_ours else site,
        )
    return None


def _changed(track: Track) -> list[int]:
    """The variables that take more than one value."""
    return [
        k
        for k, history in enumerate(track.history)
        if any(written.digest != track.initial[k] for written in history)
    ]
