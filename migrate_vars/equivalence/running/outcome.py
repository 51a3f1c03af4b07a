"""What became of a run: read from the files that the recorder and the program have written."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from migrate_vars.equivalence.running.event_file_reader import Summaries
from migrate_vars.equivalence.running.fetched_streams import read_fetches
from migrate_vars.equivalence.running.programs import Printed, Program, Run, Runner
from migrate_vars.trajectory.reading import TrajectoryFormatError
from migrate_vars.trajectory.trajectory import Trajectory

_GONE = "the files of the recorder are gone: does the program delete them?"

# With fewer bytes than these, a disk is full.
_LITTLE = 100_000

# The number of bytes kept of what a program prints: of its end, to be shown; to be compared.
_OUTPUT_LIMIT = 1 << 20
_PRINTED_LIMIT = 1 << 22


def read_outcome(
    program: Program,
    job: dict[str, Any],
    reply: dict[str, Any],
    seconds: float,
    summaries: Summaries,
    runner: Runner,
) -> Run:
    """Reads what a program has left, and puts together what became of it.

    Args:
        program: The program.
        job: What it was told: where it writes what.
        reply: What the process that ran it has to say.
        seconds: How long it took.
        summaries: What it summarised.
        runner: What has run it.
    """
    trajectory = None
    with contextlib.suppress(OSError, TrajectoryFormatError):
        trajectory = Trajectory.load_with_processes(job["trajectory"])
    code = reply.get("code")
    error = f"exit code {code}" if code else ""
    if reply.get("timeout"):
        error = f"still running after {job['timeout']:g} s, killed (see --timeout)"
    elif "signal" in reply:
        error = f"killed by {_signal_name(reply['signal'])}"
    elif reply.get("lost"):
        error = "the interpreter that runs programs died"
    elif (trajectory is None or trajectory.status == "incomplete") and _is_full(job):
        error = "there is no space left for temporary files (see TMPDIR)"
    elif trajectory is None:
        gone = not Path(job["log"]).exists()
        error = _GONE if gone else "nothing was recorded"
    elif trajectory.status == "incomplete":
        error = f"ended without telling the recorder (by os._exit?), exit code {code}"
    elif trajectory.status == "error":
        error = trajectory.detail
    if error and trajectory is not None and trajectory.steps:
        error += f" (after step {trajectory.steps})"
    sources: list[str] = []
    try:
        sources = json.loads(Path(job["sources"]).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        error = error or _GONE
    output = last_output(Path(job["printed"])) + last_output(Path(job["log"]))
    return Run(
        program,
        trajectory,
        error,
        output,
        seconds,
        tuple(sources),
        printed=_printed(Path(job["printed"])),
        summaries=summaries,
        fetches=read_fetches(Path(job["fetches"])),
        runner=runner,
    )


def last_output(log: Path) -> str:
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


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _is_full(job: dict[str, Any]) -> bool:
    """Whether the disk is full that is written to while a program runs."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(Path(job["log"]).parent).free < _LITTLE
    return False


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
