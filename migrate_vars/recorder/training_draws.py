"""Lets random ops draw by how often they have trained, not by how often they have drawn.

A session has one dropout op for training and evaluation, and evaluation advances its random
numbers; two functions have two ops. To make such programs comparable, each op draws from one stream
in calls that train, and from another one elsewhere. A call (a session run or a function call)
trains if it writes a variable that no metric owns, or if a gradient tape watches the function.
Eager code outside of functions is assumed to train.

These draws use NumPy, so the numbers differ from TensorFlow's; ops with equal seeds still draw the
same. Ops in the functions of datasets, which run ahead, and kinds that are not in ``_DRAWS`` are
left alone.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: those of ``session`` and ``eager``,
and the names of functions that a tape watches.
"""

from __future__ import annotations

import contextlib
import functools
import threading
from typing import Callable, Dict, Iterator, Optional, Tuple

import numpy as np

from .interfaces import (
    Array,
    DType,
    EagerTraining,
    Function,
    Graph,
    Message,
    OpName,
    Session,
    SessionTraining,
    Shape,
    TensorFlowModule,
    Value,
)
from .recording import Recording
from .seed_alignment import RandomOp

#: The inputs of an op, by name: tensors, or arrays where they are known.
Inputs = Dict[str, Value]
_Draw = Callable[[np.random.RandomState, Inputs, str], Value]
_OP_NAME = "migrate_vars_draw"
_WATCHED = b"__forward_"
# The number of random bits by dtype, so that no number is rounded up to 1.
_BITS = {"float16": 10, "bfloat16": 7, "float32": 23, "float64": 52}


def is_draw(name: str) -> bool:
    """Whether an op with that name is one of these draws; they share no state."""
    return _OP_NAME in name


class _Stream:
    """The number of draws of a random op, or of those that share a kernel, by training or not."""

    def __init__(self, op: RandomOp) -> None:
        self.op = op
        self._drawn = [0, 0]

    def next(self, training: bool) -> np.random.RandomState:
        """The generator for the next draw."""
        number = self._drawn[training]
        self._drawn[training] += 1
        return np.random.RandomState([*self.op.seeds, int(training), number])


class TrainingDraws:
    """Draws for random ops, and knows which calls train."""

    def __init__(self, recording: Recording, tensorflow: TensorFlowModule) -> None:
        """Prepares to draw.

        Args:
            recording: Receives the ops that draw outside of training.
            tensorflow: The module.
        """
        self._recording = recording
        self._tensorflow = tensorflow
        self._shared: Dict[Tuple[str, Tuple[int, int]], _Stream] = {}
        self._training = True
        self._idle: Dict[int, bool] = {}
        self._lock = threading.Lock()

    def install(
        self,
        session: TensorFlowModule,
        sessions: SessionTraining,
        executor: TensorFlowModule,
        eager: EagerTraining,
    ) -> None:
        """Hooks the calls of ops.

        Args:
            session: ``tensorflow.python.client.session``.
            sessions: The recorder of sessions.
            executor: The module with the entry points of the eager executor.
            eager: The recorder of eager execution.
        """
        base = session.BaseSession
        run: Function = base._do_run
        from_options: Function = base._make_callable_from_options

        @functools.wraps(run)
        def do_run(
            one: Session,
            handle: Value,
            targets: Value,
            fetches: Value,
            feeds: Value,
            *rest: Value,
        ) -> Value:
            if self._recording.busy:
                return run(one, handle, targets, fetches, feeds, *rest)
            fed = [getattr(t, "deref", lambda t=t: t)().name for t in feeds]
            roots = [*targets, *(tensor.op for tensor in fetches)]
            with self._call(sessions.trains(one, roots, fed)):
                return run(one, handle, targets, fetches, feeds, *rest)

        @functools.wraps(from_options)
        def make_callable_from_options(one: Session, options: Message) -> Function:
            called: Function = from_options(one, options)
            if self._recording.busy:
                return called
            element = one.graph.as_graph_element
            wanted = [element(name) for name in [*options.target, *options.fetch]]
            roots = [getattr(each, "op", each) for each in wanted]
            fed = [element(name).name for name in options.feed]

            def call(*args: Value, **kwargs: Value) -> Value:
                if self._recording.busy:
                    return called(*args, **kwargs)
                with self._call(sessions.trains(one, roots, fed)):
                    return called(*args, **kwargs)

            return call

        base._do_run = do_run
        base._make_callable_from_options = make_callable_from_options
        for name in ("TFE_Py_Execute", "TFE_Py_ExecuteCancelable"):
            setattr(executor, name, self._execute(getattr(executor, name), eager))

    def _execute(self, execute: Function, eager: EagerTraining) -> Function:
        @functools.wraps(execute)
        def wrapped(
            context: Value,
            device: Value,
            op: OpName,
            inputs: Value,
            attributes: Value,
            *rest: Value,
        ) -> Value:
            trains = None if self._recording.busy else eager.trains(op, inputs, attributes)
            if trains is None:  # not a function
                return execute(context, device, op, inputs, attributes, *rest)
            name = op if isinstance(op, bytes) else op.encode()
            with self._call(trains or name.startswith(_WATCHED)):
                return execute(context, device, op, inputs, attributes, *rest)

        return wrapped

    @contextlib.contextmanager
    def _call(self, trains: bool) -> Iterator[None]:
        before, self._training = self._training, trains
        try:
            yield
        finally:
            self._training = before

    def draw(
        self,
        function: str,
        op: RandomOp,
        inputs: Inputs,
        attributes: Dict[str, Value],
        graph: Optional[Graph],
    ) -> Value:
        """Returns the tensor of a random op; None if the op is to be left alone.

        Args:
            function: The generated function that would create it.
            op: The random op.
            inputs: The op's inputs, as tensors.
            attributes: Its attributes.
            graph: The graph that it is created in, None in eager code.
        """
        draw = _DRAWS.get(function)
        if draw is None or _is_of_dataset(graph):
            return None
        dtype: DType = _dtype(function, inputs, attributes)
        kind = dtype.as_numpy_dtype
        stream = self._stream(function, op, graph)
        values = list(inputs.values())

        def numbers(*arrays: Array) -> Array:
            with self._lock:
                training = self._training
                generator = stream.next(training)
                if not training and not self._idle.get(op.number):
                    self._idle[op.number] = True
                    self._recording.idle_draw(op.number)
            array = draw(generator, dict(zip(inputs, arrays)), dtype.name)
            return np.asarray(array).astype(kind)

        if graph is None:
            array = numbers(*(value.numpy() for value in values))
            return self._tensorflow.convert_to_tensor(array)
        result = self._tensorflow.numpy_function(numbers, values, dtype, name=_OP_NAME)
        result.set_shape(_static_shape(function, inputs))
        return result

    def _stream(self, function: str, op: RandomOp, graph: Optional[Graph]) -> _Stream:
        if graph is not None:
            return _Stream(op)  # a retraced function draws from the beginning
        if op.apart:
            known: _Stream = op.kernels.setdefault(function, _Stream(op))
            return known
        return self._shared.setdefault((function, op.seeds), _Stream(op))


