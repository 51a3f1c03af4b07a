"""The comparison that the other tests rest on finds what differs."""

from __future__ import annotations

import pytest

from tests.tf1.comparison import differences


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (1.0, 1.001),
        ([1.0, 2.0], [1.0, 2.001]),
        ([[1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]),
        ([1.0, float("nan")], [1.0, 2.0]),
        ([1.0, float("inf")], [1.0, 2.0]),
        ("a:0", "a_1:0"),
        (["a", "b"], ["b", "a"]),
        (["a"], ["a", "b"]),
        ({"variables": ["a"]}, {}),
        ({}, {"update_ops": ["a"]}),
        ({"loss": [1.0]}, {"loss": None}),
        (True, False),
        (None, 1),
    ],
)
def test_a_difference_is_found(then: object, now: object) -> None:
    assert list(differences(then, now))


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (1.0, 1.000001),
        ([1.0, 1e-9], [1.0, 2e-9]),
        ([float("nan"), float("inf")], [float("nan"), float("inf")]),
        ({"cond_context": ["a"], "x": [1]}, {"cond_context": ["b"], "x": [1]}),
        ([1.0, "a", None, [2]], [1.0, "a", None, [2]]),
    ],
)
def test_rounding_is_none(then: object, now: object) -> None:
    assert list(differences(then, now)) == []
