"""Drift, against NumPy's own arithmetic on simulated programs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_vars.trajectory.divergence import Divergence
from migrate_vars.trajectory.drift import Drift, measure_drift
from migrate_vars.trajectory.mapping import map_variables
from migrate_vars.trajectory.records import Variable
from migrate_vars.trajectory.trajectory import Trajectory

from .simulation import NAMES, Run, Written, by_call, by_session_run, by_write, trajectory


def drift(a: Trajectory, b: Trajectory) -> Drift:
    found = measure_drift(a, b, map_variables(a, b))
    assert isinstance(found, Drift)
    return found


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_drift_is_what_numpy_says(n: int, steps: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = (rng.standard_normal((steps + 1, n)) * 10.0 ** rng.integers(-3, 3, n)).astype("f4")
    noise = rng.integers(-3, 4, values.shape) * (rng.random(values.shape) < 0.5)
    others = (values + noise * np.spacing(values)).astype("f4")
    runs = [
        Run(
            tuple(map(float, v[0])),
            tuple(tuple(Written(k, float(x)) for k, x in enumerate(row)) for row in v[1:]),
        )
        for v in (values, others)
    ]
    scale = np.maximum.accumulate(np.abs(values), axis=0).astype("f8")
    scaled = np.abs(values.astype("f8") - others.astype("f8")) / scale
    ulp = np.abs(values.view("i4").astype("i8") - others.view("i4").astype("i8")).max()
    for other in (by_write(runs[1]), by_session_run(runs[1])):
        found = drift(by_write(runs[0]), other)
        assert found.scaled == scaled.max()
        assert found.ulp == ulp
        if found.scaled:
            step, k = np.unravel_index(int(np.argmax(scaled)), scaled.shape)
            assert (found.variable, found.step) == (NAMES[k], int(step))
        else:
            assert (found.variable, found.step) == ("", 0)


@given(st.integers(2, 9), st.integers(2, 4), st.integers(0, 2**32 - 1), st.booleans())
def test_drift_of_steps_that_are_counted_differently(
    steps: int, in_a_call: int, seed: int, calls_first: bool
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((steps + 1, 3)).astype("f4")
    others = (values + rng.integers(-3, 4, values.shape) * np.spacing(values)).astype("f4")
    one, other = (
        Run(
            tuple(map(float, v[0])),
            tuple(tuple(Written(k, float(x)) for k, x in enumerate(row)) for row in v[1:]),
        )
        for v in (values, others)
    )
    a, b = by_write(one), by_call(other, in_a_call)
    if calls_first:
        a, b = by_call(one, in_a_call), by_write(other)
    ends = [0, *range(in_a_call, steps, in_a_call), steps]
    scale = np.maximum.accumulate(np.abs(values[ends]), axis=0).astype("f8")
    scaled = np.abs(values.astype("f8") - others.astype("f8"))[ends] / scale
    found = drift(a, b)
    assert found.scaled == scaled.max()
    stage, k = np.unravel_index(int(np.argmax(scaled)), scaled.shape)
    if found.scaled:
        step = int(stage) if calls_first else ends[stage]
        assert (found.variable, found.step) == (NAMES[k], step)
    # Where a write is missing, nothing tells which steps belong together.
    shorter = Run(other.initial, (*other.steps[:-1], other.steps[-1][:-1]))
    cut = by_write(shorter) if calls_first else by_call(shorter, in_a_call)
    missing = measure_drift(a, cut, map_variables(a, cut))
    assert isinstance(missing, Divergence)
    assert "steps" in missing.reason or "after step" in missing.reason


def test_drift_is_relative_to_the_largest_magnitude_so_far() -> None:
    a = trajectory((1, {"v": (1, 100.0)}), (2, {"v": (1, 0.0)}), (3, {"v": (1, 1e6)}), v=1.0)
    b = trajectory((1, {"v": (1, 100.0)}), (2, {"v": (1, 1.0)}), (3, {"v": (1, 1e6)}), v=1.0)
    found = drift(a, b)
    assert (found.scaled, found.step, found.variable) == (0.01, 2, "v")


def test_drift_looks_only_at_the_ends_of_steps() -> None:
    a = trajectory((1, {"v": (1, 5.0)}), (1, {"v": (1, 1.0)}), v=1.0)
    b = trajectory((1, {"v": (1, 1.0)}), v=1.0)
    assert drift(a, b) == Drift(0.0, 0, "", 0, compared=1)


@pytest.mark.parametrize("flip", [False, True])
def test_drift_needs_the_same_number_of_steps(flip: bool) -> None:
    a = trajectory((1, {"v": (1, 2.0)}), (2, {"v": (1, 3.0)}), v=1.0)
    b = trajectory((1, {"v": (1, 2.0)}), v=1.0)
    if flip:
        a, b = b, a
    found = measure_drift(a, b, map_variables(a, b))
    assert isinstance(found, Divergence)
    assert (found.step, found.variable) == (2, None)


@pytest.mark.parametrize(
    ("x", "y", "scaled", "ulp"),
    [
        (math.nan, 1.0, math.inf, None),
        (1.0, math.nan, math.inf, None),
        (math.nan, -math.nan, 0.0, None),
        (math.inf, 1.0, math.inf, 0x7F800000 - 0x3F800000),
        (0.0, -0.0, 0.0, 0),
    ],
)
def test_drift_of_special_values(x: float, y: float, scaled: float, ulp: int | None) -> None:
    found = drift(trajectory((1, {"v": (1, x)}), v=2.0), trajectory((1, {"v": (1, y)}), v=2.0))
    assert (found.scaled, found.ulp) == (scaled, ulp)


def test_drift_from_nothing_but_zero_is_infinite() -> None:
    a, b = trajectory((1, {"v": (1, 0.0)}), v=0.0), trajectory((1, {"v": (1, 1e-30)}), v=0.0)
    assert drift(a, b).scaled == math.inf


def test_drift_of_integers_has_no_ulp_but_is_seen() -> None:
    a, b = trajectory((1, {"v": (1, 1.0)}), v=0.0), trajectory((1, {"v": (1, 2.0)}), v=0.0)
    for one, value in ((a, 2**60), (b, 2**60 + 1)):
        one.variables["v"] = Variable("v", "int64", ())
        for key in list(one.values):
            is_initial = key[1] == one.initial["v"]
            one.values[key] = np.array(0 if is_initial else value)
    found = drift(a, b)
    assert found.ulp is None
    assert found.scaled == 2.0**-60


def test_drift_of_values_that_were_not_kept_is_not_known() -> None:
    a, b = trajectory((1, {"v": (1, 1.0)}), v=0.0), trajectory((1, {"v": (1, 2.0)}), v=0.0)
    b.values.clear()
    found = measure_drift(a, b, map_variables(a, b))
    assert isinstance(found, Divergence)
    assert (found.step, found.variable) == (1, "v")
    assert "too large to keep" in found.reason
    # Equal digests need no values.
    a.values.clear()
    assert drift(a, a) == Drift(0.0, 0, "", 0, compared=1)


def test_drift_names_the_first_place_above_the_bound() -> None:
    steps = [(n, {"v": (1, 8.0), "w": (1, 8.0)}) for n in (1, 2, 3)]
    others = [(n, {"v": (1, 8.0 + n), "w": (1, 8.0 + 1.5 * n)}) for n in (1, 2, 3)]
    a, b = trajectory(*steps, v=8.0, w=8.0), trajectory(*others, v=8.0, w=8.0)
    found = measure_drift(a, b, map_variables(a, b), 0.2)
    assert isinstance(found, Drift)
    assert (found.variable, found.step, found.scaled) == ("w", 3, 4.5 / 8)
    assert found.beyond is not None
    assert (found.beyond.variable, found.beyond.step) == ("w", 2)
    assert found.beyond.scaled == 3.0 / 8
    within = measure_drift(a, b, map_variables(a, b), 0.6)
    assert isinstance(within, Drift)
    assert within.beyond is None
