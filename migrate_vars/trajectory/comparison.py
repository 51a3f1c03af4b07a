"""Whether two trajectories are identical bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.mapping import NOTHING_GIVEN, Mapping, VariableMap, map_variables
from migrate_vars.trajectory.remade_variables import join_remade_variables
from migrate_vars.trajectory.track_comparison import Exact, compare_tracks
from migrate_vars.trajectory.tracks import tracks_of
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.unmapped import find_untrained
from migrate_vars.trajectory.wording import some

# Maximum number of re-created variables that are named.
_SHOWN = 3


@dataclass(frozen=True)
class Comparison:
    """The result of comparing two trajectories.

    Attributes:
        mapping: The variables that were compared.
        steps: The number of training steps of the reference.
        states: The number of states of the reference that could be compared.
        divergence: The first difference in any bit, or None.
        undecided: Why it cannot be decided whether they are identical, although nothing differs; or
            "".
        compared: The number of ``states`` at which both were compared.
        notes: Further remarks.
    """

    mapping: Mapping
    steps: int
    states: int
    divergence: Divergence | None
    undecided: str = ""
    compared: int = 0
    notes: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether every compared bit is equal, and everything trained was compared."""
        return self.divergence is None and not self.undecided


def compare(
    reference: Trajectory, other: Trajectory, given: VariableMap = NOTHING_GIVEN
) -> Comparison:
    """Compares two trajectories bit for bit.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        given: What the user says of the variables.

    Returns:
        The comparison, with the first divergence if there is one.

    Raises:
        MappingError: If ``given`` does not fit the programs.
    """
    ways = pairings(reference, other, given)
    pairing = next(ways)
    found = _compare(pairing)
    first = found.divergence
    if first is not None:
        for each in ways:
            again = _compare(each)
            if again.divergence is None:
                pairing, found = each, again
                break
            if each.notes and again.divergence.step > first.step:
                where = f"at step {again.divergence.step} in {again.divergence.variable!r}"
                note = f"{each.notes[0]}; then the first difference is {where}"
                found = replace(found, notes=(note,))
    return Comparison(
        pairing.mapping,
        reference.steps,
        found.states,
        found.divergence,
        found.undecided,
        found.compared,
        (*found.notes, *pairing.notes),
    )


@dataclass(frozen=True)
class Pairing:
    """Two trajectories, and a way to pair their variables.

    Attributes:
        reference: The reference, with re-created variables joined if ``notes`` says so.
        other: The other program, likewise.
        mapping: The variables to compare.
        notes: The assumptions made.
    """

    reference: Trajectory
    other: Trajectory
    mapping: Mapping
    notes: tuple[str, ...] = ()


def pairings(reference: Trajectory, other: Trajectory, given: VariableMap) -> Iterator[Pairing]:
    """The possible pairings of variables, the most natural one first.

    The others count only if nothing differs with them.

    Raises:
        MappingError: If ``given`` does not fit the programs.
    """
    mapping = map_variables(reference, other, given)
    yield from _more_and_less_certain(Pairing(reference, other, mapping))
    ours, our_counts = join_remade_variables(reference)
    theirs, their_counts = join_remade_variables(other)
    for a, b, counts in (
        (reference, theirs, their_counts),
        (ours, other, our_counts),
        (ours, theirs, {**our_counts, **their_counts} if our_counts and their_counts else {}),
    ):
        if counts:
            shown = some([f"{name!r} ({n} times)" for name, n in counts.items()], _SHOWN)
            note = f"re-created variables were treated as one: {shown}"
            merged = map_variables(a, b, given.among(a.variables, b.variables))
            yield from _more_and_less_certain(Pairing(a, b, merged, (note,)))


def _more_and_less_certain(pairing: Pairing) -> Iterator[Pairing]:
    yield pairing
    mapping = pairing.mapping
    certain = mapping.without_guesses_about_bookkeeping(pairing.reference, pairing.other)
    if certain != mapping:
        yield replace(pairing, mapping=certain)


def _compare(pairing: Pairing) -> Exact:
    reference, other, mapping = pairing.reference, pairing.other, pairing.mapping
    for name in mapping.reference_only:
        ours, theirs = reference.variables[name], other.variables.get(name)
        if theirs is not None and name in mapping.other_only and theirs.kind != ours.kind:
            reason = (
                f"{ours.dtype} of shape {ours.shape} in the reference, "
                f"{theirs.dtype} of shape {theirs.shape} in the other program"
            )
            return Exact(Divergence(reason, step=0, variable=name))
    found = compare_tracks(*tracks_of(reference, other, mapping))
    if found.divergence is None:
        untrained = find_untrained(reference, other, mapping)
        if untrained is not None:
            return replace(found, divergence=untrained, undecided="")
    return found
