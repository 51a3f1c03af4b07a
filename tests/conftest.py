"""What every test may ask for: the repository, TensorFlow 1.15.5 and 2.x, npm packages, a browser.

Also runs tests marked ``alone`` while no other test runs, whatever pytest-xdist does.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from migrate_vars.equivalence.running.interpreters import Interpreter

# On a busy machine any single example may be slow. In CI the examples are always the same ones: a
# new counterexample is found, and mended, where somebody works, and not where others' work lands.
settings.register_profile("migrate-vars", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("migrate-vars")

TESTS = Path(__file__).resolve().parent
REPOSITORY = TESTS.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the tests marked ``alone`` last, where waiting for each other costs least."""
    items.sort(key=lambda item: item.get_closest_marker("alone") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Runs a test marked ``alone``, with its fixtures, while no worker of pytest-xdist runs one."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    # Two files that all workers see, to be locked.
    with (TESTS / "__init__.py").open("rb") as turn, (TESTS / "conftest.py").open("rb") as machine:
        # Whoever waits for the machine holds the turn, so that no further test begins meanwhile.
        fcntl.flock(turn, fcntl.LOCK_EX)
        fcntl.flock(machine, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(turn, fcntl.LOCK_UN)
        try:
            return (yield)
        finally:
            # Closing is not enough: a process that was forked meanwhile holds the lock, too.
            fcntl.flock(machine, fcntl.LOCK_UN)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forgets what TensorFlow 2 has set where a test imported it: 1.15 takes it for its own."""
    os.environ.pop("TF2_BEHAVIOR", None)


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
def interpreter() -> Iterator[Interpreter]:
    """The Python that runs the tests, TensorFlow 2 imported: a run is a fork of one process."""
    from migrate_vars.equivalence.running.interpreters import Interpreter  # late: it needs NumPy

    with Interpreter(timeout=60) as interpreter:
        yield interpreter


@pytest.fixture(scope="session")
def tf1_interpreter(tf1_python: Path) -> Iterator[Interpreter]:
    """The oracle, TensorFlow 1.15.5 imported: a run is a fork of one process."""
    from migrate_vars.equivalence.running.interpreters import Interpreter  # late: it needs NumPy

    with Interpreter(tf1_python, timeout=60) as interpreter:
        yield interpreter


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
