"""Aligns seeds: a program draws the random numbers of another one, or the same in each run.

TensorFlow derives the seeds of an op without its own seed from the number of ops in the graph
(1.15), of random ops in the graph (2.x) or of eager calls, and without a graph seed
nondeterministically. Equal pairs of seeds give equal numbers in all releases and execution modes.
So the reference keeps the pairs that TensorFlow chooses for it if they are deterministic, and gets
others if they are not; each other program gets the pairs of the reference. What counts as one
random op, in any execution mode:

* An op in a v1 graph is one op, and each run of it draws the next numbers of its stream.
* A call site that is called again after some training is the same op: eager kernels are cached by
  their seeds, so it draws the next numbers of the same stream. A call site that is called again
  without any training in between, as in a loop that creates variables, is another op.
* A function that is traced again has the same ops again. It then draws from the beginning, which
  causes a warning.

Ops of two programs are matched in order if the same function created them with the same seed of
their own (or none), as far as their shapes are compatible. An unmatched op keeps the seeds that
TensorFlow chooses.

In a session, two ops with the same pair of seeds draw the same; in eager code, the second one
continues the stream of the first, as they share a kernel. So an eager op that is matched with one
of a session gets a kernel of its own. What TensorFlow itself would have chosen, and the position in
the stream of a shared kernel, are recorded: they tell which draws are equal in an unaligned run.

Python's ``random`` and NumPy's global generator start from a fixed state. Generators that a program
creates without a seed, and those of ``tf.random``, stay nondeterministic.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: random ops look ``get_seed`` up on
``framework.random_seed`` when they are created; ``Graph.building_function``; ``Context._rng``,
which is replaced by each new global seed.
"""

from __future__ import annotations

import json
import numbers
import random
import sys
import threading
import weakref
from types import CodeType, FrameType
from typing import Dict, Hashable, List, NamedTuple, Optional, Tuple

import numpy as np

from .interfaces import Function, Graph, JsonObject, TensorFlowModule, Value
from .recording import Recording
from .user_code import FUNCTION_CALL, Site

#: The seed of Python's and NumPy's generators, and the first seed of ops that have none; an
#: arbitrary number that programs are unlikely to use.
START = 20151109
_MAXINT32 = 2**31 - 1
_TRACED_AGAIN = (
    "the function with {} at {}:{} was traced again during training: it draws its random numbers "
    "from the beginning, which a session does not"
)

Seeds = Tuple[int, int]
#: The seeds that TensorFlow chooses; both may be None.
OwnSeeds = Tuple[Optional[int], Optional[int]]
Shape = Optional[Tuple[Optional[int], ...]]


class Kind(NamedTuple):
    """What distinguishes random ops.

    Attributes:
        function: The function, or the class, that created it.
        seed: The op-level seed that the program passes, or None.
        dtype: The dtype that it draws; "" if unknown.
        shape: The dimensions of what it draws or works on, each None if unknown; or None.
    """

    function: str
    seed: Optional[int]
    dtype: str
    shape: Shape

    def fits(self, other: Kind) -> bool:
        """Whether both may draw values of the same shape and dtype."""
        if self.function != other.function:
            return False
        if self.dtype and other.dtype and self.dtype != other.dtype:
            return False
        if self.shape is None or other.shape is None:
            return True
        return len(self.shape) == len(other.shape) and all(
            mine is None or theirs is None or mine == theirs
            for mine, theirs in zip(self.shape, other.shape)
        )


class RandomOp:
    """A random op of the running program.

    Attributes:
        number: The number of random ops created before.
        seeds: The seeds that it draws with.
        apart: Whether it has its own kernels in eager code.
        kernels: Its own kernels, by function and arguments.
    """

    def __init__(self, number: int, seeds: Seeds, apart: bool) -> None:
        self.number = number
        self.seeds = seeds
        self.apart = apart
        self.kernels: Dict[Hashable, Value] = {}


class _Given(NamedTuple):
    """A random op of the program whose numbers are drawn; see ``RandomOp``."""

    kind: Kind
    seeds: Seeds
    shared: bool


class Streams:
    """The random ops of another program, to be matched with those of this program."""

    def __init__(self, path: str) -> None:
        """Reads the ops from a file, one per line.

        Args:
            path: A file of lines ``{"random": function, "seed": int or null, "dtype": str, "shape":
                [int or null, ...] or null, "seeds": [int, int], "shared": bool}``.
        """
        self._ops: List[_Given] = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                shape = record["shape"]
                kind = Kind(
                    record["random"],
                    record["seed"],
                    record["dtype"],
                    None if shape is None else tuple(shape),
                )
                first, second = record["seeds"]
                self._ops.append(_Given(kind, (first, second), record["shared"]))
        self._left = list(range(len(self._ops)))
        self._again = list(self._left)

    def take(self, kind: Kind) -> Optional[Tuple[int, _Given]]:
        """The first remaining op that matches this kind, with its number."""
        number = self._find(kind, self._left)
        return None if number is None else (number, self._ops[number])

    def take_again(self, kind: Kind) -> Optional[_Given]:
        """An op that matches this kind and has been taken before, each once."""
        number = self._find(kind, self._again)
        return None if number is None else self._ops[number]

    def _find(self, kind: Kind, left: List[int]) -> Optional[int]:
        """Removes and returns the number of a matching op."""
        known = any(
            given.kind.function == kind.function and given.kind.seed == kind.seed
            for given in self._ops
        )
        # If no op has the same seed, the seed was changed in one of the programs.
        alike = [
            number
            for number in left
            if self._ops[number].kind.function == kind.function
            and (not known or self._ops[number].kind.seed == kind.seed)
        ]
        same = [number for number in alike if self._ops[number].kind == kind]
        fitting = [number for number in alike if self._ops[number].kind.fits(kind)]
        # A seed identifies the op; without one, the shape must be compatible.
        rest = alike if kind.seed is not None or not known else []
        for number in [*same, *fitting, *rest][:1]:
            left.remove(number)
            return number
        return None


