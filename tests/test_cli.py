"""What the command line says of itself, and of words that it cannot take for what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars import __version__
from migrate_vars.cli import main
from migrate_vars.equivalence.patterns import find_patterns
from migrate_vars.workspace.rules import all_rules

Captured = pytest.CaptureFixture[str]


def test_the_package_can_be_run() -> None:
    command = [sys.executable, "-m", "migrate_vars"]
    run = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert run.stdout == f"migrate-vars, version {__version__}\n"
    assert subprocess.run([*command, "explain", "MV999"], capture_output=True).returncode == 2


def test_patterns_are_listed(capsys: Captured) -> None:
    assert main(["verify", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [pattern.name for pattern in find_patterns()]
    assert "conditional_reset             A counter that is trained, and put back to zero" in str(
        lines
    )
    assert main(["verify", "--list", "weight_ema"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_codes_are_listed(capsys: Captured) -> None:
    assert main(["explain", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ", 1) for line in lines] == sorted([r.code, r.title] for r in all_rules())
    assert main(["explain", "--list", "mv9"]) == 0
    assert all(line.startswith("MV9") for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["verify", "conditonal_reset"], "did you mean conditional_reset"),
        (["verify", "my/conditonal_reset"], "did you mean conditional_reset"),
        (["verify", "gradiant"], "did you mean clipped_gradient_assign_sub or gradient_accum"),
        (["verify", "--list", "replay"], "did you mean replay_buffer?"),
        (["verify", "xyz"], "verify --list lists those that there are"),
        (["explain", "MV10"], "Did you mean MV1"),
        (["explain", "what"], "There is no code 'what'. --list lists them all."),
        (["explain"], "Which code? --list lists them all."),
    ],
)
def test_what_may_have_been_meant(words: list[str], meant: str, capsys: Captured) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert meant in captured.err


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        ("verify a.py b.py", "verify a.py --against b.py"),
        ("verify a.py b.ipynb", "verify a.py --against b.ipynb"),
        ("verify a.py 20", "verify a.py -- 20"),
        ("verify a.py --drift 1 20 30", "verify a.py -- 20 30"),
        ("verify a.py b.py -- 20", "verify a.py --against b.py"),
        ("verify a.py --steps 20", "Options of the script come after --."),
        ("verify -m pkg.train 20", "verify -m pkg.train -- 20"),
        ("verify weight_ema a.py", "a script is verified apart from patterns"),
        ("verify weight_ema -- 20", "Patterns take no arguments"),
        ("verify weight_ema --map a=b", "--ignore-variable are for scripts"),
        ("verify --ignore-variable a", "--ignore-variable are for scripts"),
        ("record a.py b.py", "record a.py -- b.py"),
        ("record -m a b", "record -m a -- b"),
        ("races a.py 20", "races a.py -- 20"),
        ("races", "Which script?"),
        ("record", "Which script?"),
        ("record --", "Which script?"),
    ],
)
def test_no_word_is_taken_for_an_argument_in_silence(
    words: str,
    instead: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Captured,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "b.py"):
        (tmp_path / name).touch()
    assert main(words.split()) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert instead in captured.err
    assert main(["verify", "c.py", "--", "20"]) == 2
    assert capsys.readouterr().err == "migrate-vars: c.py: no such file\n"
    (tmp_path / "train.py").touch()
    assert main(["verify", "trian.py"]) == 2
    assert "no such file; did you mean train.py?" in capsys.readouterr().err
