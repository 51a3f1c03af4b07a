"""``migrate-vars record`` and ``compare`` as a user calls them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrate_vars.cli import main
from migrate_vars.equivalence.patterns import bundled_directory
from migrate_vars.trajectory.trajectory import Trajectory
from tests.equivalence.racing import FIRST, LAST, REFERENCE

PATTERN = bundled_directory() / "assign_add_after_step"

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Recordings of a session program, its eager counterpart, and of one that drifts."""
    folder = tmp_path_factory.mktemp("trajectories")
    names = {"v1": "v1_session.py", "v2": "v2_eager.py", "keras": "v2_keras.py"}
    found = {key: folder / f"{key}.jsonl" for key in names}
    for key, name in names.items():
        assert main(["record", str(PATTERN / name), "-o", str(found[key])]) == 0
    return found


def test_record_writes_a_trajectory(files: dict[str, Path]) -> None:
    trajectory = Trajectory.load(files["v1"])
    assert (trajectory.steps, len(trajectory.states)) == (10, 20)
    assert set(trajectory.variables) == {*("v", "v/Adam", "v/Adam_1", "beta1_power", "beta2_power")}
    assert trajectory.header["tensorflow"].startswith("2.")
    assert trajectory.header["settings"]["threads"] == 1


def test_record_passes_arguments_on(tmp_path: Path, capfd: Captured) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, tensorflow as tf\n"
        "v = tf.Variable(0, name='v')\n"
        "for _ in range(int(sys.argv[2])):\n"
        "    v.assign_add(1)\n"
    )
    assert main(["record", str(script), "--policy", "native", "--", "--steps", "3"]) == 0
    out, _ = capfd.readouterr()
    path = tmp_path / "train.trajectory.jsonl"
    assert out == f"{path}: 3 steps, 3 states, 1 variable\n"
    header = Trajectory.load(path).header
    assert header["argv"] == ["--steps", "3"]
    assert header["policy"] == "native"


def test_record_runs_a_module_in_this_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg/__init__.py").touch()
    (tmp_path / "pkg/rate.py").write_text("RATE = 2\n")
    (tmp_path / "pkg/train.py").write_text(
        "import os, tensorflow as tf\n"
        "from .rate import RATE\n"
        "v = tf.Variable(0, name='v')\n"
        "v.assign_add(RATE * os.path.isdir('pkg'))\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["record", "-m", "pkg.train"]) == 0
    out, _ = capfd.readouterr()
    assert out == "pkg.train.trajectory.jsonl: 1 step, 1 state, 1 variable\n"
    trajectory = Trajectory.load("pkg.train.trajectory.jsonl")
    assert trajectory.value("v", trajectory.states[0].writes["v"].digest) == 2


def test_record_keeps_what_a_failing_script_did(tmp_path: Path, capfd: Captured) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import tensorflow as tf\nv = tf.Variable(0, name='v')\nv.assign_add(1)\n1 / 0\n"
    )
    assert main(["record", str(script)]) == 2
    _, err = capfd.readouterr()
    assert err == (
        f"migrate-vars: {script}: train.py:4: ZeroDivisionError: division by zero (after step 1)\n"
    )
    path = tmp_path / "train.trajectory.jsonl"
    assert len(Trajectory.load(path).states) == 1
    assert main(["compare", str(path), str(path)]) == 2
    assert "ERROR: train.py: train.py:4: ZeroDivisionError" in capfd.readouterr().out


def test_record_to_a_place_that_cannot_be_written(tmp_path: Path, capfd: Captured) -> None:
    output = tmp_path / "missing" / "out.jsonl"
    assert main(["record", str(PATTERN / "v1_session.py"), "-o", str(output)]) == 2
    _, err = capfd.readouterr()
    assert err.count("\n") == 1
    assert "No such file or directory" in err


def test_races_are_recorded_and_excuse_what_they_decide(tmp_path: Path, capfd: Captured) -> None:
    paths = []
    for name, text in (("reference", REFERENCE), ("first", FIRST), ("last", LAST)):
        script = tmp_path / f"{name}.py"
        script.write_text(text, "utf-8")
        assert main(["record", str(script)]) == 0
        paths.append(str(script.with_suffix(".trajectory.jsonl")))
    capfd.readouterr()
    reference, *others = paths
    codes = [main(["compare", reference, other]) for other in others]
    assert sorted(codes) == [0, 1]
    out = capfd.readouterr().out
    assert "identical\n" in out
    assert "UNDEFINED at step 1 of 4: reference.py: data race on 'v': write at reference.py:" in out


def test_compare_with_a_mapping(files: dict[str, Path], capfd: Captured) -> None:
    command = ["compare", str(files["v1"]), str(files["v2"])]
    assert main([*command, "--map", "v/Adam=v/Adam_1"]) == 1
    assert "1 given (v/Adam = v/Adam_1)" in capfd.readouterr().out
    assert main([*command, "--map", "v/Adam"]) == 2
    assert capfd.readouterr().err == "Error: --map: 'v/Adam' is not of the form old=new\n"


def test_compare_identical(files: dict[str, Path], capfd: Captured) -> None:
    assert main(["compare", str(files["v1"]), str(files["v2"])]) == 0
    assert capfd.readouterr().out == "identical\n"


def test_compare_drifting(files: dict[str, Path], capfd: Captured) -> None:
    paths = [str(files["v1"]), str(files["keras"])]
    assert main(["compare", *paths]) == 1
    out = re.sub(" +", " ", capfd.readouterr().out)
    assert out.startswith("DIVERGED at step 2 of 10: the values differ\n variable v\n")
    assert main(["compare", *paths, "--drift", "1e-4"]) == 0
    assert re.match(
        r"drift: 1\.\de-05 of 0\.0001 allowed in v/Adam_1 at step", capfd.readouterr().out
    )
    assert main(["compare", *paths, "--drift", "1e-9"]) == 1


def test_compare_says_when_policies_differ(
    files: dict[str, Path], tmp_path: Path, capfd: Captured
) -> None:
    other = Trajectory.load(files["v2"])
    other.header["policy"] = "native"
    other.save(tmp_path / "native.jsonl")
    assert main(["compare", str(files["v1"]), str(tmp_path / "native.jsonl")]) == 0
    note = "note: recorded under different numerics policies: exact and native\n"
    assert capfd.readouterr().out == "identical\n" + note


def test_compare_damaged_files(files: dict[str, Path], tmp_path: Path, capfd: Captured) -> None:
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_bytes(files["v1"].read_bytes().replace(b"\n[3,", b"\n[9,"))
    assert main(["compare", str(files["v1"]), str(damaged)]) == 2
    _, err = capfd.readouterr()
    assert re.fullmatch(rf"migrate-vars: {damaged}:\d+: state 9 instead of 3\n", err)
    damaged.write_bytes(files["v1"].read_bytes()[:-30])
    assert main(["compare", str(files["v1"]), str(damaged)]) == 2
    assert "the recording is cut off" in capfd.readouterr().out
