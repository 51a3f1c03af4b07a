"""What one program trains and the other does not: missing is not small, whatever may drift.

What only serves training may be missing: what metrics, optimizers, checkpoints and generators of
random numbers keep for themselves, and the global step. A metric follows training, and what the
others keep shows in what is trained.
"""

from __future__ import annotations

from migrate_vars.trajectory.divergence import Divergence, times
from migrate_vars.trajectory.mapping import Mapping, leaf
from migrate_vars.trajectory.trajectory import Trajectory


def find_untrained(reference: Trajectory, other: Trajectory, mapping: Mapping) -> Divergence | None:
    """The first variable that one program changes, and the other does not have or never writes."""
    return _find_unmapped(reference, other, mapping) or _find_unwritten(reference, other, mapping)


def bookkeeping_left_out(reference: Trajectory, mapping: Mapping) -> list[str]:
    """What the reference changes and the other program does not have, where it may be missing."""
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
    """The first pair of which one program changes its variable and the other never writes it."""
    written, other_written = reference.written, other.written
    changed, other_changed = reference.changed, other.changed
    ours = {
        pair.reference
        for pair in mapping.pairs
        if pair.reference in changed and pair.other not in other_written
    }
    theirs = {
        pair.other: pair.reference
        for pair in mapping.pairs
        if pair.other in other_changed and pair.reference not in written
    }
    for trajectory, names in ((reference, ours), (other, set(theirs))):
        counts: dict[str, int] = {}
        for state in trajectory.states:
            for name in names.intersection(state.writes):
                counts[name] = counts.get(name, 0) + (state.writes[name].count or 1)
        for state in trajectory.states:
            for name in state.writes:
                if name in names:
                    often = times(counts[name])
                    is_ours = trajectory is reference
                    return Divergence(
                        f"written {often}, by the other program never"
                        if is_ours
                        else f"never written, by the other program {often}",
                        step=state.step,
                        variable=name if is_ours else theirs[name],
                        reference_site=state.site if is_ours else None,
                        other_site=None if is_ours else state.site,
                    )
    return None
