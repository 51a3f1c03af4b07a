"""The table of what serves for the symbols of TensorFlow 1 covers them all, and is right."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars.tf1.facts import CHANGES, FACTS, RUNTIME, V1
from tests.conftest import REPOSITORY

HERE = Path(__file__).parent
NAMES = HERE / "names_of_1_15.txt"


@pytest.mark.skipif(importlib.util.find_spec("tf_keras") is None, reason="needs tf_keras")
def test_every_name_of_tensorflow_1_is_served_or_explained(tmp_path: Path) -> None:
    result = tmp_path / "wrong.txt"
    command = [sys.executable, HERE / "check_facts.py", NAMES, result, REPOSITORY]
    done = subprocess.run(
        list(map(str, command)),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert result.read_text("utf-8").splitlines() == []


def test_the_names_are_those_of_the_oracle(tf1_python: Path) -> None:
    done = subprocess.run(
        [str(tf1_python), str(HERE / "list_names.py")],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    assert done.stdout == NAMES.read_text("utf-8")


def test_every_row_says_what_serves_or_what_to_do() -> None:
    for symbol, fact in FACTS.items():
        assert symbol == fact.symbol
        assert fact.serves or fact.by_hand, symbol
        assert fact.serves.startswith((f"{V1}.", f"{RUNTIME}.")) or not fact.serves, symbol
        assert fact.exact or fact.differs, symbol
        assert fact.keras == ("tf_keras" in fact.packages), symbol
        assert ("migrate-vars" in fact.packages) == fact.serves.startswith(RUNTIME), symbol


def test_what_changed_is_in_the_table_of_changes_only() -> None:
    assert all(change.differs for change in CHANGES)
    assert len({change.symbol for change in CHANGES}) == len(CHANGES)
