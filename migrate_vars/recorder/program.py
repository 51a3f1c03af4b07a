"""Runs one program as ``__main__`` under the recorder."""

from __future__ import annotations

import atexit
import builtins
import contextlib
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import os
import platform
import random
import runpy
import sys
import threading
import traceback
import types
from typing import (
    TYPE_CHECKING,
    Callable,
    Dict,
    List,
    NamedTuple,
    NoReturn,
    Optional,
    Sequence,
    Tuple,
)

from . import exception_report, seed_alignment
from .appended_file import AppendedFile
from .event_files import EventFiles
from .fetched_values import FetchedValues
from .interfaces import JsonObject, TensorFlowModule, Value
from .policy import POLICIES, Policy
from .seccomp_filter import report_changes
from .source_swap import SourceSwap, compile_file
from .user_code import UserCode
from .v1_view import V1View
from .writer import TrajectoryWriter

if TYPE_CHECKING:
    from .recording import Recording


class Job(NamedTuple):
    """One run of a program.

    Attributes:
        script: Path of the program; its directory becomes ``sys.path[0]``.
        argv: The program's arguments.
        cwd: Working directory of the run; with ``module``, also ``sys.path[0]``.
        trajectory: File to write the trajectory to.
        log: File for the program's standard error.
        eager: Whether ``tf.function`` runs eagerly (``tf.config.run_functions_eagerly``).
        policy: Name of the numerics policy.
        timeout: Seconds after which the run is killed.
        copies: Files to run in place of others, by the real path of the replaced file.
        align_seeds: Whether random ops get deterministic seeds.
        streams: File of the random ops whose numbers are drawn, or ""; see ``seed_alignment``.
        training_draws: Whether ops draw by how often they have trained; see ``training_draws``.
        module: Dotted name of the module to run instead of ``script``, as with ``python -m``.
        v1_view: When ``import tensorflow`` returns TensorFlow 1's names: "auto", "always" or
            "never"; see ``v1_view``.
        sources: File for a list of the user's files that ran, the program's own first, or "".
        forced: File of values to set variables to, or ""; see ``forced_values``.
        keep: Digests of values to keep regardless of their size, by variable.
        races: Whether to look for races in session runs.
        keep_feeds: File for the values that the program is fed, or ""; see ``fed_values``.
        replay_feeds: File of values to feed instead, or "".
        ops: The number of ops of a graph that may run concurrently; 0 leaves that to the policy.
        failure: File for a description of the program's exception, if any; see
            ``exception_report``.
        watch: Socket to report file changes to before they are made, or ""; see ``seccomp_filter``.
        perturb: Seed for perturbed rounding (see ``perturbation``); 0 for none.
        strong: Whether values are moved by up to one percent instead of one ULP.
        keep_fed: The calls that train whose fed values are kept, counted from 0; empty for all.
        keep_states: Numbers of states whose values are kept regardless of their size.
        printed: File for standard output, or "" for ``log``.
        summaries: File for a list of the event files that the program writes, or "".
        fetches: File for the values that the program takes out of TensorFlow, or ""; see
            ``fetched_values``.
    """

    script: str
    argv: List[str]
    cwd: str
    trajectory: str
    log: str
    eager: bool
    policy: str
    timeout: float
    copies: Dict[str, str]
    align_seeds: bool = False
    streams: str = ""
    training_draws: bool = False
    module: str = ""
    v1_view: str = "never"
    sources: str = ""
    forced: str = ""
    keep: Dict[str, List[str]] = {}  # noqa: RUF012 - never modified
    races: bool = False
    keep_feeds: str = ""
    replay_feeds: str = ""
    ops: int = 0
    failure: str = ""
    watch: str = ""
    perturb: int = 0
    strong: bool = False
    keep_fed: List[int] = []  # noqa: RUF012 - never modified
    keep_states: List[int] = []  # noqa: RUF012 - never modified
    printed: str = ""
    summaries: str = ""
    fetches: str = ""


def run(job: Job) -> int:
    """Runs a job in this process, recording it, and returns the program's exit code.

    Waits for the program's threads and runs its exit handlers, as when an interpreter exits.
    """
    report_changes(job.watch)
    _redirect(job.log, job.printed or job.log)
    os.chdir(job.cwd)
    sys.path[0:1] = [job.cwd if job.module else os.path.dirname(os.path.realpath(job.script))]
    user_code = UserCode(sys.path[0], {copy: path for path, copy in job.copies.items()})
    if job.copies:
        sys.meta_path.insert(0, SourceSwap(job.copies))
    seed_alignment.seed_generators(job.align_seeds)
    hooks = _Hooks(job, user_code)
    if "tensorflow" in sys.modules:
        hooks.install(sys.modules["tensorflow"])
    else:
        sys.meta_path.insert(0, _Finder("tensorflow", hooks.install, job.align_seeds))
    sources = [AppendedFile(job.sources)] if job.sources else []
    process = os.getpid()
    status, detail, code = _execute(job, user_code, hooks.warn)
    getattr(threading, "_shutdown", lambda: None)()

    def end() -> None:
        hooks.end(status, detail)
        if sources and os.getpid() == process:  # and not in a forked child
            with contextlib.suppress(OSError):  # the program may have deleted the folder
                sources.pop().write(json.dumps(_loaded_user_files(user_code)).encode())

    _run_exit_handlers(end)
    end()
    hooks.list_summaries()
    return code


