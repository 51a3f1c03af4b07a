"""The recorded sequence of states of a program's variables."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from migrate_vars.recorder.sampling import sample_positions
from migrate_vars.trajectory.reading import files_of_processes, read_trajectory
from migrate_vars.trajectory.records import Array, State, Summary, TrajectoryData
from migrate_vars.trajectory.writing import write_trajectory


class ValueRef(NamedTuple):
    """A reference to the value of a variable in a trajectory.

    Attributes:
        trajectory: The trajectory that may hold the value.
        variable: The variable's name there.
        digest: The digest of the value; None if the variable has no value yet.
    """

    trajectory: Trajectory
    variable: str
    digest: str | None

    def array(self) -> Array | None:
        """The value itself, or None if it was not kept."""
        return self.trajectory.value(self.variable, self.digest)

    def summary(self) -> Summary | None:
        """The value's summary, or None if nothing of the value was kept."""
        return None if self.digest is None else self.trajectory.summary(self.variable, self.digest)

    @property
    def is_kept(self) -> bool:
        """Whether the value was kept."""
        return (self.variable, self.digest) in self.trajectory.values

    @property
    def is_known(self) -> bool:
        """Whether the value, or a summary of it, was kept."""
        return self.is_kept or (self.variable, self.digest) in self.trajectory.summaries


@dataclass
class Trajectory(TrajectoryData):
    """One recorded run; see :class:`TrajectoryData` for what it holds."""

    @property
    def steps(self) -> int:
        """The number of training steps."""
        return self.states[-1].step if self.states else 0

    @property
    def written(self) -> set[str]:
        """The variables that were written after their initialisation."""
        return {name for state in self.states for name in state.writes}

    @property
    def changed(self) -> set[str]:
        """The variables that held more than one value."""
        return {
            name
            for state in self.states
            for name, write in state.writes.items()
            if write.digest != self.initial.get(name)
        }

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Trajectory:
        """Reads a trajectory file.

        Args:
            path: The file. A truncated last line is ignored.

        Returns:
            The trajectory; its status is "incomplete" if the file does not record how the run
            ended.

        Raises:
            OSError: If the file cannot be read.
            TrajectoryFormatError: If it is not a trajectory, or is malformed.
        """
        return cls(**vars(read_trajectory(Path(path))))

    @classmethod
    def load_with_processes(cls, path: str | os.PathLike[str]) -> Trajectory:
        """Reads the file of a program, and those of the processes that it forked.

        Raises:
            OSError: If a file cannot be read.
            TrajectoryFormatError: If one is not a trajectory, or is malformed.
        """
        trajectory = cls.load(path)
        others = [cls.load(other) for other in files_of_processes(Path(path))]
        return trajectory.with_processes(others) if others else trajectory

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a trajectory file, which :meth:`load` reads back as an equal trajectory.

        Args:
            path: The file. It is replaced only after the new one has been written completely. If
                the trajectory is "incomplete", so is the file.

        Raises:
            OSError: If the file cannot be written.
        """
        write_trajectory(self, Path(path))

    def with_values_of(self, again: Trajectory) -> Trajectory:
        """This trajectory, together with the values that another run of the program kept."""
        return replace(self, values={**again.values, **self.values})

    def with_processes(self, others: Sequence[Trajectory]) -> Trajectory:
        """This trajectory, followed by what forked processes of the program trained.

        Their variables are called ``NAME (process n)``. Processes that trained nothing are left
        out.
        """
        joined = replace(
            self,
            **{key: copy(value) for key, value in vars(self).items() if key != "header"},
        )
        for number, other in enumerate((each for each in others if each.states), 1):
            joined._append(other, f" (process {number})")
        return joined

    def _append(self, other: Trajectory, suffix: str) -> None:
        states, steps = len(self.states), self.steps - other.states[0].step + 1
        written = other.written
        for name in written:
            variable = other.variables[name]
            self.variables[name + suffix] = replace(variable, name=name + suffix)
            if name in other.initial:
                self.initial[name + suffix] = other.initial[name]
        for kept, more in ((self.values, other.values), (self.summaries, other.summaries)):
            for (name, digest), value in [*kept.items(), *more.items()]:
                if name in written:
                    kept[name + suffix, digest] = value
        for state in other.states:
            writes = {name + suffix: write for name, write in state.writes.items()}
            self.states.append(State(state.step + steps, state.site, writes))
        self.feeds += [replace(call, state=call.state + states) for call in other.feeds]
        for failed in other.failed:
            places = {name + suffix: site for name, site in failed.writes.items()}
            self.failed.append(replace(failed, states=failed.states + states, writes=places))
        self.unseen += other.unseen
        self.warnings += other.warnings

    def value(self, variable: str, digest: str | None) -> Array | None:
        """The value with that digest, or None if it was not kept."""
        return None if digest is None else self.values.get((variable, digest))

    def summary(self, variable: str, digest: str) -> Summary | None:
        """The summary of the value with that digest, or None if nothing was kept."""
        value = self.values.get((variable, digest))
        if value is None:
            return self.summaries.get((variable, digest))
        samples = value.reshape(-1)[sample_positions(value.size)]
        return Summary(value.shape, samples)
