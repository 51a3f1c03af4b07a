"""The contents of a trajectory: variables, states, and the records beside them."""

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
    """A line of the program; ``path`` is relative to the program's folder if inside it."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class RandomOp:
    """A random op of a program that ran with aligned seeds.

    Attributes:
        kind: The function that created it.
        site: The line that created it.
        seeds: The seeds it drew with; None in older files.
        own: The seeds that TensorFlow would have chosen; None if those are not deterministic.
        seed: The op-level seed that the program passes, or None.
        drawn: How many draws its kernel, if shared with other ops as in eager code, would have made
            before; None if it has its own kernel, as in a session or a function.
        dtype: The dtype that it draws; "" if unknown.
        shape: The dimensions of what it draws or works on, each None if unknown; or None.
        like: The number of the op of the other program whose numbers it draws; None if there is
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
    """An op that accesses a variable or another shared resource, and the line that created it.

    ``kind`` is "read" or "write"; for other resources than variables also "take" or "put" (an
    element), "start", "close" or "call".
    """

    kind: str
    op: str
    site: Site


@dataclass(frozen=True, slots=True)
class Race:
    """A data race: two unordered accesses to a variable or another resource in one session run.

    Attributes:
        run: The number of the kind of run.
        variable: The variable, or the other resource.
        model: "reference" or "resource", for a variable; or "iterator", "queue", "unsorted queue",
            "reader", "table", "staging area", "python" for state shared by Python functions, or
            "random" for the numbers that a random op draws in a loop.
        accesses: The two accesses, at least one of which is not a read.
        site: The line that made the run.
        step: The training step in which the run was first made.
        states: The number of states recorded up to and including this run.
        decides: The variables, and other resources, whose state after the run depends on the order.
        reaches: Those, and all variables that they can affect in later runs.
        fetched: The names of the fetched tensors that depend on the order.
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
        """The kinds of the two accesses, such as "read/write" or "take/take"."""
        return "/".join(sorted(access.kind for access in self.accesses))


@dataclass(frozen=True, slots=True)
class Fetched:
    """The fetched values of a run with races, as far as they depend on the races.

    Attributes:
        run: The number of the kind of run.
        states: The number of states recorded up to and including this run.
        digests: The digests of the values, by tensor name.
    """

    run: int
    states: int
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A session run that failed, and that wrote variables in no defined order with the failure.

    Attributes:
        op: The op that failed, or the type of the exception if no op did.
        site: The line that made the run.
        states: The number of states recorded up to and including this run.
        writes: The variables written, with the lines that created the writing ops.
    """

    op: str
    site: Site
    states: int
    writes: Mapping[str, Site]


@dataclass(frozen=True, slots=True)
class Unseen:
    """State of the program that is not recorded.

    Attributes:
        kind: The kind of state, such as "queue".
        name: Its name in the program; "" if it has none.
        site: The line that created it, or that used it first.
    """

    kind: str
    name: str
    site: Site


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, without its values.

    Attributes:
        name: Its name.
        dtype: NumPy's name of its dtype, "bfloat16" or "string".
        shape: Its shape.
        owner: What created it for its own use: "metric", "optimizer", "checkpoint", "random" (a
            random number generator), or "" for all others.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    owner: str = ""

    @property
    def kind(self) -> tuple[str, tuple[int, ...]]:
        """Dtype and shape, which two variables must share to be paired."""
        return self.dtype, self.shape

    @property
    def is_metric(self) -> bool:
        """Whether it belongs to a metric."""
        return self.owner == METRIC

    @property
    def is_bookkeeping(self) -> bool:
        """Whether it only supports training: TensorFlow owns it, or it is the global step.

        The state of an optimizer shows in the variables that it trains; a metric trains nothing.
        """
        counts = not self.shape and self.dtype.startswith(("int", "uint"))
        return bool(self.owner) or (counts and _GLOBAL_STEP.search(self.name) is not None)


@dataclass(frozen=True, slots=True)
class Write:
    """A write to a variable, as one state records it.

    Attributes:
        count: The number of writes since the previous state, or None if control flow inside the run
            decides.
        digest: The digest of the value; equal digests of one variable mean equal bits.
    """

    count: int | None
    digest: str


@dataclass(frozen=True, slots=True)
class State:
    """The variables written at one step boundary: a session run, an eager op or a function call.

    Attributes:
        step: The training step that it belongs to, from 1.
        site: The line of the program that caused it.
        writes: The variables written since the previous state.
        number: Its number among all states in the file, including initialisations; -1 if it was not
            read from a file.
    """

    step: int
    site: Site
    writes: Mapping[str, Write]
    number: int = field(default=-1, compare=False)


@dataclass(frozen=True)
class StateOpCall:
    """What one call of a v1 state op was given to write to.

    Attributes:
        path: The calling file, as an absolute path on the machine that ran it.
        digest: The SHA-256 of the file's bytes as they ran, in hexadecimal.
        function: The state op, such as "assign".
        line: The call's first line, from 1; before Python 3.8, and in code translated by AutoGraph,
            any line of its statement from there on.
        end: Line, and column in bytes from 0, where the call ends; None if unknown.
        instruction: Distinguishes the calls in one file: the number of a code object, and an
            offset.
        receiver: The kind of receiver, such as "reference variable" or "tensor".
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
    """Statistics over all elements of a value that was not kept.

    Attributes:
        minimum: The smallest finite element; 0 if there is none.
        maximum: The largest finite element; 0 if there is none.
        mean: The mean of the finite elements, rounded.
        n_not_finite: The number of elements that are NaN or infinite.
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
    """The summary of a value that was not kept.

    Attributes:
        shape: The value's shape.
        samples: The elements at :func:`sample_positions`, in one dimension.
        statistics: Statistics over all elements, for some of the values.
    """

    shape: tuple[int, ...]
    samples: Array
    statistics: Statistics | None = None


@dataclass(frozen=True, slots=True)
class Fed:
    """A value fed to a call, by its digest."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    digest: str


@dataclass(frozen=True, slots=True)
class FedCall:
    """The values fed to a call that trains: a session run, a ``tf.function`` call, or eager code.

    Attributes:
        state: The index of the first state that the call caused.
        call: Its number among all calls of the program that were fed the same names.
        values: The values.
    """

    state: int
    call: int
    values: tuple[Fed, ...]


@dataclass
class TrajectoryData:
    """The contents of a trajectory file.

    Attributes:
        header: Program, versions, policy and machine, as the recorder wrote them.
        variables: The variables by name, in order of first appearance.
        initial: The digest of each variable's initial value.
        begins: For variables initialised later, the number of states before.
        states: The states after initialisation, in order.
        feeds: The values fed to calls that train, in order.
        random: The random ops whose seeds were aligned, in order of creation.
        shuffles: The lines where ``tf.data`` datasets are shuffled.
        idle: The numbers of random ops that drew outside of training, if that was tracked.
        evidence: The receivers of calls of state ops, each kind of receiver once per call.
        races: The data races in session runs, if they were looked for.
        fetched: The fetched values of runs with races, in order.
        unseen: State of the program that is not recorded.
        failed: The session runs that failed after writing variables in no defined order.
        warnings: What the recorder could not do.
        perturbed: How rounding was perturbed: "rounding" in every kernel, "values" by moving values
            after steps; "" if it was not.
        status: "finished", "exit", "error", or "incomplete" if the recording was cut off.
        detail: For an error, the place and the message.
        values: The values that were kept, by variable and digest.
        summaries: The summaries of other values, by variable and digest.
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
