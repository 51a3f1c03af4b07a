"""The programs of a code base: their files, their rungs, and how far they can go now."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from migrate_vars.survey.constructs import STATE_OPS, TITLES
from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.rungs import COMMANDS, Rung, is_below, lowest


class Program(NamedTuple):
    """A file that starts a program, with the files that it imports.

    Attributes:
        path: The file that starts it.
        test: Whether it is a test.
        files: Its files that have to do with TensorFlow, that one first.
        rung: The rung that it is on: the lowest of its files.
        reach: The highest rung that a command leads to now.
        commands: The commands that lead there, in order.
        obstacles: What stands in the way of the rung above that one, each with its rung.
        constructs: The constructs that ``--to eager`` will have to support for it.
        gaps: Its files that were not understood.
    """

    path: str
    test: bool
    files: tuple[str, ...]
    rung: Rung
    reach: Rung
    commands: tuple[str, ...]
    obstacles: tuple[tuple[Rung, str], ...]
    constructs: tuple[str, ...]
    gaps: tuple[str, ...]


def programs_of(files: Sequence[FileSurvey]) -> list[Program]:
    """Return the programs and tests that start in some files, in the order of the files."""
    by_path = {os.path.realpath(file.path): file for file in files}
    found = []
    for file in files:
        if not file.entry:
            continue
        parts = [one for one in _closure(file, by_path) if one.rung is not Rung.NONE]
        if parts:
            found.append(_program(file, parts))
    return found


def _closure(start: FileSurvey, by_path: Mapping[str, FileSurvey]) -> Iterable[FileSurvey]:
    """Return a file and those that it imports, and so on."""
    seen = {start.path: start}
    pending = [start]
    while pending:
        for path in pending.pop().imports:
            other = by_path.get(path)
            if other is not None and other.path not in seen:
                seen[other.path] = other
                pending.append(other)
    return seen.values()


def _program(entry: FileSurvey, files: Sequence[FileSurvey]) -> Program:
    rung = lowest(file.rung for file in files)
    kinds = dict.fromkeys((o.rung, o.what) for file in files for o in file.obstacles)
    reach = _reach(rung, {one for one, _ in kinds})
    calls = any(file.state_ops for file in files)
    steps = [
        step
        for step in COMMANDS
        if is_below(rung, step) and not is_below(reach, step) and (step is Rung.COMPAT or calls)
    ]
    if rung is Rung.COMPAT and reach is Rung.COMPAT:
        steps = []
    return Program(
        entry.path,
        entry.test,
        tuple(file.path for file in files),
        rung,
        reach,
        tuple(COMMANDS[step] for step in steps),
        tuple(k for k in kinds if is_below(reach, k[0])),
        tuple(
            key
            for key in TITLES
            if any(file.total(key) or (key == STATE_OPS and file.state_ops) for file in files)
        ),
        tuple(file.path for file in files if file.gaps),
    )


def _reach(rung: Rung, blocked: set[Rung]) -> Rung:
    """Return the highest rung that a command leads to from another."""
    for step in COMMANDS:
        if is_below(rung, step):
            if step in blocked:
                return rung
            rung = step
    return rung
