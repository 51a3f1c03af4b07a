"""The values that variables had after some of the states of a trajectory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrate_vars.trajectory.records import Array
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef

# A program that gives its variables their first values in more states is seldom; more are too many.
_INITIAL = 1000

#: Stands for the place before the first state, where variables have their initial values.
START = -1


class StateValues:
    """A trajectory at some places: after states, by their position, or at :data:`START`."""

    def __init__(self, trajectory: Trajectory, places: Iterable[int]) -> None:
        """Looks which values are there.

        Args:
            trajectory: The trajectory.
            places: The places; those behind its end are left out.
        """
        self.trajectory = trajectory
        self._digests: dict[int, dict[str, str]] = {}
        # The number of the state that wrote each of these values; none for initial ones.
        self._numbers: dict[int, dict[str, int]] = {}
        current, numbers = dict(trajectory.initial), dict[str, int]()
        position = 0
        for place in sorted(set(places)):
            if place >= len(trajectory.states):
                break
            for state in trajectory.states[position : place + 1]:
                for name, write in state.writes.items():
                    current[name], numbers[name] = write.digest, state.number
            position = place + 1
            self._digests[place], self._numbers[place] = dict(current), dict(numbers)

    def __contains__(self, place: int) -> bool:
        """Whether the trajectory has come to a place."""
        return place in self._digests

    def digest(self, name: str, place: int) -> str | None:
        """The digest of a variable's value; None where it has none yet."""
        return self._digests[place].get(name)

    def value(self, name: str, place: int) -> ValueRef:
        """What names a variable's value."""
        return ValueRef(self.trajectory, name, self.digest(name, place))

    def lacks(self, names: Iterable[str]) -> bool:
        """Whether a value of these variables was not kept."""
        return any(
            digest is not None and self.trajectory.value(name, digest) is None
            for name in names
            for digest in {digests.get(name) for digests in self._digests.values()}
        )

    def states(self, names: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the states that wrote the values of these variables.

        Those before the first state of the trajectory gave the initial values.
        """
        wanted = set(names)
        found = {
            number
            for numbers in self._numbers.values()
            for name, number in numbers.items()
            if name in wanted
        }
        first = self.trajectory.states[0].number if self.trajectory.states else 0
        return (*range(min(first, _INITIAL)), *sorted(found))


def values_of(named: Sequence[ValueRef]) -> tuple[list[Array], bool] | None:
    """Values that are to be compared with each other.

    Args:
        named: The values.

    Returns:
        The arrays, and whether they are only samples, since one of the values was not kept; None
        where not even samples of all are there.
    """
    found = [each.array() for each in named]
    kept = [value for value in found if value is not None]
    if len(kept) == len(named):
        return kept, False
    summaries = [each.summary() for each in named]
    samples = [summary.samples for summary in summaries if summary is not None]
    return (samples, True) if len(samples) == len(named) else None
