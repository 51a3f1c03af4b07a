"""Distances, against NumPy's own ways of stepping from one number to the next."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from migrate_vars.trajectory.distance import (
    Distance,
    Estimate,
    Scale,
    ScaledDistance,
    between,
    max_difference,
    max_magnitude,
    measure,
    ulp_distance,
)
from migrate_vars.trajectory.records import Statistics, Summary
from migrate_vars.trajectory.trajectory import Trajectory, ValueRef

try:
    import ml_dtypes
except ImportError:  # it comes with TensorFlow
    BFLOAT16: list[Any] = []
else:
    BFLOAT16 = [np.dtype(ml_dtypes.bfloat16)]

BITS: dict[int, np.dtype[Any]] = {n: np.dtype(f"u{n}") for n in (2, 4, 8)}
FLOATS = [np.dtype("f2"), np.dtype("f4"), np.dtype("f8"), *BFLOAT16]
floats = st.sampled_from(FLOATS)


def from_bits(bits: int, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    size = dtype.itemsize
    array: npt.NDArray[Any] = np.array(bits % (1 << (8 * size)), BITS[size]).view(dtype)
    return array


@st.composite
def numbers(draw: st.DrawFn, count: int) -> list[npt.NDArray[Any]]:
    """Scalars of one dtype, any bits but NaN: close ones, subnormals and infinities as well."""
    dtype = draw(floats)
    bits = st.integers(0, (1 << 8 * dtype.itemsize) - 1)
    first = draw(bits)
    near = st.integers(-40, 40).map(lambda step: first + step)
    drawn = [from_bits(first, dtype)]
    drawn += [from_bits(draw(st.one_of(bits, near)), dtype) for _ in range(count - 1)]
    return [np.array(0, dtype) if np.isnan(x.astype("f8")) else x for x in drawn]


def ulp(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> int:
    return int(ulp_distance(a, b))


def exact_ulp(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> int:
    """The definition in Python integers: sign and magnitude, read as a number line."""
    places = []
    for x in (a, b):
        bits = int(x.view(BITS[x.dtype.itemsize]))
        sign, magnitude = divmod(bits, 1 << (8 * x.dtype.itemsize - 1))
        places.append(-magnitude if sign else magnitude)
    return abs(places[0] - places[1])


@given(numbers(2))
def test_ulp_distance_is_the_distance_on_the_number_line(pair: list[npt.NDArray[Any]]) -> None:
    a, b = pair
    assert ulp(a, b) == ulp(b, a) == exact_ulp(a, b)
    assert (ulp(a, b) == 0) == bool(a == b)


@given(numbers(3))
def test_triangle_inequality(three: list[npt.NDArray[Any]]) -> None:
    a, b, c = three
    assert ulp(a, c) <= ulp(a, b) + ulp(b, c)
    x, y, z = sorted(three, key=lambda v: float(v.astype("f8")))
    assert ulp(x, z) == ulp(x, y) + ulp(y, z)


@given(
    st.sampled_from([d for d in FLOATS if d not in BFLOAT16]).flatmap(
        lambda d: hnp.from_dtype(d, allow_nan=False)
    ),
    st.integers(0, 20),
    st.booleans(),
)
def test_n_steps_of_nextafter_are_n_ulp(start: Any, n: int, up: bool) -> None:
    dtype = start.dtype
    value = np.array(start)
    taken = 0
    with np.errstate(over="ignore", under="ignore"):
        for _ in range(n):
            following = np.array(np.nextafter(value, dtype.type(math.inf if up else -math.inf)))
            taken += int(following != value)
            value = following
    assert ulp(np.array(start), value) == taken


@pytest.mark.parametrize("dtype", BFLOAT16, ids=str)
def test_bfloat16_steps_are_float32_steps_of_its_upper_half(dtype: np.dtype[Any]) -> None:
    # Independent of bits: one step of bfloat16 is 2**-7 of a number's power of two.
    for exponent in (-20, 0, 5):
        a = np.array(2.0**exponent, dtype)
        b = np.array(2.0**exponent * (1 + 3 * 2.0**-7), dtype)
        assert ulp(a, b) == 3


@given(hnp.arrays(np.float32, 5, elements=st.floats(1, 100, width=32)), st.integers(0, 6))
def test_numpys_own_ulp_assertions_agree(array: npt.NDArray[Any], n: int) -> None:
    moved = array + n * np.spacing(array)
    largest = int(ulp_distance(array, moved).max())
    np.testing.assert_array_max_ulp(array, moved, maxulp=largest)
    if largest:
        with pytest.raises(AssertionError):
            np.testing.assert_array_max_ulp(array, moved, maxulp=largest - 1)
        np.testing.assert_array_almost_equal_nulp(array, moved, nulp=largest)


@pytest.mark.parametrize("dtype", FLOATS, ids=str)
def test_zeros_subnormals_and_infinities(dtype: np.dtype[Any]) -> None:
    zero, minus = np.array(0.0, dtype), np.array(-0.0, dtype)
    smallest, other = from_bits(1, dtype), -from_bits(1, dtype)
    infinity = np.array(math.inf, dtype)
    largest = from_bits(int(infinity.view(BITS[dtype.itemsize])) - 1, dtype)
    assert ulp(zero, minus) == 0
    assert ulp(zero, smallest) == ulp(minus, smallest) == ulp(zero, other) == 1
    assert ulp(smallest, other) == 2
    assert ulp(infinity, infinity) == 0
    assert np.isfinite(largest.astype("f8"))
    assert ulp(largest, infinity) == 1
    # The widest there is needs every bit of a uint64.
    assert ulp(infinity, -infinity) == 2 * int(infinity.view(BITS[dtype.itemsize]))


def test_ulp_distance_keeps_the_shape_whatever_the_layout() -> None:
    array = np.arange(12, dtype="f4").reshape(3, 4)
    assert ulp_distance(array.T, np.ascontiguousarray(array.T)).tolist() == [[0] * 3] * 4
    assert ulp_distance(array[:, ::2], array[:, ::2]).shape == (3, 2)
    assert ulp_distance(np.array(1.0), np.array(1.0)).shape == ()
    assert ulp_distance(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0, 3)


@pytest.mark.parametrize(
    ("a", "b"),
    [(np.zeros(1, "f4"), np.zeros(1, "f8")), (np.zeros(1, "i4"), np.zeros(1, "i4"))],
)
def test_no_ulp_between_other_types(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> None:
    with pytest.raises(TypeError, match="no ULP distance"):
        ulp_distance(a, b)


def test_measure_finds_the_first_difference_and_the_largest() -> None:
    a = np.ones((2, 3), "f4")
    b = a.copy()
    b[0, 2] = np.nextafter(b[0, 2], np.float32(2))
    b[1, 1] = 2.0
    found = measure(a, b)
    assert found is not None
    assert (found.index, found.reference, found.other) == ((0, 2), a[0, 2], b[0, 2])
    assert (found.ulp, found.max_ulp) == (1, 1 << 23)
    assert (found.n_different, found.n_elements, found.max_difference) == (2, 6, 1.0)


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=0, min_side=0)))
def test_measure_sees_exactly_the_elements_whose_bits_differ(array: npt.NDArray[Any]) -> None:
    assert measure(array, array.copy()) is None
    for position in range(min(array.size, 3)):
        other = array.copy()
        other.reshape(-1).view("u4")[position] ^= 1 << 31
        found = measure(array, other)
        assert found is not None
        assert found.index == tuple(np.unravel_index(position, array.shape))
        assert found.n_different == 1


def test_measure_of_scalars() -> None:
    found = measure(np.array(1.0, "f4"), np.array(1.5, "f4"))
    assert found is not None
    assert found.index == ()
    assert found.n_elements == 1
    assert found.ulp == 1 << 22


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (np.zeros(2), np.zeros(3)),
        (np.zeros((2, 1)), np.zeros((1, 2))),
        (np.zeros(2), np.zeros(2, "f4")),
        (np.zeros(()), np.zeros(1)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_measure_has_nothing_to_say(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> None:
    assert measure(a, b) is None


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        (np.array([1, 5]), np.array([1, 2]), 3.0),
        (np.array([True]), np.array([False]), 1.0),
        (np.array([1 + 1j]), np.array([1 - 1j]), 2.0),
        (np.array([b"a"], object), np.array([b"b"], object), math.inf),
        (np.array(b"a", object), np.array(b"b", object), math.inf),
        (np.array([math.nan]), np.array([1.0]), math.inf),
        # Unequal bits of two NaN are a difference, but not one that has a size.
        (np.array([math.nan]), np.array([-math.nan]), 0.0),
    ],
)
def test_measure_where_ulp_means_nothing(
    a: npt.NDArray[Any], b: npt.NDArray[Any], difference: float
) -> None:
    found = measure(a, b)
    assert found is not None
    assert (found.ulp, found.max_ulp) == (None, None)
    assert found.n_different == 1
    assert found.max_difference == difference


def test_measure_tells_zeros_apart() -> None:
    found = measure(np.array([0.0, 1.0]), np.array([-0.0, 1.0]))
    assert found is not None
    assert (found.n_different, found.ulp, found.max_difference) == (1, 0, 0.0)


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        ([1.0, math.nan], [1.5, math.nan], 0.5),
        ([math.inf, -math.inf], [math.inf, -math.inf], 0.0),
        ([math.inf], [-math.inf], math.inf),
        ([math.inf], [1.0], math.inf),
        ([1.0], [math.nan], math.inf),
        ([], [], 0.0),
        (1.0, 3.0, 2.0),
    ],
)
def test_max_difference(a: Any, b: Any, difference: float) -> None:
    assert max_difference(np.array(a), np.array(b)) == difference


@given(st.sampled_from(["i1", "i4", "i8", "u1", "u8"]), st.data())
def test_max_difference_of_integers_is_exact(dtype: str, data: st.DataObject) -> None:
    a, b = (data.draw(hnp.arrays(dtype, 3)) for _ in range(2))
    expected = max(abs(int(x) - int(y)) for x, y in zip(a, b, strict=True))
    assert max_difference(a, b) == float(expected)


def test_a_difference_of_one_in_a_large_integer_is_not_lost() -> None:
    found = measure(np.array([2**60]), np.array([2**60 + 1]))
    assert found is not None
    assert found.max_difference == 1.0


def test_max_magnitude() -> None:
    assert max_magnitude(np.array([-3.0, 2.0, math.nan, math.inf])) == 3.0
    assert max_magnitude(np.array([3 + 4j])) == 5.0
    assert max_magnitude(np.array([math.nan])) == 0.0
    assert max_magnitude(np.array([True])) == 1.0
    assert max_magnitude(np.zeros(0)) == 0.0
    assert max_magnitude(np.array([b"x"], object)) == 0.0
    assert max_magnitude(np.array(np.iinfo("i8").min)) == 2.0**63


@given(floats, st.integers(0, 2**32 - 1))
def test_measure_agrees_with_the_exact_distance_element_by_element(
    dtype: np.dtype[Any], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(20).astype(dtype)
    b = np.where(rng.random(20) < 0.5, a, rng.standard_normal(20).astype(dtype))
    found = measure(a, b)
    each = [exact_ulp(x, y) for x, y in zip(a, b, strict=True)]
    different = [i for i, distance in enumerate(each) if distance]
    if not different:
        assert found is None
        return
    assert found is not None
    assert found.index == (different[0],)
    assert found.ulp == each[different[0]]
    assert found.max_ulp == max(each)
    assert found.n_different == len(different)


def test_a_million_elements_take_no_time() -> None:
    a = np.random.default_rng(0).standard_normal(1_000_000).astype("f4")
    start = time.process_time()
    found = measure(a, -a)
    assert time.process_time() - start < 2
    assert found is not None
    assert found.n_different == 1_000_000


def kept(*values: float) -> ValueRef:
    """A value that was kept."""
    array = np.array(values, "f4")
    return ValueRef(Trajectory({}, values={("v", "kept"): array}), "v", "kept")


def sampled(*values: float, maximum: float) -> ValueRef:
    """A value of which only samples were kept, and the extremes."""
    summary = Summary((len(values),), np.array(values, "f4"), Statistics(0.0, maximum, 0.0, 0))
    return ValueRef(Trajectory({}, summaries={("v", "sampled"): summary}), "v", "sampled")


def test_a_distance_is_measured_where_both_values_were_kept_and_estimated_otherwise() -> None:
    unknown = ValueRef(Trajectory({}), "v", "unknown")
    exact = between(kept(1.0, 2.0), kept(1.0, 4.0))
    assert isinstance(exact, Distance)
    assert (exact.max_difference, exact.n_different) == (2.0, 1)
    estimated = between(kept(1.0, 2.0), sampled(1.0, 4.0, maximum=9.0))
    assert isinstance(estimated, Estimate)
    assert (estimated.max_difference, estimated.n_samples) == (2.0, 2)
    by_extremes = between(sampled(1.0, maximum=5.0), sampled(1.0, maximum=9.0))
    assert isinstance(by_extremes, Estimate)
    assert by_extremes.max_difference == 4.0
    assert between(kept(1.0), unknown) is None
    assert between(kept(1.0), kept(1.0, 2.0)) is None
    # One of several trajectories may have kept it.
    assert isinstance(between(kept(1.0), unknown, kept(3.0)), Distance)
    assert isinstance(between(kept(1.0), sampled(1.0, maximum=1.0), kept(3.0)), Distance)


def test_a_distance_is_relative_to_the_largest_magnitude_so_far() -> None:
    scale = Scale()
    first = scale.distance(kept(1.0), kept(2.0))
    assert first is not None
    assert first.scaled == math.inf
    for value in (kept(1.0), kept(-4.0), kept(2.0)):
        scale.add(value)
    assert scale.distance(kept(1.0), kept(2.0)) == ScaledDistance(1 / 4, 1 << 23, True)
    scale.add(sampled(1.0, maximum=8.0))
    assert scale.distance(kept(1.0), sampled(2.0, maximum=2.0)) == ScaledDistance(
        1 / 8, 1 << 23, False
    )
    assert scale.distance(kept(1.0), kept(1.0, 2.0)) is None
