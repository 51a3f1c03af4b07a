"""``contrib.opt.ScipyOptimizerInterface`` finds the minima, which can be told without it.

TensorFlow 1.15.5 with SciPy 1.7.3 gave the same values.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from tests.tf1.comparison import differences, run_cases

LEAST = [[1.0, 0.5], 3.0]
EXPECTED = [
    LEAST,
    LEAST,
    LEAST,
    [[3.0, -2.0], 3.0],  # the other variable only
    [[1.0, 0.5], 1.0],  # within bounds
    [[1.0, 0.5], 1.0],  # with an inequality
    [[2.2, 0.8], 3.0],  # with an equality
    "ValueError",
    "ValueError",
]


@pytest.mark.skipif(importlib.util.find_spec("scipy") is None, reason="needs SciPy")
def test_it_finds_the_minimum(tmp_path: Path) -> None:
    (found,) = run_cases("scipy_only.py", [Path(sys.executable)], tmp_path)
    case = found["scipy"]
    assert "error" not in case, case["message"]
    assert list(differences(EXPECTED, case["values"][0]["output"])) == []
