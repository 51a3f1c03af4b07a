"""Runs a program again from its reference's values: at the start, or after every step.

Where the values after every step are the reference's (teacher forcing), a step that ends
differently does so on its own. Where none does, the difference has grown over many steps.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from migrate_vars.equivalence.running.programs import Run
from migrate_vars.recorder.encoding import encode_value
from migrate_vars.trajectory.alignment import Boundary, align_states
from migrate_vars.trajectory.distance import Scale
from migrate_vars.trajectory.mapping import Mapping
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef
from migrate_vars.trajectory.wording import some

# The number of wrong steps that are named.
_SHOWN = 8
# Of values that were too large to keep, so many are asked for in one run of the reference (their
# digests are part of a command line), and of so many elements; and in so many runs.
_ASKED = 4096
_ASKED_ELEMENTS = 1 << 25
_RUNS = 8


class ForcingError(Exception):
    """A program that cannot be run with its reference's values; the message says why."""


@dataclass(frozen=True)
class StepDistance:
    """How far a step ends from the reference, having begun where the reference began it.

    Attributes:
        step: The reference's step, from 1; 0 stands for the initial values, which nothing forces.
        variable: The reference's name of the variable that is furthest away.
        scaled: Its largest difference divided by the largest magnitude that the reference's
            variable has had; infinite if that was zero, or the two values have no distance. Of
            values that were too large to keep, what samples and extremes show.
        ulp: The largest difference in ULP, or None likewise.
        variables: All variables that differ.
    """

    step: int
    variable: str
    scaled: float
    ulp: int | None
    variables: tuple[str, ...]


@dataclass(frozen=True)
class Forced:
    """What teacher forcing has shown.

    Attributes:
        steps: The steps that were run from the reference's values; where the two programs are cut
            differently, those of the reference after which both can be compared.
        distances: Of those that do not end with the same bits, how far away they end.
        bound: The distance that is allowed; None asks for identical bits.
        stopped: Whether the program, after the last of ``steps``, no longer wrote the variables
            that it had written unforced, so that nothing more can be said.
        beyond: Of the steps that rounding is allowed for, those that it does not explain; None
            where that was not asked.
    """

    steps: tuple[int, ...]
    distances: tuple[StepDistance, ...]
    bound: float | None = None
    stopped: bool = False
    beyond: tuple[int, ...] | None = None

    @property
    def wrong(self) -> tuple[StepDistance, ...]:
        """The steps that end further away than allowed."""
        if self.beyond is not None:
            return tuple(each for each in self.distances if each.step in self.beyond)
        if self.bound is None:
            return self.distances
        return tuple(each for each in self.distances if each.scaled > self.bound)

    @property
    def largest(self) -> float:
        """The largest distance after a step, relative to the variable's largest magnitude."""
        scaled = [each.scaled for each in self.distances if each.step]
        return max((each for each in scaled if math.isfinite(each)), default=math.inf)

    def __str__(self) -> str:
        """The finding in one line."""
        return _describe(self)


class _Part(NamedTuple):
    """The part of a program that one run forces.

    Attributes:
        boundaries: Where it sets the variables; what leads up to the first is looked at only if
            the part begins the program.
        begins: Whether it does; then it also sets the variables at the start.
    """

    boundaries: Sequence[Boundary]
    begins: bool


def start_from(reference: Trajectory, other: Run, mapping: Mapping) -> Run:
    """Runs a program again, from the initial values of its reference.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: A run of the program.
        mapping: Which variables of the two belong together.

    Raises:
        ForcingError: If an initial value was not kept.
        InterpreterError: If the interpreter has no usable TensorFlow.
    """
    return run_forced(other, _plan(reference, mapping, _Part((), True), None))


def force(reference: Run, other: Run, mapping: Mapping, bound: float | None = None) -> Forced:
    """Runs a program again, and sets its variables to the reference's values after every step.

    Args:
        reference: Run of the program that is taken to be right; it is run again if values of it
            were too large to keep, and it can be.
        other: A run of the program that is checked. Running it again must give the same.
        mapping: Which variables of the two belong together.
        bound: The drift allowed, relative to each variable's largest magnitude so far; None asks
            for identical bits.

    Raises:
        ForcingError: If the two take no steps that could be compared, a value was not kept, or the
            program does not run to its end from other values.
        InterpreterError: If the interpreter has no usable TensorFlow.
    """
    ours = reference.trajectory
    assert ours is not None
    assert other.trajectory is not None
    boundaries = align_states(ours, other.trajectory, mapping)
    if not boundaries:
        raise ForcingError("the steps of the two programs cannot be aligned")
    parts = _parts(ours, mapping, boundaries)
    if len(parts) > _RUNS:
        raise ForcingError("too many of the reference's values are too large to keep")
    found = Forced((), (), bound)
    for part in parts:
        known = _with_values(reference, mapping, part)
        run = run_forced(other, _plan(known, mapping, part, other.trajectory))
        if run.error or run.trajectory is None:
            raise ForcingError(f"run from the reference's values: {run.error}")
        more = _measure(known, other.trajectory, run.trajectory, mapping, part, bound)
        found = replace(
            more, steps=found.steps + more.steps, distances=found.distances + more.distances
        )
        if found.stopped:
            break
    return found