def _is_of_dataset(graph: Optional[Graph]) -> bool:
    """Whether a graph belongs to a function of a dataset, or is nested in one."""
    while graph is not None:
        if "Dataset" in getattr(graph, "name", ""):
            return True
        graph = getattr(graph, "outer_graph", None)
    return False


def _dtype(function: str, inputs: Inputs, attributes: Dict[str, Value]) -> Value:
    import tensorflow

    if function == "random_shuffle":
        return inputs["value"].dtype
    if function == "random_uniform_int":
        return inputs["minval"].dtype
    named = "output_dtype" if function == "multinomial" else "dtype"
    return tensorflow.as_dtype(attributes.get(named) or tensorflow.int64)


def _static_shape(function: str, inputs: Inputs) -> Shape:
    from tensorflow.python.framework import tensor_util

    if function == "random_shuffle":
        return inputs["value"].shape
    if function == "multinomial":
        samples = tensor_util.constant_value(inputs["num_samples"])
        batch = inputs["logits"].shape
        return [None if batch.rank is None else batch.as_list()[0], samples]
    return tensor_util.constant_value_as_shape(inputs["shape"])


def _uniform(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    steps = 1 << _BITS[dtype]
    return generator.randint(0, steps, tuple(inputs["shape"]), np.int64) / float(steps)


def _normal(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    return generator.standard_normal(tuple(inputs["shape"]))


def _truncated_normal(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    found = np.asarray(generator.standard_normal(tuple(inputs["shape"])))
    outside = np.abs(found) > 2
    while outside.any():
        found[outside] = generator.standard_normal(int(outside.sum()))
        outside = np.abs(found) > 2
    return found


def _uniform_int(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    low, high = int(inputs["minval"]), int(inputs["maxval"])
    return generator.randint(low, high, tuple(inputs["shape"]), np.int64)


def _shuffle(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    value = inputs["value"]
    return value[generator.permutation(len(value))] if np.ndim(value) else value


def _multinomial(generator: np.random.RandomState, inputs: Inputs, dtype: str) -> Value:
    logits = np.asarray(inputs["logits"], np.float64)
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    upper = np.cumsum(weights, axis=1)
    points = generator.random_sample((len(logits), int(inputs["num_samples"]))) * upper[:, -1:]
    # The first class whose upper bound exceeds the point.
    return (points[:, :, None] >= upper[:, None, :]).sum(axis=2)


_DRAWS: Dict[str, _Draw] = {
    "random_uniform": _uniform,
    "random_standard_normal": _normal,
    "truncated_normal": _truncated_normal,
    "random_uniform_int": _uniform_int,
    "random_shuffle": _shuffle,
    "multinomial": _multinomial,
}
