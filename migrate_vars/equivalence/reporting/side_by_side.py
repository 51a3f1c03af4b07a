"""Two runs that were compared, step by step: where each variable first differs, and how far."""

from __future__ import annotations

from functools import cached_property

from migrate_vars.trajectory.alignment import same_step_numbers
from migrate_vars.trajectory.comparison import Comparison
from migrate_vars.trajectory.series import Gap, StepEnds, first_difference, gaps, some_steps

#: The distance is measured for at most this many variables.
MEASURED = 60


class SideBySide:
    """Two compared runs at the ends of their steps.

    Attributes:
        comparison: What came out of comparing them.
        ours: The run that was taken to be right.
        theirs: The run that was checked.
        around: A step of which those around it are looked at, too, or None.
    """

    def __init__(
        self,
        comparison: Comparison,
        ours: StepEnds,
        theirs: StepEnds,
        around: int | None = None,
    ) -> None:
        """Takes the two runs and their comparison."""
        self.comparison = comparison
        self.ours, self.theirs = ours, theirs
        self.around = around
        self._others = {pair.reference: pair.other for pair in comparison.mapping.pairs}

    @property
    def common_steps(self) -> int:
        """The number of steps that both have."""
        return min(self.ours.trajectory.steps, self.theirs.trajectory.steps)

    @cached_property
    def aligned(self) -> bool:
        """Whether steps of one number belong together."""
        mapping, identical = self.comparison.mapping, self.comparison.identical
        return same_step_numbers(self.ours, self.theirs, mapping, identical)

    @cached_property
    def first_differences(self) -> dict[str, int]:
        """The first step at whose end a variable differs, in that order; none if not aligned.

        The names are those of the reference.
        """
        if not self.aligned:
            return {}
        found = {
            name: first_difference(self.ours, self.theirs, name, other)
            for name, other in self._others.items()
        }
        differing = {name: step for name, step in found.items() if step is not None}
        return dict(sorted(differing.items(), key=lambda item: item[1]))

    @property
    def first_step(self) -> int | None:
        """The first step at whose end any variable differs."""
        return min(self.first_differences.values(), default=None)

    @cached_property
    def measured_steps(self) -> list[int]:
        """The steps at which distances are measured; all of them if they are few."""
        around = self.first_step if self.around is None else min(self.around, self.common_steps)
        return some_steps(self.common_steps, around)

    @cached_property
    def gaps(self) -> dict[str, list[Gap]]:
        """How far the variables that differ are apart, by their names in the reference."""
        names = list(self.first_differences)[:MEASURED]
        return {
            name: gaps(self.ours, self.theirs, name, self._others[name], self.measured_steps)
            for name in names
        }

    def other_of(self, name: str) -> str | None:
        """The variable of the checked run that belongs to one of the reference."""
        return self._others.get(name)
