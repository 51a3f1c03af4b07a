"""A pytest plugin: equivalence tests in one line, and folders of patterns as tests.

``def test_training(equivalence): equivalence("old/train.py", "new/train.py")`` fails unless the two
scripts train alike; functions and trajectories work too. ``@pytest.mark.migrate_vars(drift=1e-4)``
sets options of one test, and the ini option ``migrate_vars_options`` those of all: whatever
``migrate_vars.VerifyOptions`` has. Each pattern below a folder that the ini option
``migrate_vars_patterns`` names is collected, with one test for each program that it compares.

Loaded by every run of pytest where this package is installed, so it imports nothing heavy until a
test needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from migrate_vars.equivalence.judging.verification import Verification
    from migrate_vars.equivalence.library import Trainer
    from migrate_vars.equivalence.running.interpreters import Interpreter
    from migrate_vars.equivalence.running.verify_options import VerifyOptions
    from migrate_vars.trajectory.trajectory import Trajectory

_MARKER = (
    "migrate_vars(eager=False, **options): defaults for the `equivalence` fixture: whether "
    "tf.function runs eagerly, and options of migrate_vars.VerifyOptions, such as drift=1e-6."
)
_TRUTH = {"true": True, "false": False}
# Options that the ini file may set for all tests: how the text of a value is read.
_READ: dict[str, Callable[[str], object]] = {
    "policy": str,
    "drift": lambda text: text if text == "rounding" else float(text),
    "seeds": str,
    "same_start": lambda text: _TRUTH[text],
    "replay_feeds": lambda text: _TRUTH[text],
    "compare_output": lambda text: _TRUTH[text],
    "v1_view": str,
}
_RESULTS = pytest.StashKey[dict[Path, "Verification"]]()
_INTERPRETERS = pytest.StashKey["_Interpreters"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini options."""
    parser.addini("migrate_vars_patterns", "Folders of patterns to collect.", type="paths")
    parser.addini("migrate_vars_python", "Interpreter with TensorFlow 2; by default this one.")
    parser.addini("migrate_vars_tf1_python", "Interpreter with TensorFlow 1.15, the oracle.")
    parser.addini("migrate_vars_timeout", "Seconds after which a script is killed.", default="300")
    parser.addini(
        "migrate_vars_options",
        "Options of verify, one a line: drift = rounding, seeds = aligned, compare_output = true.",
        type="linelist",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line("markers", _MARKER)
    config.stash[_RESULTS] = {}
    config.stash[_INTERPRETERS] = _Interpreters(config)
    if config.getini("migrate_vars_options"):
        _options(config)  # which complains of a mistake before any test runs


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


def _options(config: pytest.Config) -> VerifyOptions:
    """The options that the ini file sets.

    Raises:
        pytest.UsageError: If it sets one that does not exist, or to what cannot be read.
    """
    from migrate_vars.equivalence.running.verify_options import VerifyOptions

    found: dict[str, Any] = {
        "python": config.getini("migrate_vars_python") or sys.executable,
        "timeout": float(config.getini("migrate_vars_timeout")),
    }
    for line in config.getini("migrate_vars_options"):
        name, _, value = (part.strip() for part in line.partition("="))
        try:
            found[name] = _READ[name](value)
        except (KeyError, ValueError):
            known = ", ".join(_READ)
            raise pytest.UsageError(f"migrate_vars_options: {line!r} (known: {known})") from None
    try:
        return VerifyOptions(**found)
    except ValueError as error:
        raise pytest.UsageError(f"migrate_vars_options: {error}") from error


class _Interpreters:
    """The interpreters of one run of pytest, each started when it is first needed."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._open: dict[tuple[str, str, float], Interpreter] = {}

    def of(self, options: VerifyOptions) -> Interpreter:
        return self._get(os.fspath(options.python), options)

    def oracle(self, options: VerifyOptions) -> Interpreter | None:
        python = self.oracle_path
        return self._get(python, options) if python else None

    @property
    def oracle_path(self) -> str | None:
        named: str = self._config.getini("migrate_vars_tf1_python")
        return named or os.environ.get("MIGRATE_VARS_TF1_PYTHON")

    def _get(self, python: str, options: VerifyOptions) -> Interpreter:
        from migrate_vars.equivalence.running.interpreters import Interpreter

        key = python, options.policy, options.timeout
        if key not in self._open:
            self._open[key] = Interpreter(python, options.timeout, options.policy).__enter__()
        return self._open[key]

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
        oracle = bool(self.config.stash[_INTERPRETERS].oracle_path)
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
            started, options = self.config.stash[_INTERPRETERS], _options(self.config)
            pattern, default = load_pattern(self.path.parent), started.of(options)
            interpreters = Interpreters(default, default, started.oracle(options))
            (results[self.path],) = verify_patterns([pattern], interpreters, options)
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
        eager: bool = ...,
        options: VerifyOptions | None = ...,
        **changes: Any,
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

    def check(
        reference: Any, other: Any, *, options: VerifyOptions | None = None, **changes: Any
    ) -> None:
        __tracebackhide__ = True
        from migrate_vars.equivalence.library import assert_equivalent

        asked = {**defaults, **changes}
        eager = asked.pop("eager", False)
        options = replace(options or _options(request.config), **asked)
        if options.report is not None:
            options = replace(options, report=resolve(options.report))
        interpreter = None
        if any(isinstance(program, str | os.PathLike) for program in (reference, other)):
            interpreter = request.config.stash[_INTERPRETERS].of(options)
        assert_equivalent(
            resolve(reference),
            resolve(other),
            eager=eager,
            interpreter=interpreter,
            options=options,
        )

    return check
