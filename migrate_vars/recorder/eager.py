"""Records eager execution and calls of ``tf.function``.

Every eager op and function call of Python code passes through three C functions that generated op
wrappers look up on one module at call time. Hooking them there sees raw ops, slice assignments and
Keras training, which hooks on ``tf.Variable`` methods would miss.
"""

from __future__ import annotations

import functools
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from .recording import Recording, Write
from .writes import READERS, FunctionWrites


class EagerRecorder:
    """Hooks the eager executor so that the state after every op that writes is recorded."""

    def __init__(self, recording: Recording, context_module: Any) -> None:
        """Prepares to record; ``context_module`` is ``tensorflow.python.eager.context``."""
        self._recording = recording
        self._context = context_module
        self._functions = FunctionWrites(self._function_definition)
        self._definitions: Dict[str, Any] = {}
        # By the id of the handle tensor, which TensorFlow never uses twice.
        self._variables: Dict[int, Tuple[str, Any]] = {}

    def _function_definition(self, name: str) -> Any:
        if name not in self._definitions:
            context = self._context.context()
            known = context.has_function(name)
            self._definitions[name] = context.get_function_def(name) if known else None
        return self._definitions[name]

    def install(self, pywrap: Any) -> None:
        """Wraps the executor's entry points on ``pywrap`` (``tensorflow.python.pywrap_tfe``)."""
        fast, slow, cancelable = (
            pywrap.TFE_Py_FastPathExecute,
            pywrap.TFE_Py_Execute,
            getattr(pywrap, "TFE_Py_ExecuteCancelable", None),
        )
        self._execute = slow
        recorder = self

        @functools.wraps(fast)
        def fast_path_execute(context: Any, op: Any, name: Any, *args: Any) -> Any:
            result = fast(context, op, name, *args)
            if op not in READERS:
                recorder.after_op(op, args, args, name, result)
            return result

        pywrap.TFE_Py_FastPathExecute = fast_path_execute

        @functools.wraps(slow)
        def execute(
            handle: Any, device: Any, op: Any, inputs: Any, attributes: Any, outputs: Any
        ) -> Any:
            result = slow(handle, device, op, inputs, attributes, outputs)
            if op not in READERS:
                recorder.after_op(op, inputs, attributes or (), None, result)
            return result

        pywrap.TFE_Py_Execute = execute
        if cancelable is None:
            return

        @functools.wraps(cancelable)
        def execute_cancelable(
            handle: Any, device: Any, op: Any, inputs: Any, attributes: Any, *rest: Any
        ) -> Any:
            result = cancelable(handle, device, op, inputs, attributes, *rest)
            if op not in READERS:
                recorder.after_op(op, inputs, attributes or (), None, result)
            return result

        pywrap.TFE_Py_ExecuteCancelable = execute_cancelable

    def after_op(
        self, op: Any, inputs: Any, attributes: Any, name: Optional[str], result: Any
    ) -> None:
        """Records what an executed op or function has written, if anything."""
        if self._recording.busy:
            return
        op_name = op.decode() if isinstance(op, bytes) else op
        if op_name == "VarHandleOp":
            self._register(attributes, name, result)
            return
        handles = [
            (position, value)
            for position, value in enumerate(inputs)
            if getattr(value, "_id", None) in self._variables
        ]
        if not handles:
            return
        with self._recording:
            counts = self._counts(op_name, attributes, len(inputs))
            merged: Dict[int, Tuple[Any, Optional[int]]] = {}
            for position, handle in handles:
                if position in counts:
                    merged[handle._id] = (handle, counts[position])
            writes: List[Write] = []
            for identity, (handle, count) in merged.items():
                variable, dtype = self._variables[identity]
                writes.append((variable, count, self._read(handle, dtype)))
            self._recording.record(writes)

    def _counts(self, op: str, attributes: Any, n_inputs: int) -> Dict[int, Optional[int]]:
        if self._functions.is_function(op):
            return self._functions.of(op)
        if op in ("PartitionedCall", "StatefulPartitionedCall"):
            pairs = dict(zip(attributes[::2], attributes[1::2]))
            function = pairs.get("f", "")
            name = getattr(function, "name", function)
            return self._functions.of(name.decode() if isinstance(name, bytes) else str(name))
        if op in ("If", "While", "Case", "StatelessIf", "StatelessWhile", "StatelessCase"):
            return dict.fromkeys(range(n_inputs))
        return dict.fromkeys(range(n_inputs), 1)

    def _register(self, attributes: Any, name: Optional[str], result: Any) -> None:
        pairs = dict(zip(attributes[::2], attributes[1::2]))
        handle = result[0] if isinstance(result, (list, tuple)) else result
        label = pairs.get("debug_name") or name or pairs.get("shared_name") or "Variable"
        label = label.decode() if isinstance(label, bytes) else str(label)
        self._variables[handle._id] = (self._recording.unique_name(label), pairs["dtype"])

    def _read(self, handle: Any, dtype: Any) -> Any:
        context = self._context.context()
        # The executor itself, below the tapes, which would take the read for a use of the variable.
        (value,) = self._execute(
            context._handle, handle.device, "ReadVariableOp", [handle], ("dtype", dtype), 1
        )
        return np.array(value.numpy())
