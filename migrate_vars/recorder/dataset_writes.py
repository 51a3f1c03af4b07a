"""Which variables the functions of a dataset write, when something iterates over it.

TensorFlow 2 lets every dataset run ahead of the program, in threads of its own, so nothing says
what its functions have written when an element is given out. Their variables are read where the
dataset has come to its end: in a call that iterates over all of it, when an iterator says so, and
at last when its session is closed or the program ends. What has changed by then is recorded, in the
step that the program has come to.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, Set

from .interfaces import Operation
from .op_writes import ANY_VARIABLE, FunctionWrites, called_functions, variable_of

#: These make a dataset of others, with the functions that they are given.
DATASET = re.compile(r"(?<!Reduce)Dataset(V\d)?$")
#: What puts a dataset into an iterator.
MAKE_ITERATOR = frozenset(["MakeIterator", "MultiDeviceIteratorInit"])

#: By variable, whether it is written through an iterator, which may not have come to its end.
Written = Dict[Operation, bool]


class GraphDatasets:
    """The datasets of one graph."""

    def __init__(self, functions: FunctionWrites) -> None:
        """Takes what looks into functions."""
        self._functions = functions

    def written_through(self, op: Operation) -> Written:
        """What an op may write by iterating over the datasets and iterators that it is given."""
        found: Written = {}
        if op.type in MAKE_ITERATOR or DATASET.search(op.type):
            return found
        for tensor in op.inputs:
            kind = tensor.dtype.base_dtype.name
            if kind == "variant":
                found.update(dict.fromkeys(self._of_dataset(tensor.op, set()), False))
            elif kind == "resource":
                for dataset in _datasets_in(tensor.op):
                    for variable in self._of_dataset(dataset, set()):
                        found.setdefault(variable, True)
        return found

    def _of_dataset(self, op: Operation, seen: Set[Operation]) -> Set[Operation]:
        found: Set[Operation] = set()
        if op in seen:
            return found
        seen.add(op)
        for tensor in op.inputs:
            if tensor.dtype.base_dtype.name == "variant":
                found |= self._of_dataset(tensor.op, seen)
        called = called_functions(op.node_def.attr)
        if called:
            counts = self._functions.of_op(op.type, called, len(op.inputs), iterates=True)
            variables = [variable_of(op.inputs[i], ANY_VARIABLE) for i in counts]
            found.update(variable for variable in variables if variable is not None)
        return found


def _datasets_in(iterator: Operation) -> Iterator[Operation]:
    """The datasets that an iterator may get, given the op that its handle comes from."""
    if "Iterator" not in iterator.type:
        return
    if iterator.type.startswith("IteratorFromStringHandle"):  # any one
        makers = [op for op in iterator.graph.get_operations() if op.type in MAKE_ITERATOR]
    else:
        users = [op for output in iterator.outputs for op in output.consumers()]
        makers = [op for op in users if op.type in MAKE_ITERATOR]
    for op in makers:
        for tensor in op.inputs:
            if tensor.dtype.base_dtype.name == "variant":
                yield tensor.op
