"""Runs programs in an interpreter that has TensorFlow, each in a process of its own.

One process imports TensorFlow and is forked for each run (see ``recorder/fork_server.py``); a
program that touches environment variables gets a fresh interpreter, because TensorFlow reads them
when it is imported. (Only the script itself is looked at: where a module that it imports sets such
a variable, the setting comes too late.)
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from migrate_vars.equivalence.running.event_file_reader import Summaries, read_summaries
from migrate_vars.equivalence.running.failures import Failure, read_failure
from migrate_vars.equivalence.running.outcome import last_output, read_outcome
from migrate_vars.equivalence.running.programs import Program, Run, Runner
from migrate_vars.recorder.policy import POLICIES
from migrate_vars.trajectory.records import RandomOp

RECORDER = Path(__file__).resolve().parents[2] / "recorder"

# Seconds that a process which runs programs may take to end.
_PATIENCE = 10.0

# Seconds after the time limit that it may take until a killed program is reported.
_GRACE = 30.0


class InterpreterError(Exception):
    """An interpreter that cannot be started or has no usable TensorFlow."""


class Watcher(Protocol):
    """Is told which programs run, in the threads that run them."""

    def began(self, run: int, program: Program) -> None:
        """A program begins to run; ``run`` identifies the run."""

    def ended(self, run: int) -> None:
        """It has ended."""


class Interpreter:
    """A Python that has TensorFlow; use it as a context manager."""

    def __init__(
        self,
        python: str | Path = sys.executable,
        timeout: float = 300.0,
        policy: str = "exact",
        option: str = "--python",
        watcher: Watcher | None = None,
    ) -> None:
        """Prepares to run programs.

        Args:
            python: The interpreter.
            timeout: Seconds after which a run is killed.
            policy: Name of the numerics policy, "exact" or "native".
            option: The option of the command line that names the interpreter.
            watcher: Is told of every run.
        """
        self._policy = POLICIES[policy]
        self._option = option
        self._watcher = watcher
        self._python = str(python)
        self._timeout = timeout
        # The process that runs a program kills it in time; after this, something is wrong with it.
        self._longest = min(timeout + _GRACE, threading.TIMEOUT_MAX)
        self._folder = tempfile.TemporaryDirectory(prefix="migrate-vars-")
        self._importer_log = Path(self._folder.name) / "importer.txt"
        self._process: subprocess.Popen[str] | None = None
        self._replies: dict[int, dict[str, Any]] = {}
        self._changed = threading.Condition()
        self._ready: dict[str, Any] | None = None
        self._jobs = 0
        self._gone = False
        self._closed = False
        self._fresh: set[subprocess.Popen[str]] = set()

    def __enter__(self) -> Interpreter:
        """Starts importing TensorFlow in the background."""
        if hasattr(os, "fork"):
            self._start_importer()
        return self

    def __exit__(self, *exc: object) -> None:
        """Does as :meth:`stop`."""
        self.stop()

    def stop(self) -> None:
        """Kills what still runs and removes temporary files."""
        with self._changed:
            self._closed = True
        for process in list(self._fresh):
            _end(process)
        if self._process is not None:
            if self._ready is None:
                self._process.kill()  # it is still importing, and has no children
            _end(self._process)
        with contextlib.suppress(OSError):  # a program may have removed it
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
            raise InterpreterError(f"{self._python}: {self._ready['failed']}{self._what_helps()}")
        return str(self._ready["ready"])

    def _what_helps(self) -> str:
        """What to do about an interpreter that cannot import TensorFlow."""
        assert self._ready is not None
        if not re.search(r"No module named '(?:tensorflow|numpy)'", self._ready["failed"]):
            return ""
        if self._option == "--tf1-python":
            return " (migrate-vars oracle create makes an interpreter that has TensorFlow 1.15)"
        package = "'migrate-vars[tf]'" if self._python == sys.executable else "tensorflow"
        return (
            f" (install it there: {self._python} -m pip install {package}; or name an "
            f"interpreter that has it with {self._option})"
        )

    def run(self, program: Program) -> Run:
        """Runs one program and reads back its trajectory.

        Raises:
            InterpreterError: If the interpreter has no usable TensorFlow.
        """
        script = program.script.absolute()
        if not program.module and not script.is_file():
            missing = f"{program.script}: no such file"
            return Run(program, None, missing, "", 0.0, runner=self)
        with self._changed:
            number = self._jobs
            self._jobs += 1
        folder = Path(self._folder.name) / str(number)
        folder.mkdir(parents=True)  # a program may have removed ours
        texts = dict(program.texts)
        if program.source is not None:
            texts[os.path.realpath(script)] = program.source
        copies = {}
        for place, (path, text) in enumerate(texts.items()):
            name = Path(path).name
            copy = folder / str(place) / (f"{name}.py" if name.endswith(".ipynb") else name)
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
            "training_draws": program.training_draws,
            "forced": str(program.forced or ""),
            "keep": dict(program.keep),
            "races": program.races,
            "keep_feeds": str(program.keep_feeds or ""),
            "replay_feeds": str(program.replay_feeds or ""),
            "ops": program.ops,
            "failure": str(folder / "failure.json"),
            "perturb": program.perturb,
            "strong": program.strong,
            "keep_fed": list(program.keep_fed),
            "keep_states": list(program.keep_states),
        }
        if program.streams is not None:
            streams = "".join(json.dumps(_stream(op)) + "\n" for op in program.streams)
            (folder / "streams.jsonl").write_text(streams, encoding="utf-8")
            job["streams"] = str(folder / "streams.jsonl")
        fresh = bool(program.module) or _touches_environment(
            Path(copies.get(os.path.realpath(script), script))
        )
        if self._watcher is not None:
            self._watcher.began(id(job), program)
        try:
            if program.leftovers is None:
                reply, seconds, summaries = self._run_job(number, job, fresh)
            else:
                reply, seconds, summaries = program.leftovers.undisturbed(
                    lambda address: self._run_job(number, {**job, "watch": address}, fresh)
                )
        finally:
            if self._watcher is not None:
                self._watcher.ended(id(job))
        run = read_outcome(program, job, reply, seconds, summaries, self)
        return replace(run, failure=self._failure(run, job)) if run.error else run

    def _run_job(
        self, number: int, job: dict[str, Any], fresh: bool
    ) -> tuple[dict[str, Any], float, Summaries]:
        """Runs a program; gives what became of it, how long it took, and what it summarised."""
        left = ("trajectory", "log", "printed", "sources", "failure", "summaries", "fetches")
        for name in left:  # of a run that was disturbed
            for path in Path(job[name]).parent.glob(f"{Path(job[name]).name}*"):
                path.unlink()
        start = time.monotonic()
        try:
            if self._process is None or fresh:
                reply = self._run_fresh(job)
            else:
                self.version()
                reply = self._run_forked(number, job)
        except (KeyboardInterrupt, SystemExit):
            self.stop()  # nothing may run any more when files are put back
            raise
        seconds = time.monotonic() - start
        folders: list[tuple[str, list[str]]] = []
        with contextlib.suppress(OSError, ValueError):
            folders = json.loads(Path(job["summaries"]).read_text(encoding="utf-8"))
        return reply, seconds, read_summaries(folders)  # now, before what it has written goes

    def _failure(self, run: Run, job: dict[str, Any]) -> Failure | None:
        header = {} if run.trajectory is None else run.trajectory.header
        return read_failure(
            Path(job["failure"]),
            str(header.get("tensorflow", "")),
            self._python,
            self._option,
            run.program.v1_view,
            Path(job["cwd"]),
        )

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

    def _start(self, log: Path, *modules: str) -> subprocess.Popen[str]:
        """Starts a process that imports modules and runs programs."""
        try:
            with log.open("ab") as file:
                return subprocess.Popen(
                    [self._python, str(RECORDER), "serve", *modules],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=file,
                    env=self._environment(),
                    start_new_session=True,
                    text=True,
                )
        except OSError as error:
            raise InterpreterError(f"{self._python}: {error.strerror}") from error

    def _start_importer(self) -> None:
        try:
            self._process = self._start(self._importer_log, "tensorflow")
        except InterpreterError:
            self._folder.cleanup()
            raise
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process is not None
        for message in _messages(self._process):
            with self._changed:
                if "id" in message:
                    self._replies[message["id"]] = message
                else:
                    self._ready = message
                self._changed.notify_all()
        said = last_output(self._importer_log).splitlines()[-1:]
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
                _send(self._process, {"id": number, **job})
            except (OSError, ValueError):
                self._gone = True
            ended = self._changed.wait_for(
                lambda: number in self._replies or self._gone, self._longest
            )
            if not ended:  # the program has stopped it, or it hangs
                self._process.kill()
            return self._replies.pop(number, {"lost": True})

    def _run_fresh(self, job: dict[str, Any]) -> dict[str, Any]:
        with self._changed:
            if self._closed:
                return {"lost": True}
            process = self._start(Path(job["log"]))
            self._fresh.add(process)
        limit = threading.Timer(self._longest, process.kill)
        limit.start()
        try:
            with contextlib.suppress(OSError, ValueError):
                _send(process, {"id": 0, **job})
                for message in _messages(process):
                    if "id" in message:
                        return message
            return {"lost": True}
        finally:
            limit.cancel()
            _end(process)
            self._fresh.discard(process)


def _processors() -> int:
    """How many programs can run at a time."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def run_all(
    tasks: Sequence[tuple[Runner, Program]],
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
            for runner in {id(one): one for one, _ in tasks}.values():
                runner.stop()
            raise
    return runs


