"""Which variables the functions of a dataset write when something iterates over it.

TensorFlow 2 lets every dataset run ahead of the program, in its own threads, so it is unknown what
its functions have written when an element is returned. Their variables are read once the dataset is
exhausted: in a call that iterates over all of it, when an iterator ends, and finally when its
session is closed or the program ends. Changes are recorded in the step that the program has
reached.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, Set

from .interfaces import Operation
from .op_writes import ANY_VARIABLE, FunctionWrites, called_functions, variable_of

#: Ops that create a dataset from others, and from functions.
DATASET = re.compile(r"(?<!Reduce)Dataset(V\d)?$")
#: Ops that attach a dataset to an iterator.
MAKE_ITERATOR = frozenset(["MakeIterator", "MultiDeviceIteratorInit"])

#: For each variable, whether it is written through an iterator, which may not be exhausted.
Written = Dict[Operation, bool]


class GraphDatasets:
    """The datasets in a graph."""

    def __init__(self, functions: FunctionWrites) -> None:
        """Takes the analysis of the functions."""
        self._functions = functions

    def written_through(self, op: Operation) -> Written:
        """The variables that an op may write by iterating over its input datasets."""
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
    """The datasets that an iterator may be attached to, given the op of its handle."""
    if "Iterator" not in iterator.type:
        return
    if iterator.type.startswith("IteratorFromStringHandle"):  # could be any
        makers = [op for op in iterator.graph.get_operations() if op.type in MAKE_ITERATOR]
    else:
        users = [op for output in iterator.outputs for op in output.consumers()]
        makers = [op for op in users if op.type in MAKE_ITERATOR]
    for op in makers:
        for tensor in op.inputs:
            if tensor.dtype.base_dtype.name == "variant":
                yield tensor.op
