"""The pytest plugin, in the test suite of another project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from migrate_vars.equivalence.patterns import bundled_directory

pytest_plugins = ["pytester"]

V1 = """\
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=1.0)
halve = tf.assign(v, v * 0.5)
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for _ in range(3):
        session.run(halve)
"""
V2 = """\
import tensorflow as tf
v = tf.Variable(1.0, name="v")
for _ in range(3):
    v.assign(v * {factor})
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Somebody's project, with an old and two new scripts."""
    monkeypatch.delenv("MIGRATE_VARS_TF1_PYTHON", raising=False)
    scripts = pytester.mkdir("scripts")
    (scripts / "old.py").write_text(V1)
    (scripts / "new.py").write_text(V2.format(factor=0.5))
    (scripts / "wrong.py").write_text(V2.format(factor=0.25))
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "migrate_vars.pytest_plugin", *arguments)


def test_the_fixture(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pytest

        def test_right(equivalence):
            equivalence("scripts/old.py", "scripts/new.py")

        def test_wrong(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py")

        @pytest.mark.migrate_vars(drift=1.0)
        def test_marker(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py")

        @pytest.mark.migrate_vars(drift=1.0)
        def test_argument_over_marker(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py", drift=1e-6)
        """
    )
    result = run(project, "--strict-markers")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*Trajectories are not equivalent",
            "*DIVERGED at step 1 of 3: the values differ",
            "*old.py * 0.5 * written at old.py:8: session.run(halve)",
            "*wrong.py * 0.25 * written at wrong.py:4: v.assign(v [*] 0.25)",
            "*distance * 8,388,608 ULP*",
            "*is above the 1e-06 allowed*",
        ]
    )
    # The test's own line is shown, and not the inside of the library.
    result.stdout.fnmatch_lines(['>*equivalence("scripts/old.py", "scripts/wrong.py")'])
    result.stdout.no_fnmatch_line("*library.py*")


def test_folders_of_patterns(project: pytest.Pytester) -> None:
    patterns = project.path / "patterns"
    shutil.copytree(bundled_directory() / "conditional_reset", patterns / "right")
    shutil.copytree(bundled_directory() / "conditional_reset", patterns / "wrong")
    script = patterns / "wrong" / "v2_eager.py"
    script.write_text(script.read_text().replace("% 2 == 0", "% 2 == 1"))
    project.mkdir("elsewhere")
    (project.path / "elsewhere" / "v1_session.py").write_text("not a pattern")
    project.makeini("[pytest]\nmigrate_vars_patterns = patterns\n")
    result = run(project, "-v")
    result.assert_outcomes(passed=6, failed=2)
    result.stdout.fnmatch_lines(
        [
            "patterns/right/v1_session.py::rewritten PASSED*",
            "patterns/right/v1_session.py::keras PASSED*",
            "patterns/wrong/v1_session.py::eager FAILED*",
            "patterns/wrong/v1_session.py::function FAILED*",
            "wrong: eager DIVERGED at step 1 of 5: the values differ",
            "*written at v2_eager.py:*",
            "wrong: function DIVERGED at step 1 of 5: the values differ",
        ]
    )
    result = run(project, "patterns/right/v1_session.py", "-k", "eager")
    result.assert_outcomes(passed=1, deselected=3)


def test_options_of_the_ini_file(project: pytest.Pytester) -> None:
    pattern = project.path / "patterns" / "drifts"
    pattern.mkdir(parents=True)
    (pattern / "v1_session.py").write_text(V1)
    (pattern / "v2_eager.py").write_text(V2.format(factor=0.25))
    ini = "[pytest]\nmigrate_vars_patterns = patterns\nmigrate_vars_options =\n    {}\n"
    project.makeini(ini.format("drift = 10\n    seeds = own"))
    project.makepyfile(
        """
        import pytest
        from migrate_vars import VariableMap, VerifyOptions

        def test_ini(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py")

        @pytest.mark.migrate_vars(drift=None)
        def test_marker_over_ini(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py")

        def test_options_over_ini(equivalence):
            equivalence("scripts/old.py", "scripts/wrong.py", options=VerifyOptions())

        @pytest.mark.migrate_vars(compare_output=True, variables=VariableMap(ignored=("v",)))
        def test_any_option(equivalence):
            equivalence("scripts/old.py", "scripts/new.py", report="report.html")
        """
    )
    result = run(project)
    result.assert_outcomes(passed=4, failed=3)
    result.stdout.fnmatch_lines(["*VACUOUS*nothing that the reference trains was compared"])
    assert (project.path / "report.html").is_file()
    for line in ("drit = 10", "drift = much", "seeds = equal"):
        project.makeini(ini.format(line))
        result = run(project)
        result.stderr.fnmatch_lines([f"*migrate_vars_options: *{line.split()[2]}*"])


def test_half_a_pattern_is_a_collection_error(project: pytest.Pytester) -> None:
    folder = project.path / "patterns" / "half"
    folder.mkdir(parents=True)
    (folder / "v1_session.py").write_text("")
    project.makeini("[pytest]\nmigrate_vars_patterns = patterns\n")
    result = run(project)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*half: has no v2_eager.py"])


def test_the_oracle(project: pytest.Pytester, tf1_python: Path) -> None:
    patterns = project.path / "patterns"
    shutil.copytree(bundled_directory() / "conditional_reset", patterns / "right")
    project.makeini(
        f"[pytest]\nmigrate_vars_patterns = patterns\nmigrate_vars_tf1_python = {tf1_python}\n"
    )
    result = run(project, "-v", "-k", "TF")
    result.assert_outcomes(passed=1, deselected=4)


def test_other_projects_pay_nothing(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import sys

        def test_nothing_heavy_was_imported():
            heavy = {"tensorflow", "numpy", "libcst", "migrate_vars.equivalence"}
            assert not heavy & set(sys.modules)
        """
    )
    run(project).assert_outcomes(passed=1)
