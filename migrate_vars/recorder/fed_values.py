"""Records, keeps and replays the values that a program is fed.

These are the ``feed_dict`` of sessions, the arguments of ``tf.function`` and the elements of
datasets. A call that trains is recorded with the digests of the values that it was fed; ``keep``
also writes the values to a file, and ``replay`` feeds the values of such a file instead::

    {"call": n, "values": {name: [dtype, shape, data], ...}}

Calls that are fed the same names are counted from 0, whether they train or not, so that a call can
be identified in another run of the program with more or fewer calls of other kinds. The same holds
for elements that eager code takes from a dataset: if nothing was fed to what trains, the last
element of each iterator since the previous write counts, unless the iterator is exhausted, as after
a validation.

Data that bypasses Python is not seen: what ``tf.data`` gives to a graph or a function, queues, and
what a program without functions converts to tensors; nor are the arguments of functions in
TensorFlow 1.15.

TensorFlow internals used, the same in 2.16 to 2.21: ``polymorphic_function.Function`` with
``__call__`` and ``python_function``, and ``iterator_ops.OwnedIterator`` with ``_next_internal``,
which is ``IteratorV2`` in 1.15.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import json
import threading
import weakref
from typing import (
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
)

import numpy as np

from .encoding import DtypeOf, as_array, decode_value, encode_value
from .interfaces import Array, Function, Items, TensorFlowClass, TensorFlowModule, Value
from .perturbation import Perturbation


class Call(NamedTuple):
    """A call that was fed values: its number among calls of its kind, and the values by name."""

    number: int
    items: Items
    taken: bool = False


class _Thread(threading.local):
    """The state of a thread of the program.

    Attributes:
        now: The current call.
        drawn: The last element of each iterator since the last write, by iterator id.
    """

    def __init__(self) -> None:
        self.now: Optional[Call] = None
        self.drawn: Dict[int, Call] = {}


class FedValues:
    """Follows the fed values of one run."""

    def __init__(
        self,
        keep: str = "",
        replay: str = "",
        dtype_of: Optional[DtypeOf] = None,
        keep_only: Iterable[int] = (),
    ) -> None:
        """Opens the files.

        Args:
            keep: File for the fed values of calls that train, or "".
            replay: File of values to feed instead, or "".
            dtype_of: Returns the NumPy dtype for a name such as "bfloat16".
            keep_only: The calls that train to keep, counted from 0; empty for all.
        """
        self._keep_only = frozenset(keep_only)
        self._taken = 0
        self._keep = open(keep, "w", encoding="utf-8") if keep else None  # noqa: SIM115
        self._replay = _read_replay(replay) if replay else iter(())
        self._next = next(self._replay, None)
        self._dtype_of = dtype_of
        self._calls: Dict[FrozenSet[str], int] = {}
        self._thread = _Thread()
        #: Perturbs the rounding of fed values, if set.
        self.perturbation: Optional[Perturbation] = None
        self._signatures: weakref.WeakKeyDictionary[Value, inspect.Signature] = (
            weakref.WeakKeyDictionary()
        )

    @contextlib.contextmanager
    def session_run(self, names: Sequence[str], values: Iterable[Value]) -> Iterator[List[Value]]:
        """Follows the body as a session run.

        Args:
            names: The names of the fed tensors.
            values: The values; those beyond the names are passed through.

        Yields:
            The values to feed.
        """
        fed = list(values)
        if names:
            labels = [name[:-2] if name.endswith(":0") else name for name in names]
            new = self.begin(list(zip(labels, fed)))
            fed[: len(labels)] = [new.get(name, value) for name, value in zip(labels, fed)]
        try:
            yield fed
        finally:
            self.end()

    def begin(self, items: Items) -> Dict[str, Value]:
        """Begins a call that is fed values; returns the values to feed instead, by name."""
        self._thread.now, new = self._count(items)
        return new

    def _count(self, items: Items) -> Tuple[Call, Dict[str, Value]]:
        """Counts a call; returns it, and the values to feed instead, by name."""
        kind = frozenset(name for name, _ in items)
        number = self._calls.get(kind, 0)
        self._calls[kind] = number + 1
        new: Dict[str, Value] = {}
        if self._next is not None and self._next[0] == number and self._next[1].keys() == kind:
            assert self._dtype_of is not None
            new = {name: decode_value(v, self._dtype_of) for name, v in self._next[1].items()}
            self._next = next(self._replay, None)
        call = Call(number, [(name, new.get(name, value)) for name, value in items])
        if self.perturbation is not None:
            for name, value in call.items:
                moved = self.perturbation.move(value)
                if moved is not None:
                    new[name] = moved
        return call, new

    def end(self) -> None:
        """Ends the call."""
        self._thread.now = None

    def take(self) -> List[Call]:
        """The values fed to the current write, as arrays, unless they were taken before."""
        now, drawn = self._thread.now, self._thread.drawn
        if now is None:
            found = list(drawn.values())
        elif now.taken:
            found = []
        else:
            found = [now] if now.items else []
            self._thread.now = now._replace(taken=True)
        if not found and not drawn:
            return found
        drawn.clear()
        calls = [
            call._replace(items=[(name, as_array(value)) for name, value in call.items])
            for call in found
        ]
        if self._keep is not None:
            for call in calls:
                self._taken += 1
                if self._keep_only and self._taken - 1 not in self._keep_only:
                    continue
                values = {name: encode_value(array) for name, array in call.items}
                self._keep.write(json.dumps({"call": call.number, "values": values}) + "\n")
                self._keep.flush()
        return calls

    def flags(self) -> Dict[str, bool]:
        """The scalar booleans fed to the current session run, by tensor name."""
        return {
            name if ":" in name else name + ":0": bool(value)
            for name, value in (self._thread.now.items if self._thread.now is not None else ())
            if np.ndim(value) == 0 and np.asarray(value).dtype == bool
        }

    def install_iterators(
        self, iterator_class: TensorFlowClass, tensor_class: TensorFlowClass, nest: TensorFlowModule
    ) -> None:
        """Hooks the iterators of eager code.

        Args:
            iterator_class: ``iterator_ops.OwnedIterator``, or ``IteratorV2`` of TensorFlow 1.15.
            tensor_class: The class of eager tensors.
            nest: ``tensorflow.nest``.
        """
        original: Function = iterator_class._next_internal

        @functools.wraps(original)
        def next_internal(iterator: Value) -> Value:
            try:
                element = original(iterator)
            except Exception:
                self._thread.drawn.pop(id(iterator), None)  # the iterator is exhausted
                raise
            leaves = list(_leaves("element", element, nest))
            items = [(name, value) for name, value in leaves if isinstance(value, tensor_class)]
            if self._thread.now is not None or not items:
                return element
            self._thread.drawn[id(iterator)], new = self._count(items)
            if not new:
                return element
            values = [_like(v, new[n], tensor_class) if n in new else v for n, v in leaves]
            return nest.pack_sequence_as(element, values)

        iterator_class._next_internal = next_internal

    def install(
        self, function_class: TensorFlowClass, tensor_class: TensorFlowClass, nest: TensorFlowModule
    ) -> None:
        """Hooks the calls of functions.

        Args:
            function_class: ``polymorphic_function.Function``.
            tensor_class: The class of eager tensors.
            nest: ``tensorflow.nest``.
        """
        original: Function = function_class.__call__
        data = (tensor_class, np.ndarray, np.generic)

        @functools.wraps(original)
        def call(function: Value, *args: Value, **kwargs: Value) -> Value:
            if self._thread.now is not None or not any(
                isinstance(value, data) for value in nest.flatten((args, kwargs))
            ):
                return original(function, *args, **kwargs)
            arguments = self._bind(function, args, kwargs)
            new = self.begin(
                [
                    (name, value)
                    for parameter, argument in arguments.arguments.items()
                    for name, value in _leaves(parameter, argument, nest)
                    if isinstance(value, data)
                ]
            )
            try:
                if new:
                    _replace(arguments, new, tensor_class, nest)
                    return original(function, *arguments.args, **arguments.kwargs)
                return original(function, *args, **kwargs)
            finally:
                self.end()

        function_class.__call__ = call

    def _bind(
        self, function: Value, args: Tuple[Value, ...], kwargs: Dict[str, Value]
    ) -> inspect.BoundArguments:
        """The arguments of a call by parameter."""
        signature: Optional[inspect.Signature] = self._signatures.get(function)
        if signature is None:
            signature = self._signatures[function] = inspect.signature(function.python_function)
        try:
            return signature.bind(*args, **kwargs)
        except TypeError:  # TensorFlow will report the error
            return inspect.signature(lambda *args, **kwargs: None).bind(*args, **kwargs)


def _read_replay(path: str) -> Iterator[Tuple[int, Dict[str, List[Value]]]]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            yield record["call"], record["values"]


def _leaves(parameter: str, argument: Value, nest: TensorFlowModule) -> Iterator[Tuple[str, Value]]:
    """The values in an argument: ``x``, or ``batch.0``, ``batch.1`` and so on in a structure."""
    leaves = nest.flatten(argument)
    for position, value in enumerate(leaves):
        yield (parameter if leaves[0] is argument else f"{parameter}.{position}"), value


def _replace(
    arguments: inspect.BoundArguments,
    new: Dict[str, Value],
    tensor_class: TensorFlowClass,
    nest: TensorFlowModule,
) -> None:
    """Replaces some of the arguments of a call."""
    for parameter, argument in arguments.arguments.items():
        leaves = [
            _like(value, new[name], tensor_class) if name in new else value
            for name, value in _leaves(parameter, argument, nest)
        ]
        arguments.arguments[parameter] = nest.pack_sequence_as(argument, leaves)


def _like(value: Value, array: Array, tensor_class: TensorFlowClass) -> Value:
    if not isinstance(value, tensor_class):
        return array
    import tensorflow

    return tensorflow.constant(array)
