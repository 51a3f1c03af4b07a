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

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

# Of a file, so many lines and so many characters of one are read.
_LINES_LIMIT = 1 << 19
_LINE_LIMIT = 1 << 14
# An array of so many elements is not of the same shape by chance.
_ELEMENTS = 4
# Types of which a single number is written as its bytes.
_NUMBERS = frozenset(
    (
        "bool",
        "float16",
        "float32",
        "float64",
        *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)),
    )
)
# So many values, and such a share, are not the same by chance.
_SAME = 2
_SHARE = 0.25


@dataclass(frozen=True)
class Value:
    """A value that left TensorFlow: the step, what stands for it, its text if it is a number."""

    step: int
    digest: str
    text: str


@dataclass(frozen=True)
class Stream:
    """The values of one fetched tensor, or of one line of eager code.

    Attributes:
        label: The tensor's name, or the line.
        site: Where it was first taken: path and line.
        dtype: Its type.
        shape: The shape of the first value.
        values: The values, in order.
        order: The place of each among all values of the run.
    """

    label: str
    site: str
    dtype: str
    shape: tuple[int, ...]
    values: list[Value] = field(default_factory=list)
    order: list[int] = field(default_factory=list)


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


def read_fetches(path: Path) -> tuple[Stream, ...]:
    """Reads what ``recorder/fetches.py`` wrote; what makes no sense is left out."""
    streams: dict[int, Stream] = {}
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(iter(lambda: file.readline(_LINE_LIMIT), "")):
                if number == _LINES_LIMIT:
                    break
                try:
                    _read(json.loads(line), number, streams)
                except (ValueError, TypeError, KeyError, RecursionError):
                    continue
    except OSError:
        return ()
    return tuple(streams.values())


def _read(record: Any, number: int, streams: dict[int, Stream]) -> None:
    if isinstance(record, list):
        identity, step, value = record
        stream = streams[identity]
        stream.values.append(Value(int(step), str(value), _text(stream, str(value))))
        stream.order.append(number)
    else:
        path, line = record["site"]
        shape = tuple(int(size) for size in record["shape"])
        streams[record["stream"]] = Stream(
            str(record["label"]), f"{path}:{line}", str(record["dtype"]), shape
        )


def _text(stream: Stream, value: str) -> str:
    """A single number in words; "" for all else."""
    if math.prod(stream.shape) != 1 or stream.dtype not in _NUMBERS:
        return ""
    (number,) = np.frombuffer(bytes.fromhex(value), np.dtype(stream.dtype).newbyteorder("<"))
    return str(number)


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


def describe_fetches(
    found: FetchComparison, reference: str, other: str
) -> Iterator[tuple[str, str, str]]:
    """What differs, as rows of a kind, a name and what it is.

    Args:
        found: The comparison.
        reference: What to call the reference.
        other: What to call the other program.
    """
    for each in found.differing:
        shown = f", {each.reference} / {each.other}" if each.reference != each.other else ""
        text = f"{each.differing} of {each.values} values differ, first at step {each.step}{shown}"
        places = f"taken at {each.sites[0]} of {reference}, at {each.sites[1]} of {other}"
        yield "fetched", f"fetched {each.label}", f"{text}; {places}"