class _Place:
    """A call site that creates random ops outside of v1 graphs."""

    def __init__(self) -> None:
        self.ops: List[RandomOp] = []
        self.trained = 0
        self.calls = 0


class _Asked(threading.local):
    """The random op for which a thread has last requested seeds."""

    op: Optional[RandomOp] = None


class SeedAlignment:
    """Replaces ``get_seed`` to return the seeds of other ops, or deterministic ones."""

    def __init__(
        self, recording: Recording, streams: Optional[Streams] = None, again: bool = False
    ) -> None:
        """Prepares to align.

        Args:
            recording: Receives each new random op, with its line.
            streams: The random ops whose numbers are drawn; None for the program's own.
            again: Whether an op of theirs may be matched a second time if none is left: a session
                has one op for training and evaluation, functions have two.
        """
        self._recording = recording
        self._streams = streams
        self._again = again
        self._chosen = self._made = 0
        self._places: Dict[Hashable, _Place] = {}
        self._traced: weakref.WeakKeyDictionary[Graph, Dict[_Place, int]]
        self._traced = weakref.WeakKeyDictionary()
        self._asked = _Asked()
        # The number of draws of each shared eager kernel since the global seed was set.
        self._generator: object = None
        self._drawn: Dict[Hashable, int] = {}

    def install(
        self,
        random_seed: TensorFlowModule,
        ops: TensorFlowModule,
        context: TensorFlowModule,
        tensor_util: TensorFlowModule,
    ) -> None:
        """Patches the module.

        Args:
            random_seed: ``tensorflow.python.framework.random_seed``.
            ops: ``tensorflow.python.framework.ops``.
            context: ``tensorflow.python.eager.context``.
            tensor_util: ``tensorflow.python.framework.tensor_util``.
        """
        original: Function = random_seed.get_seed
        self._static_shape: Function = tensor_util.constant_value_as_shape

        def get_seed(op_seed: Value) -> Value:
            own = original(op_seed)
            if op_seed is not None and not isinstance(op_seed, numbers.Integral):
                return own  # a tensor, as for tf.data: chosen by the program
            seed = None if op_seed is None else int(op_seed) % _MAXINT32
            eager = context.executing_eagerly()
            if eager:
                self._look_for_global_seed(context.context())
            graph = None if eager else ops.get_default_graph()
            op = self._asked.op = self._op(seed, own, graph, sys._getframe(1))
            return op.seeds

        random_seed.get_seed = get_seed

    def asked(self) -> Optional[RandomOp]:
        """The random op for which this thread requested seeds since the last call."""
        op, self._asked.op = self._asked.op, None
        return op

    def _look_for_global_seed(self, context: Value) -> None:
        """Checks whether a global seed was set: eager kernels then restart."""
        generator = getattr(context, "_rng", None)
        if generator is self._generator:
            return
        self._generator = generator
        self._drawn.clear()
        for place in self._places.values():
            for op in place.ops:
                op.kernels.clear()

    def _op(
        self, seed: Optional[int], own: OwnSeeds, graph: Optional[Graph], frame: FrameType
    ) -> RandomOp:
        name, frame = _function(frame)
        calls, site = self._calls(frame)
        if graph is not None and not graph.building_function:
            return self._new(name, seed, own, None, frame, site)
        place = self._places.setdefault((name, seed, calls), _Place())
        drawn: Optional[int] = None
        if graph is None:
            if place.trained != self._recording.trained:
                place.trained, place.calls = self._recording.trained, 0
            number, place.calls = place.calls, place.calls + 1
            kernel = name, own, _dtype(frame.f_locals)
            drawn = self._drawn.get(kernel, 0)
            self._drawn[kernel] = drawn + 1
        else:
            counts = self._traced.setdefault(graph, {})
            number = counts.get(place, 0)
            counts[place] = number + 1
            if number < len(place.ops) and place.trained != self._recording.trained:
                self._recording.warn(_TRACED_AGAIN.format(name, *self._recording.shown(site)))
            place.trained = self._recording.trained
        if number == len(place.ops):
            place.ops.append(self._new(name, seed, own, drawn, frame, site))
        return place.ops[number]

    def _new(
        self,
        function: str,
        seed: Optional[int],
        own: OwnSeeds,
        drawn: Optional[int],
        frame: FrameType,
        site: Site,
    ) -> RandomOp:
        """A new random op.

        Args:
            function: What creates it.
            seed: Its op-level seed.
            own: The seeds that TensorFlow chooses for it, both None if it has none.
            drawn: The number of previous draws of its shared kernel, None if it shares none.
            frame: The frame that creates it.
            site: The user's line.
        """
        kind = Kind(function, seed, *self._drawn_by(frame.f_locals))
        seeds: Optional[Seeds] = (
            None if own[0] is None or own[1] is None else (int(own[0]), int(own[1]))
        )
        found = None if self._streams is None else self._streams.take(kind)
        again = None
        if found is None and self._streams is not None and self._again:
            again = self._streams.take_again(kind)
        record: JsonObject = {"seed": seed, "dtype": kind.dtype, "own": seeds}
        record["shape"] = None if kind.shape is None else list(kind.shape)
        record["drawn"] = drawn
        number, self._made = self._made, self._made + 1
        if found is not None:
            record["like"], given = found
            op = RandomOp(number, given.seeds, drawn is not None and not given.shared)
        elif again is not None:
            op = RandomOp(number, again.seeds, drawn is not None and not again.shared)
        elif seeds is not None:
            op = RandomOp(number, seeds, False)
        else:
            self._chosen += 1
            # Different from those of the other program, which would give equal numbers.
            chosen = (START + (self._streams is not None), self._chosen)
            op = RandomOp(number, chosen, False)
        record["seeds"] = op.seeds
        self._recording.random_op(function, site, record)
        return op

    def _drawn_by(self, names: Dict[str, Value]) -> Tuple[str, Shape]:
        """Dtype and shape of the draw, from the arguments of the function that draws."""
        text = "" if names.get("dtype") is None else _dtype(names)
        for name in ("shape_tensor", "shape"):
            if names.get(name) is not None:
                return text, self._shape(names[name])
        for name in ("value", "logits", "true_classes", "image_size"):
            if hasattr(names.get(name), "shape"):
                return text, _sizes(names[name].shape)
        return text, None

    def _shape(self, value: Value) -> Shape:
        """The dimensions of a shape argument, as far as they are known."""
        if hasattr(value, "numpy"):
            return tuple(int(size) for size in value.numpy().reshape(-1))
        if hasattr(value, "op"):
            try:
                return _sizes(self._static_shape(value))
            except (TypeError, ValueError):
                return None
        return _sizes(value)

    def _calls(self, frame: Optional[FrameType]) -> Tuple[Hashable, Site]:
        """The user's calls inside a ``tf.function``, innermost first, and the line."""
        calls: List[Hashable] = []
        site: Optional[Site] = None
        inside = True
        while frame is not None and (inside or site is None):
            code = frame.f_code
            if self._recording.user_code.is_user_file(code.co_filename):
                if inside:
                    calls.append((code, frame.f_lasti))
                # Users cannot open code generated by AutoGraph.
                if site is None and "__autograph_generated" not in code.co_filename:
                    site = Site(code.co_filename, frame.f_lineno or 0)
            elif calls and _is_function_call(code):
                inside = False
            frame = frame.f_back
        return tuple(calls), site or Site("", 0)


