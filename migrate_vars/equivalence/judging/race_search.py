"""Finds the races of a program, and runs it again to see whether they show.

A session run that accesses a variable twice, at least once to write it, or something else that ops
share, without anything that puts the two in order, has no defined result. The recorder finds such
runs in the graph. Here the program is run again and again, with several ops at a time, to see
whether the results really differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.recorder.race_log import ANALYSIS_FAILED
from migrate_vars.trajectory.records import Race
from migrate_vars.trajectory.trajectory import Trajectory


@dataclass(frozen=True)
class RaceReport:
    """The races of one program.

    Attributes:
        run: The run in which they were found, with one op at a time.
        again: How often the program was run again.
        seen: Of each race of the run's trajectory, in how many runs its order gave other values.
        repeats: Whether a second run with one op at a time was the same; if it was not, other
            values prove nothing, and ``seen`` is empty.
        failures: Why runs did not come to their end, where the first one did.
    """

    run: Run
    again: int = 0
    seen: tuple[int, ...] = ()
    repeats: bool = True
    failures: tuple[str, ...] = ()

    @property
    def races(self) -> Sequence[Race]:
        """What was found in the graphs."""
        return self.run.trajectory.races if self.run.trajectory is not None else ()

    @property
    def unknown(self) -> Sequence[str]:
        """What could not be looked into, in words."""
        warnings = self.run.trajectory.warnings if self.run.trajectory is not None else ()
        return [warning for warning in warnings if warning.startswith(ANALYSIS_FAILED)]


def find_races(
    program: Program,
    interpreter: Interpreter,
    again: int = 5,
    done: Callable[[Run], None] = lambda run: None,
) -> RaceReport:
    """Finds the races of a program, and runs it again to see what they do.

    Args:
        program: The program. Its random numbers get fixed seeds, so that runs can be compared.
        interpreter: Runs it, under the exact numerics policy.
        again: How often to run it again where there are races.
        done: Called after each run.

    Raises:
        InterpreterError: If the interpreter cannot run TensorFlow programs.
    """
    program = replace(program, races=True, align_seeds=True)
    run = interpreter.run(program)
    done(run)
    ours = run.trajectory
    if run.error or ours is None or not ours.races or not again:
        return RaceReport(run)
    # Another number of threads is another schedule.
    program = replace(program, streams=tuple(ours.random))
    programs = [program, *(replace(program, ops=2 + number % 3) for number in range(again))]
    same, *others = interpreter.run_all(programs, done)
    if same.error or same.trajectory is None or not _alike(ours, same.trajectory):
        return RaceReport(run, again, repeats=False)
    seen = [0] * len(ours.races)
    for other in others:
        if other.trajectory is not None:
            for number in _differing(ours, other.trajectory):
                seen[number] += 1
    failures = tuple(dict.fromkeys(other.error for other in others if other.error))
    return RaceReport(run, again, tuple(seen), failures=failures)


def _alike(ours: Trajectory, theirs: Trajectory) -> bool:
    return (ours.initial, ours.states, ours.fetched) == (
        theirs.initial,
        theirs.states,
        theirs.fetched,
    )


def _differing(ours: Trajectory, theirs: Trajectory) -> set[int]:
    """The races whose order made two runs of one program differ.

    Only until variables differ: what comes later may follow from that. What was fetched changes no
    variable, so the comparison goes on after it.
    """
    found = {
        number
        for number, race in enumerate(ours.races)
        if any(ours.initial.get(name) != theirs.initial.get(name) for name in race.decides)
    }
    mine, others = _by_states(ours), _by_states(theirs)
    for position in range(len(ours.states) + 1):
        if position:
            if position > len(theirs.states):
                break
            state, other = ours.states[position - 1], theirs.states[position - 1]
            names = {
                name
                for name in {*state.writes, *other.writes}
                if state.writes.get(name) != other.writes.get(name)
            }
            found |= {
                number
                for number, race in enumerate(ours.races)
                if race.step <= state.step and not names.isdisjoint(race.decides)
            }
        for each, another in zip(mine.get(position, ()), others.get(position, ()), strict=False):
            tensors = {n for n, digest in each.digests.items() if another.digests.get(n) != digest}
            found |= {
                number
                for number, race in enumerate(ours.races)
                if race.run == each.run and not tensors.isdisjoint(race.fetched)
            }
        if position and names:
            break
    return found


def _by_states(trajectory: Trajectory) -> dict[int, list[Any]]:
    return {key: list(each) for key, each in groupby(trajectory.fetched, lambda f: f.states)}
