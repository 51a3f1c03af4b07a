"""Compares what two programs summarise: tags, steps and values, however they were written.

A scalar is compared as the float32 that TensorFlow writes. Of a histogram that TensorFlow 1 wrote,
and one of ``tf.summary``, whose buckets lie elsewhere, the number of values and the extremes are
compared; an image is compared bit by bit where both programs write it alike, since the two encode
differently.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from migrate_vars.equivalence.running.event_file_reader import Histogram, Summaries, Summary

# The number of differences of one kind that are kept to be shown.
_KEPT = 20
# TensorFlow 1 adds the kind and a number to the tag of an image.
_NUMBERED = re.compile(r"/(?:image|audio)(?:/\d+)?\Z")
_PER_SECOND = re.compile(r"(?:/|_per_|per )(?:sec|second|s)\Z")

Key = tuple[str, str]


@dataclass(frozen=True)
class SummaryDifference:
    """A value with the same tag and step that differs: as it is in both programs."""

    tag: str
    step: int
    reference: str
    other: str

    def __str__(self) -> str:
        return f"{self.tag!r} at step {self.step}: {self.reference} / {self.other}"


@dataclass(frozen=True)
class SummaryComparison:
    """How what two programs summarise compares.

    Attributes:
        values: How many values were compared.
        n_differing: How many differ.
        differing: The first of them.
        reference_only: Tags that only the reference writes, each with how many values it has.
        other_only: Likewise of the other program.
        steps: Tags that have other steps, each with those in the reference and in the other.
        unsteady: Tags that do not repeat, and were not compared.
        cut: Whether there were more values than were compared.
    """

    values: int = 0
    n_differing: int = 0
    differing: tuple[SummaryDifference, ...] = ()
    reference_only: tuple[tuple[str, int], ...] = ()
    other_only: tuple[tuple[str, int], ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()
    unsteady: tuple[str, ...] = ()
    cut: bool = False

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.n_differing or self.reference_only or self.other_only or self.steps)


def compare_summaries(
    reference: Summaries,
    other: Summaries,
    repeated: tuple[Summaries, Summaries] | None = None,
    allowed: float = 0.0,
) -> SummaryComparison:
    """Compares what two programs summarised.

    Args:
        reference: What the program summarised that is taken to be right.
        other: What the other one did.
        repeated: What two runs of one program summarised, or None if it was not repeated.
        allowed: How far scalars may differ, relative to the largest magnitude of their tag so far.
    """
    folders = _match_folders(reference.values, other.values)
    ours, theirs = _by_tag(reference.values, {}), _by_tag(other.values, folders)
    unsteady = {key for key in (*ours, *theirs) if _PER_SECOND.search(key[1])}
    if repeated is not None:
        unsteady |= _unsteady(*repeated)
    found = _Differences()
    for key, values in ours.items():
        if key not in unsteady:
            there = key if key in theirs else _unnumbered(key)
            if there in theirs and (there == key or there not in ours):
                found.add(_shown(key), _Tag(values, theirs.pop(there), allowed))
            else:
                found.reference_only.append((_shown(key), len(values)))
    for key, values in theirs.items():
        if key not in unsteady and key not in ours:
            found.other_only.append((_shown(key), len(values)))
    return SummaryComparison(
        found.values,
        found.n_differing,
        tuple(found.differing),
        tuple(found.reference_only),
        tuple(found.other_only),
        tuple(found.steps),
        tuple(sorted(_shown(key) for key in unsteady)),
        reference.cut or other.cut,
    )


def _unsteady(run: Summaries, again: Summaries) -> set[Key]:
    """The tags that two runs of one program do not write alike."""
    first = _by_tag(run.values, {})
    second = _by_tag(again.values, _match_folders(run.values, again.values))
    return {
        key
        for key in {*first, *second}
        if not _Tag(first.get(key, ()), second.get(key, ()), 0.0).same
    }


@dataclass
class _Differences:
    values: int = 0
    n_differing: int = 0
    differing: list[SummaryDifference] = field(default_factory=list)
    reference_only: list[tuple[str, int]] = field(default_factory=list)
    other_only: list[tuple[str, int]] = field(default_factory=list)
    steps: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, tag: str, compared: _Tag) -> None:
        self.values += compared.values
        if compared.steps is not None:
            self.steps.append((tag, *compared.steps))
        self.n_differing += len(compared.differing)
        room = max(0, _KEPT - len(self.differing))
        self.differing += [
            SummaryDifference(tag, ours.step, *_values(ours, theirs))
            for ours, theirs in compared.differing[:room]
        ]


class _Tag:
    """Compares the values of one tag.

    Attributes:
        values: How many were compared: of the same steps, or where both have as many, in order.
        differing: Those that differ.
        steps: The steps of both, in words, where they are others.
    """

    def __init__(self, ours: Sequence[Summary], theirs: Sequence[Summary], allowed: float) -> None:
        self.differing: list[tuple[Summary, Summary]] = []
        self.steps: tuple[str, str] | None = None
        if not _alike_written(ours, theirs):
            ours, theirs = _first_of_steps(ours), _first_of_steps(theirs)
        if [one.step for one in ours] != [one.step for one in theirs]:
            self.steps = _steps(ours), _steps(theirs)
        if len(ours) == len(theirs):
            pairs = list(zip(ours, theirs, strict=True))
        else:
            at: dict[int, list[Summary]] = {}
            for one in theirs:
                at.setdefault(one.step, []).append(one)
            pairs = [(one, at[one.step].pop(0)) for one in ours if at.get(one.step)]
        self.values = len(pairs)
        largest = 0.0
        for one, other in pairs:
            if isinstance(one.value, float) and math.isfinite(one.value):
                largest = max(largest, abs(one.value))
            if not _same(one, other, allowed * largest):
                self.differing.append((one, other))

    @property
    def same(self) -> bool:
        return not self.differing and self.steps is None


def _alike_written(ours: Iterable[Summary], theirs: Iterable[Summary]) -> bool:
    """Whether images and sounds were written by the same API, if any."""
    kinds = ("image", "audio")
    forms = {one.detail for one in (*ours, *theirs) if one.kind in kinds}
    return len(forms) < 2


def _first_of_steps(values: Iterable[Summary]) -> list[Summary]:
    """One value of each step: TensorFlow 1 writes each image on its own."""
    return list({one.step: one for one in values}.values())


def _same(ours: Summary, theirs: Summary, allowed: float) -> bool:
    if ours.kind != theirs.kind:
        return False
    one, other = ours.value, theirs.value
    if isinstance(one, float) and isinstance(other, float):
        return _same_number(one, other, allowed)
    if isinstance(one, Histogram) and isinstance(other, Histogram):
        return (
            one.number == other.number
            and _same_number(one.minimum, other.minimum, allowed)
            and _same_number(one.maximum, other.maximum, allowed)
            and (
                ours.detail == theirs.detail or "v1" in (ours.detail, theirs.detail) or allowed > 0
            )
        )
    if ours.kind in ("image", "audio") and ours.detail != theirs.detail:
        return True
    return one == other


def _same_number(one: float, other: float, allowed: float) -> bool:
    with np.errstate(over="ignore"):
        ours, theirs = np.float32(one), np.float32(other)
    if ours == theirs or (math.isnan(one) and math.isnan(other)):
        return True
    return math.isfinite(one) and math.isfinite(other) and abs(one - other) <= allowed


def _values(ours: Summary, theirs: Summary) -> tuple[str, str]:
    """Both values in words, in which they differ."""
    if ours.kind != theirs.kind:
        return f"a {ours.kind}", f"a {theirs.kind}"
    texts = []
    for value in (ours.value, theirs.value):
        if isinstance(value, float):
            texts.append(str(np.float32(value)))
        elif isinstance(value, Histogram):
            texts.append(
                f"{value.number:g} values of {np.float32(value.minimum)} "
                f"to {np.float32(value.maximum)}"
            )
        else:
            texts.append(f"{ours.kind} {value[:8]}")
    return texts[0], texts[1]


def _steps(values: Sequence[Summary]) -> str:
    steps = [one.step for one in values]
    if not steps:
        return "no steps"
    return (
        f"step {steps[0]}" if len(steps) == 1 else f"{len(steps)} steps {steps[0]} to {steps[-1]}"
    )


def _by_tag(values: Iterable[Summary], folders: Mapping[str, str]) -> dict[Key, list[Summary]]:
    found: dict[Key, list[Summary]] = {}
    for one in values:
        tag = one.tag
        if one.kind in ("image", "audio") and one.detail == "v1":
            tag = _NUMBERED.sub("", tag)
        found.setdefault((folders.get(one.folder, one.folder), tag), []).append(one)
    return found


def _match_folders(ours: Iterable[Summary], theirs: Iterable[Summary]) -> dict[str, str]:
    """What to call the other program's folders: other names stand for each other in their order."""
    first = list(dict.fromkeys(one.folder for one in ours))
    second = list(dict.fromkeys(one.folder for one in theirs))
    alone = [name for name in first if name not in second]
    others = [name for name in second if name not in first]
    return dict(zip(others, alone, strict=True)) if len(others) == len(alone) else {}


def _unnumbered(key: Key) -> Key:
    """A tag without the number that TensorFlow 1 puts behind a name that an op has already."""
    folder, tag = key
    return folder, re.sub(r"_\d+\Z", "", tag)


def _shown(key: Key) -> str:
    folder, tag = key
    return f"{folder}: {tag}" if folder else tag
