"""Small training programs, what they do, and the ways in which a recorder may see it.

Independent of the comparison under test: a run is a list of steps, each a list of plain writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

from migrate_vars.trajectory.records import Site, State, Variable, Write
from migrate_vars.trajectory.trajectory import Trajectory

NAMES = ("a", "b", "c", "d")


class Op(NamedTuple):
    """One assignment of a loop body.

    It is done in every step whose number leaves ``phase`` when divided by ``period``.
    """

    target: int
    kind: str  # "affine", "reset" or "same"
    source: int = 0
    factor: float = 1.0
    offset: float = 0.0
    period: int = 1
    phase: int = 0


@dataclass(frozen=True)
class Program:
    """Initial values, and what a loop does with them how often."""

    initial: tuple[float, ...]
    body: tuple[Op, ...]
    steps: int


class Written(NamedTuple):
    """A variable and the value that it got."""

    k: int
    value: float


@dataclass(frozen=True)
class Run:
    """What a program did."""

    initial: tuple[float, ...]
    steps: tuple[tuple[Written, ...], ...]

    def with_step(self, number: int, writes: Iterable[Written]) -> Run:
        """The same with another step; ``number`` counts from 0."""
        steps = list(self.steps)
        steps[number] = tuple(writes)
        return replace(self, steps=tuple(steps))

    def at_end_of(self, step: int) -> list[float]:
        """All values after that many steps."""
        values = list(self.initial)
        for writes in self.steps[:step]:
            for k, value in writes:
                values[k] = value
        return values

    def counts(self) -> list[list[int]]:
        """Of each step, how often it writes each variable."""
        return [
            [sum(w.k == k for w in step) for k in range(len(self.initial))] for step in self.steps
        ]


def single(value: float) -> float:
    """Rounds to float32, as training does."""
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def run(program: Program) -> Run:
    """Does what a program says."""
    values = [single(value) for value in program.initial]
    steps = []
    for number in range(program.steps):
        writes = []
        for op in program.body:
            if number % op.period != op.phase:
                continue
            if op.kind == "affine":
                values[op.target] = single(
                    values[op.target] * op.factor + values[op.source] * 0.5 + op.offset
                )
            elif op.kind == "reset":
                values[op.target] = single(op.offset)
            writes.append(Written(op.target, values[op.target]))
        steps.append(tuple(writes))
    return Run(tuple(map(single, program.initial)), tuple(steps))


@st.composite
def programs(draw: st.DrawFn, min_steps: int = 1) -> Program:
    """Programs with cycles, constants and fixed points among them; every step writes something."""
    n = draw(st.integers(1, 4))
    few = st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.5, 1.0, 2.0])
    ops = draw(st.lists(_ops(n, few), min_size=1, max_size=6))
    always = Op(draw(st.integers(0, n - 1)), "affine", 0, draw(few), draw(few))
    initial = tuple(draw(st.lists(few, min_size=n, max_size=n)))
    return Program(initial, (*ops, always), draw(st.integers(min_steps, 6)))


@st.composite
def _ops(draw: st.DrawFn, n: int, few: st.SearchStrategy[float]) -> Op:
    period = draw(st.integers(1, 3))
    return Op(
        target=draw(st.integers(0, n - 1)),
        kind=draw(st.sampled_from(["affine", "affine", "reset", "same"])),
        source=draw(st.integers(0, n - 1)),
        factor=draw(few),
        offset=draw(few),
        period=period,
        phase=draw(st.integers(0, period - 1)),
    )


@dataclass
class Recorder:
    """Turns a run into a trajectory, as a recorder would that looks at certain moments."""

    names: Sequence[str] = NAMES
    uncounted: bool = False
    trajectory: Trajectory = field(default_factory=lambda: Trajectory({}, status="finished"))
    _pending: dict[int, tuple[int, float]] = field(default_factory=dict)

    def digest(self, k: int, value: float) -> str:
        """Names a value, and keeps it."""
        array = np.array(value, np.float32)
        digest = hashlib.blake2b(array.tobytes(), digest_size=12).hexdigest()
        self.trajectory.values[self.names[k], digest] = array
        return digest

    def initialise(self, values: Iterable[float]) -> None:
        """Records initial values."""
        for k, value in enumerate(values):
            name = self.names[k]
            self.trajectory.variables[name] = Variable(name, "float32", ())
            self.trajectory.initial[name] = self.digest(k, value)

    def write(self, written: Written) -> None:
        """Takes note of a write."""
        count, _ = self._pending.get(written.k, (0, 0.0))
        self._pending[written.k] = count + 1, written.value

    def look(self, step: int, line: int = 1) -> None:
        """Records a state."""
        if self._pending:
            writes = {
                self.names[k]: Write(None if self.uncounted else count, self.digest(k, value))
                for k, (count, value) in self._pending.items()
            }
            self.trajectory.states.append(State(step, Site("p.py", line), writes))
            self._pending = {}


def trajectory(
    *states: tuple[int, Mapping[str, tuple[int | None, float]]], **initial: float
) -> Trajectory:
    """A trajectory by hand: of each state its step, and of each variable count and value."""
    recorder = Recorder(names=tuple(initial))
    recorder.initialise(initial.values())
    for line, (step, writes) in enumerate(states, 1):
        recorder.trajectory.states.append(
            State(
                step,
                Site("p.py", line),
                {
                    name: Write(count, recorder.digest(list(initial).index(name), value))
                    for name, (count, value) in writes.items()
                },
            )
        )
    return recorder.trajectory


def by_write(run: Run, **options: Any) -> Trajectory:
    """As eager execution shows it: a state after each write."""
    recorder = Recorder(**options)
    recorder.initialise(run.initial)
    for step, writes in enumerate(run.steps, 1):
        for line, written in enumerate(writes, 1):
            recorder.write(written)
            recorder.look(step, line)
    return recorder.trajectory


def by_session_run(run: Run, cuts: Sequence[int] = (), **options: Any) -> Trajectory:
    """As a session shows it: a state after a step, and after those of its writes in ``cuts``."""
    recorder = Recorder(**options)
    recorder.initialise(run.initial)
    for step, writes in enumerate(run.steps, 1):
        for number, written in enumerate(writes, 1):
            recorder.write(written)
            if number in cuts:
                recorder.look(step)
        recorder.look(step)
    return recorder.trajectory


def by_call(run: Run, steps_in_a_call: int, **options: Any) -> Trajectory:
    """As a function shows it that takes several steps in a call; the last call may take fewer."""
    recorder = Recorder(**options)
    recorder.initialise(run.initial)
    for call, start in enumerate(range(0, len(run.steps), steps_in_a_call), 1):
        for writes in run.steps[start : start + steps_in_a_call]:
            for written in writes:
                recorder.write(written)
        recorder.look(call)
    return recorder.trajectory


@st.composite
def reordered(draw: st.DrawFn, run: Run) -> Run:
    """The same run with variables written in another order within each step."""
    steps = []
    for writes in run.steps:
        order = draw(st.permutations([written.k for written in writes]))
        queues = {k: [w for w in writes if w.k == k] for k in order}
        steps.append(tuple(queues[k].pop(0) for k in order))
    return replace(run, steps=tuple(steps))


@st.composite
def with_writes_merged(draw: st.DrawFn, run: Run) -> Run:
    """The same run without some writes that another of the same variable follows in the step."""
    steps = []
    for writes in run.steps:
        kept = [
            written
            for i, written in enumerate(writes)
            if all(later.k != written.k for later in writes[i + 1 :]) or draw(st.booleans())
        ]
        steps.append(tuple(kept))
    return replace(run, steps=tuple(steps))


@st.composite
def with_idle_writes(draw: st.DrawFn, run: Run) -> Run:
    """The same run with values assigned that the variables already have."""
    steps = []
    values = list(run.initial)
    for writes in run.steps:
        more = []
        for written in writes:
            values[written.k] = written.value
            more.append(written)
            idle = draw(st.lists(st.integers(0, len(values) - 1), max_size=2))
            more.extend(Written(k, values[k]) for k in idle)
        steps.append(tuple(more))
    return replace(run, steps=tuple(steps))
