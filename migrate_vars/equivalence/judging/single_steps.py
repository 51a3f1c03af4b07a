"""Single steps, each from equal values: whether they differ by more than rounding makes of them.

A program whose every step, begun where its reference begins it, ends where the reference ends it
but for rounding, trains like it; however far the two get apart in the course of many steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from migrate_vars.equivalence.judging.sensitivity import (
    HOPELESS,
    RUNS,
    Judge,
    Rounding,
    Sensitivity,
    Sides,
    affordable,
    choose,
    with_values,
)
from migrate_vars.equivalence.judging.teacher_forcing import (
    Forced,
    ForcingError,
    StepDistance,
    encode,
    run_forced,
    states_alike,
)
from migrate_vars.equivalence.running.programs import Run
from migrate_vars.trajectory.alignment import align_states
from migrate_vars.trajectory.distance import max_magnitude, scaled_difference
from migrate_vars.trajectory.rounding import subtract, units
from migrate_vars.trajectory.state_values import START, StateValues, values_of
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef

# The number of further runs that separate rare effects of rounding from a wrong step.
_MORE = 5


def check_steps(
    sensitivity: Sensitivity, sides: Sides, around: int, fed: Run | None = None
) -> tuple[Rounding, Forced]:
    """Runs steps of a program from its reference's values, as they are and with other rounding.

    Args:
        sensitivity: Knows the reference.
        sides: The runs.
        around: A step near which every step is looked at.
        fed: The run that is checked with a program that is fed the other's data; None for its own.

    Returns:
        How the steps compare, and which are wrong.

    Raises:
        ForcingError: If a program cannot be run from other values.
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    steps = _Steps(sensitivity, sides, around, fed)
    runs: list[Trajectory] = []
    found: Rounding | None = None
    for seed in range(1, RUNS + 1):
        runs.append(steps.run(seed))
        found = steps.judge(runs)
        hopeless = [e for e in steps.excesses if e.typical > HOPELESS * found.limit]
        if 2 * len({e.step for e in hopeless}) > len(found.alone):
            break
    else:
        seldom = {e.step for e in steps.excesses if e.share is None}
        if 0 < 5 * len(seldom) <= max(len(steps.steps), 5):
            # Rounding decides, in these steps, what happens in another way only now and then.
            more = [steps.run(RUNS + 1 + number, seldom) for number in range(_MORE)]
            found = steps.judge(runs, more, seldom)
    assert found is not None
    return found, steps.forced(found)


