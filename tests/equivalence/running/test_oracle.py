"""Making an environment with TensorFlow 1.15, as far as that goes without a network."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from migrate_vars.cli import main
from migrate_vars.equivalence.running import oracle

Captured = pytest.CaptureFixture[str]


def test_one_that_works_is_kept(tf1_python: Path, capfd: Captured) -> None:
    before = (tf1_python.parents[1] / "pyvenv.cfg").stat().st_mtime_ns
    assert main(["oracle", "create", str(tf1_python.parents[1])]) == 0
    out, _ = capfd.readouterr()
    assert out.startswith(f"TensorFlow 1.15.5 is in {tf1_python}\n")
    assert f'tf1-python = "{tf1_python}"' in out
    assert (tf1_python.parents[1] / "pyvenv.cfg").stat().st_mtime_ns == before


def test_without_a_python_3_7_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    broken = tmp_path / "python3.7"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert main(["oracle", "create", str(tmp_path / "oracle")]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("Error: no Python 3.7 found, which TensorFlow 1.15 needs; install one")
    assert err.count("\n") == 1
    assert not (tmp_path / "oracle").exists()


def test_another_python_is_refused(tmp_path: Path) -> None:
    with pytest.raises(oracle.OracleError, match=r"not a Python 3\.7"):
        oracle.create(tmp_path / "oracle", sys.executable)
    with pytest.raises(oracle.OracleError, match=r"missing: not a Python 3\.7"):
        oracle.create(tmp_path / "oracle", str(tmp_path / "missing"))


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "work.txt").write_text("mine")
    with pytest.raises(oracle.OracleError, match="is not a virtual environment"):
        oracle.create(tmp_path)
    assert (tmp_path / "work.txt").read_text() == "mine"


def test_a_failing_installation_is_one_line(
    tf1_python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oracle, "REQUIREMENTS", (str(tmp_path / "no-such-wheel.whl"),))
    with pytest.raises(oracle.OracleError, match="cannot be installed: ") as caught:
        oracle.create(tmp_path / "oracle", str(tf1_python))
    assert "\n" not in str(caught.value)
