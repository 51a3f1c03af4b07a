"""``migrate_vars.tf1`` against TensorFlow 1.15.5: names, collections, values and training.

Each case of each file in ``cases`` is run in both.  All must be alike: the variables in their
order, with their initial values, what is in the graph's collections, the names and shapes of
outputs, their values, gradients, and what some steps of training make of the variables.
"""

from __future__ import annotations

import pytest

from tests.tf1.comparison import HERE, case_names, differences
from tests.tf1.conftest import Both

# What needs SciPy: TensorFlow 1.15 has none beside it here.
OTHERS = {"__init__.py", "scipy_only.py"}
FILES = sorted({path.name for path in (HERE / "cases").glob("*.py")} - OTHERS)


@pytest.mark.parametrize(
    ("file", "case"), [(file, case) for file in FILES for case in case_names(file)]
)
def test_it_is_what_it_was(both: Both, file: str, case: str) -> None:
    then, now = both(file)
    assert "error" not in then[case], then[case]["message"]
    assert "error" not in now[case], now[case]["message"]
    assert list(differences(then[case], now[case])) == []


@pytest.mark.parametrize("file", FILES)
def test_every_case_is_known(both: Both, file: str) -> None:
    then, now = both(file)
    assert sorted(then) == sorted(now) == sorted(case_names(file))
