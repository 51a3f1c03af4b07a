"""Which variable of one program is which variable of the other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

from migrate_vars.trajectory.trajectory import Trajectory

How = Literal["name", "leaf name", "first value", "values", "order"]


@dataclass(frozen=True)
class Pair:
    """Two variables taken for the same one, and what speaks for it."""

    reference: str
    other: str
    how: How


@dataclass(frozen=True)
class Mapping:
    """The pairs found, in the reference's order, and what was left over on each side."""

    pairs: tuple[Pair, ...]
    reference_only: tuple[str, ...]
    other_only: tuple[str, ...]

    @property
    def uncertain(self) -> tuple[Pair, ...]:
        """Pairs for which only the order of creation speaks."""
        return tuple(pair for pair in self.pairs if pair.how == "order")


def map_variables(reference: Trajectory, other: Trajectory) -> Mapping:
    """Pairs the variables of two programs.

    Each rule takes what the rules before it left: the same name; the same last part of the name
    and shape, if only one variable on each side has it; the same shape and first value, likewise;
    the same sequence of distinct values, likewise; and the order of creation among variables that
    all took the same values, then among those of the same first value, if there are equally many.
    A pair always has the same dtype and shape.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.

    Returns:
        The pairs and what has none.
    """
    left = dict.fromkeys(reference.variables)
    right = dict.fromkeys(other.variables)
    found: dict[str, Pair] = {}

    def kind(trajectory: Trajectory, name: str) -> tuple[str, tuple[int, ...]]:
        variable = trajectory.variables[name]
        return variable.dtype, variable.shape

    def take(a: str, b: str, how: How) -> None:
        found[a] = Pair(a, b, how)
        del left[a], right[b]

    def pair_unique(
        key: Callable[[Trajectory, str], Hashable],
        how: How,
    ) -> None:
        ours = _group(left, lambda name: key(reference, name))
        theirs = _group(right, lambda name: key(other, name))
        for value, names in ours.items():
            if len(names) == 1 and len(theirs.get(value, ())) == 1:
                take(names[0], theirs[value][0], how)

    for name in list(left):
        if name in right and kind(reference, name) == kind(other, name):
            take(name, name, "name")
    pair_unique(lambda t, name: (name.rsplit("/", 1)[-1], kind(t, name)), "leaf name")
    pair_unique(lambda t, name: (kind(t, name), t.initial.get(name, name)), "first value")
    sequences = {id(t): _distinct_values(t) for t in (reference, other)}
    pair_unique(lambda t, name: (kind(t, name), sequences[id(t)][name]), "values")

    def pair_in_order(key: Callable[[Trajectory, str], Hashable]) -> None:
        ours = _group(left, lambda name: key(reference, name))
        theirs = _group(right, lambda name: key(other, name))
        for value, names in ours.items():
            if len(names) == len(theirs.get(value, ())):
                for a, b in zip(names, theirs[value], strict=True):
                    take(a, b, "order")

    pair_in_order(lambda t, name: (kind(t, name), sequences[id(t)][name]))
    pair_in_order(lambda t, name: (kind(t, name), t.initial.get(name)))
    return Mapping(
        pairs=tuple(found[name] for name in reference.variables if name in found),
        reference_only=tuple(left),
        other_only=tuple(right),
    )


def _group(names: Iterable[str], key: Callable[[str], Hashable]) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = {}
    for name in names:
        groups.setdefault(key(name), []).append(name)
    return groups


def _distinct_values(trajectory: Trajectory) -> dict[str, tuple[str, ...]]:
    values = {name: [trajectory.initial.get(name, name)] for name in trajectory.variables}
    for state in trajectory.states:
        for name, write in state.writes.items():
            if values[name][-1] != write.digest:
                values[name].append(write.digest)
    return {name: tuple(digests) for name, digests in values.items()}
