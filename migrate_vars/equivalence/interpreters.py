"""Runs programs in an interpreter that has TensorFlow, each in a process of its own.

One process imports TensorFlow and is forked for each run (see ``recorder/importer.py``); a program
that touches environment variables gets a fresh interpreter, because TensorFlow reads them when it
is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from migrate_vars.equivalence.programs import Program, Run
from migrate_vars.recorder.policy import ENVIRONMENT
from migrate_vars.trajectory.format import TrajectoryFormatError, read_trajectory

RECORDER = Path(__file__).resolve().parent.parent / "recorder"


class InterpreterError(Exception):
    """An interpreter that cannot be started or has no usable TensorFlow."""


class Interpreter:
    """A Python that has TensorFlow; use it as a context manager."""

    def __init__(self, python: str | Path = sys.executable, timeout: float = 300.0) -> None:
        """Prepares to run programs.

        Args:
            python: The interpreter.
            timeout: Seconds after which a run is killed.
        """
        self._python = str(python)
        self._timeout = timeout
        self._folder = tempfile.TemporaryDirectory(prefix="migrate-vars-")
        self._process: subprocess.Popen[str] | None = None
        self._replies: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._ready: dict[str, Any] | None = None
        self._jobs = 0
        self._gone = False
        self._fresh: set[subprocess.Popen[bytes]] = set()

    def __enter__(self) -> Interpreter:
        """Starts importing TensorFlow in the background."""
        if hasattr(os, "fork"):
            self._start_importer()
        return self

    def __exit__(self, *exc: object) -> None:
        """Kills what still runs and removes temporary files."""
        for process in list(self._fresh):
            _kill_group(process)
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    def version(self) -> str:
        """Waits for TensorFlow and returns its version.

        Raises:
            InterpreterError: If the interpreter does not start or cannot import TensorFlow.
        """
        if self._process is None:
            return ""
        with self._changed:
            self._changed.wait_for(lambda: self._ready is not None)
        assert self._ready is not None
        if "failed" in self._ready:
            raise InterpreterError(f"{self._python}: {self._ready['failed']}")
        return str(self._ready["ready"])

    def run(self, program: Program) -> Run:
        """Runs one program and reads back its trajectory.

        Raises:
            InterpreterError: If the interpreter has no usable TensorFlow.
        """
        with self._changed:
            number = self._jobs
            self._jobs += 1
        folder = Path(self._folder.name) / str(number)
        folder.mkdir()
        source = program.script
        if program.source is not None:
            source = folder / program.script.name
            source.write_bytes(program.source)
        job = {
            "script": str(program.script),
            "source": str(source),
            "argv": list(program.argv),
            "cwd": str(program.script.parent),
            "trajectory": str(folder / "trajectory.jsonl"),
            "log": str(folder / "output.txt"),
            "eager": program.eager,
            "timeout": self._timeout,
        }
        start = time.monotonic()
        if self._process is None or _touches_environment(source):
            reply = self._run_fresh(job)
        else:
            self.version()
            reply = self._run_forked(number, job)
        return _outcome(program, job, reply, time.monotonic() - start)

    def run_all(
        self,
        programs: Sequence[Program],
        done: Callable[[Run], None] = lambda run: None,
        jobs: int | None = None,
    ) -> list[Run]:
        """Runs several programs side by side.

        Args:
            programs: What to run.
            done: Called in this thread with each run, in the order in which they were given.
            jobs: How many run at a time; as many as there are processors by default.

        Returns:
            The runs, in the order of ``programs``.
        """
        runs = []
        with ThreadPoolExecutor(jobs or _processors()) as pool:
            try:
                for run in pool.map(self.run, programs):
                    runs.append(run)
                    done(run)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.__exit__()
                raise
        return runs

    def _start_importer(self) -> None:
        try:
            self._process = subprocess.Popen(
                [self._python, str(RECORDER), "serve", "tensorflow"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
                text=True,
            )
        except OSError as error:
            raise InterpreterError(f"{self._python}: {error.strerror}") from error
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            with self._changed:
                if "id" in message:
                    self._replies[message["id"]] = message
                else:
                    self._ready = message
                self._changed.notify_all()
        with self._changed:
            if self._ready is None:
                self._ready = {"failed": "the interpreter ended before TensorFlow was imported"}
            self._gone = True
            self._changed.notify_all()

    def _run_forked(self, number: int, job: dict[str, Any]) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdin is not None
        with self._changed:
            try:
                self._process.stdin.write(json.dumps({"id": number, **job}) + "\n")
                self._process.stdin.flush()
            except (BrokenPipeError, ValueError):
                self._gone = True
            self._changed.wait_for(lambda: number in self._replies or self._gone)
            return self._replies.pop(number, {"lost": True})

    def _run_fresh(self, job: dict[str, Any]) -> dict[str, Any]:
        with Path(job["log"]).open("ab") as log:
            try:
                process = subprocess.Popen(
                    [self._python, str(RECORDER), "run", json.dumps(job)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=_environment(),
                    start_new_session=True,
                )
            except OSError as error:
                raise InterpreterError(f"{self._python}: {error.strerror}") from error
            self._fresh.add(process)
            try:
                code = process.wait(timeout=self._timeout)
            except subprocess.TimeoutExpired:
                return {"timeout": True}
            finally:
                _kill_group(process)
                self._fresh.discard(process)
        return {"signal": -code} if code < 0 else {"code": code}


def _environment() -> dict[str, str]:
    return {**os.environ, **ENVIRONMENT}


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _touches_environment(source: Path) -> bool:
    try:
        return b"environ" in source.read_bytes()
    except OSError:
        return False


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _outcome(program: Program, job: dict[str, Any], reply: dict[str, Any], seconds: float) -> Run:
    output = ""
    with contextlib.suppress(OSError):
        output = Path(job["log"]).read_text(errors="replace")
    trajectory = None
    error = ""
    try:
        trajectory = read_trajectory(Path(job["trajectory"]))
    except (OSError, TrajectoryFormatError):
        error = "nothing was recorded"
    else:
        if trajectory.status == "incomplete":
            error = "ended without telling the recorder (by os._exit, or killed from outside)"
    if reply.get("timeout"):
        error = f"still running after {job['timeout']:g} s, killed (see --timeout)"
    elif "signal" in reply:
        error = f"killed by {signal.Signals(reply['signal']).name}"
    elif reply.get("lost"):
        error = "the interpreter that runs programs died"
    elif trajectory is not None and trajectory.status == "error":
        error = trajectory.detail
    elif reply.get("code"):
        error = f"exit code {reply['code']}"
    return Run(program, trajectory, error, output, seconds)
