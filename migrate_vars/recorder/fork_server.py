"""Imports TensorFlow once and forks a clean process for every run.

Importing takes seconds, forking a process that has imported and run nothing takes a fifth of one.
Jobs are read as JSON lines from standard input, and results are written to standard output.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Dict, List, NamedTuple, TextIO

from . import program
from .interfaces import JsonObject

# From linux/prctl.h: to be killed when the parent dies, and to adopt orphaned descendants.
_DIE_TOO, _ADOPT = 1, 36
# Seconds to wait for orphans to be killed.
_PATIENCE = 5.0


class _Child(NamedTuple):
    job: int
    deadline: float


def serve(modules: List[str]) -> int:
    """Imports ``modules``, then runs jobs until standard input ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # output of imports must not mix with the replies
    for module in modules:
        try:
            __import__(module)
        except Exception as error:  # noqa: PERF203 - a handful of modules
            _reply(replies, {"failed": f"cannot import {module}: {_first_line(error)}"})
            return 1
    version = getattr(sys.modules.get("tensorflow"), "__version__", "")
    _reply(replies, {"ready": version, "python": sys.version.split()[0]})
    _prctl(_ADOPT, 1)
    children: Dict[int, _Child] = {}
    pending = b""
    while True:
        readable, _, _ = select.select([0], [], [], 0.02 if children else None)
        if readable:
            data = os.read(0, 65536)
            if not data:
                break
            pending += data
            *lines, pending = pending.split(b"\n")
            for line in lines:
                message = json.loads(line.decode())
                identity = message.pop("id")
                pid = _fork(program.Job(**message), replies)
                children[pid] = _Child(identity, time.monotonic() + message["timeout"])
        _reap(children, replies)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        _kill(pid)
    _kill_orphans()
    return 0


def _fork(job: program.Job, replies: TextIO) -> int:
    pid = os.fork()
    if pid:
        _make_group(pid)
        return pid
    _make_group(0)
    _prctl(_DIE_TOO, signal.SIGKILL)
    replies.close()
    program.run_and_exit(job)
    return 0  # not reached


def _make_group(pid: int) -> None:
    """Called by both sides: the parent may want to kill the group before the child runs."""
    with contextlib.suppress(OSError):  # the child has done it, or is gone
        os.setpgid(pid, pid)


def _reap(children: Dict[int, _Child], replies: TextIO) -> None:
    for pid, child in list(children.items()):
        done, status = os.waitpid(pid, os.WNOHANG)
        late = not done and time.monotonic() > child.deadline
        if not done and not late:
            continue
        if late:
            os.kill(pid, signal.SIGKILL)  # it may have left its process group
            os.waitpid(pid, 0)
        _kill(pid)  # its children must not outlive it
        del children[pid]
        if not children:  # otherwise they may belong to another run
            _kill_orphans()
        if late:
            outcome: JsonObject = {"timeout": True}
        elif os.WIFSIGNALED(status):
            outcome = {"signal": os.WTERMSIG(status)}
        else:
            outcome = {"code": os.WEXITSTATUS(status)}
        _reply(replies, dict(outcome, id=child.job))


def _kill(pid: int) -> None:
    """Kills what is left of a child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


def _kill_orphans() -> None:
    """Kills all remaining children, which programs have moved to other process groups."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            for pid in _children():
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)


def _children() -> List[int]:
    found: List[int] = []
    if not os.path.isdir("/proc"):
        return found
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name of a process, in parentheses, may contain anything.
                parent = file.read().rpartition(b")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(name))
    return found


def _reply(replies: TextIO, message: JsonObject) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
