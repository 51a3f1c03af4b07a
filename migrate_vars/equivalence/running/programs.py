"""A program to run, and what became of running it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from migrate_vars.equivalence.running.event_file_reader import Summaries
from migrate_vars.equivalence.running.failures import Failure
from migrate_vars.equivalence.running.fetched_streams import Stream
from migrate_vars.equivalence.running.leftovers import Leftovers
from migrate_vars.recorder import cell_lines
from migrate_vars.trajectory.records import RandomOp, Site
from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class Program:
    """A script or a module, and how to run it.

    Attributes:
        script: The script; of a module, only its last name counts.
        label: What to call it in reports, such as "v1_session.py (rewritten)".
        source: Text to run in place of the script's own, or None.
        eager: Whether ``tf.function`` runs eagerly.
        argv: The script's arguments.
        align_seeds: Whether its random numbers get seeds that repeat.
        streams: The random ops of the program whose numbers it then draws; None: its own.
        training_draws: Whether what they draw depends on how often they have trained, not on how
            often they have drawn.
        module: Dotted name of a module, which runs as ``python -m`` runs it; "" for a script.
        cwd: The working directory, or None for the script's own folder.
        texts: Texts to run in place of those of other files, by the file's real path.
        v1_view: When ``import tensorflow`` gives the names and the behaviour of TensorFlow 1, under
            TensorFlow 2: "auto" (where the program uses such names), "always" or "never".
        keep: By variable, digests of values to keep however large they are.
        forced: File of values that its variables are set to, or None; see ``teacher_forcing``.
        races: Whether to look for races in its session runs.
        keep_feeds: File to write the values to that it is fed, or None; see ``data_replay``.
        replay_feeds: File of values to feed instead, or None.
        ops: How many ops of a graph may run at a time; 0 leaves that to the numerics policy.
        keep_fed: The calls that train of which those are written, counted from 0; none: all.
        perturb: Seed of the rounding that is other than the program's own; 0 leaves it alone.
        strong: Whether that is by a hundredth of each value, to see what depends on values at all.
        keep_states: Numbers of states whose values are kept however large they are.
        notes: What a reader must know of it, in words.
        leftovers: Puts back what it changes; None where nothing does.
    """

    script: Path
    label: str
    source: bytes | None = None
    eager: bool = False
    argv: tuple[str, ...] = ()
    align_seeds: bool = False
    streams: tuple[RandomOp, ...] | None = None
    training_draws: bool = False
    races: bool = False
    ops: int = 0
    keep_fed: tuple[int, ...] = ()
    perturb: int = 0
    strong: bool = False
    keep_states: tuple[int, ...] = ()
    module: str = ""
    cwd: Path | None = None
    texts: Mapping[str, bytes] = field(default_factory=dict)
    v1_view: str = "auto"
    keep: Mapping[str, Sequence[str]] = field(default_factory=dict)
    forced: Path | None = None
    keep_feeds: Path | None = None
    replay_feeds: Path | None = None
    notes: tuple[str, ...] = ()
    leftovers: Leftovers | None = None

    @property
    def folder(self) -> Path:
        """The folder that sites in the trajectory are relative to."""
        if self.module:
            return self.cwd or Path.cwd()
        return self.script.absolute().parent

    def lines(self, site: Site) -> tuple[list[bytes], int]:
        """The lines of the text in which a place is, and how many come before those it counts from.

        In a script none do; in a notebook, whose cells run as one script, those before the cell.

        Raises:
            OSError: If there is no such file.
            ValueError: If no file can have that name.
        """
        path, cell = cell_lines.split(site.path)
        path = os.path.realpath(self.folder / path)
        text = self.texts.get(path)
        if text is None and self.source is not None and path == os.path.realpath(self.script):
            text = self.source
        # bytes, not text: split at the line breaks that Python knows
        lines = (Path(path).read_bytes() if text is None else text).splitlines()
        if cell is None:
            return lines, 0
        starts = cell_lines.starts([line.decode(errors="replace") for line in lines])
        begins = [line for line, _ in starts]
        for (start, number), end in zip(starts, [*begins[1:], len(lines) + 1], strict=True):
            if number == cell:
                return lines[: end - 1], start
        return [], 0

    def line(self, site: Site | None) -> str:
        """The text of a line of the program, as it ran; "" if there is none."""
        if site is None:
            return ""
        try:
            lines, before = self.lines(site)
            return lines[before + site.line - 1].decode(errors="replace").strip()
        except (OSError, ValueError, IndexError):
            return ""


@dataclass(frozen=True)
class Printed:
    """What a program printed on standard output.

    Attributes:
        text: The text, from the beginning on.
        cut: Whether it printed more than that.
    """

    text: str = ""
    cut: bool = False


class Runner(Protocol):
    """Runs programs: see ``interpreters.Interpreter``."""

    def run(self, program: Program) -> Run:
        """Runs one program."""

    def stop(self) -> None:
        """Kills what still runs."""


@dataclass(frozen=True)
class Run:
    """What became of running a program.

    Attributes:
        program: The program.
        trajectory: What was recorded, or None if nothing was.
        error: Why the run cannot be compared, in one line; "" if it can.
        output: What the program printed: the end of its standard output, then of standard error.
        seconds: How long it took.
        sources: The user's files that were loaded, the program's own first, if it ended by itself.
        failure: What it failed with, if it raised an exception.
        printed: What it printed on standard output, to be compared.
        summaries: What it summarised, to be compared.
        fetches: What it took out of TensorFlow, to be compared.
        runner: What has run it, and can do so again; None for a trajectory from a file or from a
            function.
    """

    program: Program
    trajectory: Trajectory | None
    error: str
    output: str
    seconds: float
    sources: tuple[str, ...] = ()
    failure: Failure | None = None
    printed: Printed = field(default_factory=Printed)
    summaries: Summaries = field(default_factory=Summaries)
    fetches: tuple[Stream, ...] = ()
    runner: Runner | None = field(default=None, repr=False, compare=False)

    def again(self, **changes: Any) -> Run:
        """Runs the program again, in the same interpreter.

        Args:
            changes: Attributes of the program that are to be others than in this run.

        Raises:
            ValueError: If the run was no run of an interpreter.
            InterpreterError: If the interpreter has no usable TensorFlow.
        """
        if self.runner is None:
            raise ValueError(f"{self.program.label} cannot be run again")
        return self.runner.run(replace(self.program, **changes))


@contextlib.contextmanager
def undisturbed(program: Program, keep_files: bool = False) -> Iterator[Program]:
    """Gives a program whose runs do not see each other's files, and leave none.

    Args:
        program: The program.
        keep_files: Whether to leave what its first run leaves.
    """
    with Leftovers(program.cwd or program.folder, keep_files) as leftovers:
        yield replace(program, leftovers=leftovers)
