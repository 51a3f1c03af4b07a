"""Which variables are paired, by which rule, and which are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.trajectory.mapping import (
    How,
    Mapping,
    MappingError,
    Pair,
    VariableMap,
    map_variables,
)
from migrate_vars.trajectory.records import Site, State, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory

SHAPE = (2,)


def recorded(*variables: tuple[str, str] | tuple[str, str, tuple[int, ...]]) -> Trajectory:
    """A trajectory of variables, each with its values as letters, the initial one first."""
    trajectory = Trajectory({})
    for name, values, *shape in variables:
        trajectory.variables[name] = Variable(name, "float32", shape[0] if shape else SHAPE)
        if values:
            trajectory.initial[name] = values[0]
    for step in range(1, max((len(values) for _, values, *_ in variables), default=0)):
        writes = {
            name: Write(1, values[step]) for name, values, *_ in variables if step < len(values)
        }
        trajectory.states.append(State(step, Site("p.py", 1), writes))
    return trajectory


def pairs(mapping: Mapping) -> dict[str, tuple[str, How]]:
    return {pair.reference: (pair.other, pair.how) for pair in mapping.pairs}


def test_the_same_name_comes_first() -> None:
    mapping = map_variables(recorded(("v", "ab"), ("w", "cd")), recorded(("w", "ab"), ("v", "cd")))
    assert pairs(mapping) == {"v": ("v", "name"), "w": ("w", "name")}
    assert mapping.uncertain == ()


def test_the_same_name_with_another_shape_or_type_is_no_pair() -> None:
    ours, theirs = recorded(("v", "a", (2,))), recorded(("v", "a", (3,)))
    mapping = map_variables(ours, theirs)
    assert mapping == Mapping((), ("v",), ("v",))
    theirs = recorded(("v", "a"))
    theirs.variables["v"] = Variable("v", "float64", SHAPE)
    assert map_variables(ours, theirs).pairs == ()


def test_leaf_name() -> None:
    mapping = map_variables(
        recorded(("layer/kernel", "a"), ("layer/bias", "a")),
        recorded(("dense/bias", "a"), ("model/dense/kernel", "a")),
    )
    assert pairs(mapping) == {
        "layer/kernel": ("model/dense/kernel", "leaf name"),
        "layer/bias": ("dense/bias", "leaf name"),
    }


def test_a_leaf_name_that_several_have_says_nothing() -> None:
    mapping = map_variables(
        recorded(("x/kernel", "a"), ("y/kernel", "b")),
        recorded(("p/kernel", "b"), ("q/kernel", "a")),
    )
    assert pairs(mapping) == {
        "x/kernel": ("q/kernel", "first value"),
        "y/kernel": ("p/kernel", "first value"),
    }


def test_first_value() -> None:
    mapping = map_variables(recorded(("v", "ax"), ("w", "bx")), recorded(("p", "bx"), ("q", "ax")))
    assert pairs(mapping) == {"v": ("q", "first value"), "w": ("p", "first value")}


def test_first_values_of_another_shape_are_not_the_same() -> None:
    mapping = map_variables(recorded(("v", "a", (2,))), recorded(("p", "a", (3,))))
    assert mapping == Mapping((), ("v",), ("p",))


def test_values_tell_apart_what_starts_alike() -> None:
    mapping = map_variables(
        recorded(("v", "abc"), ("w", "abd")), recorded(("p", "abd"), ("q", "abc"))
    )
    assert pairs(mapping) == {"v": ("q", "values"), "w": ("p", "values")}


def test_values_that_repeat_count_once() -> None:
    mapping = map_variables(
        recorded(("v", "aabbc"), ("w", "aad")), recorded(("p", "ad"), ("q", "abccc"))
    )
    assert pairs(mapping) == {"v": ("q", "values"), "w": ("p", "values")}


def test_order_comes_last_and_is_uncertain() -> None:
    mapping = map_variables(recorded(("v", "ab"), ("w", "ac")), recorded(("p", "ax"), ("q", "ay")))
    assert pairs(mapping) == {"v": ("p", "order"), "w": ("q", "order")}
    assert mapping.uncertain == mapping.pairs == (Pair("v", "p", "order"), Pair("w", "q", "order"))


def test_variables_with_the_same_values_are_paired_among_themselves() -> None:
    """Once in order of creation alone, which took the one wrong variable for two."""
    mapping = map_variables(
        recorded(("m1", "ab"), ("m2", "ab"), ("v", "ac")),
        recorded(("p", "ab"), ("q", "ax"), ("r", "ab")),
    )
    assert pairs(mapping) == {"m1": ("p", "order"), "m2": ("r", "order"), "v": ("q", "order")}


def test_unequal_numbers_are_not_guessed() -> None:
    mapping = map_variables(recorded(("v", "ab"), ("w", "ab")), recorded(("p", "ab")))
    assert mapping == Mapping((), ("v", "w"), ("p",))
    mapping = map_variables(recorded(("v", "ab")), recorded(("p", "ab"), ("q", "ab")))
    assert mapping == Mapping((), ("v",), ("p", "q"))


def test_another_first_value_is_not_guessed() -> None:
    mapping = map_variables(recorded(("v", "ab")), recorded(("p", "xb")))
    assert mapping == Mapping((), ("v",), ("p",))


def test_variables_that_were_never_initialised() -> None:
    mapping = map_variables(recorded(("v", "")), recorded(("v", "")))
    assert pairs(mapping) == {"v": ("v", "name")}
    mapping = map_variables(recorded(("v", "")), recorded(("p", "a")))
    assert mapping == Mapping((), ("v",), ("p",))


def test_nothing() -> None:
    assert map_variables(recorded(), recorded()) == Mapping((), (), ())


names = st.sampled_from(["v", "w", "x/v", "y/v", "y/w", "z", "z_1"])
shapes = st.sampled_from([(), (2,), (3,)])
trajectories = st.dictionaries(names, st.tuples(st.text("ab", max_size=3), shapes), max_size=6).map(
    lambda found: recorded(*((name, *rest) for name, rest in found.items()))
)


@given(trajectories, trajectories)
def test_every_variable_is_paired_once_or_left_over(ours: Trajectory, theirs: Trajectory) -> None:
    mapping = map_variables(ours, theirs)
    left = [pair.reference for pair in mapping.pairs] + [*mapping.reference_only]
    right = [pair.other for pair in mapping.pairs] + [*mapping.other_only]
    assert sorted(left) == sorted(ours.variables)
    assert sorted(right) == sorted(theirs.variables)
    order = list(ours.variables)
    assert [pair.reference for pair in mapping.pairs] == [n for n in order if n in pairs(mapping)]
    for pair in mapping.pairs:
        a, b = ours.variables[pair.reference], theirs.variables[pair.other]
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        assert (pair.how == "name") == (pair.reference == pair.other)


@given(trajectories, trajectories)
def test_pairing_works_both_ways(ours: Trajectory, theirs: Trajectory) -> None:
    there, back = map_variables(ours, theirs), map_variables(theirs, ours)
    assert {(p.reference, p.other, p.how) for p in there.pairs} == {
        (p.other, p.reference, p.how) for p in back.pairs
    }


@given(trajectories)
def test_a_program_is_paired_with_itself_by_name(ours: Trajectory) -> None:
    mapping = map_variables(ours, ours)
    assert pairs(mapping) == {name: (name, "name") for name in ours.variables}


def test_what_is_given_comes_before_the_name() -> None:
    ours, theirs = recorded(("v", "ab"), ("w", "cd")), recorded(("v", "ab"), ("w", "cd"))
    mapping = map_variables(ours, theirs, VariableMap(pairs=(("v", "w"),)))
    assert pairs(mapping) == {"v": ("w", "given")}
    assert (mapping.reference_only, mapping.other_only) == (("w",), ("v",))


def test_what_is_ignored_is_neither_paired_nor_left_over() -> None:
    ours, theirs = recorded(("v", "ab"), ("w", "cd")), recorded(("v", "ab"), ("x", "ef"))
    mapping = map_variables(ours, theirs, VariableMap(ignored=("w", "x")))
    assert pairs(mapping) == {"v": ("v", "name")}
    assert (mapping.reference_only, mapping.other_only) == ((), ())


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (VariableMap(pairs=(("kernal", "v"),)), "the reference has no variable 'kernal'"),
        (VariableMap(pairs=(("kernal", "v"),)), "; did you mean 'dense/kernel'"),
        (VariableMap(pairs=(("v", "zzzzzzz"),)), "already; there are 'v', 'w', 'matrix'"),
        (VariableMap(ignored=("u",)), "; there are 'v', 'dense/kernel', 'w', 'matrix'"),
        (VariableMap(pairs=(("v", "nothing"),)), "the other program has no variable 'nothing'"),
        (VariableMap(pairs=(("v", "v"), ("v", "w"))), "that is not paired already"),
        (VariableMap(pairs=(("v", "w"), ("dense/kernel", "w"))), "the other program has no"),
        (
            VariableMap(pairs=(("v", "matrix"),)),
            "float32 of shape (2,) and float32 of shape (2, 2)",
        ),
        (VariableMap(ignored=("u",)), "neither program has a variable 'u'"),
        (VariableMap(pairs=(("v", "v"),), ignored=("v",)), "the reference has no variable 'v'"),
    ],
)
def test_what_does_not_fit_the_programs(variables: VariableMap, message: str) -> None:
    ours = recorded(("v", "ab"), ("dense/kernel", "ab"))
    theirs = recorded(("v", "ab"), ("w", "ab"), ("matrix", "ab", (2, 2)))
    with pytest.raises(MappingError) as caught:
        map_variables(ours, theirs, variables)
    assert message in str(caught.value)
