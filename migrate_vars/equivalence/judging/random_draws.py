"""Which random draws are equal in one program and not in the other.

Two ops with one pair of seeds draw the same numbers in a session, a target network that starts as a
copy for instance, and one after the other from one stream in eager code. A program that is given
the numbers of another draws alike where that one does; what it does with seeds of its own is
another question, which is answered here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.records import RandomOp
from migrate_vars.trajectory.trajectory import Trajectory

# Seeds for an op whose draws are to be others, to see whether they matter.
_OTHERS = 20260707
#: A program that takes longer, in seconds, is not run again unasked.
CHEAP = 60.0
# Tensors of programs that train have no more dimensions.
_DIMENSIONS = 8
# The number of ops tried whose draws may not matter.
_TRIES = 8


@dataclass(frozen=True)
class Draws:
    """Whose random numbers the programs of one round of runs draw.

    Attributes:
        aligned: Whether all draw the same ones, or each its own.
        streams: The random ops whose numbers all draw, if aligned; None: its own each, with seeds
            that repeat.
        by_training: Whether they then draw by how often they have trained; see
            ``recorder/training_draws.py``.
    """

    aligned: bool = False
    streams: tuple[RandomOp, ...] | None = None
    by_training: bool = False

    def prepare(self, program: Program) -> Program:
        """The program, as it is to run first."""
        if not self.aligned:
            return program
        return replace(
            program,
            align_seeds=True,
            streams=self.streams,
            training_draws=self.by_training,
        )


#: Each program draws its own random numbers.
OWN_DRAWS = Draws()


def draws_of(program: Program, interpreters: Sequence[Interpreter]) -> Draws:
    """The random numbers of a program, for all to draw.

    Args:
        program: The program.
        interpreters: Where it may run, the one whose numbers count most first.

    Raises:
        InterpreterError: If an interpreter has no usable TensorFlow.
    """
    run = find_streams(program, interpreters)
    if run is None or run.trajectory is None:
        return Draws(aligned=True)
    return Draws(aligned=True, streams=tuple(run.trajectory.random))


def find_streams(program: Program, interpreters: Sequence[Interpreter]) -> Run | None:
    """Runs a program whose random numbers others are to draw; None if it runs nowhere.

    Args:
        program: The program.
        interpreters: Where it may run, the one whose numbers count most first.
    """
    for interpreter in interpreters:
        run = interpreter.run(replace(program, align_seeds=True, streams=None))
        if not run.error and run.trajectory is not None:
            return run
    return None


def drawing_like(program: Program, trajectory: Trajectory) -> Program:
    """The program, as it draws the random numbers of another one.

    Args:
        program: The program.
        trajectory: A run of the other one, with aligned seeds.

    Raises:
        ValueError: If it was not recorded like that.
    """
    if trajectory.header.get("seeds") != "aligned" or any(
        op.seeds is None for op in trajectory.random
    ):
        raise ValueError(
            "it does not say what it drew: record it with --align-seeds (align_seeds=True)"
        )
    return replace(program, align_seeds=True, streams=tuple(trajectory.random))


@dataclass(frozen=True)
class Unlike:
    """Two random ops of a reference, and those of another program that stand for them.

    Attributes:
        ours: The reference's.
        theirs: The other program's.
        equal: Whether the two draw the same in the reference, and not in the other program; it is
            the other way round otherwise.
    """

    ours: tuple[RandomOp, RandomOp]
    theirs: tuple[RandomOp, RandomOp]
    equal: bool

    @property
    def is_copy(self) -> bool:
        """Whether all numbers are the same where the two draw the same, not only the first ones.

        An order of rows is the same whatever the rows are, and so are the places where two tensors
        are cut, though one of them has a dimension less: images and their labels are meant.
        """
        ops = self.ours if self.equal else self.theirs
        first, second = (op.shape for op in ops)
        if first is None or second is None or all(map(_is_place, ops)):
            return True
        if ops[0].kind == "random_shuffle":
            first, second = first[:1], second[:1]
        return len(first) == len(second) and all(
            mine is None or other is None or mine == other
            for mine, other in zip(first, second, strict=True)
        )

    @property
    def is_asked_for(self) -> bool:
        """Whether the program itself gives the two the seed by which they draw the same."""
        return all(op.seed is not None for op in (self.ours if self.equal else self.theirs))

    def describe(self, reference: Run, other: Run) -> str:
        """The difference in one line."""
        ours, theirs = reference.program.label, other.program.label
        alike, apart = (ours, theirs) if self.equal else (theirs, ours)
        ops, others = (self.ours, self.theirs) if self.equal else (self.theirs, self.ours)
        names = _begin_equal(reference.trajectory, self.ours[0]) if self.equal else ""
        return (
            f"with seeds of its own, {alike} draws the same numbers {_places(ops)}{names}, "
            f"but {apart} draws others {_places(others)}"
        )


def find_unlike(reference: Sequence[RandomOp], other: Sequence[RandomOp]) -> Iterator[Unlike]:
    """Pairs of random ops that draw the same in one of two programs only.

    Args:
        reference: The random ops of the reference.
        other: Those of a program that was given the reference's.
    """
    pairs = [
        (reference[op.like], op) for op in other if op.like is not None and op.like < len(reference)
    ]
    for side in (0, 1):
        first: dict[object, tuple[RandomOp, RandomOp]] = {}
        for pair in pairs:
            known = first.setdefault(_draw(pair[side]), pair)
            if known is not pair and _draw(known[1 - side]) != _draw(pair[1 - side]):
                yield Unlike((known[0], pair[0]), (known[1], pair[1]), side == 0)


def makes_no_difference(unlike: Unlike, other: Run) -> RandomOp | None:
    """Which of the two ops makes none to what a program trains; None if both make one.

    Args:
        unlike: The ops.
        other: A run of the program, which is run again.
    """
    assert other.program.streams is not None
    assert other.trajectory is not None
    for op in reversed(unlike.theirs):
        assert op.like is not None
        streams = list(other.program.streams)
        streams[op.like] = replace(streams[op.like], seeds=(_OTHERS, op.like))
        run = other.again(streams=tuple(streams))
        if (
            not run.error
            and run.trajectory is not None
            and run.trajectory.initial == other.trajectory.initial
            and run.trajectory.states == other.trajectory.states
        ):
            return op
    return None


def unlike_draws(reference: Run, other: Run) -> tuple[list[Unlike], list[str]]:
    """Random draws that are alike only because one program was given the other's numbers.

    Args:
        reference: Run of the program whose numbers those are.
        other: Run of the program that was given them; it is run again to see whether it makes a
            difference to it.

    Returns:
        Those that do make one, and in words, what else is unlike.
    """
    streams = other.program.streams
    if streams is None or other.trajectory is None or other.program.eager:
        return [], []  # no program of the user's runs functions eagerly of its own accord
    theirs = list(other.trajectory.random)
    notes: list[str] = []
    for _ in range(_TRIES):
        found = list(find_unlike(streams, theirs))
        copies = [unlike for unlike in found if unlike.is_copy]
        notes = [u.describe(reference, other) + ", of another shape" for u in found[:1]]
        if not copies:
            return [], notes
        idle = None if other.seconds > CHEAP else makes_no_difference(copies[0], other)
        if idle is None:
            return copies, []
        theirs.remove(idle)
    return [], notes


def _draw(op: RandomOp) -> object:
    """Stands for the first draw of an op in a run that is left alone: equal draws are equal."""
    if op.own is None:
        return id(op)
    return op.kind, op.dtype, op.own, op.drawn or 0


def _is_place(op: RandomOp) -> bool:
    """Whether an op draws a place in a tensor, as ``random_crop`` does."""
    return (
        op.dtype.startswith("int")
        and op.shape is not None
        and len(op.shape) == 1
        and op.shape[0] is not None
        and op.shape[0] <= _DIMENSIONS
    )


def _places(ops: Sequence[RandomOp]) -> str:
    first, second = ops
    if first.site == second.site:
        return f"twice at {first.site} ({first.kind})"
    return f"at {first.site} and {second.site} ({first.kind})"


def _begin_equal(trajectory: Trajectory | None, op: RandomOp) -> str:
    """The variables of a shape that begin with equal random values, as part of a sentence."""
    if trajectory is None:
        return ""
    by_digest: dict[str, list[str]] = {}
    for name, digest in trajectory.initial.items():
        value = trajectory.value(name, digest)
        if value is not None and value.shape == op.shape and np.unique(value).size > 1:
            by_digest.setdefault(digest, []).append(name)
    names = next((found[:2] for found in by_digest.values() if len(found) > 1), None)
    return "" if names is None else " ({!r} and {!r} begin equal)".format(*names)
