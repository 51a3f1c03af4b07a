"""Differences by several measures: what rounding makes, and what a wrong constant makes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from migrate_vars.trajectory.records import Array
from migrate_vars.trajectory.rounding import LIMIT, Shares, ratios, sizes, subtract, units

RANDOM = np.random.RandomState(0)


def shares_of(rate: float, noise: float, steps: int = 30, size: int = 50) -> Shares:
    """The shares of a program whose steps are too long by a part, among rounding of some size."""
    random = np.random.RandomState(1)
    shares = Shares()
    for step in range(1, steps + 1):
        update = random.randn(size)
        made = [noise * random.randn(size) for _ in range(3)]
        difference = rate * update + noise * random.randn(size)
        shares.add(step, update, difference, made, np.full(size, noise / 10))
    return shares


@pytest.mark.parametrize("noise", [1e-7, 1e-5, 1e-3])
def test_a_constant_that_is_a_little_off_shows_in_the_share(noise: float) -> None:
    assert all(share.ratio < LIMIT for share in shares_of(0.0, noise).windows())
    assert any(share.ratio > LIMIT for share in shares_of(1e-3, noise).windows())


def test_rounding_that_hides_a_constant_is_said_to_be_noise() -> None:
    assert not any(share.is_noise for share in shares_of(0.0, 1e-6).windows())
    assert all(share.is_noise for share in shares_of(0.0, 0.1).windows())


def test_the_last_place_of_a_value_is_no_noise() -> None:
    shares = Shares()
    for step in range(1, 9):
        one = np.array([1e-8])
        shares.add(step, one, np.zeros(1), [np.array([6e-8])], np.array([1.2e-7]))
    assert not any(share.is_noise for share in shares.windows())


def test_windows_double_and_end_with_all() -> None:
    windows = [(share.first, share.last) for share in shares_of(0.0, 1e-6, steps=10).windows()]
    assert windows == [(1, 1), (2, 3), (4, 7), (8, 10), (1, 10)]


def test_steps_that_move_nothing_are_left_out() -> None:
    shares = Shares()
    shares.add(1, np.zeros(3), np.ones(3), [np.ones(3)], np.ones(3))
    shares.add(2, np.full(3, np.inf), np.ones(3), [np.ones(3)], np.ones(3))
    assert not list(shares.windows())


def test_a_few_elements_and_all_of_them_are_told_apart() -> None:
    unit = np.full(1000, 1e-7)
    made = np.where(np.arange(1000) < 5, 1e-2, 1e-7)  # what rounding makes of a few
    assert ratios(np.roll(made, 400), [made], unit).max() <= 1.0
    # As large at most, but everywhere: as large as nothing that rounding makes.
    assert ratios(np.full(1000, 1e-4), [made], unit).max() > 100 * LIMIT


def test_one_unit_in_the_last_place_is_always_rounding() -> None:
    value = RANDOM.randn(100).astype(np.float32)
    other = np.nextafter(value, np.float32(np.inf))
    assert ratios(subtract(other, value), [np.zeros(100)], units(value)).max() == pytest.approx(1.0)
    assert ratios(np.zeros(3), [np.zeros(3)], np.zeros(3)).max() == 0.0
    assert ratios(np.ones(3), [np.zeros(3)], np.zeros(3)).max() == np.inf


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 2.0]), [0.0, 0.0, -1.0]),
        (np.array([np.nan, 1.0]), np.array([1.0, np.inf]), [np.inf, np.inf]),
        (np.array([3, 2], np.int64), np.array([1, 2], np.int64), [2.0, 0.0]),
        (np.array([b"a", b"b"], object), np.array([b"a", b"c"], object), [0.0, np.inf]),
        (np.zeros(2, np.float32), np.zeros(2), [np.inf, np.inf]),
        (np.zeros(2), np.zeros(3), [np.inf] * 3),
        (np.array([True]), np.array([False]), [1.0]),
    ],
)
def test_differences(a: Array, b: Array, expected: list[float]) -> None:
    assert subtract(a, b).tolist() == expected


@given(arrays(np.float32, st.integers(1, 50), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_units_are_those_of_numpy(value: Array) -> None:
    finite = np.isfinite(value) & (np.abs(value) >= np.finfo(np.float32).tiny)
    expected = np.spacing(np.abs(value[finite])).astype(np.float64)
    assert np.array_equal(units(value)[finite], expected)


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e300, 1e300)))
def test_sizes_do_not_overflow_and_are_in_order(difference: Array) -> None:
    found = sizes(difference)
    assert np.isfinite(found).all()
    assert found[0] == np.abs(difference).max()
    assert found[0] >= found[2] >= found[3]
