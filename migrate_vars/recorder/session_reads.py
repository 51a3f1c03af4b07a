"""Reads variables of sessions without adding an op to the graph.

A variable's value is fetched from tensors that already exist: the reference itself for a reference
variable, a ``ReadVariableOp`` for a resource variable, an export for a lookup table.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Callable, Dict, List, Set

from .interfaces import (
    MakeCallable,
    Operation,
    Session,
    Tensor,
    TensorFlowClass,
    TensorFlowModule,
    Value,
)
from .lookup_tables import EXPORT, TABLE_OPS, contents_of, is_dense
from .recording import Recording
from .unrecorded_state import TABLE

_READERS = "_migrate_vars_readers"
_UNREADABLE = "variable {!r} is never read in its graph, so its values could not be recorded"


class SessionReads:
    """Reads variables of sessions.

    Attributes:
        unreadable: The variables that no existing tensor reads, and whether they have been written.
    """

    def __init__(
        self,
        recording: Recording,
        errors: TensorFlowModule,
        callable_options: TensorFlowClass,
        make_callable: MakeCallable,
    ) -> None:
        """Prepares to read.

        Args:
            recording: Receives warnings about what cannot be read.
            errors: ``tensorflow.python.framework.errors_impl``.
            callable_options: ``tensorflow.core.protobuf.config_pb2.CallableOptions``.
            make_callable: ``BaseSession._make_callable_from_options``.
        """
        self._recording = recording
        self._errors = errors
        self._callable_options = callable_options
        self._make_callable = make_callable
        self.unreadable: weakref.WeakKeyDictionary[Operation, bool] = weakref.WeakKeyDictionary()

    def read(self, session: Session, variables: List[Operation]) -> Dict[Operation, Value]:
        """The values of the variables that are initialised and that existing tensors read."""
        readers = vars(session).setdefault(_READERS, {})
        key = tuple(variables)
        if key not in readers:
            readable: List[Operation] = []
            tensors: List[Tensor] = []
            sizes = []
            for variable in variables:
                existing = _existing_reads(variable)
                if existing:
                    readable.append(variable)
                    sizes.append(len(existing))
                    tensors += existing
                elif variable.type in TABLE_OPS:
                    site = self._recording.site_of(variable.traceback)
                    self._recording.unseen(TABLE, variable.name, site)
                else:
                    self.unreadable.setdefault(variable, False)
                    self._recording.warn(_UNREADABLE.format(variable.name))
            fetch = self._reader(session, tensors) if tensors else list
            readers[key] = (readable, sizes if len(tensors) > len(readable) else None, fetch)
        readable, sizes, fetch = readers[key]
        try:
            if sizes is None:
                return dict(zip(readable, fetch()))
            fetched = iter(fetch())
            parts = [list(itertools.islice(fetched, size)) for size in sizes]
            return {
                variable: part[0] if len(part) == 1 else contents_of(*part)
                for variable, part in zip(readable, parts)
            }
        except self._errors.OpError:
            # A branch not taken may have left a variable uninitialised.
            if len(variables) == 1:
                return {}
        values: Dict[Operation, Value] = {}
        for variable in variables:
            values.update(self.read(session, [variable]))
        return values

    def _reader(self, session: Session, tensors: List[Tensor]) -> Callable[[], List[Value]]:
        """A callable that fetches tensors, which is faster than a run."""
        options = self._callable_options()
        options.fetch.extend(tensor.name for tensor in tensors)
        # In this thread: waking another one takes longer than reading.
        options.run_options.inter_op_thread_pool = -1
        return self._make_callable(session, options)


def _existing_reads(variable: Operation) -> List[Tensor]:
    """Existing tensors that return a variable's value when fetched alone; may be empty.

    For a table, these are its keys and values, and for a dense one also its special keys.
    """
    output = variable.outputs[0]
    if variable.type in TABLE_OPS:
        for consumer in output.consumers():
            if consumer.type == EXPORT and _stands_alone(consumer):
                return [*consumer.outputs, *(variable.inputs if is_dense(variable.type) else ())]
        return []
    if variable.type != "VarHandleOp":
        return [output]
    for consumer in output.consumers():
        if consumer.type == "ReadVariableOp" and _stands_alone(consumer):
            return [consumer.outputs[0]]
    return []


def _stands_alone(op: Operation) -> bool:
    """Whether fetching an op has no effect that the program would notice."""
    seen: Set[Operation] = set()
    stack = list(op.control_inputs)
    while stack:
        before = stack.pop()
        if before.op_def is None or before.op_def.is_stateful or before.type == "Placeholder":
            return False
        if before not in seen:
            seen.add(before)
            stack += [*before.control_inputs, *(tensor.op for tensor in before.inputs)]
    return op._get_control_flow_context() is None
