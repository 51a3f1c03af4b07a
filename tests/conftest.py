"""What every test may ask for: the repository, and the oracle, a real TensorFlow 1.15.5."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import settings

# On a busy machine any single example may be slow. In CI the examples are always the same ones: a
# new counterexample is found, and mended, where somebody works, and not where others' work lands.
settings.register_profile("migrate-vars", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("migrate-vars")

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout that the tests stand in."""
    return REPOSITORY


@pytest.fixture(scope="session")
def tf1_python() -> Path:
    """The interpreter with TensorFlow 1.15.5: MIGRATE_VARS_TF1_PYTHON, or `.oracle` here.

    A test that asks for it is skipped where there is none, but fails where CI is set: there, a
    missing oracle is a mistake in the set-up.
    """
    named = os.environ.get("MIGRATE_VARS_TF1_PYTHON")
    python = Path(named) if named else REPOSITORY / ".oracle" / "bin" / "python"
    if not (python.is_file() and os.access(python, os.X_OK)):
        reason = f"{python} is not an interpreter (see MIGRATE_VARS_TF1_PYTHON)"
        _missing(f"no TensorFlow 1.15.5: {reason}")
    return python


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """What `.ci/run` installs from the npm registry; as with the oracle, where there is none."""
    folder = REPOSITORY / ".npm" / "node_modules"
    if not folder.is_dir():
        _missing("no .npm/node_modules: see .ci/run")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser, MIGRATE_VARS_CHROMIUM or `chromium`; as with the oracle, if there is none."""
    named = os.environ.get("MIGRATE_VARS_CHROMIUM") or shutil.which("chromium")
    if named is None:
        _missing("no Chromium (see MIGRATE_VARS_CHROMIUM)")
    return Path(named)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
