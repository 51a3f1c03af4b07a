"""Where two programs are first fed different data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from migrate_vars.trajectory.records import Fed, FedCall, Site
from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class FeedDifference:
    """Something that the two programs are fed with other values.

    Attributes:
        step: The training step, from 1.
        reference: What the reference calls it.
        other: What the other program calls it.
        reference_site: Line of the reference that feeds it.
        other_site: Line of the other program.
        state: The reference's state that it causes.
        calls: The two calls, by their position among those of the reference, and of the other.
    """

    step: int
    reference: str
    other: str
    reference_site: Site
    other_site: Site
    state: int
    calls: tuple[int, int] = field(default=(0, 0), compare=False)

    def __str__(self) -> str:
        """The difference in one line."""
        names = repr(self.reference)
        if self.other != self.reference:
            names += f" and {self.other!r}"
        return (
            f"the data differ at step {self.step}: other values of {names} are fed at "
            f"{self.other_site} than at {self.reference_site}"
        )


def first_feed_difference(
    reference: Trajectory, other: Trajectory, until: int
) -> FeedDifference | None:
    """Finds the first fed value that differs, among those that are known to belong together.

    Calls of one step belong together in their order. Two values of one call do if dtype and shape
    are the same, and so is the name, or else if no third value of that dtype and shape could be
    meant, and all that the reference feeds has a counterpart. Besides, batches of another size do,
    where both calls are fed the same names.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        until: The last step to look at.

    Returns:
        The difference; None if there is none, or nothing that could be compared.
    """
    return next(feed_differences(reference, other, until), None)


def feed_differences(
    reference: Trajectory, other: Trajectory, until: float = math.inf
) -> Iterator[FeedDifference]:
    """Finds the fed values that differ, likewise, in the order of the calls."""
    ours, theirs = _by_step(reference), _by_step(other)
    for step in sorted(ours.keys() & theirs.keys()):
        if step > until:
            break
        for (number, mine), (place, found) in zip(ours[step], theirs[step], strict=False):
            pairs = pair_feeds(mine.values, found.values)
            for fed, counterpart in (*pairs, *_other_batches(mine.values, found.values)):
                if fed.digest != counterpart.digest:
                    yield FeedDifference(
                        step,
                        fed.name,
                        counterpart.name,
                        reference.states[mine.state].site,
                        other.states[found.state].site,
                        mine.state,
                        (number, place),
                    )


def pair_feeds(reference: Sequence[Fed], other: Sequence[Fed]) -> list[tuple[Fed, Fed]]:
    """The values of two calls that belong together; see :func:`first_feed_difference`."""
    named = {fed.name: fed for fed in other}
    pairs = []
    left = []
    for fed in reference:
        found = named.get(fed.name)
        if found is not None and _kind(found) == _kind(fed):
            pairs.append((fed, found))
            del named[fed.name]
        else:
            left.append(fed)
    matched = list(_match(left, list(named.values())))
    return pairs + matched if len(matched) == len(left) else pairs


def _other_batches(reference: Sequence[Fed], other: Sequence[Fed]) -> Iterator[tuple[Fed, Fed]]:
    named = {fed.name: fed for fed in other}
    if named.keys() != {fed.name for fed in reference}:
        return
    for fed in reference:
        found = named[fed.name]
        alike = (fed.dtype, fed.shape[1:]) == (found.dtype, found.shape[1:])
        if alike and fed.shape and found.shape and fed.shape != found.shape:
            yield fed, found


def _match(reference: Sequence[Fed], other: Sequence[Fed]) -> Iterator[tuple[Fed, Fed]]:
    ours, theirs = list(map(_kind, reference)), list(map(_kind, other))
    for fed, kind in zip(reference, ours, strict=True):
        if ours.count(kind) == theirs.count(kind) == 1:
            yield fed, other[theirs.index(kind)]


def _kind(fed: Fed) -> tuple[str, tuple[int, ...]]:
    return fed.dtype, fed.shape


def _by_step(trajectory: Trajectory) -> dict[int, list[tuple[int, FedCall]]]:
    found: dict[int, list[tuple[int, FedCall]]] = {}
    for number, call in enumerate(trajectory.feeds):
        found.setdefault(trajectory.states[call.state].step, []).append((number, call))
    return found
