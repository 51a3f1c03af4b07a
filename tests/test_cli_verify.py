"""``migrate-vars verify`` as a user calls it: what it prints, and its exit code."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from migrate_vars.cli import main
from migrate_vars.equivalence.patterns import bundled_directory


@pytest.fixture(autouse=True)
def no_oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracle has a test of its own."""
    monkeypatch.delenv("MIGRATE_VARS_TF1_PYTHON", raising=False)


def copy_pattern(name: str, directory: Path, *changes: tuple[str, str]) -> Path:
    shutil.copytree(bundled_directory() / name, directory)
    script = directory / "v2_eager.py"
    source = script.read_text()
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    script.write_text(source)
    return directory


def test_a_bundled_pattern_passes(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "conditional_reset"]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == [
        *("pattern", "steps", "variables", "rewritten", "eager", "function", "keras")
    ]
    assert lines[1].split()[:6] == [
        *("conditional_reset", "5", "1", "identical", "identical", "identical")
    ]
    assert re.fullmatch(
        r"1 of 1 patterns train alike in TF1 and TF2 \(TensorFlow 2\.\S+, \S+ s\)", lines[-1]
    )
    assert err == ""


def test_a_mistake_is_named_with_its_place(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = copy_pattern(
        "clipped_gradient_assign_sub", tmp_path / "wrong", ("CLIP = 0.5", "CLIP = 0.25")
    )
    (wrong / "v2_keras.py").unlink()
    right = copy_pattern("conditional_reset", tmp_path / "right")
    page = tmp_path / "report.html"
    page.write_text("old")
    assert main(["verify", str(wrong), str(right), "-j", "1", "--report", str(page)]) == 1
    out, err = capfd.readouterr()
    assert err == ""
    html = page.read_text("utf-8")
    assert "1 of 2 patterns train alike" in html
    assert ">0.9975</span> written at v2_eager.py:" in html
    assert "    counter.assign_sub" not in html
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["report.html"]
    text = re.sub(r" +", " ", out)
    assert "wrong 10 1 identical DIVERGED DIVERGED -" in text
    assert "right 5 1 identical identical identical identical" in text
    assert "wrong: eager DIVERGED at step 1 of 10: the values differ" in text
    assert "variable v" in text
    assert "v1_session.py 0.995 written at v1_session.py:" in text
    assert "v2_eager.py (functions run eagerly) 0.9975 written at v2_eager.py:" in text
    # 0.9975 is 41943 float32 numbers above 0.995: the spacing there is 2**-24.
    assert "distance 41,943 ULP, 0.0025 of the variable's largest magnitude" in text
    assert "wrong: function DIVERGED at step 1 of 10: same as eager" in text
    assert "1 of 2 patterns train alike" in text


def test_the_oracle_adds_a_column(
    tf1_python: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    right = copy_pattern("conditional_reset", tmp_path / "right")
    wrong = copy_pattern("conditional_reset", tmp_path / "wrong")
    script = wrong / "v1_session.py"
    source = script.read_text()
    # A program that trains otherwise under TensorFlow 1.15.
    changed = source.replace("= 0.01", "= 0.01 if tf.__version__ > '2' else 0.02")
    assert changed != source
    script.write_text(changed)
    assert main(["verify", "--tf1-python", str(tf1_python), str(right), str(wrong)]) == 1
    out, _ = capfd.readouterr()
    text = re.sub(r" +", " ", out)
    assert text.startswith("pattern steps variables TF 1 rewritten eager function keras\n")
    assert "right 5 1 identical identical identical identical identical" in text
    assert "wrong 5 1 DIVERGED identical identical identical identical" in text
    assert "wrong: TF 1 DIVERGED at step 1 of 5: the values differ" in text
    assert "v1_session.py (TF 1) -0.04 written at v1_session.py:" in text
    assert "v1_session.py -0.02 written at v1_session.py:" in text
    assert re.search(r"\(TensorFlow 1\.15\.5 and 2\.\S+, \S+ s\)$", out.strip())


def test_a_drift_may_be_allowed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    near = copy_pattern("assign_add_after_step", tmp_path / "near", ("= 0.1\n", "= 0.1000001\n"))
    assert main(["verify", str(near), "--policy", "native"]) == 1
    capfd.readouterr()
    assert main(["verify", str(near), "--policy", "native", "--drift", "1e-5"]) == 0
    out, _ = capfd.readouterr()
    assert re.search(r"near +10 +5 +identical +drift \d\.\de-\d\d <= 1e-05", out)


def test_sides_may_run_in_different_interpreters(
    tf1_python: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    same = copy_pattern("conditional_reset", tmp_path / "same")
    assert main(["verify", str(same), "--v1-python", str(tf1_python)]) == 0
    out, _ = capfd.readouterr()
    assert re.search(r"same +5 +1 +identical +identical +identical", out)
    assert re.search(r"\(TensorFlow 1\.15\.5 and 2\.", out)


def test_the_oracle_may_be_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.migrate-vars]\ntf1-python = "old/python"\n')
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert main(["verify", "conditional_reset"]) == 2
    assert str(tmp_path / "old" / "python") in capfd.readouterr().err
    (tmp_path / "pyproject.toml").write_text("[tool.migrate-vars]\ntf1-python = 1\n")
    assert main(["verify", "conditional_reset"]) == 2
    assert "tf1-python must be a string, not a number" in capfd.readouterr().err


def test_a_program_that_hangs_is_killed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    hangs = copy_pattern(
        "conditional_reset", tmp_path / "hangs", ("    train_step()\n", "    while True: pass\n")
    )
    assert main(["verify", str(hangs), "--timeout", "5"]) == 2
    out, _ = capfd.readouterr()
    assert "hangs: function ERROR: v2_eager.py: still running after 5 s, killed" in out


def test_a_target_that_is_no_pattern_is_a_usage_error(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "no_such_pattern"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    expected = (
        "no_such_pattern: no such folder, and no bundled pattern of that name; "
        "verify --list lists those that there are"
    )
    assert err == f"migrate-vars: {expected}\n"


def test_a_report_that_cannot_be_written_is_an_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "conditional_reset", "--report", str(tmp_path / "no" / "r.html")]) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"migrate-vars: {tmp_path / 'no'}: no such folder\n")
    assert main(["verify", "conditional_reset", "--report", str(tmp_path)]) == 2
    assert "is a directory" in capfd.readouterr().err