def _run_exit_handlers(end: Callable[[], None]) -> None:
    """Runs the program's exit handlers, which may still train, without changing its exit code.

    Args:
        end: Ends the recording, in case a handler ends the process with ``os._exit``.
    """
    leave, process = os._exit, os.getpid()

    def end_first(status: int) -> NoReturn:
        if os.getpid() == process:
            end()
        leave(status)

    os._exit = end_first
    with contextlib.suppress(BaseException):  # Python 3.7 raises exceptions that it has printed
        getattr(atexit, "_run_exitfuncs", lambda: None)()
    os._exit = leave


def describe_run(program: str, eager: bool, policy: Policy) -> JsonObject:
    """The header of a trajectory, without the versions of imported packages."""
    return {
        "program": program,
        "functions": "eager" if eager else "graph",
        "policy": policy.name,
        "settings": policy.settings(),
        "python": platform.python_version(),
        "machine": platform.platform(),
    }


def run_and_exit(job: Job) -> None:
    """Runs a job and exits with its exit code, without tearing down TensorFlow."""
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
    """Installs the recorder once TensorFlow is imported."""

    def __init__(self, job: Job, user_code: UserCode) -> None:
        self._job = job
        self._user_code = user_code
        self._policy = POLICIES[job.policy]
        if job.ops:
            self._policy = self._policy._replace(ops=job.ops)
        name = job.module or os.path.basename(job.script)
        self._header = describe_run(name, job.eager, self._policy)
        self._header["argv"] = list(job.argv)
        self._header["seeds"] = "aligned" if job.align_seeds else "own"
        self._writer: Optional[TrajectoryWriter] = None
        self._finish: Callable[[], None] = lambda: None
        self._recording: Optional[Recording] = None
        self._event_files = EventFiles()
        self._fetches = FetchedValues(job.fetches, user_code)

    def install(self, tensorflow: TensorFlowModule) -> None:
        import numpy as np

        from . import hooks
        from .fed_values import FedValues
        from .forced_values import ForcedValues
        from .perturbation import Perturbation
        from .recording import Recording

        self._header.update({"tensorflow": tensorflow.__version__, "numpy": np.__version__})
        job = self._job
        self._writer = TrajectoryWriter(job.trajectory, self._header, job.keep, job.keep_states)
        recording = Recording(self._writer, self._user_code)

        def dtype_of(name: str) -> Value:
            return tensorflow.as_dtype(name).as_numpy_dtype

        if self._job.forced:
            recording.forcing = ForcedValues(self._job.forced, dtype_of)
        recording.feeds = FedValues(job.keep_feeds, job.replay_feeds, dtype_of, job.keep_fed)
        recording.races = self._job.races
        recording.fetches = self._fetches
        if job.perturb:
            recording.perturbation = Perturbation(job.perturb, job.strong)
            recording.feeds.perturbation = recording.perturbation
        self._recording = recording
        streams = seed_alignment.Streams(job.streams) if job.streams else None
        self._finish = hooks.install(
            tensorflow,
            recording,
            self._policy,
            job.eager,
            job.align_seeds,
            streams,
            job.training_draws,
        ).finish

        from tensorflow.python.framework.ops import EagerTensor, _EagerTensorBase

        self._fetches.install(_EagerTensorBase, lambda: recording.step)
        if self._job.summaries:
            from tensorflow.python.ops import gen_summary_ops
            from tensorflow.python.summary.writer.event_file_writer import EventFileWriter

            self._event_files.install(EventFileWriter, gen_summary_ops, EagerTensor)

    def list_summaries(self) -> None:
        if self._job.summaries:
            self._event_files.end(self._job.summaries)

    def warn(self, message: str) -> None:
        if self._writer is not None:
            self._writer.warn(message)

    def end(self, status: str, detail: str) -> None:
        if self._writer is None:  # the program never imported TensorFlow
            self._writer = TrajectoryWriter(self._job.trajectory, self._header)
        try:
            self._finish()
        except Exception as error:
            self.warn(f"the end of the program could not be recorded: {error}")
        if self._recording is not None and self._recording.perturbation is not None:
            self._writer.perturbed(self._recording.perturbation.moved)
        self._writer.end(status, detail)
        self._fetches.end()


