"""What is installed, and what an import costs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import migrate_vars

HEAVY = {"tensorflow", "keras", "numpy"}
PATTERN = re.compile(r"^migrate_vars/legacy_examples/(\w+/\w+\.py)$")

# Prints where the installed package and its bundled patterns are, one path on each line.
WHERE = """
import migrate_vars
from migrate_vars.equivalence.patterns import bundled_directory
print(migrate_vars.__file__)
print(bundled_directory())
"""


def python(
    *arguments: str, cwd: Path, interpreter: Path | str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Run Python with no way to this checkout but the one under test."""
    ours = {"PYTHONPATH", "PYTEST_ADDOPTS"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [str(interpreter), *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done


def sources(repository: Path) -> set[str]:
    """Every file of the package, as its path inside the package's parent."""
    package = repository / "migrate_vars"
    return {path.relative_to(repository).as_posix() for path in package.rglob("*.py")}


def patterns(repository: Path) -> set[str]:
    """Every script of the bundled patterns, as PATTERN/SCRIPT."""
    bundled = repository / "legacy_examples"
    return {path.relative_to(bundled).as_posix() for path in bundled.glob("*/*.py")}


def environment(folder: Path) -> Path:
    """Make a virtual environment that has nothing but pip, and give its interpreter."""
    python("-m", "venv", str(folder), cwd=folder.parent)
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    return scripts / "python"


@pytest.fixture(scope="module")
def checkout(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files that packaging reads: building writes beside them."""
    copy = tmp_path_factory.mktemp("checkout") / "migrate-vars"
    copy.mkdir()
    for name in ("migrate_vars", "legacy_examples"):
        shutil.copytree(repository / name, copy / name, ignore=shutil.ignore_patterns("*.pyc"))
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(repository / name, copy)
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    target = checkout.parent / "wheel"
    python("-m", "pip", "wheel", "--no-deps", "-w", str(target), str(checkout), cwd=checkout)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """The interpreter of an environment that has the wheel, and what else the tests' own has."""
    interpreter = environment(wheel.parent / "venv")
    pip_install(interpreter, wheel)
    purelib = 'import sysconfig; print(sysconfig.get_path("purelib"))'
    (site,) = python("-c", purelib, cwd=wheel.parent, interpreter=interpreter).stdout.split()
    own = [path for path in sys.path if Path(path).name == "site-packages"]
    (Path(site) / "tests.pth").write_text("\n".join(own))
    return interpreter


def pip_install(interpreter: Path, *what: Path | str) -> None:
    command = ("-m", "pip", "install", "--no-deps", *map(str, what))
    python(*command, cwd=interpreter.parent, interpreter=interpreter)


@pytest.mark.parametrize("module", ["migrate_vars", "migrate_vars.cli"])
def test_importing_does_not_import_tensorflow(module: str, repository: Path) -> None:
    program = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = python("-c", program, cwd=repository)
    assert not HEAVY & set(done.stdout.split())


def test_the_version_is_the_same_everywhere(repository: Path) -> None:
    text = (repository / "setup.py").read_text("utf-8")
    match = re.search(r'^ +version="(.+)",$', text, re.MULTILINE)
    assert match
    assert match[1] == migrate_vars.__version__


def test_ci_runs_what_the_readme_says(repository: Path) -> None:
    readme = (repository / "README.md").read_text("utf-8")
    ci = (repository / ".ci" / "run").read_text("utf-8").splitlines()
    match = re.search(r"^python3 (-m venv \.venv) && (.+\[dev\]\") && (.+pytest.*)$", readme, re.M)
    assert match, "the README has no line that sets up and tests"
    make, install, test = match.groups()
    assert any(line.endswith(f'"$python" {make}') for line in ci)
    assert install in ci
    assert test in ci


@pytest.mark.slow
def test_the_wheel_has_the_package_and_the_patterns(wheel: Path, repository: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    bundled = {match[1] for name in names if (match := PATTERN.match(name))}
    assert "migrate_vars/py.typed" in names
    assert {
        f"migrate_vars/equivalence/reporting/report.{kind}" for kind in ("html", "css")
    } <= names
    assert bundled == patterns(repository)
    assert bundled
    package = {name for name in names if name.endswith(".py") and not PATTERN.match(name)}
    assert package == sources(repository)


@pytest.mark.slow
def test_an_installed_wheel_finds_its_patterns(
    installed: Path, repository: Path, tmp_path: Path
) -> None:
    package, bundled = python("-c", WHERE, cwd=tmp_path, interpreter=installed).stdout.splitlines()
    assert Path(package).is_relative_to(installed.parents[1])
    assert Path(bundled).is_relative_to(installed.parents[1])
    assert {
        path.relative_to(bundled).as_posix() for path in Path(bundled).glob("*/*.py")
    } == patterns(repository)


@pytest.mark.slow
def test_an_installed_wheel_verifies_its_patterns(installed: Path, tmp_path: Path) -> None:
    verify = ("-m", "migrate_vars.cli", "verify", "assign_add_after_step")
    done = python(*verify, cwd=tmp_path, interpreter=installed)
    # Scripts inside site-packages are the user's code here: 10 steps, and not one for each write.
    row = done.stdout.splitlines()[1].split()
    assert row[:6] == ["assign_add_after_step", "10", "5", "identical", "identical", "identical"]


THEIR_SETUP = """
from setuptools import setup

setup(
    name="theirs",
    version="1.0",
    packages=["theirs", "theirs.patterns"],
    package_data={"theirs.patterns": ["*/*.py"]},
    entry_points={"migrate_vars.patterns": ["theirs = theirs.patterns"]},
)
"""
THEIR_TEST = """
from theirs import patterns

def test_our_migration(equivalence):
    folder = list(patterns.__path__)[0]
    equivalence(f"{folder}/halving/v1_session.py", f"{folder}/halving/v2_eager.py")
"""


@pytest.mark.slow
def test_another_package_contributes_patterns_and_tests_its_own(
    installed: Path, repository: Path, tmp_path: Path
) -> None:
    theirs = tmp_path / "checkout" / "theirs"
    shutil.copytree(
        repository / "legacy_examples" / "conditional_reset",
        theirs / "theirs" / "patterns" / "halving",
    )
    (theirs / "theirs" / "__init__.py").write_text("")
    (theirs / "theirs" / "patterns" / "__init__.py").write_text("")
    (theirs / "setup.py").write_text(THEIR_SETUP)
    pip_install(installed, theirs)
    verify = ("-m", "migrate_vars.cli", "verify", "theirs")
    done = python(*verify, cwd=tmp_path, interpreter=installed)
    row = done.stdout.splitlines()[1].split()
    assert row[:6] == ["theirs/halving", "5", "1", "identical", "identical", "identical"]
    (tmp_path / "test_theirs.py").write_text(THEIR_TEST)
    done = python("-m", "pytest", "-q", cwd=tmp_path, interpreter=installed)
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_an_editable_install_finds_the_patterns_of_the_checkout(
    checkout: Path, tmp_path: Path
) -> None:
    interpreter = environment(tmp_path / "venv")
    pip_install(interpreter, "-e", checkout)
    package, bundled = python(
        "-c", WHERE, cwd=tmp_path, interpreter=interpreter
    ).stdout.splitlines()
    assert Path(package) == checkout / "migrate_vars" / "__init__.py"
    assert Path(bundled) == checkout / "legacy_examples"


@pytest.mark.slow
def test_the_source_distribution_builds_the_same_wheel(
    checkout: Path, wheel: Path, installed: Path, tmp_path: Path
) -> None:
    pip_install(installed, "setuptools>=77")
    python("setup.py", "-q", "sdist", "-d", str(tmp_path), cwd=checkout, interpreter=installed)
    (archive,) = tmp_path.glob("*.tar.gz")
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    python("-m", "pip", "wheel", "--no-deps", "-w", str(tmp_path), str(unpacked), cwd=tmp_path)
    again = zipfile.ZipFile(tmp_path / wheel.name)
    first = zipfile.ZipFile(wheel)
    assert set(again.namelist()) == set(first.namelist())