def test_an_interpreter_without_tensorflow(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--python", str(tmp_path / "python")]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert str(tmp_path / "python") in err


@pytest.mark.parametrize(
    ("option", "helps"),
    [
        ("--python", "-m pip install tensorflow; or name an interpreter that has it with --python"),
        ("--v1-python", "; or name an interpreter that has it with --v1-python"),
        (
            "--tf1-python",
            "migrate-vars oracle create makes an interpreter that has TensorFlow 1.15",
        ),
    ],
)
def test_what_to_do_about_an_interpreter_without_tensorflow(
    option: str, helps: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    python = tmp_path / "bare" / "bin" / "python"
    assert main(["verify", "conditional_reset", option, str(python)]) == 2
    err = capfd.readouterr().err
    assert err.count("\n") == 1
    assert err.startswith(f"migrate-vars: {python}: ")
    assert helps in err


def test_progress_shows_on_a_terminal() -> None:
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "migrate_vars.cli", "verify", "conditional_reset"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        assert process.stdout is not None
        out = process.stdout.read()
        shown = os.read(terminal, 1 << 16).decode()
    os.close(terminal)
    assert process.returncode == 0
    assert b"\x1b" not in out
    assert "importing TensorFlow" in shown
    assert "[5/5] conditional_reset: v2_keras.py" in shown
    assert "run 5: v2_keras.py" in shown
    assert shown.endswith("\r\x1b[K")