def _is_function_call(code: CodeType) -> bool:
    """Whether a `tf.function` is entered here: its callers are not part of the call site."""
    return code.co_name == "__call__" and code.co_filename.endswith(FUNCTION_CALL)


def _function(frame: FrameType) -> Tuple[str, FrameType]:
    """The function, or the class, that requests seeds, skipping wrappers of ``get_seed``."""
    while frame.f_code.co_name == "get_seed" and frame.f_back is not None:
        frame = frame.f_back
    name = frame.f_code.co_name
    if name == "__init__":
        name = type(frame.f_locals.get("self")).__name__
    return name.strip("_"), frame


def _dtype(names: Dict[str, Value]) -> str:
    """The dtype that a function draws or shuffles: eager ops of another one have other kernels."""
    dtype = names.get("dtype")
    if dtype is None:
        dtype = getattr(names.get("value"), "dtype", None)
    return "" if dtype is None else str(getattr(dtype, "name", dtype))


def _sizes(shape: Value) -> Shape:
    """The dimensions of a shape: a number, a list, an array or a ``TensorShape``."""
    if hasattr(shape, "as_list"):
        return None if shape.rank is None else tuple(shape.as_list())
    listed = shape if isinstance(shape, (list, tuple)) else np.asarray(shape).reshape(-1).tolist()
    sizes = [getattr(size, "value", size) for size in listed]  # a `Dimension` of TensorFlow 1
    return tuple(int(size) if isinstance(size, numbers.Integral) else None for size in sizes)


def seed_generators(aligned: bool) -> None:
    """Seeds Python's generator and NumPy's global one before the program starts.

    Args:
        aligned: Whether every run starts from the same state. Otherwise each has its own, as in a
            new process; a fork would inherit its parent's.
    """
    seed = START if aligned else None
    random.seed(seed)
    np.random.seed(seed)
