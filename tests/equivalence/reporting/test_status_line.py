"""The line on a terminal that says which programs run."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from migrate_vars.equivalence.reporting import status_line
from migrate_vars.equivalence.reporting.status_line import Live
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program

PROGRAM = Program(Path("train.py"), "train.py")


class Terminal(io.StringIO):
    """What was written to a terminal, line by line."""

    def isatty(self) -> bool:
        """It is one."""
        return True

    @property
    def shown(self) -> list[str]:
        """Each state of the line."""
        return self.getvalue().split("\r\x1b[K")[1:]


def test_what_runs_is_shown_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_line, "_TICK", 0.02)
    clock = iter(range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    terminal = Terminal()
    with Live(terminal) as live:
        live.show("[1/2] old.py")
        live.began(1, PROGRAM)
        deadline = time.time() + 10
        while "7 s" not in terminal.getvalue() and time.time() < deadline:
            time.sleep(0.01)
        live.ended(1)
        live.show("[2/2] train.py", stays=False)
        live.began(2, replace(PROGRAM, align_seeds=True, forced=Path("f")))
        live.began(3, PROGRAM)
        live.clear()
        print("a row", file=terminal)
    lines = terminal.shown
    assert lines[:2] == ["[1/2] old.py", "[1/2] old.py; run 1: train.py, 1 s"]
    assert "[1/2] old.py; run 1: train.py, 7 s" in lines
    assert "[2/2] train.py" in lines
    last = "run 2: train.py, from the reference's values, with aligned seeds and 1 more"
    assert any(re.match(last, line) for line in lines)
    assert lines[-2:] == ["a row\n", ""]
    told = terminal.getvalue()
    time.sleep(0.1)
    assert terminal.getvalue() == told


def test_nothing_is_shown_elsewhere() -> None:
    stream = io.StringIO()
    with Live(stream) as live:
        live.show("importing")
        live.began(1, PROGRAM)
        live.ended(1)
    assert stream.getvalue() == ""


def test_every_run_is_told(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("import os\nos.environ\nprint(1)\n")  # which keeps it from being forked
    told: list[object] = []

    class Watcher:
        def began(self, run: int, program: Program) -> None:
            told.append(program.label)

        def ended(self, run: int) -> None:
            told.append(None)

    with Interpreter(watcher=Watcher()) as interpreter:
        interpreter.run(Program(script, "one"))
        interpreter.run_all([Program(script, "two")])
        interpreter.run(Program(tmp_path / "nothing.py", "three"))
    assert told == ["one", None, "two", None]
