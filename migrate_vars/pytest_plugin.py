"""A pytest plugin: equivalence tests in one line, and folders of patterns as tests.

``def test_training(equivalence): equivalence("old/train.py", "new/train.py")`` fails unless the two
scripts train alike; functions and trajectories work too. ``@pytest.mark.migrate_vars(drift=1e-4)``
sets defaults for one test. Each pattern below a folder that the ini option
``migrate_vars_patterns`` names is collected, with one test for each program that it compares.

Loaded by every run of pytest where this package is installed, so it imports nothing heavy until a
test needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import pytest

if TYPE_CHECKING:
    from migrate_vars.equivalence.judging.verification import Verification
    from migrate_vars.equivalence.library import Trainer
    from migrate_vars.equivalence.running.interpreters import Interpreter
    from migrate_vars.trajectory.trajectory import Trajectory

_MARKER = (
    "migrate_vars(drift=None, eager=False): defaults for the `equivalence` fixture: how far values "
    'may drift (a bound, or "rounding"), and whether tf.function runs eagerly.'
)
_RESULTS = pytest.StashKey[dict[Path, "Verification"]]()
_INTERPRETERS = pytest.StashKey["_Interpreters"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini options."""
    parser.addini("migrate_vars_patterns", "Folders of patterns to collect.", type="paths")
    parser.addini("migrate_vars_python", "Interpreter with TensorFlow 2; by default this one.")
    parser.addini("migrate_vars_tf1_python", "Interpreter with TensorFlow 1.15, the oracle.")
    parser.addini("migrate_vars_timeout", "Seconds after which a script is killed.", default="300")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_RESULTS] = {}
    config.stash[_INTERPRETERS] = _Interpreters(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Ends the interpreters that tests have used."""
    config.stash[_INTERPRETERS].close()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> PatternFile | None:
    """Takes the ``v1_session.py`` of each pattern below a folder named in the ini file."""
    if file_path.name != "v1_session.py":
        return None
    folders: Iterable[Path] = parent.config.getini("migrate_vars_patterns")
    if not any(file_path.is_relative_to(folder) for folder in folders):
        return None
    return PatternFile.from_parent(parent, path=file_path)


class _Interpreters:
    """The interpreters of one run of pytest, each started when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: dict[str, Interpreter] = {}

    def default(self) -> Interpreter:
        return self._get(self._config.getini("migrate_vars_python") or sys.executable)

    def oracle(self) -> Interpreter | None:
        named = self._config.getini("migrate_vars_tf1_python")
        python = named or os.environ.get("MIGRATE_VARS_TF1_PYTHON")
        return self._get(python) if python else None

    def _get(self, python: str) -> Interpreter:
        from migrate_vars.equivalence.running.interpreters import Interpreter

        if python not in self._open:
            interpreter = Interpreter(python, float(self._config.getini("migrate_vars_timeout")))
            self._open[python] = interpreter.__enter__()
        return self._open[python]

    def close(self) -> None:
        while self._open:
            _, interpreter = self._open.popitem()
            interpreter.__exit__()


class PatternFile(pytest.File):
    """A pattern; its tests are the programs that must train like its ``v1_session.py``."""

    def collect(self) -> Iterator[PatternItem]:
        """Yields a test for each program."""
        from migrate_vars.equivalence.patterns import PatternError, load_pattern
        from migrate_vars.equivalence.verify_patterns import check_names

        try:
            pattern = load_pattern(self.path.parent)
        except PatternError as error:
            raise self.CollectError(str(error)) from error
        oracle = self.config.stash[_INTERPRETERS].oracle() is not None
        for name in check_names(pattern, oracle):
            yield PatternItem.from_parent(self, name=name)


class PatternItem(pytest.Item):
    """One program of a pattern, against the pattern's ``v1_session.py``."""

    def runtest(self) -> None:
        """Fails unless they train alike; all programs of a pattern run when the first one does."""
        from migrate_vars.equivalence.patterns import load_pattern
        from migrate_vars.equivalence.reporting.text_report import explain
        from migrate_vars.equivalence.running.interpreter_set import Interpreters
        from migrate_vars.equivalence.verify_patterns import verify_patterns

        results = self.config.stash[_RESULTS]
        if self.path not in results:
            interpreters = self.config.stash[_INTERPRETERS]
            pattern = load_pattern(self.path.parent)
            default = interpreters.default()
            (results[self.path],) = verify_patterns(
                [pattern], Interpreters(default, default, interpreters.oracle())
            )
        result = results[self.path]
        if not result.judgements[self.name].verdict.passed:
            raise AssertionError("\n".join(explain(result, only=self.name)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The divergence, without a traceback into this plugin."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the test is, for pytest's headings."""
        return self.path, None, f"{self.path.parent.name}: {self.name}"


class Equivalence(Protocol):
    """What the ``equivalence`` fixture gives: see ``migrate_vars.assert_equivalent``."""

    def __call__(
        self,
        reference: Trainer | Trajectory,
        other: Trainer | Trajectory,
        *,
        drift: float | Literal["rounding"] | None = ...,
        eager: bool = ...,
    ) -> None:
        """Fails unless the two train alike; paths are relative to the test's own folder."""


@pytest.fixture
def equivalence(request: pytest.FixtureRequest) -> Equivalence:
    """Checks that two scripts, functions or trajectories train alike."""
    marker = request.node.get_closest_marker("migrate_vars")
    defaults: dict[str, Any] = dict(marker.kwargs) if marker else {}
    folder = request.path.parent

    def resolve(program: Any) -> Any:
        return folder / program if isinstance(program, str | os.PathLike) else program

    def check(reference: Any, other: Any, **options: Any) -> None:
        __tracebackhide__ = True
        from migrate_vars.equivalence.library import assert_equivalent

        interpreter = None
        if any(isinstance(program, str | os.PathLike) for program in (reference, other)):
            interpreter = request.config.stash[_INTERPRETERS].default()
        assert_equivalent(
            resolve(reference), resolve(other), interpreter=interpreter, **{**defaults, **options}
        )

    return check
