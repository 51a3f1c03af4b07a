"""Whether two trajectories are the same, and how far they drift apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from migrate_vars.trajectory.distance import (
    estimate,
    known_magnitude,
    measure,
    scaled_difference,
)
from migrate_vars.trajectory.divergence import (
    Divergence,
    Unkept,
    step_count_divergence,
    value_divergence,
)
from migrate_vars.trajectory.exact import Exact, compare_tracks, same_beginning
from migrate_vars.trajectory.mapping import NO_WISHES, Mapping, Wishes, map_variables
from migrate_vars.trajectory.successors import with_successors
from migrate_vars.trajectory.tracks import Track, Written, total, tracks_of
from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.unmapped import find_untrained

# Of the variables that are taken for one, so many are named.
_SHOWN = 3


@dataclass(frozen=True)
class Drift:
    """The largest difference of two trajectories at the end of any step.

    Attributes:
        scaled: Difference divided by the largest magnitude that the reference's variable has had.
        ulp: The same element-wise maximum in ULP, or None where a value has no ULP.
        variable: Where ``scaled`` is largest; "" if nothing differs.
        step: Likewise.
        sampled: The variables some of whose values were not kept: of these the samples and the
            extremes were compared, or nothing where even they were not kept.
        unkept: Of each of them the last values, and those that differ most by their samples.
        beyond: Where it is first above the bound that was given, or None.
        compared: After how many of the reference's steps the two were compared.
    """

    scaled: float
    ulp: int | None
    variable: str
    step: int
    sampled: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()
    beyond: Divergence | None = None
    compared: int = 0


@dataclass(frozen=True)
class Comparison:
    """What came out of comparing two trajectories.

    Attributes:
        mapping: Which variables were compared.
        steps: Training steps of the reference.
        states: States of the reference that could be compared.
        divergence: The first difference in bits, or None if there is none.
        undecided: Why nothing shows whether they are the same, though nothing differs; "" if that
            is decided.
        compared: At how many of ``states`` both were compared.
        notes: What a reader should know besides, in words.
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
        """Whether every compared bit is the same, and everything trained was compared."""
        return self.divergence is None and not self.undecided


def compare(reference: Trajectory, other: Trajectory, wishes: Wishes = NO_WISHES) -> Comparison:
    """Compares two trajectories bit for bit.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        wishes: What the user says of the variables.

    Returns:
        The comparison, with the first divergence if there is one.

    Raises:
        MappingError: If ``wishes`` do not fit the programs.
    """
    ways = pairings(reference, other, wishes)
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
    """Two trajectories, and what their variables may be to each other.

    Attributes:
        reference: The reference, or what it is if variables that are made anew are one.
        other: Likewise the other program.
        mapping: Which variables to compare.
        notes: What it takes for granted, in words.
    """

    reference: Trajectory
    other: Trajectory
    mapping: Mapping
    notes: tuple[str, ...] = ()


def pairings(reference: Trajectory, other: Trajectory, wishes: Wishes) -> Iterator[Pairing]:
    """The ways in which variables may belong together, the most natural one first.

    Another one counts only where nothing differs with it.

    Raises:
        MappingError: If ``wishes`` do not fit the programs.
    """
    mapping = map_variables(reference, other, wishes)
    yield from _more_and_less_certain(Pairing(reference, other, mapping))
    ours, our_counts = with_successors(reference)
    theirs, their_counts = with_successors(other)
    for a, b, counts in (
        (reference, theirs, their_counts),
        (ours, other, our_counts),
        (ours, theirs, {**our_counts, **their_counts} if our_counts and their_counts else {}),
    ):
        if counts:
            shown = ", ".join(f"{name!r} ({n} times)" for name, n in [*counts.items()][:_SHOWN])
            more = f" and {len(counts) - _SHOWN} more" if len(counts) > _SHOWN else ""
            note = f"variables that are made anew were taken for one: {shown}{more}"
            merged = map_variables(a, b, wishes.among(a.variables, b.variables))
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


