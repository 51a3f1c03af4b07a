"""What goes wrong around programs, or in this one, is never taken for a verdict."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from migrate_vars import cli
from migrate_vars.cli import main
from migrate_vars.equivalence import commands

Captured = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyError("x"), "this is a bug of migrate-vars: KeyError: 'x' (test_cli_faults.py:"),
        (AssertionError(), "this is a bug of migrate-vars: AssertionError: "),
        (ValueError("one\ntwo"), "ValueError: one two"),
        (OSError(28, "No space left on device", "/x"), "No space left on device: '/x'; "),
        (MemoryError(), "migrate-vars: out of memory; "),
    ],
)
def test_faults_are_no_verdict(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    def fail(*arguments: object) -> int:
        raise error

    monkeypatch.delenv("MIGRATE_VARS_TRACEBACK", raising=False)
    monkeypatch.setattr(commands, "verify", fail)
    assert main(["verify"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.endswith("MIGRATE_VARS_TRACEBACK=1 shows where it comes from, for a report\n")
    assert err.count("\n") == 1
    monkeypatch.setenv("MIGRATE_VARS_TRACEBACK", "1")
    assert main(["verify"]) == 2
    assert "Traceback (most recent call last)" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_once(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    cleaned = []

    def run(*arguments: object) -> int:
        try:
            os.kill(os.getpid(), number)
        finally:
            os.kill(os.getpid(), number)  # an impatient second one does not keep it from cleaning
            cleaned.append(True)
        return 0

    monkeypatch.setattr(commands, "verify", run)
    before = signal.getsignal(number)
    assert main(["verify"]) == 128 + number
    assert cleaned == [True]
    assert signal.getsignal(number) == before
    assert capfd.readouterr().err == "Terminated.\n"


def test_a_hangup_that_is_ignored_stays_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: object) -> int:
        os.kill(os.getpid(), signal.SIGHUP)
        return 0

    monkeypatch.setattr(commands, "verify", run)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        assert main(["verify"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_process_that_is_forked_meanwhile_ends_as_usual() -> None:
    with cli._stopped_by_signals():
        pid = os.fork()
        if not pid:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGTERM


def test_who_reads_the_output_may_leave() -> None:
    code = "import sys; from migrate_vars.cli import main; sys.exit(main(['explain', 'MV101']))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 2


LONG = """
import os, time
os.rename("data.txt", "moved.txt")
open("pid.txt", "w").write(str(os.getpid()))
time.sleep(60)
"""


def test_a_verification_that_is_terminated_leaves_nothing(tmp_path: Path) -> None:
    folder, temporary = tmp_path / "work", tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    (folder / "train.py").write_text(LONG)
    (folder / "data.txt").write_text("data")
    process = subprocess.Popen(
        [sys.executable, "-m", "migrate_vars.cli", "verify", "train.py"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(temporary)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    pid = folder / "pid.txt"
    for _ in range(1200):
        if pid.is_file() and pid.read_text():
            break
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.05)
    program = int(pid.read_text())
    process.send_signal(signal.SIGTERM)
    _, error = process.communicate(timeout=20)
    assert (process.returncode, error) == (143, b"Terminated.\n")
    assert sorted(path.name for path in folder.iterdir()) == ["data.txt", "train.py"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary", "work"]
    assert list(temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(program, 0)