def _execute(job: Job, user_code: UserCode, warn: Callable[[str], None]) -> Tuple[str, str, int]:
    main = types.ModuleType("__main__")
    main.__dict__.update(__annotations__={}, __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    try:
        code = _find_module(job, main) if job.module else _find_script(job, main)
        sys.argv = [main.__dict__["__file__"], *job.argv]
        V1View(job.v1_view, sys.argv[0], user_code, warn).install()
        exec(code, main.__dict__)
    except SystemExit as stop:
        place = _place(exception_report.frames_of(stop, user_code))
        if stop.code in (None, 0):
            return "exit", place + "sys.exit()", 0
        detail = place + f"sys.exit({stop.code!r})"
        if isinstance(stop.code, int):
            return "error", detail, stop.code & 0xFF
        sys.stderr.write(f"{stop.code}\n")
        return "error", detail, 1
    except BaseException as error:
        # Only the frames of the program, as if it had been run without the recorder.
        outer = error.__traceback__
        while outer is not None and outer.tb_frame.f_code.co_filename == __file__:
            outer = outer.tb_next
        sys.excepthook(type(error), error.with_traceback(outer), outer)
        interrupted = isinstance(error, KeyboardInterrupt)
        return "error", _describe(error, job, user_code), 130 if interrupted else 1
    return "finished", "", 0


def _find_script(job: Job, main: types.ModuleType) -> types.CodeType:
    loader = importlib.machinery.SourceFileLoader("__main__", job.script)
    main.__dict__.update(__file__=job.script, __loader__=loader, __package__=None)
    if job.script.endswith(".ipynb"):
        main.__dict__["display"] = print
    return compile_file(job.copies.get(os.path.realpath(job.script), job.script))


def _find_module(job: Job, main: types.ModuleType) -> types.CodeType:
    """Like ``runpy``: imports the module's parent packages; for a package, runs ``__main__``.

    Raises:
        SystemExit: If there is no such module; the message gives the reason.
    """
    sys.argv = ["-m", *job.argv]  # while parent packages are imported
    try:
        _, spec, code = runpy._get_module_details(job.module)  # type: ignore[attr-defined]
    except ImportError as error:
        raise SystemExit(f"{job.module}: {error}") from error
    main.__dict__.update(
        __cached__=spec.cached,
        __file__=spec.origin,
        __loader__=spec.loader,
        __package__=spec.parent,
        __spec__=spec,
    )
    return code  # type: ignore[no-any-return]


def _describe(error: BaseException, job: Job, user_code: UserCode) -> str:
    """Place and message of an exception in one line; details go to the job's file."""
    found = exception_report.describe(error, user_code)
    if job.failure:
        with open(job.failure, "w", encoding="utf-8") as file:
            json.dump(found, file)
    frames = [exception_report.Frame(*frame) for frame in found["frames"]]
    return _place(frames) + str(found["message"])


def _place(frames: Sequence[exception_report.Frame]) -> str:
    """The user's innermost line, as ``script.py:12: ``."""
    return "{}:{}: ".format(*frames[-1][:2]) if frames else ""


def _loaded_user_files(user_code: UserCode) -> List[str]:
    """The user's loaded files, that of ``__main__`` first."""
    modules = [sys.modules.get("__main__"), *list(sys.modules.values())]
    # Not `getattr`, which makes lazy modules load.
    files = [getattr(module, "__dict__", {}).get("__file__") for module in modules]
    found = [f for f in files if isinstance(f, str) and f.endswith((".py", ".ipynb"))]
    own = [os.path.realpath(f) for f in found if user_code.is_user_file(f)]
    return list(dict.fromkeys(own))


def _redirect(log: str, printed: str) -> None:
    """Redirects standard output and error to files, and standard input from nothing."""
    sys.stdout.flush()
    sys.stderr.flush()
    for number, path in enumerate((os.devnull, printed, log)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if number else os.O_RDONLY
        file = os.open(path, flags, 0o644)
        os.dup2(file, number)
        os.close(file)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # so that a killed program's output is complete
            stream.reconfigure(line_buffering=True)  # type: ignore[attr-defined,unused-ignore]


class _Finder(importlib.abc.MetaPathFinder):
    """Calls back after a module has been imported for the first time."""

    def __init__(
        self, name: str, callback: Callable[[TensorFlowModule], None], keep_random: bool = False
    ) -> None:
        self._name = name
        self._callback = callback
        self._keep_random = keep_random

    def find_spec(
        self, name: str, path: Optional[Sequence[str]], target: object = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if name != self._name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: types.ModuleType) -> None:
            state = random.getstate()
            execute(module)
            if self._keep_random:  # importing TensorFlow 2 draws, 1.15 does not
                random.setstate(state)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._callback(sys.modules[name])

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec
