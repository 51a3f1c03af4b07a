"""The first place where two trajectories differ, and the distance there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migrate_vars.trajectory.distance import Distance, Estimate, between, known_magnitude, measure
from migrate_vars.trajectory.records import Site
from migrate_vars.trajectory.tracks import Track, Written
from migrate_vars.trajectory.trajectory import ValueRef


@dataclass(frozen=True)
class Unkept:
    """Two different values of a variable, at least one of which was not kept.

    Attributes:
        variable: The variable's name in the reference.
        digest: The digest of the reference's value.
        other_variable: The variable's name in the other program.
        other_digest: The digest of the other program's value.
    """

    variable: str
    digest: str
    other_variable: str
    other_digest: str


@dataclass(frozen=True)
class Divergence:
    """The first place where two trajectories differ.

    Attributes:
        reason: What differs, as a message.
        step: The training step of the reference, from 1; 0 stands for the initial values.
        variable: The variable's name in the reference, or None if no single variable is to blame.
        distance: The distance of the values; None if they were not kept or no distance is defined.
        scaled: The largest difference divided by the largest magnitude of the reference's variable
            so far; None as above, or if that magnitude is zero.
        reference_site: The line of the reference that wrote the value, if it was written.
        other_site: The line of the other program that wrote it, if it was written.
        agreeing: The compared variables that are still equal at that place.
        unkept: The values that would be needed to measure the distance.
    """

    reason: str
    step: int
    variable: str | None = None
    distance: Distance | None = None
    scaled: float | None = None
    reference_site: Site | None = None
    other_site: Site | None = None
    agreeing: tuple[str, ...] = ()
    unkept: tuple[Unkept, ...] = ()


def missing_write(a: Track, b: Track, k: int, step: int, event: int | None = None) -> Divergence:
    """Describes a write that only one of two tracks has."""
    reason = written_unlike(a.total(k), b.total(k))
    site = a.site_of(event)
    return Divergence(reason, step=a.labels[step], variable=a.names[k], reference_site=site)


def written_unlike(ours: int, theirs: int) -> str:
    """States how often each program writes a variable."""
    return f"written {times(ours)}, but {times(theirs)} in the other program"


def value_divergence(
    a: Track,
    b: Track,
    k: int,
    step: int,
    events: tuple[int | None, int | None] | None = None,
    reason: str = "",
    agreeing: Sequence[int] | None = None,
) -> Divergence:
    """Describes different values of a variable, after two events or at the end of a step.

    ``step`` counts the steps of the tracks, which may skip steps of their trajectories.
    ``agreeing`` has the numbers of the variables that are equal there; by default, those at the end
    of the step.
    """
    event, other_event = events or (a.last_write(k, step), b.last_write(k, step))
    ours, theirs = a.digest_at(k, event), b.digest_at(k, other_event)
    mine = ValueRef(a.trajectory, a.names[k], ours)
    other = ValueRef(b.trajectory, b.names[k], theirs)
    value, found = mine.array(), other.array()
    distance = scaled = None
    unkept: tuple[Unkept, ...] = ()
    which = "values" if step else "initial values"
    if reason:
        pass
    elif not ours or not theirs:
        reason = f"{'the reference' if not ours else 'the other program'} never initialises it"
    elif value is None or found is None:
        unkept = (Unkept(a.names[k], ours, b.names[k], theirs),)
        reason = f"the {which} differ (they were too large to keep{_estimated(mine, other)})"
    elif value.shape != found.shape:
        reason = f"the shapes of the {which} differ: {value.shape} and {found.shape}"
    else:
        reason = f"the {which} differ"
        distance = measure(value, found)
        digests = {a.initial[k], *_digests_until(a.history[k], event)}
        scale = max(known_magnitude(mine._replace(digest=digest)) for digest in digests)
        scaled = distance.max_difference / scale if distance is not None and scale else None
    if agreeing is None:
        end = min(step, a.steps, b.steps)
        pairs = zip(a.at_end_of(end), b.at_end_of(end), strict=True)
        agreeing = [j for j, (x, y) in enumerate(pairs) if x == y]
    return Divergence(
        reason=reason,
        step=a.labels[step],
        variable=a.names[k],
        distance=distance,
        scaled=scaled,
        reference_site=a.site_of(event),
        other_site=b.site_of(other_event),
        agreeing=tuple(a.names[j] for j in agreeing if j != k),
        unkept=unkept,
    )


def _estimated(reference: ValueRef, other: ValueRef) -> str:
    """Describes the estimated difference of two values that were not both kept."""
    found = between(reference, other)
    if not isinstance(found, Estimate):
        return ""
    by = f", by at least {found.max_difference:.2g}" if found.max_difference else ""
    return f"; {found.n_different} of {found.n_samples} samples differ{by}"


def _digests_until(history: Sequence[Written], event: int | None) -> Iterator[str]:
    for written in history:
        if event is None or written.event > event:
            return
        yield written.digest


def step_count_divergence(a: Track, b: Track) -> Divergence:
    """Describes that two tracks have different numbers of steps."""
    if b.steps < a.steps:
        step, reason = b.steps + 1, f"the program stops after step {b.steps} of {a.steps}"
    else:
        step, reason = a.steps + 1, f"the program goes on for {b.steps} steps instead of {a.steps}"
    ahead = a if b.steps < a.steps else b
    site = next((site for number, site, _ in ahead.events if number == step), None)
    if ahead is a:
        return Divergence(reason, step=step, reference_site=site)
    return Divergence(reason, step=step, other_site=site)


def times(count: int) -> str:
    """How often, in words: "never", "once" or "n times"."""
    if count == 0:
        return "never"
    return "once" if count == 1 else f"{count} times"
