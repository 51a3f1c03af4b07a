"""Names the processes that a program starts: what they train is in no recording.

A fork of the program, by itself or by ``multiprocessing``, always counts. Another command counts
where the program's own code starts it, and not where a library asks for the name of the machine.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Callable, List, Optional, Tuple

from .recording import Recording

_KIND = "child process"
_STARTERS = (subprocess.__file__, os.__file__, __file__)

Saved = List[Tuple[Any, str, Any]]


def install(recording: Recording) -> Saved:
    """Watches what starts processes; returns what has been replaced."""
    saved: Saved = [
        (BaseProcess, "start", BaseProcess.start),
        (subprocess.Popen, "__init__", subprocess.Popen.__init__),
        (os, "system", os.system),
        *([(os, "fork", os.fork)] if hasattr(os, "fork") else []),
    ]
    for owner, name, original in saved:
        always = owner is BaseProcess or name == "fork"
        setattr(owner, name, _watched(recording, original, always))
    return saved


def _watched(recording: Recording, original: Callable[..., Any], always: bool) -> Any:
    @functools.wraps(original)
    def start(*args: Any, **kwargs: Any) -> Any:
        if not recording.busy and (always or _by_program(recording, sys._getframe(1))):
            site = recording.site_of(None)
            if site[0]:
                recording.unseen(_KIND, site=site)
        return original(*args, **kwargs)

    return start


def _by_program(recording: Recording, frame: Optional[FrameType]) -> bool:
    """Whether the program's own code starts a command, and not a library."""
    while frame is not None and frame.f_code.co_filename in _STARTERS:
        frame = frame.f_back
    return frame is not None and recording.user_code.is_user_file(frame.f_code.co_filename)