def run_forced(run: Run, plan: Iterator[dict[str, Any]], **changes: Any) -> Run:
    """Runs a program again, and sets its variables as ``recorder/forced_values.py`` reads."""
    with tempfile.TemporaryDirectory(prefix="migrate-vars-") as folder:
        path = Path(folder, "forced.jsonl")
        with path.open("w", encoding="utf-8") as file:
            for record in plan:
                file.write(json.dumps(record, separators=(",", ":")) + "\n")
        forced = run.again(forced=path, **changes)
    return replace(forced, program=run.program)


def _parts(trajectory: Trajectory, mapping: Mapping, boundaries: Sequence[Boundary]) -> list[_Part]:
    """Cuts a program so that what was not kept of each part can be asked for in one run.

    Each part ends where the next one begins.
    """
    sizes = {
        pair.reference: math.prod(trajectory.variables[pair.reference].shape)
        for pair in mapping.pairs
    }
    parts: list[_Part] = []
    begin = 0
    asked: set[tuple[str, str]] = set()
    last: set[tuple[str, str]] = set()
    for index, digests in enumerate(_targets(trajectory, _Part(boundaries, True)), -1):
        lacking = {
            (name, digests[name])
            for name in sizes
            if name in digests and trajectory.value(name, digests[name]) is None
        }
        together = asked | lacking
        elements = sum(sizes[name] for name, _ in together)
        if (len(together) > _ASKED or elements > _ASKED_ELEMENTS) and index - begin > bool(parts):
            parts.append(_Part(boundaries[begin:index], not parts))
            begin = index - 1
            together = last | lacking
        asked, last = together, lacking
    return [*parts, _Part(boundaries[begin:], not parts)]


def _with_values(reference: Run, mapping: Mapping, part: _Part) -> Trajectory:
    """A run's trajectory with the values at a part's boundaries, if need be from another run."""
    trajectory = reference.trajectory
    assert trajectory is not None
    if reference.runner is None:
        return trajectory
    missing: dict[str, list[str]] = {}
    for digests in _targets(trajectory, part):
        for pair in mapping.pairs:
            digest = digests.get(pair.reference)
            if digest is not None and trajectory.value(pair.reference, digest) is None:
                missing.setdefault(pair.reference, []).append(digest)
    if not missing:
        return trajectory
    if sum(map(len, missing.values())) > _ASKED:
        raise ForcingError("too many of the reference's values are too large to keep")
    again = reference.again(keep=missing).trajectory
    return trajectory if again is None else trajectory.with_values_of(again)


def _targets(trajectory: Trajectory, part: _Part) -> Iterator[dict[str, str]]:
    """The digests of all variables at the places of a part; one dict, which changes."""
    current = dict(trajectory.initial)
    if part.begins:
        yield current
    position = 0
    for boundary in part.boundaries:
        for state in trajectory.states[position : boundary.reference + 1]:
            current.update({name: write.digest for name, write in state.writes.items()})
        position = boundary.reference + 1
        yield current


def _plan(
    reference: Trajectory,
    mapping: Mapping,
    part: _Part,
    other: Trajectory | None,
) -> Iterator[dict[str, Any]]:
    """The lines that ``recorder/forced_values.py`` reads."""

    def values(digests: dict[str, str]) -> dict[str, list[Any]]:
        return {
            pair.other: encode(reference, pair.reference, digests[pair.reference])
            for pair in mapping.pairs
            if pair.reference in digests
        }

    targets = _targets(reference, part)
    yield {"initial": values(next(targets)) if part.begins else {}}
    for boundary, digests in zip(part.boundaries, targets, strict=True):
        assert other is not None
        yield {"after": other.states[boundary.other].number, "values": values(digests)}


def encode(trajectory: Trajectory, name: str, digest: str) -> list[Any]:
    """A value as such a line has it; ForcingError if it was not kept."""
    value = trajectory.value(name, digest)
    if value is None:
        raise ForcingError(f"a value of {name!r} was too large to keep")
    return encode_value(value)


