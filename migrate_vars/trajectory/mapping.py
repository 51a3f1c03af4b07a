"""Pairs the variables of two programs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Literal

from migrate_vars.trajectory.trajectory import Trajectory
from migrate_vars.trajectory.wording import some

# Maximum number of variables listed if one is named that does not exist.
_LISTED = 20

How = Literal["given", "name", "leaf name", "first value", "values", "order"]


class MappingError(ValueError):
    """What was said of variables does not fit the programs; the message says why in one line."""


@dataclass(frozen=True)
class VariableMap:
    """What the user says of the variables.

    Attributes:
        pairs: Pairs of names, the reference's first, that are the same variable.
        ignored: Names, of either program, that are not compared.
    """

    pairs: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    def among(self, reference: Collection[str], other: Collection[str]) -> VariableMap:
        """What is said of these variables of the two programs, and of no others."""
        return VariableMap(
            tuple((a, b) for a, b in self.pairs if a in reference and b in other),
            tuple(name for name in self.ignored if name in reference or name in other),
        )


#: Nothing is said.
NOTHING_GIVEN = VariableMap()


@dataclass(frozen=True)
class Pair:
    """Two variables that are treated as the same one, and the reason."""

    reference: str
    other: str
    how: How


@dataclass(frozen=True)
class Mapping:
    """The pairs of variables, in the reference's order, and the unpaired ones.

    Attributes:
        pairs: The pairs.
        reference_only: The unpaired variables of the reference.
        other_only: The unpaired variables of the other program.
        given: The user's mapping of variables.
    """

    pairs: tuple[Pair, ...]
    reference_only: tuple[str, ...]
    other_only: tuple[str, ...]
    given: VariableMap = NOTHING_GIVEN

    def without_guesses_about_bookkeeping(
        self, reference: Trajectory, other: Trajectory
    ) -> Mapping:
        """The mapping without uncertain pairs of bookkeeping variables.

        Metrics and optimizers have different variables in each release, and equal names may mean
        different things. Pairs given by the user, and equal names within one release, are not
        guesses.
        """
        same_release = reference.header.get("tensorflow") == other.header.get("tensorflow")

        def is_guess(pair: Pair) -> bool:
            variables = reference.variables[pair.reference], other.variables[pair.other]
            if pair.how == "given" or (pair.how == "name" and same_release):
                return False
            if pair.how == "name":
                return all(variable.owner for variable in variables)
            return any(variable.is_bookkeeping for variable in variables)

        left_out = [pair for pair in self.pairs if is_guess(pair)]
        return replace(
            self,
            pairs=tuple(pair for pair in self.pairs if pair not in left_out),
            reference_only=(*self.reference_only, *(pair.reference for pair in left_out)),
            other_only=(*self.other_only, *(pair.other for pair in left_out)),
        )

    @property
    def uncertain(self) -> tuple[Pair, ...]:
        """The pairs that are based on the order of creation only."""
        return tuple(pair for pair in self.pairs if pair.how == "order")


def map_variables(
    reference: Trajectory, other: Trajectory, given: VariableMap = NOTHING_GIVEN
) -> Mapping:
    """Pairs the variables of two programs.

    Pairs given by the user come first. Then each rule is applied to what the previous ones left:
    same name; same last part of the name and shape, if unique on both sides; same shape and first
    value, if unique; same sequence of distinct values, if unique; and finally the order of
    creation, among variables with equal sequences of values, then among those with the same first
    value, if there are equally many. Paired variables always have the same dtype and shape. Unless
    they are given or have the same name, both or neither must be written, and a metric's variable
    is only paired with a metric's.

    Args:
        reference: Trajectory of the program that is taken to be right.
        other: Trajectory of the program that is checked.
        given: The user's mapping of variables.

    Returns:
        The pairs and the unpaired variables.

    Raises:
        MappingError: If ``given`` names a variable that does not exist, names one twice, or pairs
            two that cannot be the same.
    """
    left = dict.fromkeys(reference.variables)
    right = dict.fromkeys(other.variables)
    for name in given.ignored:
        if name not in left and name not in right:
            raise MappingError(_unknown(name, [*left, *right], "neither program has a"))
        left.pop(name, None)
        right.pop(name, None)
    found: dict[str, Pair] = {}
    written = {id(t): t.written for t in (reference, other)}

    def sort(trajectory: Trajectory, name: str) -> Hashable:
        variable = trajectory.variables[name]
        return variable.kind, variable.is_metric, name in written[id(trajectory)]

    def may_pair_by_name(name: str) -> bool:
        ours, theirs = reference.variables[name], other.variables[name]
        if ours.owner and theirs.owner:
            return sort(reference, name) == sort(other, name)
        return ours.kind == theirs.kind

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

    for a, b in given.pairs:
        for name, names, program in ((a, left, "the reference"), (b, right, "the other program")):
            if name not in names:
                raise MappingError(_unknown(name, list(names), f"{program} has no"))
        variables = reference.variables[a], other.variables[b]
        if variables[0].kind != variables[1].kind:
            kinds = " and ".join(_shown(*variable.kind) for variable in variables)
            raise MappingError(f"{a!r} and {b!r} cannot be the same variable: {kinds}")
        take(a, b, "given")
    for name in list(left):
        if name in right and may_pair_by_name(name):
            take(name, name, "name")
    pair_unique(lambda t, name: (leaf(name), sort(t, name)), "leaf name")
    pair_unique(lambda t, name: (sort(t, name), t.initial.get(name, name)), "first value")
    sequences = {id(t): _distinct_values(t) for t in (reference, other)}
    pair_unique(lambda t, name: (sort(t, name), sequences[id(t)][name]), "values")

    def pair_in_order(key: Callable[[Trajectory, str], Hashable]) -> None:
        ours = _group(left, lambda name: key(reference, name))
        theirs = _group(right, lambda name: key(other, name))
        for value, names in ours.items():
            if len(names) == len(theirs.get(value, ())):
                for a, b in zip(names, theirs[value], strict=True):
                    take(a, b, "order")

    pair_in_order(lambda t, name: (sort(t, name), sequences[id(t)][name]))
    pair_in_order(lambda t, name: (sort(t, name), t.initial.get(name)))
    return Mapping(
        pairs=tuple(found[name] for name in reference.variables if name in found),
        reference_only=tuple(left),
        other_only=tuple(right),
        given=given,
    )


def leaf(name: str) -> str:
    """The last part of a variable's name."""
    return name.rsplit("/", 1)[-1]


def _unknown(name: str, names: Sequence[str], who: str) -> str:
    names = list(dict.fromkeys(names))
    near = ", ".join(map(repr, get_close_matches(name, names, 3, 0.4)))
    hint = f"; did you mean {near}" if near else ""
    there = f"; there are {some([*map(repr, names)], _LISTED)}" if names else "; there is none"
    return f"{who} variable {name!r} that is not paired already{hint}{there}"


def _shown(dtype: str, shape: tuple[int, ...]) -> str:
    return f"{dtype} of shape {shape}"


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
