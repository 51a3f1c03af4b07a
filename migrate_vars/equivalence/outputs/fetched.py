"""Compares what two programs take out of TensorFlow: what sessions fetch, what eager code reads.

Nothing says which line of a migration takes what a session fetched. So values are looked for, not
names: a stream of values, such as the loss of each step, is *found* where all of them occur in
order among the values that the other program takes. One that is not found is no difference yet: a
migration need not fetch what nobody uses. It counts where the other program has one stream that
must be meant: the only one of that type, shape and length of which the reference, in turn, does not
take the values, if that is an array, or some of the values are the same. Without one, an array of
another shape will do.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from migrate_vars.equivalence.running.fetched_streams import Stream

# An array of this many elements does not have the same shape by chance.
_ELEMENTS = 4
# This many values, and this share, are not the same by chance.
_SAME = 2
_SHARE = 0.25


@dataclass(frozen=True)
class FetchDifference:
    """A stream of which the other program has other values.

    Attributes:
        label: What it is called in the reference.
        sites: Where both programs take it.
        values: How many values it has.
        differing: How many of them differ.
        step: The step of the first that differs.
        reference: The text of that, or its shape.
        other: Likewise.
    """

    label: str
    sites: tuple[str, str]
    values: int
    differing: int
    step: int
    reference: str
    other: str

    def __str__(self) -> str:
        shown = f": {self.reference} / {self.other}" if self.reference != self.other else ""
        return f"{self.label!r} at step {self.step}{shown}"


@dataclass(frozen=True)
class FetchComparison:
    """How what two programs take out of TensorFlow compares.

    Attributes:
        found: How many streams of the reference the other program takes, too.
        values: How many values they have.
        not_found: How many it does not take, which need not mean anything.
        differing: Those of which it has other values.
    """

    found: int = 0
    values: int = 0
    not_found: int = 0
    differing: tuple[FetchDifference, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing is known to differ."""
        return not self.differing


def compare_fetches(
    reference: Sequence[Stream],
    other: Sequence[Stream],
    repeated: tuple[Sequence[Stream], Sequence[Stream]] | None = None,
) -> FetchComparison:
    """Compares what two programs, which train alike bit by bit, take out of TensorFlow.

    Args:
        reference: The streams of the program that is taken to be right.
        other: Those of the other one.
        repeated: Those of two runs of the reference, or None if it was not repeated.
    """
    if repeated is not None:
        steady = _Taken(repeated[0]), _Taken(repeated[1])
        reference = [one for one in reference if all(taken.has(one) for taken in steady)]
    ours, theirs = _Taken(reference), _Taken(other)
    found = [one for one in reference if theirs.has(one)]
    missing = [one for one in reference if not theirs.has(one)]
    unknown = [one for one in other if not ours.has(one)]
    return FetchComparison(
        len(found),
        sum(len(one.values) for one in found),
        len(missing),
        tuple(_differences(missing, unknown)),
    )


class _Taken:
    """The values that one program has taken, in order."""

    def __init__(self, streams: Iterable[Stream]) -> None:
        self._places: dict[str, list[int]] = {}
        for stream in streams:
            for value, place in zip(stream.values, stream.order, strict=True):
                self._places.setdefault(value.digest, []).append(place)
        for places in self._places.values():
            places.sort()

    def has(self, stream: Stream) -> bool:
        """Whether all values of a stream occur, in order; the same one in a row counts once."""
        at = -1
        before = ""
        for value in stream.values:
            if value.digest == before:
                continue
            before = value.digest
            places = self._places.get(before, [])
            next_place = bisect_right(places, at)
            if next_place == len(places):
                return False
            at = places[next_place]
        return True


def _differences(missing: list[Stream], unknown: list[Stream]) -> Iterator[FetchDifference]:
    for ours in missing:
        theirs = _partner(ours, missing, unknown)
        if theirs is None:
            continue
        pairs = list(zip(ours.values, theirs.values, strict=True))
        same = [one.digest for one, other in pairs if one.digest == other.digest]
        if math.prod(ours.shape) < _ELEMENTS and (
            len(set(same)) < _SAME or len(same) < _SHARE * len(pairs)
        ):
            continue
        differing = [(one, other) for one, other in pairs if one.digest != other.digest]
        if differing:
            one, other = differing[0]
            yield FetchDifference(
                ours.label,
                (ours.site, theirs.site),
                len(pairs),
                len(differing),
                one.step,
                one.text or _shape(ours),
                other.text or _shape(theirs),
            )


def _partner(ours: Stream, missing: list[Stream], unknown: list[Stream]) -> Stream | None:
    """The one stream that must be meant by another, or None."""
    for size in (lambda one: one.shape, lambda one: len(one.shape)):
        kind = ours.dtype, size(ours), len(ours.values)
        alike = [
            [one for one in streams if (one.dtype, size(one), len(one.values)) == kind]
            for streams in (missing, unknown)
        ]
        if len(alike[0]) == len(alike[1]) == 1:
            return alike[1][0]
        if alike[1]:
            break  # several may be meant
    return None


def _shape(stream: Stream) -> str:
    return f"shape {list(stream.shape)}"
