"""The order of work: modules that others rest on come first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.programs import Program
from migrate_vars.survey.rungs import Rung

_WORK = (Rung.UNKNOWN, Rung.V1, Rung.COMPAT)


class Task(NamedTuple):
    """Files to work on together: one, or several that import one another in a circle.

    Attributes:
        files: The files.
        step: After how many others it comes: tasks of one step do not rest on one another.
        programs: How many programs need it.
    """

    files: tuple[str, ...]
    step: int
    programs: int


def tasks(files: Sequence[FileSurvey], programs: Sequence[Program]) -> list[Task]:
    """Return what is to be done, in the order in which to do it.

    Args:
        files: All files.
        programs: The programs that they make.
    """
    by_path = {os.path.realpath(file.path): file for file in files}
    edges = {
        file.path: tuple(by_path[p].path for p in file.imports if p in by_path) for file in files
    }
    rungs = {file.path: file.rung for file in files}
    used: dict[str, int] = {}
    for program in programs:
        for path in program.files:
            used[path] = used.get(path, 0) + 1
    steps: dict[str, int] = {}
    found = []
    for group in _groups(edges):  # those that are imported come before those that import
        work = tuple(sorted(path for path in group if rungs[path] in _WORK))
        below = max((steps[p] for path in group for p in edges[path] if p in steps), default=0)
        step = below + bool(work)
        steps |= dict.fromkeys(group, step)
        if work:
            found.append(Task(work, step, max(used.get(path, 0) for path in work)))
    return sorted(found, key=lambda task: (task.step, -task.programs, task.files))


def _groups(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the strongly connected components (Tarjan's algorithm), the innermost first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[list[str]] = []
    for start in edges:
        if start in index:
            continue
        work = [(start, iter(edges[start]))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, rest = work[-1]
            for other in rest:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(edges[other])))
                    break
                if other in on_stack:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group: list[str] = []
                    while not group or group[-1] != node:
                        group.append(stack.pop())
                        on_stack.discard(group[-1])
                    found.append(group)
    return found