class _Steps:
    """The steps that are run."""

    def __init__(
        self, sensitivity: Sensitivity, sides: Sides, around: int, fed: Run | None
    ) -> None:
        reference = sensitivity.reference
        assert reference.trajectory is not None
        assert sides.other.trajectory is not None
        self._sides = sides
        self._limit = sensitivity.limit
        right, checked = sides.order(reference, sides.other)
        assert right.trajectory is not None
        assert checked.trajectory is not None
        self._unforced = checked.trajectory
        self._checked = checked if fed is None else fed
        self._all = align_states(right.trajectory, checked.trajectory, sides.pairs)
        if not self._all:
            raise ForcingError("the steps of the two programs cannot be aligned")
        names = [pair.reference for pair in sides.pairs.pairs]
        limit = affordable(right.trajectory, names)
        chosen = {b.step for b in choose(self._all, limit, around)}
        self._numbers = [i for i, b in enumerate(self._all) if b.step in chosen]
        begins = [self._begin(i) for i in self._numbers]
        ends = [self._all[i].reference for i in self._numbers]
        known = with_values(right, [*begins, *ends], names)
        self._right = StateValues(known, {START, *begins, *ends})
        # The program whose rounding is looked at: the reference, from the same values.
        self._rounded = self._checked if sides.swapped else reference
        self._own = self._unforced if sides.swapped else reference.trajectory
        self.excesses: list[Any] = []
        self._far: dict[int, list[tuple[str, float]]] = {}
        self._plain = self._run(self._checked, self._unforced, True, self._numbers, 0)

    @property
    def steps(self) -> list[int]:
        """The steps that are looked at."""
        return [self._all[i].step for i in self._numbers]

    def _begin(self, number: int) -> int:
        return self._all[number - 1].reference if number else START

    def _window(self, number: int, other: bool) -> tuple[int, int]:
        """The states of a step, from and up to without, of the checked program or the right one."""
        places = [b.other if other else b.reference for b in self._all]
        return (places[number - 1] + 1 if number else 0), places[number] + 1

    def run(self, seed: int, steps: Iterable[int] | None = None) -> Trajectory:
        """Runs the steps, or some of them, with perturbed rounding."""
        numbers = [i for i in self._numbers if steps is None or self._all[i].step in set(steps)]
        return self._run(self._rounded, self._own, self._sides.swapped, numbers, seed)

    def _run(
        self,
        run: Run,
        unforced: Trajectory,
        other: bool,
        numbers: Sequence[int],
        seed: int,
    ) -> Trajectory:
        keep = {
            unforced.states[last].number
            for number in numbers
            for last in _last_writes(unforced, self._window(number, other)).values()
        }
        forced = run_forced(
            run,
            self._plan(unforced, other, numbers),
            perturb=seed,
            keep_states=tuple(sorted(keep)),
        )
        if forced.error or forced.trajectory is None:
            raise ForcingError(f"run from the reference's values: {forced.error}")
        return forced.trajectory

    def _plan(
        self, unforced: Trajectory, other: bool, numbers: Sequence[int]
    ) -> Iterator[dict[str, Any]]:
        """The lines that ``recorder/forced_values.py`` reads."""

        def values(place: int) -> dict[str, list[Any]]:
            return {
                pair.other if other else pair.reference: encode(
                    self._right.trajectory, pair.reference, digest
                )
                for pair in self._sides.pairs.pairs
                if (digest := self._right.digest(pair.reference, place)) is not None
            }

        yield {"initial": values(START) if numbers[:1] == [0] else {}}
        for number in numbers:
            if number:
                last = self._window(number, other)[0] - 1
                yield {"after": unforced.states[last].number, "values": values(self._begin(number))}

    def judge(
        self,
        runs: Sequence[Trajectory],
        more: Sequence[Trajectory] = (),
        seldom: Iterable[int] = (),
    ) -> Rounding:
        """Compares the steps with those of runs with perturbed rounding.

        Args:
            runs: Runs of all steps.
            more: Further runs of some.
            seldom: These.
        """
        swapped, pairs = self._sides.swapped, self._sides.pairs.pairs
        alike = states_alike(self._unforced, self._plain)
        own_alike = min(states_alike(self._own, run) for run in (*runs, *more))
        judge = Judge(self._limit)
        self._far = {}
        checked = []
        for number in self._numbers:
            boundary = self._all[number]
            window, own = self._window(number, True), self._window(number, swapped)
            if window[1] > alike or own[1] > own_alike:
                break
            step = boundary.step
            checked.append(step)
            plain = _last_digests(self._plain, window)
            others = [*runs, *(more if step in seldom else ())]
            rounded = [_last_digests(other, own) for other in others]
            for pair in pairs:
                before = self._right.value(pair.reference, self._begin(number))
                after = self._right.value(pair.reference, boundary.reference)
                mine = pair.other if swapped else pair.reference
                named = [
                    before,
                    after,
                    _named(self._plain, pair.other, plain, before),
                    *(
                        _named(run, mine, digests, before)
                        for run, digests in zip(others, rounded, strict=True)
                    ),
                ]
                found = values_of(named)
                if found is None:
                    judge.sampled = True
                    continue
                (begin, end, plainly, *otherwise), sampled = found
                judge.sampled |= sampled
                difference = subtract(plainly, end)
                made = [subtract(each, plainly if swapped else end) for each in otherwise]
                unit = units(end)
                judge.take(pair.reference, step, difference, made, unit)
                if difference.any():
                    far = float(np.abs(difference).max())
                    scale = max(max_magnitude(end), max_magnitude(begin))
                    self._far.setdefault(step, []).append(
                        (pair.reference, scaled_difference(far, scale))
                    )
                if end.dtype.kind == "f":
                    with np.errstate(invalid="ignore", over="ignore"):
                        update = end.astype(np.float64).ravel() - begin.astype(np.float64).ravel()
                    judge.share(pair.reference, step, update, difference, made[: len(runs)], unit)
        found_steps = judge.result(checked[-1] if checked else 0, self._right.trajectory.steps)
        self.excesses = judge.excesses
        wrong = tuple(sorted({each.step for each in judge.excesses}))
        return replace(found_steps, alone=tuple(checked), wrong=wrong)

    def forced(self, found: Rounding) -> Forced:
        """Which steps are wrong."""
        distances = []
        for step, far in sorted(self._far.items()):
            name, scaled = max(far, key=lambda each: each[1])
            distances.append(
                StepDistance(step, name, scaled, None, tuple(variable for variable, _ in far))
            )
        stopped = len(found.alone) < len(self._numbers)
        return Forced(found.alone, tuple(distances), None, stopped, found.wrong)


def _last_writes(trajectory: Trajectory, window: tuple[int, int]) -> dict[str, int]:
    """By variable, the position of the last state of a window that writes it."""
    return {
        name: position
        for position in range(window[0], min(window[1], len(trajectory.states)))
        for name in trajectory.states[position].writes
    }


def _last_digests(trajectory: Trajectory, window: tuple[int, int]) -> dict[str, str]:
    return {
        name: trajectory.states[position].writes[name].digest
        for name, position in _last_writes(trajectory, window).items()
    }


def _named(
    trajectory: Trajectory, name: str, digests: dict[str, str], before: ValueRef
) -> ValueRef:
    """What a step has left a variable with; what it began with where it has not written it."""
    return ValueRef(trajectory, name, digests[name]) if name in digests else before