def _measure(
    reference: Trajectory,
    unforced: Trajectory,
    forced: Trajectory,
    mapping: Mapping,
    part: _Part,
    bound: float | None,
) -> Forced:
    alike = states_alike(unforced, forced)
    counterpart = {pair.other: pair.reference for pair in mapping.pairs}
    ours = {pair.reference: reference.initial.get(pair.reference, "") for pair in mapping.pairs}
    theirs = {pair.reference: unforced.initial.get(pair.other, "") for pair in mapping.pairs}
    values = _Values(reference, (unforced, forced), mapping)
    values.grow(ours)
    distances = list(values.distance(0, ours, theirs)) if part.begins else []
    steps: list[int] = []
    position = other_position = 0
    for number, boundary in enumerate(part.boundaries):
        if boundary.other >= alike:
            return Forced(tuple(steps), tuple(distances), bound, stopped=True)
        theirs = dict(ours)
        for state in reference.states[position : boundary.reference + 1]:
            written = {n: write.digest for n, write in state.writes.items() if n in ours}
            values.grow(written)
            ours |= written
        for state in forced.states[other_position : boundary.other + 1]:
            for name, write in state.writes.items():
                if name in counterpart:
                    theirs[counterpart[name]] = write.digest
        position, other_position = boundary.reference + 1, boundary.other + 1
        if number == 0 and not part.begins:
            continue  # the end of the part before
        steps.append(boundary.step)
        distances += values.distance(boundary.step, ours, theirs)
    return Forced(tuple(steps), tuple(distances), bound)


def states_alike(unforced: Trajectory, forced: Trajectory) -> int:
    """How many states, from the first on, write the same variables forced or not."""
    pairs = zip(unforced.states, forced.states, strict=False)
    return sum(
        1
        for _ in takewhile(
            lambda pair: (
                pair[0].number == pair[1].number and pair[0].writes.keys() == pair[1].writes.keys()
            ),
            pairs,
        )
    )


class _Values:
    """Gives the values that digests stand for, and how far apart they are."""

    def __init__(
        self, reference: Trajectory, others: Sequence[Trajectory], mapping: Mapping
    ) -> None:
        self._reference = reference
        self._others = others
        self._other_name = {pair.reference: pair.other for pair in mapping.pairs}
        self._scale = Scale()

    def grow(self, digests: dict[str, str]) -> None:
        """Takes in values of the reference; distances are relative to the largest so far."""
        for name, digest in digests.items():
            self._scale.add(ValueRef(self._reference, name, digest))

    def distance(
        self, step: int, ours: dict[str, str], theirs: dict[str, str]
    ) -> Iterator[StepDistance]:
        """The distance of two states, if there is any."""
        found = {
            name: self._between(name, ours[name], theirs[name])
            for name in ours
            if ours[name] != theirs[name]
        }
        if found:
            worst = max(found, key=lambda name: found[name][0])
            yield StepDistance(step, worst, *found[worst], variables=tuple(found))

    def _between(self, name: str, mine: str, other: str) -> tuple[float, int | None]:
        reference = ValueRef(self._reference, name, mine)
        places = [ValueRef(t, self._other_name[name], other) for t in self._others]
        found = self._scale.distance(reference, reference._replace(digest=other), *places)
        return (math.inf, None) if found is None else (found.scaled, found.ulp)


def _describe(forced: Forced) -> str:
    wrong = [distance.step for distance in forced.wrong]
    trained = [step for step in wrong if step]
    largest = forced.largest
    if not wrong and forced.distances:
        text = f"no step is wrong on its own{_by('at most', largest)}: accumulated drift"
    elif not wrong:
        text = "no step is wrong on its own: something that is not a compared variable differs"
    elif not trained:
        text = f"only the initial values differ ({_names(forced.wrong[0])}): every step is right"
    elif len(trained) == 1:
        text = f"a single wrong step: {trained[0]} ({_names(forced.wrong[-1])})"
    elif len(trained) == len(forced.steps):
        text = f"every step is wrong on its own{_by('by up to', largest)}"
    else:
        shown = ", ".join(map(str, trained[:_SHOWN])) + (", ..." if len(trained) > _SHOWN else "")
        text = f"{len(trained)} of {len(forced.steps)} steps are wrong on their own: {shown}"
    if trained and not wrong[0]:
        text = f"the initial values differ ({_names(forced.wrong[0])}), and {text}"
    if forced.stopped:
        last = forced.steps[-1] if forced.steps else 0
        text += f"; after step {last} the program takes another path than it did before"
    return text


def _by(words: str, scaled: float) -> str:
    """A distance in brackets, if there is one."""
    return f" ({words} {scaled:.2g})" if math.isfinite(scaled) else ""


def _names(distance: StepDistance) -> str:
    others = [name for name in distance.variables if name != distance.variable]
    return f"variable {some([distance.variable, *others], 1)}"
