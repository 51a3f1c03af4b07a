"""Where two programs are first fed different data."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from migrate_vars.trajectory.records import Fed, FedCall, Site
from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class FeedDifference:
    """A value that the two programs are fed differently.

    Attributes:
        step: The training step, from 1.
        reference: Its name in the reference.
        other: Its name in the other program.
        reference_site: The line of the reference that feeds it.
        other_site: The line of the other program that feeds it.
        state: The reference's state that it causes.
        calls: The indices of the two calls among those of each program.
    """

    step: int
    reference: str
    other: str
    reference_site: Site
    other_site: Site
    state: int
    calls: tuple[int, int] = field(default=(0, 0), compare=False)

    def __str__(self) -> str:
        """The difference as one line."""
        names = repr(self.reference)
        if self.other != self.reference:
            names += f" and {self.other!r}"
        return (
            f"the data differ at step {self.step}: different values are fed for {names} at "
            f"{self.reference_site} and {self.other_site}"
        )


def first_feed_difference(
    reference: Trajectory, other: Trajectory, until: int
) -> FeedDifference | None:
    """Finds the first fed value that differs, among those that can be paired.

    The calls of a step are paired in order. Two values of paired calls are paired if they have the
    same dtype, shape and name; or without the name, if the match is unique and everything that the
    reference feeds has a counterpart. Batches of different sizes are paired if both calls are fed
    the same names.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        until: The last step to compare.

    Returns:
        The difference; None if there is none, or if nothing can be compared.
    """
    return next(feed_differences(reference, other, until), None)


def feed_differences(
    reference: Trajectory, other: Trajectory, until: float = math.inf
) -> Iterator[FeedDifference]:
    """All fed values that differ, as in :func:`first_feed_difference`, in order."""
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
    """Pairs the values of two calls; see :func:`first_feed_difference`."""
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