def measure_drift(
    reference: Trajectory, other: Trajectory, mapping: Mapping, bound: float = float("inf")
) -> Drift | Divergence:
    """Measures how far two trajectories move apart, step by step.

    Where they count their steps differently, they are compared where both have written every
    variable as often. The difference is taken relative to the largest magnitude of the variable so
    far, because ULP and plain relative differences explode where a value crosses zero.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        mapping: Which variables to compare.
        bound: The drift allowed.

    Returns:
        The drift, or a divergence if the two take steps that cannot be told to be the same, nothing
        is known of the values of a variable that differs, or two values have no distance.
    """
    a, b, _ = same_beginning(*tracks_of(reference, other, mapping))
    stages = _stages_by_step(a, b) if a.steps == b.steps else _stages_by_count(a, b)
    if stages is None:
        less, other_less = a.without_idle_writes(), b.without_idle_writes()
        if less.steps != other_less.steps:
            return step_count_divergence(a, b)
        a, b = less, other_less
        stages = _stages_by_step(a, b)
    worst = Drift(0.0, 0, "", 0)
    largest_ulp: int | None = 0
    scale = [0.0] * len(a.names)
    ours, theirs = list(a.initial), list(b.initial)
    events: list[tuple[int | None, int | None]] = [(None, None)] * len(a.names)
    measured: set[int] = set()
    # Of variables whose values were not kept: the last ones, those that differ most, and how much.
    last: dict[int, tuple[int, Unkept]] = {}
    most: dict[int, tuple[float, Unkept]] = {}
    # A variable that neither writes is no further away than it was.
    touched = set(range(len(a.names)))
    beyond: Divergence | None = None
    for step, mine, others in [(0, {}, {}), *stages]:
        above: dict[int, float] = {}
        for k, written in mine.items():
            ours[k], events[k] = written.digest, (written.event, events[k][1])
        for k, written in others.items():
            theirs[k], events[k] = written.digest, (events[k][0], written.event)
        touched.update(mine, others)
        agreeing = [k for k in range(len(a.names)) if ours[k] == theirs[k]]
        for k in sorted(touched):
            scale[k] = max(scale[k], known_magnitude(reference, a.names[k], ours[k]))
            last.pop(k, None)
            if ours[k] == theirs[k]:
                continue
            value = reference.value(a.names[k], ours[k])
            found = other.value(b.names[k], theirs[k])
            difference: float
            if value is not None and found is not None:
                distance = measure(value, found)
                if distance is None:
                    return value_divergence(a, b, k, step, events[k], agreeing=agreeing)
                difference, ulp = distance.max_difference, distance.max_ulp
            else:
                unkept = Unkept(a.names[k], ours[k], b.names[k], theirs[k])
                last[k] = step, unkept
                summary = reference.summary(a.names[k], ours[k])
                other_summary = other.summary(b.names[k], theirs[k])
                if summary is None or other_summary is None:
                    most.setdefault(k, (0.0, unkept))
                    continue
                estimated = estimate(summary, other_summary)
                if estimated is None:
                    return value_divergence(a, b, k, step, events[k], agreeing=agreeing)
                difference, ulp = estimated.max_difference, estimated.max_ulp
            measured.add(k)
            scaled = scaled_difference(difference, scale[k])
            if scaled > bound:
                above[k] = scaled
            if k in last and scaled >= most.get(k, (0.0, None))[0]:
                most[k] = scaled, last[k][1]
            if scaled > worst.scaled:
                worst = Drift(scaled, None, a.names[k], a.labels[step])
            largest_ulp = None if ulp is None or largest_ulp is None else max(largest_ulp, ulp)
        touched.clear()
        if above and beyond is None:
            most_above = max(above, key=above.__getitem__)
            beyond = value_divergence(a, b, most_above, step, events[most_above], agreeing=agreeing)
    wanted = [unkept for _, unkept in most.values()] + [unkept for _, unkept in last.values()]
    unknown = [(step, k) for k, (step, _) in last.items() if k not in measured]
    if unknown:
        step, k = min(unknown)
        found_divergence = value_divergence(a, b, k, step, events[k], agreeing=agreeing)
        return replace(found_divergence, unkept=tuple(dict.fromkeys(wanted)))
    return Drift(
        worst.scaled,
        largest_ulp,
        worst.variable,
        worst.step,
        tuple(a.names[k] for k in sorted(most)),
        tuple(dict.fromkeys(wanted)),
        beyond,
        len(stages),
    )


# A step of the reference, and what the two have written since the stage before, by variable.
_Stage = tuple[int, dict[int, Written], dict[int, Written]]


def _stages_by_step(a: Track, b: Track) -> list[_Stage]:
    """The ends of all steps of two tracks that count them alike."""

    def last(track: Track, step: int) -> dict[int, Written]:
        return {k: written[-1] for k, written in track.by_step.get(step, {}).items()}

    return [(step, last(a, step), last(b, step)) for step in sorted({*a.by_step, *b.by_step})]


def _stages_by_count(a: Track, b: Track) -> list[_Stage] | None:
    """The ends of the steps of the track that takes fewer, told in the other by numbers of writes.

    None if control flow hides the numbers, or if the other does not show every value that is there
    at the end of a step.
    """
    if a.uncounted or b.uncounted or any(a.total(k) != b.total(k) for k in range(len(a.names))):
        return None
    few, many = (a, b) if a.steps < b.steps else (b, a)
    counts = [0] * len(few.names)
    stages: list[_Stage] = []
    for step, by_variable in few.by_step.items():
        mine: dict[int, Written] = {}
        others: dict[int, Written] = {}
        for k, written in by_variable.items():
            counts[k] += total(written) or 0
            found = many.by_count[k].get(counts[k])
            if found is None:
                return None
            mine[k], others[k] = written[-1], found
        if few is a:
            stages.append((step, mine, others))
        else:
            reached = max(many.events[written.event][0] for written in others.values())
            stages.append((reached, others, mine))
    return stages
