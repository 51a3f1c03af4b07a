"""Every file of cases is run once, in two processes, for all the tests of its cases."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tf1.comparison import Results, run_cases

Both = Callable[[str], tuple[Results, Results]]


@pytest.fixture(scope="session")
def both(tf1_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Gives what the cases of a file gave under TensorFlow 1.15 and here."""
    # Not imported: TensorFlow 2 leaves an environment variable, which 1.15 knows, too.
    if importlib.util.find_spec("tf_keras") is None:
        pytest.skip("needs tf_keras, as the extra 'dev' installs it")
    known: dict[str, tuple[Results, Results]] = {}

    def run(file: str) -> tuple[Results, Results]:
        if file not in known:
            folder = tmp_path_factory.mktemp("cases")
            then, now = run_cases(file, [tf1_python, Path(sys.executable)], folder)
            known[file] = then, now
        return known[file]

    return run
