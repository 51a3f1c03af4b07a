"""The course of variables over the steps, reduced to a limited number of points to plot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from migrate_vars.trajectory.distance import Scale
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef


@dataclass(frozen=True)
class Gap:
    """The distance between two variables at the end of a step.

    Attributes:
        step: The step, from 1; 0 stands for the initial values.
        scaled: The largest difference divided by the largest magnitude of the reference's variable
            at the steps inspected; None if a value was not kept or no distance is defined.
        ulp: The largest distance of an element in ULP; None as above, or if undefined.
        exact: Whether both values were kept. Otherwise the distances are lower bounds, from
            samples.
    """

    step: int
    scaled: float | None
    ulp: int | None
    exact: bool = True


class StepEnds:
    """A trajectory at the end of each step; step 0 has the initial values."""

    def __init__(self, trajectory: Trajectory) -> None:
        """Indexes the trajectory by step."""
        self.trajectory = trajectory
        self._steps: dict[str, list[int]] = {name: [] for name in trajectory.variables}
        self._digests: dict[str, list[str]] = {name: [] for name in trajectory.variables}
        for state in trajectory.states:
            for name, write in state.writes.items():
                steps, digests = self._steps[name], self._digests[name]
                if steps and steps[-1] == state.step:
                    digests[-1] = write.digest
                else:
                    steps.append(state.step)
                    digests.append(write.digest)

    def written(self, name: str) -> Sequence[int]:
        """The steps in which a variable is written."""
        return self._steps[name]

    def is_like(self, name: str, other: StepEnds, other_name: str) -> bool:
        """Whether a variable takes the same values in the same steps as another one."""
        return (
            self._steps[name] == other._steps[other_name]
            and self._digests[name] == other._digests[other_name]
            and self.digest(name, 0) == other.digest(other_name, 0)
        )

    def digest(self, name: str, step: int) -> str | None:
        """The digest of a variable's value; None if it has none yet."""
        position = bisect_right(self._steps[name], step)
        if position:
            return self._digests[name][position - 1]
        return self.trajectory.initial.get(name)

    def value(self, name: str, step: int) -> ValueRef:
        """A reference to a variable's value."""
        return ValueRef(self.trajectory, name, self.digest(name, step))

    def is_sampled(self, name: str) -> bool:
        """Whether any value of a variable was kept only as a summary."""
        digests = {self.trajectory.initial.get(name, ""), *self._digests[name]}
        return any((name, digest) in self.trajectory.summaries for digest in digests)

    def size(self, name: str, step: int, sampled: bool = False) -> float | None:
        """The value of a scalar, or the Euclidean norm of anything larger.

        Args:
            name: The variable.
            step: The step, from 1; 0 for the initial value.
            sampled: Whether to use the norm of the samples only.

        Returns:
            A float64; None if the value was not kept, is not real, or its norm is not finite.
        """
        named = self.value(name, step)
        value = named.array()
        if sampled:
            summary = named.summary()
            value = None if summary is None else summary.samples
        if value is None or value.dtype.kind in "OSUc" or value.size == 0:
            return None
        numbers = value.astype(np.float64).ravel()
        with np.errstate(over="ignore", invalid="ignore"):
            size = float(numbers[0] if numbers.size == 1 else np.sqrt(np.sum(numbers * numbers)))
        return size if np.isfinite(size) else None


def some_steps(last: int, around: int | None = None, limit: int = 300) -> list[int]:
    """Selects the steps to inspect: all from 0 to ``last`` if there are few.

    Args:
        last: The last step.
        around: A step near which every step is selected.
        limit: The approximate number of steps to select.

    Returns:
        Increasing step numbers, including 0 and ``last``.
    """
    if last <= limit:
        return list(range(last + 1))
    chosen = {round(i * last / limit) for i in range(limit + 1)}
    if around is not None:
        chosen.update(range(max(0, around - 10), min(last, around + 20) + 1))
    return sorted(chosen)


def first_difference(ours: StepEnds, theirs: StepEnds, name: str, other: str) -> int | None:
    """The first step at whose end two variables differ in any bit, or None.

    Args:
        ours: The reference.
        theirs: The other program. Steps that only one of them has are ignored.
        name: The variable in the reference.
        other: The variable in the other program.
    """
    if ours.is_like(name, theirs, other):  # the usual case
        return None
    common = min(ours.trajectory.steps, theirs.trajectory.steps)
    for step in sorted({0, *ours.written(name), *theirs.written(other)}):
        if step > common:
            break
        if ours.digest(name, step) != theirs.digest(other, step):
            return step
    return None


def gaps(
    ours: StepEnds, theirs: StepEnds, name: str, other: str, steps: Sequence[int]
) -> list[Gap]:
    """Measures the distance between two variables at the ends of some steps.

    Args:
        ours: The reference.
        theirs: The other program.
        name: The variable in the reference.
        other: The variable in the other program.
        steps: Increasing step numbers.

    Returns:
        A gap for each step.
    """
    found: list[Gap] = []
    scale = Scale()
    last: tuple[str | None, str | None] | None = None
    for step in steps:
        mine, other_value = ours.value(name, step), theirs.value(other, step)
        digests = mine.digest, other_value.digest
        if digests == last:
            found.append(replace(found[-1], step=step))
            continue
        last = digests
        scale.add(mine)
        if mine.digest == other_value.digest:
            found.append(Gap(step, 0.0, 0))
            continue
        distance = scale.distance(mine, other_value)
        found.append(Gap(step, None, None) if distance is None else Gap(step, *distance))
    return found
