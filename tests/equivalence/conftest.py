"""One interpreter that has imported TensorFlow, for all tests that run programs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter


@pytest.fixture(scope="session")
def interpreter() -> Iterator[Interpreter]:
    """Runs programs in forks of one process; a run may take 20 seconds."""
    with Interpreter(timeout=20) as interpreter:
        yield interpreter
