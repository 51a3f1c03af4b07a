"""A program to run, and what became of running it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class Program:
    """A script and how to run it.

    Attributes:
        script: The script; it runs in its own folder.
        label: What to call it in reports, such as "v1_session.py (rewritten)".
        source: Text to run in place of the script's own, or None.
        eager: Whether ``tf.function`` runs eagerly.
        argv: The script's arguments.
        align_seeds: Whether its random numbers get the seeds that every such run gives them.
    """

    script: Path
    label: str
    source: bytes | None = None
    eager: bool = False
    argv: tuple[str, ...] = ()
    align_seeds: bool = False


@dataclass(frozen=True)
class Run:
    """What became of running a program.

    Attributes:
        program: The program.
        trajectory: What was recorded, or None if nothing was.
        error: Why the run cannot be compared, in one line; "" if it can.
        output: What the program printed.
        seconds: How long it took.
    """

    program: Program
    trajectory: Trajectory | None
    error: str
    output: str
    seconds: float
