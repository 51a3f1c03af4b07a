"""`migrate-vars rewrite --prove`, from the command line to the files."""

from __future__ import annotations

import contextlib
import json
import textwrap
from pathlib import Path

import pytest

from migrate_vars.cli import main
from migrate_vars.equivalence import prove
from migrate_vars.equivalence.running.interpreters import Interpreter

OPS = """
import tensorflow as tf

def update(target, value):
    return tf.assign(target, value)

def bump(target):
    return tf.assign_add(target, 1.0)
"""
WRITTEN = OPS.replace("tf.assign_add(target, 1.0)", "target.assign_add(1.0)")
TRAIN = """
import sys
import tensorflow as tf
from . import ops

v = tf.get_variable("v", initializer=2.0, use_resource=False)
named = tf.get_default_graph().get_tensor_by_name("v:0")
steps = [ops.update(named, v * 0.5), ops.bump(v)]
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(int(sys.argv[1])):
        for step in steps:
            sess.run(step)
"""
PROVE = ["rewrite", "pkg", "--prove", "train.py 2"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interpreter: Interpreter) -> Path:
    """A package and a script that imports it, in the current folder; TensorFlow is imported."""
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").touch()
    (tmp_path / "pkg/ops.py").write_text(OPS)
    (tmp_path / "pkg/train.py").write_text(TRAIN)
    (tmp_path / "train.py").write_text("import pkg.train\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(prove, "Interpreter", lambda *_: contextlib.nullcontext(interpreter))
    return tmp_path


def test_calls_that_fail_are_given_up_and_the_rest_is_written(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(PROVE) == 1
    assert (project / "pkg/ops.py").read_text() == WRITTEN
    assert (project / "pkg/train.py").read_text() == TRAIN
    out, err = capfd.readouterr()
    assert "pkg/ops.py:5:12: MV102 assign left alone: the receiver was no variable" in out
    assert "pkg/ops.py:8:12: MV101 [safe] assign_add becomes the method .assign_add()" in out
    assert "1 of 1 rewritten calls proven, 1 given up" in err
    assert main([*PROVE, "--quiet"]) == 1  # again, with nothing left to write
    assert (project / "pkg/ops.py").read_text() == WRITTEN


def test_what_is_proven_is_written(project: Path) -> None:
    (project / "pkg/train.py").write_text(TRAIN.replace("update(named", "update(v"))
    assert main(PROVE) == 0
    assert "tf.assign" not in (project / "pkg/ops.py").read_text()
    assert main(PROVE) == 0


def test_check_and_diff_write_nothing(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*PROVE, "--check", "--output-format", "json"]) == 1
    report = json.loads(capfd.readouterr().out)
    assert {(f["code"], f["reached"]) for f in report["findings"]} == {
        ("MV101", True),
        ("MV102", True),
    }
    assert main([*PROVE, "--diff"]) == 1
    assert "+    return target.assign_add(1.0)" in capfd.readouterr().out
    assert (project / "pkg/ops.py").read_text() == OPS


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("train.py nonsense", "ValueError: invalid literal for int() with base 10: 'nonsense'; "),
        ("train.py 0", "variables were initialised, but never trained; "),
    ],
)
def test_nothing_is_written_if_nothing_can_be_proven(
    project: Path, capfd: pytest.CaptureFixture[str], command: str, message: str
) -> None:
    assert main(["rewrite", "pkg", "--prove", command]) == 2
    out, err = capfd.readouterr()
    assert message in err
    assert "nothing was written" in err
    assert out == ""
    assert (project / "pkg/ops.py").read_text() == OPS


def test_a_module_in_an_interpreter_of_its_own(
    project: Path, tf1_python: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "Interpreter", Interpreter)
    command = ["rewrite", "pkg", "--prove", "-m pkg.train 2", "--python", str(tf1_python)]
    assert main(command) == 1
    assert (project / "pkg/ops.py").read_text() == WRITTEN


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--prove", "none.py"], "none.py: no such file"),
        (["--prove", "train.py 2", "--python", "/none/python"], "/none/python: No such file"),
        (["--prove", "train.py 2", "--timeout", "0"], "--timeout"),
    ],
)
def test_wrong_usage(
    project: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.setattr(prove, "Interpreter", Interpreter)
    assert main(["rewrite", "pkg", *arguments]) == 2
    assert message in capfd.readouterr().err
    assert (project / "pkg/ops.py").read_text() == OPS


def test_standard_input_cannot_be_proven(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["rewrite", "-", "--prove", "train.py 2"]) == 2
    assert "--prove needs files" in capfd.readouterr().err


def test_other_files_trouble_is_still_told(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (project / "pkg/old.py").write_text(textwrap.dedent("print tf.assign(v, 1)\n"))
    assert main(PROVE) == 2
    assert "pkg/old.py:1:1: MV901" in capfd.readouterr().out
    assert (project / "pkg/ops.py").read_text() == WRITTEN
