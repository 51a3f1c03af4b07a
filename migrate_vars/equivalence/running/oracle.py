"""Makes an environment with a real TensorFlow 1.15, to compare with."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

TENSORFLOW = "1.15.5"
#: TensorFlow 1.15 cannot read messages made with protobuf 3.21 or newer.
REQUIREMENTS = (f"tensorflow=={TENSORFLOW}", "protobuf<3.21")

_IS_PYTHON = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 7))"
_IS_ORACLE = f"import sys, tensorflow; sys.exit(tensorflow.__version__ != {TENSORFLOW!r})"
_HELP = (
    "no Python 3.7 found, which TensorFlow 1.15 needs; install one (pyenv install 3.7, "
    "uv python install 3.7 with uv 0.5, or conda create -n py37 python=3.7) and name it with "
    "--python"
)


class OracleError(Exception):
    """An environment that cannot be made; the message says why in one line."""


def create(directory: Path, python: str | None = None) -> Path:
    """Makes an environment with TensorFlow 1.15.5.

    Args:
        directory: Where to make it; one that is there and works is kept.
        python: A Python 3.7, or None to look for one on the path and where pyenv keeps them.

    Returns:
        The environment's interpreter.

    Raises:
        OracleError: If there is no Python 3.7, the folder holds something else, or installing
            fails.
    """
    interpreter = directory.absolute() / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if _succeeds(str(interpreter), _IS_ORACLE):
        return interpreter
    if directory.exists() and not (directory / "pyvenv.cfg").is_file():
        raise OracleError(f"{directory}: exists, and is not a virtual environment")
    base = _python37(python)
    _run([base, "-m", "venv", "--clear", str(directory)], f"{directory}: cannot be made")
    install = [str(interpreter), "-m", "pip", "install", *REQUIREMENTS]
    _run(install, f"{directory}: TensorFlow {TENSORFLOW} cannot be installed")
    if not _succeeds(str(interpreter), _IS_ORACLE):
        raise OracleError(f"{directory}: TensorFlow {TENSORFLOW} is installed, but does not import")
    return interpreter


def _python37(named: str | None) -> str:
    if named is not None:
        if _succeeds(named, _IS_PYTHON):
            return named
        raise OracleError(f"{named}: not a Python 3.7 with venv and pip")
    for candidate in _candidates():
        # A version manager puts a command on the path that fails when it is called.
        if _succeeds(candidate, _IS_PYTHON):
            return candidate
    raise OracleError(_HELP)


def _candidates() -> Iterator[str]:
    on_path = shutil.which("python3.7")
    if on_path:
        yield on_path
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")]
    for root in filter(None, roots):
        yield from map(str, sorted(Path(root, "versions").glob("3.7*/bin/python"), reverse=True))


def _succeeds(python: str, program: str) -> bool:
    command = [python, "-W", "ignore", "-c", program]
    try:
        return (
            subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(command: list[str], problem: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise OracleError(f"{problem}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise OracleError(f"{problem}: {lines[-1].strip() if lines else 'no reason given'}")
