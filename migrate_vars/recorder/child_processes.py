"""Notes child processes of the program that are not recorded.

Forked processes are recorded, each in a file of its own. Processes that ``multiprocessing`` spawns
are noted, and commands that the program's own code runs; not those of libraries, which may only ask
for the name of the machine.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import subprocess
import sys
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import List, Optional

from .interfaces import Function, Patch, Value
from .recording import Recording

_KIND = "child process"
_STARTERS = (subprocess.__file__, os.__file__, __file__)


def install(recording: Recording) -> List[Patch]:
    """Wraps the functions that start processes; returns the patches."""
    saved = [
        Patch(BaseProcess, "start", BaseProcess.start),
        Patch(subprocess.Popen, "__init__", subprocess.Popen.__init__),
        Patch(os, "system", os.system),
    ]
    for owner, name, original in saved:
        setattr(owner, name, _watched(recording, original, owner is BaseProcess))
    return saved


def _watched(recording: Recording, original: Function, process: bool) -> Function:
    @functools.wraps(original)
    def start(*args: Value, **kwargs: Value) -> Value:
        if not recording.busy and (
            _starts_afresh(args[0]) if process else _by_program(recording, sys._getframe(1))
        ):
            site = recording.site_of(None)
            if site[0]:
                recording.unseen(_KIND, site=site)
        return original(*args, **kwargs)

    return start


def _starts_afresh(process: BaseProcess) -> bool:
    """Whether ``multiprocessing`` starts a new interpreter for a process."""
    method = getattr(process, "_start_method", None) or multiprocessing.get_start_method()
    return method != "fork"


def _by_program(recording: Recording, frame: Optional[FrameType]) -> bool:
    """Whether the program's own code, and not a library, starts a command."""
    while frame is not None and frame.f_code.co_filename in _STARTERS:
        frame = frame.f_back
    return frame is not None and recording.user_code.is_user_file(frame.f_code.co_filename)