def rerun_all(runs: Sequence[tuple[Run, Mapping[str, Any]]]) -> list[Run]:
    """Runs programs again, side by side as :func:`run_all` does.

    Args:
        runs: Runs of the programs, each with the attributes of the program that are to be others.

    Raises:
        ValueError: If a run was no run of an interpreter.
    """
    tasks: list[tuple[Runner, Program]] = []
    for run, changes in runs:
        if run.runner is None:
            raise ValueError(f"{run.program.label} cannot be run again")
        tasks.append((run.runner, replace(run.program, **changes)))
    return run_all(tasks)


def _stream(op: RandomOp) -> dict[str, Any]:
    """A random op, as ``recorder/seed_alignment.py`` reads it."""
    return {
        "random": op.kind,
        "seed": op.seed,
        "dtype": op.dtype,
        "shape": op.shape,
        "seeds": op.seeds,
        "shared": op.drawn is not None,
    }


def _touches_environment(source: Path) -> bool:
    try:
        return re.search(rb"\benvironb?\b", source.read_bytes()) is not None
    except OSError:
        return False


def _send(process: subprocess.Popen[str], job: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(job) + "\n")
    process.stdin.flush()


def _messages(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a process that runs programs has to say, until it ends."""
    assert process.stdout is not None
    for line in process.stdout:
        # The interpreter may print something when it starts.
        with contextlib.suppress(ValueError, TypeError):
            yield dict(json.loads(line))


def _end(process: subprocess.Popen[str]) -> None:
    """Ends a process that runs programs, and all that it has started."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()  # it kills its children and ends
    try:
        process.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
