"""Runs programs in an interpreter that has TensorFlow, each in a process of its own.

One process imports TensorFlow and is forked for each run (see ``recorder/importer.py``); a program
that touches environment variables gets a fresh interpreter, because TensorFlow reads them when it
is imported. (Only the script itself is looked at: where a module that it imports sets such a
variable, the setting comes too late.) A process that a program puts into a session of its own is
not killed with it.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
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

from migrate_vars.equivalence.event_files import read_summaries
from migrate_vars.equivalence.fetches import read_fetches
from migrate_vars.equivalence.programs import Printed, Program, Run
from migrate_vars.recorder.policy import POLICIES
from migrate_vars.trajectory.format import TrajectoryFormatError, read_trajectory

RECORDER = Path(__file__).resolve().parent.parent / "recorder"

# Of what a program prints, this many bytes at its end are kept to be shown, and these to compare.
_OUTPUT_LIMIT = 1 << 20
_PRINTED_LIMIT = 1 << 22


class InterpreterError(Exception):
    """An interpreter that cannot be started or has no usable TensorFlow."""


class Interpreter:
    """A Python that has TensorFlow; use it as a context manager."""

    def __init__(
        self, python: str | Path = sys.executable, timeout: float = 300.0, policy: str = "exact"
    ) -> None:
        """Prepares to run programs.

        Args:
            python: The interpreter.
            timeout: Seconds after which a run is killed.
            policy: Name of the numerics policy, "exact" or "native".
        """
        self._policy = POLICIES[policy]
        self._python = str(python)
        self._timeout = timeout
        self._folder = tempfile.TemporaryDirectory(prefix="migrate-vars-")
        self._importer_log = Path(self._folder.name) / "importer.txt"
        self._process: subprocess.Popen[str] | None = None
        self._replies: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._ready: dict[str, Any] | None = None
        self._jobs = 0
        self._gone = False
        self._closed = False
        self._fresh: set[subprocess.Popen[bytes]] = set()

    def __enter__(self) -> Interpreter:
        """Starts importing TensorFlow in the background."""
        if hasattr(os, "fork"):
            self._start_importer()
        return self

    def __exit__(self, *exc: object) -> None:
        """Kills what still runs and removes temporary files."""
        with self._changed:
            self._closed = True
        for process in list(self._fresh):
            _kill_group(process)
        if self._process is not None:
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()  # it kills its children and ends
            if self._ready is None:
                self._process.kill()  # it is still importing, and has no children
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
        script = program.script.absolute()
        if not program.module and not script.is_file():
            return Run(program, None, f"{program.script}: no such file", "", 0.0)
        with self._changed:
            number = self._jobs
            self._jobs += 1
        folder = Path(self._folder.name) / str(number)
        folder.mkdir()
        texts = dict(program.texts)
        if program.source is not None:
            texts[os.path.realpath(script)] = program.source
        copies = {}
        for place, (path, text) in enumerate(texts.items()):
            copy = folder / str(place) / Path(path).name
            copy.parent.mkdir()
            copy.write_bytes(text)
            copies[path] = str(copy)
        job = {
            "script": str(script),
            "module": program.module,
            "copies": copies,
            "v1_view": program.v1_view,
            "sources": str(folder / "sources.json"),
            "argv": list(program.argv),
            "cwd": str(program.cwd or program.folder),
            "trajectory": str(folder / "trajectory.jsonl"),
            "log": str(folder / "errors.txt"),
            "printed": str(folder / "printed.txt"),
            "summaries": str(folder / "summaries.json"),
            "fetches": str(folder / "fetches.jsonl"),
            "eager": program.eager,
            "policy": self._policy.name,
            "timeout": self._timeout,
            "align_seeds": program.align_seeds,
            "forced": str(program.forced or ""),
            "keep": dict(program.keep),
            "races": program.races,
            "keep_feeds": str(program.keep_feeds or ""),
            "replay_feeds": str(program.replay_feeds or ""),
            "ops": program.ops,
        }
        if program.leftovers is not None:
            program.leftovers.put_aside()
        start = time.monotonic()
        fresh = program.module or _touches_environment(
            Path(copies.get(os.path.realpath(script), script))
        )
        if self._process is None or fresh:
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
            jobs: How many run at a time; see :func:`run_all`.

        Returns:
            The runs, in the order of ``programs``.
        """
        return run_all([(self, program) for program in programs], done, jobs)

    def _environment(self) -> dict[str, str]:
        environment = {**os.environ, **self._policy.environment}
        if "tensorflow" in sys.modules:
            # Importing TensorFlow 2 sets it, and TensorFlow 1.15 would then behave like 2.
            environment.pop("TF2_BEHAVIOR", None)
        return environment

    def _start_importer(self) -> None:
        try:
            with self._importer_log.open("wb") as log:
                self._process = subprocess.Popen(
                    [self._python, str(RECORDER), "serve", "tensorflow"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=self._environment(),
                    start_new_session=True,
                    text=True,
                )
        except OSError as error:
            self._folder.cleanup()
            raise InterpreterError(f"{self._python}: {error.strerror}") from error
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            try:
                message = dict(json.loads(line))
            except (ValueError, TypeError):
                continue  # something that the interpreter prints when it starts
            with self._changed:
                if "id" in message:
                    self._replies[message["id"]] = message
                else:
                    self._ready = message
                self._changed.notify_all()
        said = _tail(self._importer_log).splitlines()[-1:]
        with self._changed:
            if self._ready is None:
                reason = "it ended before TensorFlow was imported"
                self._ready = {"failed": ": ".join([reason, *said])}
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
        with self._changed:
            if self._closed:
                return {"lost": True}
            try:
                with Path(job["log"]).open("ab") as log:
                    process = subprocess.Popen(
                        [self._python, str(RECORDER), "run", json.dumps(job)],
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        env=self._environment(),
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


def _processors() -> int:
    """How many programs can run at a time."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def run_all(
    tasks: Sequence[tuple[Interpreter, Program]],
    done: Callable[[Run], None] = lambda run: None,
    jobs: int | None = None,
) -> list[Run]:
    """Runs several programs side by side, each in its own interpreter.

    Args:
        tasks: What to run, and where.
        done: Called in this thread with each run, in the order in which they were given.
        jobs: How many run at a time. By default, as many as there are processors; but one where
            programs run in a folder of the user's, since what they write there, checkpoints for
            instance, would get in the way of the others.

    Returns:
        The runs, in the order of ``tasks``.
    """
    if jobs is None:
        jobs = 1 if any(program.cwd for _, program in tasks) else _processors()
    runs = []
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for run in pool.map(lambda task: task[0].run(task[1]), tasks):
                runs.append(run)
                done(run)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for interpreter in {id(one): one for one, _ in tasks}.values():
                interpreter.__exit__()
            raise
    return runs


def _touches_environment(source: Path) -> bool:
    try:
        return re.search(rb"\benvironb?\b", source.read_bytes()) is not None
    except OSError:
        return False


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _tail(log: Path) -> str:
    """The end of what a process printed, as much as one may want to read."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _OUTPUT_LIMIT))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    cut = f"[{size - _OUTPUT_LIMIT} bytes left out]\n" if size > _OUTPUT_LIMIT else ""
    return cut + text


def _printed(path: Path) -> Printed:
    """What a program printed on standard output, from the beginning on."""
    try:
        with path.open("rb") as file:
            data = file.read(_PRINTED_LIMIT + 1)
    except OSError:
        return Printed()
    cut = len(data) > _PRINTED_LIMIT
    if cut:  # not within a line
        data = data[: data.rfind(b"\n", 0, _PRINTED_LIMIT) + 1]
    return Printed(data.decode(errors="replace"), cut)


def _outcome(program: Program, job: dict[str, Any], reply: dict[str, Any], seconds: float) -> Run:
    trajectory = None
    with contextlib.suppress(OSError, TrajectoryFormatError):
        trajectory = read_trajectory(Path(job["trajectory"]))
    code = reply.get("code")
    error = f"exit code {code}" if code else ""
    if reply.get("timeout"):
        error = f"still running after {job['timeout']:g} s, killed (see --timeout)"
    elif "signal" in reply:
        error = f"killed by {_signal_name(reply['signal'])}"
    elif reply.get("lost"):
        error = "the interpreter that runs programs died"
    elif trajectory is None:
        error = "nothing was recorded"
    elif trajectory.status == "incomplete":
        error = f"ended without telling the recorder (by os._exit?), exit code {code}"
    elif trajectory.status == "error":
        error = trajectory.detail
    if error and trajectory is not None and trajectory.steps:
        error += f" (after step {trajectory.steps})"
    sources: list[str] = []
    with contextlib.suppress(OSError, ValueError):
        sources = json.loads(Path(job["sources"]).read_text(encoding="utf-8"))
    output = _tail(Path(job["printed"])) + _tail(Path(job["log"]))
    printed = _printed(Path(job["printed"]))
    folders: list[tuple[str, list[str]]] = []
    with contextlib.suppress(OSError, ValueError):
        folders = json.loads(Path(job["summaries"]).read_text(encoding="utf-8"))
    # Now: before the next run, what this one leaves is put aside.
    summaries = read_summaries(folders)
    fetches = read_fetches(Path(job["fetches"]))
    return Run(
        program, trajectory, error, output, seconds, tuple(sources), printed, summaries, fetches
    )
