"""What a trajectory consists of: variables, states, and what is recorded beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from migrate_vars.recorder.variable_owners import METRIC

Array = npt.NDArray[Any]

_GLOBAL_STEP = re.compile(r"(^|/)global_step(_\d+)?$")


@dataclass(frozen=True, slots=True)
class Site:
    """A line of the program, ``path`` relative to the program's own folder where it lies in it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class RandomOp:
    """A random op of a program whose random numbers were given seeds that repeat.

    Attributes:
        kind: The function that made it.
        site: The line.
        seeds: The seeds that it drew with; None in files of earlier releases.
        own: The seeds that TensorFlow would have chosen; None if those do not repeat.
        seed: The one of them that the program gives the op itself, or None.
        drawn: How often the kernel would have drawn before that it shares with others, as in eager
            code; None if it has one of its own, as in a session or a function.
        dtype: What it draws; "" where that is not known.
        shape: The sizes of what it draws or works on, each None where it is not known; or None.
        like: Of the program whose numbers it draws, the op that it stands for; None if there is
            none.
    """

    kind: str
    site: Site
    seeds: tuple[int, int] | None = None
    own: tuple[int, int] | None = None
    seed: int | None = None
    drawn: int | None = None
    dtype: str = ""
    shape: tuple[int | None, ...] | None = None
    like: int | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """An op that accesses a variable or the like: what it does, its name, and the line of it.

    It does "read" or "write"; of other things than variables also "take" or "put" an element,
    "start" or "close", and "call".
    """

    kind: str
    op: str
    site: Site


@dataclass(frozen=True, slots=True)
class Race:
    """Two accesses in one session run, to one variable or the like, that nothing puts in order.

    Attributes:
        run: The number of the kind of run.
        variable: The variable, or what else is accessed.
        model: "reference" or "resource", for a variable; or "iterator", "queue", "unsorted queue",
            "reader", "table", "staging area", or "python" for what Python functions share.
        accesses: The two accesses, at least one of which changes something.
        site: The line that made the run.
        step: The training step in which the run was first made.
        states: How many states had been recorded then, that of the run included.
        decides: The variables that the run leaves with other values, depending on the order; what
            else it leaves in another state is among them.
        reaches: Those, and the ones that they can change in later runs.
        fetched: The names of fetched tensors that depend on the order.
    """

    run: int
    variable: str
    model: str
    accesses: tuple[Access, Access]
    site: Site
    step: int
    states: int
    decides: tuple[str, ...]
    reaches: tuple[str, ...]
    fetched: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What races, such as "read/write" or "take/take"."""
        return "/".join(sorted(access.kind for access in self.accesses))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a run with races gave to the program, as far as the races decide it.

    Attributes:
        run: The number of the kind of run.
        states: How many states had been recorded, that of the run included.
        digests: By the name of the tensor.
    """

    run: int
    states: int
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A session run that failed after it had written variables, in no order with the failure.

    Attributes:
        op: The op that failed, or the kind of error where none did.
        site: The line that made the run.
        states: How many states had been recorded, that of the run included.
        writes: The variables, and the lines that made the ops that write them.
    """

    op: str
    site: Site
    states: int
    writes: Mapping[str, Site]


@dataclass(frozen=True, slots=True)
class Unseen:
    """State of a program that was not recorded.

    Attributes:
        kind: What it is, such as "queue".
        name: What the program calls it; "" where it has no name.
        site: The line that made it, or that used it first.
    """

    kind: str
    name: str
    site: Site


@dataclass(frozen=True, slots=True)
class Variable:
    """What is known of a variable besides its values.

    Attributes:
        name: Its name.
        dtype: NumPy's name of its dtype, "bfloat16" or "string".
        shape: Its shape.
        owner: What made it for itself: "metric", "optimizer", "checkpoint", "random" (a generator
            of random numbers), or "" for all others.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    owner: str = ""

    @property
    def kind(self) -> tuple[str, tuple[int, ...]]:
        """What two variables have in common that may be the same: dtype and shape."""
        return self.dtype, self.shape

    @property
    def is_metric(self) -> bool:
        """Whether it is a metric's."""
        return self.owner == METRIC

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it only serves training: it is a part of TensorFlow's own, or the global step.

        What an optimizer keeps shows in what it trains; nothing trained shows in a metric.
        """
        counts = not self.shape and self.dtype.startswith(("int", "uint"))
        return bool(self.owner) or (counts and _GLOBAL_STEP.search(self.name) is not None)


@dataclass(frozen=True, slots=True)
class Write:
    """What one state holds of a variable that was written.

    Attributes:
        count: How often the variable was written since the state before, or None where control
            flow inside the run decides.
        digest: Names the value; equal digests of one variable mean equal bits.
    """

    count: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class State:
    """The variables after one step boundary: a session run, an eager op or a function call.

    Attributes:
        step: The training step it belongs to, from 1.
        site: The line of the program that caused it.
        writes: The variables written since the state before.
        number: Its number among all that the recorder wrote, initialisations included; -1 if it
            was not recorded.
    """

    step: int
    site: Site
    writes: Mapping[str, Write]
    number: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class StateOpCall:
    """What one call of a v1 state op was given to write to.

    Attributes:
        path: The file that calls, as an absolute path of the machine that ran it.
        digest: The SHA-256 of the file's bytes as they ran, in hexadecimal.
        function: The state op, such as "assign".
        line: The call's first line, from 1; before Python 3.8, and in what AutoGraph translated,
            any line of its statement from there on.
        end: Line, and column in bytes from 0, where the call ends; None where that is not known.
        instruction: Tells calls in one file apart: the number of a code object, and an offset.
        receiver: What was written to, such as "reference variable" or "tensor".
    """

    path: str
    digest: str
    function: str
    line: int
    end: tuple[int, int] | None
    instruction: tuple[int, int]
    receiver: str


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is known of all elements of a value that was not kept.

    Attributes:
        minimum: The least finite element; 0 where there is none.
        maximum: Likewise the largest.
        mean: The mean of the finite elements, rounded.
        n_not_finite: How many elements are NaN or infinite.
    """

    minimum: float
    maximum: float
    mean: float
    n_not_finite: int

    @property
    def max_magnitude(self) -> float:
        """The largest finite absolute value."""
        return float(max(abs(self.minimum), abs(self.maximum)))


