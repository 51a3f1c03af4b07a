"""Runs one program as ``__main__`` under the recorder."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import platform
import random
import sys
import threading
import traceback
import types
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import seeds
from .policy import POLICIES, Policy
from .writer import TrajectoryWriter


class Job(NamedTuple):
    """One run of a program.

    Attributes:
        script: Path of the program; its directory becomes ``sys.path[0]``.
        source: File with the text to run: ``script`` itself, or a rewritten copy of it.
        argv: The program's arguments.
        cwd: Working directory of the run.
        trajectory: File to write the trajectory to.
        log: File for what the program prints.
        eager: Whether ``tf.function`` runs eagerly (``tf.config.run_functions_eagerly``).
        policy: Name of the numerics policy.
        timeout: Seconds after which the run is killed.
        align_seeds: Whether random numbers get the seeds that every such run gives them.
    """

    script: str
    source: str
    argv: List[str]
    cwd: str
    trajectory: str
    log: str
    eager: bool
    policy: str
    timeout: float
    align_seeds: bool = False


def run(job: Job) -> int:
    """Runs a job in this process, recording it, and returns the program's exit code.

    The program's threads are waited for, and its exit handlers run, as at any interpreter's end.
    """
    _redirect(job.log)
    os.chdir(job.cwd)
    sys.argv = [job.script, *job.argv]
    sys.path[0:1] = [os.path.dirname(os.path.realpath(job.script))]
    seeds.seed_generators(job.align_seeds)
    hooks = _Hooks(job)
    if "tensorflow" in sys.modules:
        hooks.install(sys.modules["tensorflow"])
    else:
        sys.meta_path.insert(0, _Finder("tensorflow", hooks.install, job.align_seeds))
    status, detail, code = _execute(job)
    getattr(threading, "_shutdown", lambda: None)()
    hooks.end(status, detail)
    getattr(atexit, "_run_exitfuncs", lambda: None)()
    return code


def describe_run(program: str, eager: bool, policy: Policy) -> Dict[str, Any]:
    """What the header of a trajectory says of a run, except for the versions of what it imports."""
    return {
        "program": program,
        "functions": "eager" if eager else "graph",
        "policy": policy.name,
        "settings": policy.settings(),
        "python": platform.python_version(),
        "machine": platform.platform(),
    }


def run_and_exit(job: Job) -> None:
    """Runs a job and ends this process with its exit code, without tearing TensorFlow down."""
    code = 1
    try:
        code = run(job)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # the program may have closed or replaced it
                stream.flush()
        os._exit(code)


class _Hooks:
    """Installs the recorder once TensorFlow is there."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._policy = POLICIES[job.policy]
        self._header = describe_run(os.path.basename(job.script), job.eager, self._policy)
        self._header["argv"] = list(job.argv)
        self._header["seeds"] = "aligned" if job.align_seeds else "own"
        self._writer: Optional[TrajectoryWriter] = None

    def install(self, tensorflow: Any) -> None:
        import numpy as np

        from . import hooks
        from .recording import Recording

        self._header.update({"tensorflow": tensorflow.__version__, "numpy": np.__version__})
        self._writer = TrajectoryWriter(self._job.trajectory, self._header)
        recording = Recording(self._writer, self._job.script, self._job.source)
        hooks.install(tensorflow, recording, self._policy, self._job.eager, self._job.align_seeds)

    def end(self, status: str, detail: str) -> None:
        if self._writer is None:  # the program never imported TensorFlow
            self._writer = TrajectoryWriter(self._job.trajectory, self._header)
        self._writer.end(status, detail)


def _execute(job: Job) -> Tuple[str, str, int]:
    main = types.ModuleType("__main__")
    loader = importlib.machinery.SourceFileLoader("__main__", job.script)
    main.__dict__.update(
        __annotations__={},
        __builtins__=builtins,
        __cached__=None,
        __file__=job.script,
        __loader__=loader,
        __package__=None,
    )
    sys.modules["__main__"] = main
    try:
        with open(job.source, "rb") as file:
            text = file.read()
        # AutoGraph and tracebacks read the source from the file that the code names.
        code = compile(text, job.source, "exec", dont_inherit=True)
        exec(code, main.__dict__)
    except SystemExit as stop:
        place = _place(stop, job)
        if stop.code in (None, 0):
            return "exit", place + "sys.exit()", 0
        detail = place + f"sys.exit({stop.code!r})"
        if isinstance(stop.code, int):
            return "error", detail, stop.code & 0xFF
        sys.stderr.write(f"{stop.code}\n")
        return "error", detail, 1
    except BaseException as error:
        # Only what passed through the program, as if it had been run without the recorder.
        outer = error.__traceback__
        while outer is not None and outer.tb_frame.f_code.co_filename == __file__:
            outer = outer.tb_next
        sys.excepthook(type(error), error.with_traceback(outer), outer)
        return "error", _describe(error, job), 130 if isinstance(error, KeyboardInterrupt) else 1
    return "finished", "", 0


def _describe(error: BaseException, job: Job) -> str:
    """One line: where in the program, and what."""
    text = traceback.format_exception_only(type(error), error)[-1].strip()
    return _place(error, job) + (text.splitlines()[0] if text else type(error).__name__)


def _place(error: BaseException, job: Job) -> str:
    """The innermost line of the program that an exception passed, as ``script.py:12: ``."""
    lines = [
        frame.lineno or 0
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == job.source
    ]
    if isinstance(error, SyntaxError) and error.filename == job.source:
        lines.append(error.lineno or 0)
    return f"{os.path.basename(job.script)}:{lines[-1]}: " if lines else ""


def _redirect(log: str) -> None:
    """Sends what the program prints to ``log`` and gives it no input."""
    sys.stdout.flush()
    sys.stderr.flush()
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.close(empty)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a program that is killed has said what it said
            stream.reconfigure(line_buffering=True)  # type: ignore[attr-defined,unused-ignore]


class _Finder(importlib.abc.MetaPathFinder):
    """Calls back after a module has been imported for the first time."""

    def __init__(
        self, name: str, callback: Callable[[Any], None], keep_random: bool = False
    ) -> None:
        self._name = name
        self._callback = callback
        self._keep_random = keep_random

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: Any = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if name != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            state = random.getstate()
            execute(module)
            if self._keep_random:  # importing TensorFlow 2 draws, importing 1.15 does not
                random.setstate(state)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._callback(sys.modules[name])

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
