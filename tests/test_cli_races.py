"""``migrate-vars races`` as a user calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migrate_vars.cli import main

Captured = pytest.CaptureFixture[str]

RACING = """
import sys
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
v = tf.get_variable("v", initializer=1.0)
one = tf.assign(v, 2.0)
other = tf.assign(v, 3.0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run([one.op, other.op] if "both" in sys.argv else one)
    if "fail" in sys.argv:
        1 / 0
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(RACING, "utf-8")
    return path


def test_no_races(script: Path, capfd: Captured) -> None:
    assert main(["races", str(script)]) == 0
    out, _ = capfd.readouterr()
    assert out.startswith(f"no data races in {script} (TensorFlow 2.")
    assert len(out.splitlines()) == 1


def test_races_as_json(script: Path, capfd: Captured) -> None:
    arguments = ["--again", "1", "--output-format", "json", "--", "both"]
    assert main(["races", str(script), *arguments]) == 1
    document = json.loads(capfd.readouterr().out)
    (race,) = document["races"]
    assert (race["variable"], race["kind"], race["model"]) == ("v", "write/write", "reference")
    assert [access["site"]["line"] for access in race["accesses"]] == [6, 7]
    assert (document["runs"], race["seen"] in (0, 1)) == (1, True)


def test_a_script_that_fails_is_an_error_and_its_races_are_told(
    script: Path, capfd: Captured
) -> None:
    assert main(["races", str(script), "--", "both", "fail"]) == 2
    out, error = capfd.readouterr()
    assert out.splitlines()[-1].startswith(
        f"1 data race seen in {script} until it failed (TensorFl"
    )
    assert "    not run again" in out.splitlines()
    assert f"migrate-vars: {script}: train.py:12: ZeroDivisionError: division by zero" in error
    assert main(["races", str(script), "--", "fail"]) == 2
    out, _ = capfd.readouterr()
    assert out.startswith(f"no data races seen in {script} until it failed (TensorFlow 2.")


def test_a_script_that_is_not_there(tmp_path: Path, capfd: Captured) -> None:
    assert main(["races", str(tmp_path / "nothing.py")]) == 2
    assert main(["races"]) == 2
    _, error = capfd.readouterr()
    assert f"migrate-vars: {tmp_path / 'nothing.py'}: no such file" in error
    assert "Which script?" in error