@dataclass(frozen=True, slots=True)
class Summary:
    """What stands for a value that was not kept.

    Attributes:
        shape: The value's shape.
        samples: The elements at :func:`sample_positions`, in one dimension.
        statistics: They are there for some of the values only.
    """

    shape: tuple[int, ...]
    samples: Array
    statistics: Statistics | None = None


@dataclass(frozen=True, slots=True)
class Fed:
    """A value that a call was fed, by its digest."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class FedCall:
    """What training was fed: to a session run, to a ``tf.function``, or to eager code by a dataset.

    Attributes:
        state: The first state that the call caused, as an index into those of the trajectory.
        call: Its number among all calls of the program that were fed the same names.
        values: What it was fed.
    """

    state: int
    call: int
    values: tuple[Fed, ...]


@dataclass
class TrajectoryData:
    """What a trajectory file holds of one run.

    Attributes:
        header: Program, versions, policy and machine, as the recorder wrote them.
        variables: By name, in order of first appearance.
        initial: Digest of each variable's initial value.
        begins: Of variables that were initialised later, how many states came before.
        states: What followed initialisation, in order.
        feeds: What the calls that train were fed, in order.
        random: The random ops whose seeds were aligned, in the order in which they got them.
        shuffles: The lines where datasets of ``tf.data`` shuffle.
        idle: The numbers of random ops that drew where nothing was trained, if that was looked for.
        evidence: What calls of state ops were given to write to, each kind of receiver once.
        races: The races of the session runs, if they were looked for.
        fetched: What the runs with races have fetched, in order.
        unseen: The state that there was besides, and that was not recorded.
        failed: The session runs whose writes before they failed are a matter of schedule.
        warnings: What the recorder could not do, in words.
        perturbed: How it was rounded otherwise than the program is: "rounding" where every kernel
            was, "values" where values were moved after steps; "" where it was not.
        status: "finished", "exit", "error", or "incomplete" where the recording was cut off.
        detail: For an error, the place and the message.
        values: By variable and digest, the values that were kept.
        summaries: Likewise what stands for others.
    """

    header: dict[str, Any]
    variables: dict[str, Variable] = field(default_factory=dict)
    initial: dict[str, str] = field(default_factory=dict)
    begins: dict[str, int] = field(default_factory=dict)
    states: list[State] = field(default_factory=list)
    feeds: list[FedCall] = field(default_factory=list)
    random: list[RandomOp] = field(default_factory=list)
    shuffles: list[Site] = field(default_factory=list)
    idle: list[int] = field(default_factory=list)
    evidence: list[StateOpCall] = field(default_factory=list)
    races: list[Race] = field(default_factory=list)
    fetched: list[Fetched] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    failed: list[FailedRun] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    perturbed: str = ""
    status: str = "incomplete"
    detail: str = ""
    values: dict[tuple[str, str], Array] = field(default_factory=dict, repr=False, compare=False)
    summaries: dict[tuple[str, str], Summary] = field(
        default_factory=dict, repr=False, compare=False
    )
