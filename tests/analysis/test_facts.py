"""What the tables say of slices, of Keras weights and of functions that call back is so."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migrate_vars.analysis.callbacks import FUNCTIONS, METHODS
from migrate_vars.codemod.state_ops import OF_KERAS, OF_SLICE

pytestmark = pytest.mark.slow

CHILD = Path(__file__).with_name("facts_child.py")


def facts(python: str | Path) -> dict[str, Any]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [str(python), str(CHILD)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=True,
    )
    line = next(x for x in done.stdout.splitlines() if x.startswith("FACTS "))
    found: dict[str, Any] = json.loads(line[len("FACTS ") :])
    return found


def check_slices_and_callbacks(found: dict[str, Any], *except_for: str) -> None:
    assert found["slice"] == {
        **{method: sorted(keywords) for method, keywords in OF_SLICE.items()},
        "scatter": [],
    }
    assert set(found["given"]) <= FUNCTIONS | METHODS
    assert [name for name, variable in found["given"].items() if variable] == list(except_for)


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="no TensorFlow 2")
def test_in_tensorflow_2() -> None:
    found = facts(sys.executable)
    check_slices_and_callbacks(found)
    assert found["weight"] == {
        **{method: ["value", *keywords] for method, keywords in OF_KERAS.items()},
        "scatter": [],
    }


def test_in_tensorflow_1(tf1_python: Path) -> None:
    found = facts(tf1_python)
    check_slices_and_callbacks(found, "while_loop")
    # There it is a variable like any other.
    assert found["weight"]["assign_add"] == ["name", "use_locking"]
    assert "scatter_add" in found["weight"]["scatter"]
