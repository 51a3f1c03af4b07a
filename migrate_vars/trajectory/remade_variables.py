"""Joins variables that a program re-creates, for each fold of a cross-validation for instance.

A session initialises one variable again; eager code creates another variable, and so does a graph
that is rebuilt. Both mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from dataclasses import replace

from migrate_vars.trajectory.records import Site, State, Write
from migrate_vars.trajectory.trajectory import Trajectory

_DIGITS = re.compile(r"_?\d+")


def join_remade_variables(trajectory: Trajectory) -> tuple[Trajectory, dict[str, int]]:
    """A trajectory in which re-created variables are one variable.

    They have the same name except for digits, the same dtype and shape, and each begins after the
    last write of its predecessor. The first one's name is used for all of them, and the initial
    values of the others become writes.

    Returns:
        The trajectory, and for each such variable how many it replaces.
    """
    place = dict(_chains(trajectory))
    if not place:
        return trajectory, {}
    counts: dict[str, int] = {}
    for first in place.values():
        counts[first] = counts.get(first, 1) + 1
    resets: dict[int, dict[str, Write]] = {}
    for name, first in place.items():
        reset = Write(1, trajectory.initial[name])
        resets.setdefault(trajectory.begins.get(name, 0), {})[first] = reset
    states: list[State] = []
    position: dict[int, int] = {}
    for number, state in enumerate([*trajectory.states, None]):
        if number in resets:
            step = trajectory.states[number - 1].step
            site = trajectory.states[number].site if state else Site("", 0)
            states.append(State(step, site, resets[number]))
        if state is not None:
            position[number] = len(states)
            writes = {place.get(name, name): write for name, write in state.writes.items()}
            states.append(replace(state, writes=writes))
    kept = {name: None for name in trajectory.variables if name not in place}
    merged = replace(
        trajectory,
        variables={name: trajectory.variables[name] for name in kept},
        initial={n: digest for n, digest in trajectory.initial.items() if n in kept},
        begins={n: begin for n, begin in trajectory.begins.items() if n in kept},
        states=states,
        feeds=[replace(call, state=position[call.state]) for call in trajectory.feeds],
        values={(place.get(n, n), digest): v for (n, digest), v in trajectory.values.items()},
        summaries={(place.get(n, n), digest): s for (n, digest), s in trajectory.summaries.items()},
        races=[],
        fetched=[],
    )
    return merged, counts


def _chains(trajectory: Trajectory) -> Iterator[tuple[str, str]]:
    """Each variable that replaces another one, with the first of its chain."""
    last = dict(trajectory.begins)
    for number, state in enumerate(trajectory.states):
        last.update(dict.fromkeys(state.writes, number + 1))
    groups: dict[Hashable, list[str]] = {}
    for name in trajectory.initial:
        variable = trajectory.variables[name]
        groups.setdefault((_DIGITS.sub("", name), variable.kind, variable.owner), []).append(name)
    for names in groups.values():
        names.sort(key=lambda name: trajectory.begins.get(name, 0))
        # Variables of one kind may form several chains.
        ends: list[tuple[str, int]] = []
        for name in names:
            begin = trajectory.begins.get(name, 0)
            free = next((row for row, (_, end) in enumerate(ends) if 0 < end <= begin), None)
            if free is None:
                ends.append((name, last.get(name, 0)))
            else:
                first, _ = ends[free]
                ends[free] = first, last.get(name, begin)
                yield name, first
