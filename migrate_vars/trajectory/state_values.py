"""The values of variables after selected states of a trajectory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from migrate_vars.trajectory.records import Array
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef

# Programs rarely initialise their variables in more states than this.
_INITIAL = 1000

#: The place before the first state, where variables have their initial values.
START = -1


class StateValues:
    """A trajectory at selected places: after states, by index, or at :data:`START`."""

    def __init__(self, trajectory: Trajectory, places: Iterable[int]) -> None:
        """Collects the values.

        Args:
            trajectory: The trajectory.
            places: The places; those beyond its end are ignored.
        """
        self.trajectory = trajectory
        self._digests: dict[int, dict[str, str]] = {}
        # The number of the state that wrote each value; initial values have none.
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
        """Whether the trajectory reaches a place."""
        return place in self._digests

    def digest(self, name: str, place: int) -> str | None:
        """The digest of a variable's value; None if it has none yet."""
        return self._digests[place].get(name)

    def value(self, name: str, place: int) -> ValueRef:
        """A reference to a variable's value."""
        return ValueRef(self.trajectory, name, self.digest(name, place))

    def lacks(self, names: Iterable[str]) -> bool:
        """Whether any value of these variables was not kept."""
        return any(
            digest is not None and self.trajectory.value(name, digest) is None
            for name in names
            for digest in {digests.get(name) for digests in self._digests.values()}
        )

    def states(self, names: Iterable[str]) -> tuple[int, ...]:
        """The numbers of the states that wrote the values of these variables.

        The states before the trajectory's first state wrote the initial values.
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
    """Looks up values that are to be compared with each other.

    Args:
        named: References to the values.

    Returns:
        The arrays, and whether they are samples only, because some value was not kept; None if not
        even samples of all are known.
    """
    found = [each.array() for each in named]
    kept = [value for value in found if value is not None]
    if len(kept) == len(named):
        return kept, False
    summaries = [each.summary() for each in named]
    samples = [summary.samples for summary in summaries if summary is not None]
    return (samples, True) if len(samples) == len(named) else None
