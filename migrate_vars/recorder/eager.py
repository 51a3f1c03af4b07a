"""Records eager execution and calls of ``tf.function``.

Every eager op and function call of Python code passes through three C functions that generated op
wrappers look up on one module at call time. Hooking them there sees raw ops, slice assignments and
Keras training, which hooks on ``tf.Variable`` methods would miss.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21, except that 1.15
has the three functions on ``pywrap_tensorflow``, ``get_registered_ops`` in place of
``op_def_registry.get``, and ``_EagerDefinedFunction`` in place of ``get_function_def``:
``pywrap_tfe`` with ``TFE_Py_FastPathExecute``, ``TFE_Py_Execute`` and
``TFE_Py_ExecuteCancelable``; ``EagerTensor._id`` and ``_numpy``; ``op_def_registry.get``;
``Context._handle``, ``has_function`` and ``get_function_def``.

Known limits: what a ``tf.data`` function writes shows only with the variable's next write, and so
does what other processes write. A variable that a function both creates and writes in one call,
because its initial value depends on the call's argument, has the value after that call as its
initial one. Reading a variable takes a number from the counter of eager tensors, from which
TensorFlow also takes the number at the end of a function's name.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

import numpy as np

from .metrics import made_by_metric
from .recording import Recording, Write
from .writes import READERS, Counts, FunctionWrites, add_count

_RESOURCE = 20  # DT_RESOURCE


class EagerRecorder:
    """Hooks the eager executor so that the state after every op that writes is recorded."""

    def __init__(
        self,
        recording: Recording,
        context_module: Any,
        errors: Any,
        op_definition: Callable[[str], Any],
    ) -> None:
        """Prepares to record.

        Args:
            recording: Takes the writes.
            context_module: ``tensorflow.python.eager.context``.
            errors: ``tensorflow.python.framework.errors_impl``.
            op_definition: Gives the ``OpDef`` of an op; None for a function.
        """
        self._recording = recording
        self._op_definition = op_definition
        self._context = context_module
        self._errors = errors
        self._functions = FunctionWrites(self._function_definition)
        self._definitions: Dict[str, Any] = {}
        # By name of the op, whether it may make or write a variable.
        self._relevant: Dict[str, bool] = {}
        # By name and number of inputs, the writes of each input that is a handle.
        self._known_counts: Dict[Tuple[str, int], Counts] = {}
        # By the id of the handle tensor, which TensorFlow never uses twice.
        self._variables: Dict[int, Tuple[str, Any]] = {}
        # Those that may have to be set.
        self._handles: Dict[str, Any] = {}
        # The values of those that were there before the recorder, until they are used.
        self._adopted: Dict[int, Any] = {}

    def adopt(self, variables: Iterable[Any]) -> None:
        """Takes in variables that exist already; the value that they have is their initial one."""
        for variable in variables:
            handle, dtype = variable._handle, variable.dtype.as_datatype_enum
            try:
                self._adopted[handle._id] = self._read(handle, dtype).copy()
            except self._errors.OpError:
                continue  # it has no value yet
            self._variables[handle._id] = (variable.name, dtype)

    def install_functions(self, function_class: Any) -> None:
        """Hooks functions as they are made, for TensorFlow 1.15, which does not show them later.

        Args:
            function_class: ``tensorflow.python.eager.function._EagerDefinedFunction``.
        """
        original = function_class.__init__

        @functools.wraps(original)
        def init(function: Any, *args: Any, **kwargs: Any) -> None:
            original(function, *args, **kwargs)
            self._definitions[function.definition.signature.name] = function.definition

        function_class.__init__ = init

    def _function_definition(self, name: str) -> Any:
        if name not in self._definitions:
            context = self._context.context()
            known = context.has_function(name) and hasattr(context, "get_function_def")
            self._definitions[name] = context.get_function_def(name) if known else None
        return self._definitions[name]

    def install(self, pywrap: Any) -> None:
        """Wraps the executor's entry points on ``pywrap``.

        That is ``tensorflow.python.pywrap_tfe``, or ``pywrap_tensorflow`` of TensorFlow 1.15, where
        the device stands before the op, and callbacks before its inputs.
        """
        first, inputs = (0, 2) if pywrap.__name__.endswith("pywrap_tfe") else (1, 4)
        after_op = self.after_op
        relevant = self._relevant
        fast = pywrap.TFE_Py_FastPathExecute
        self._execute = pywrap.TFE_Py_Execute

        @functools.wraps(fast)
        def fast_path_execute(context: Any, *args: Any) -> Any:
            result = fast(context, *args)
            op = args[first]
            if relevant.get(op, True):  # asked here, because most ops end here
                after_op(op, args[inputs:], args[inputs:], args[first + 1], result)
            return result

        def wrap(execute: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(execute)
            def wrapped(
                context: Any, device: Any, op: Any, inputs: Any, attributes: Any, *rest: Any
            ) -> Any:
                result = execute(context, device, op, inputs, attributes, *rest)
                after_op(op, inputs, attributes or (), None, result)
                return result

            return wrapped

        pywrap.TFE_Py_FastPathExecute = fast_path_execute
        pywrap.TFE_Py_Execute = wrap(pywrap.TFE_Py_Execute)
        pywrap.TFE_Py_ExecuteCancelable = wrap(pywrap.TFE_Py_ExecuteCancelable)

    def after_op(
        self, op: Any, inputs: Any, attributes: Any, name: Optional[str], result: Any
    ) -> None:
        """Records what an executed op or function has written, if anything.

        ``inputs`` may have attributes at its end, as a name and a value each.
        """
        if isinstance(op, bytes):
            op = op.decode()
        relevant = self._relevant.get(op)
        if relevant is None:
            relevant = self._relevant[op] = self._is_relevant(op)
        if not relevant or self._recording.busy:
            return
        if op == "VarHandleOp":
            self._register(attributes, name, result)
            return
        if any(isinstance(value, list) for value in inputs):
            inputs = list(_flatten(inputs))
        variables = self._variables
        handles = [
            (position, value)
            for position, value in enumerate(inputs)
            if getattr(value, "_id", None) in variables
        ]
        if not handles:
            return
        with self._recording:
            counts = self._counts(op, inputs, attributes)
            written: Dict[int, Any] = {}
            merged: Dict[int, Optional[int]] = {}
            for position, handle in handles:
                identity = handle._id
                if identity in self._adopted:
                    self._take_in(identity)
                if position in counts:
                    written[identity] = handle
                    add_count(merged, identity, counts[position])
            writes: List[Write] = []
            for identity, handle in written.items():
                variable, dtype = variables[identity]
                if self._recording.sets:
                    self._handles[variable] = handle
                try:
                    value = self._read(handle, dtype)
                except self._errors.OpError:
                    continue  # a branch that was not taken may have left it without a value
                writes.append((variable, merged[identity], value))
            # A function that makes a variable may train it, too.
            starts = op == "AssignVariableOp" or "initialize_variables" in op
            self._recording.record(writes, self._assign, starts)

    def _is_relevant(self, op: str) -> bool:
        """Whether an op could be given a handle to write to; most could not."""
        definition = None if op in READERS or op == "VarHandleOp" else self._op_definition(op)
        if definition is None:
            return op not in READERS  # a function
        # Ops such as Reshape, which take any type, only pass a handle on.
        return any(
            argument.type_list_attr or argument.type == _RESOURCE
            for argument in definition.input_arg
        )

    def _take_in(self, identity: int) -> None:
        """Makes an adopted variable one like any other."""
        label, dtype = self._variables[identity]
        name = self._recording.unique_name(label)
        self._variables[identity] = (name, dtype)
        self._recording.record([(name, 0, self._adopted.pop(identity))])

    def _counts(self, op: str, inputs: Any, attributes: Any) -> Counts:
        """How often an op or function writes each of its inputs that are handles."""
        key = (op, len(inputs))
        counts = self._known_counts.get(key)
        if counts is not None:
            return counts
        definition = self._op_definition(op)
        # The name of the first attribute ends the inputs.
        n_inputs = next((i for i, v in enumerate(inputs) if isinstance(v, str)), len(inputs))
        functions: List[str] = []
        if definition is None:
            if not self._functions.is_function(op):
                return dict.fromkeys(range(n_inputs))  # made before the recorder came, in 1.15
            functions = [op]
        elif any("func" in attribute.type for attribute in definition.attr):
            names = (getattr(value, "name", "") for value in _flatten(attributes))
            texts = (name.decode() if isinstance(name, bytes) else name for name in names)
            functions = [text for text in texts if text and self._functions.is_function(text)]
            return self._functions.of_op(op, functions, n_inputs)
        counts = self._known_counts[key] = self._functions.of_op(op, functions, n_inputs)
        return counts

    def _register(self, attributes: Any, name: Optional[str], result: Any) -> None:
        pairs = dict(zip(attributes[::2], attributes[1::2]))
        handle = result[0] if isinstance(result, (list, tuple)) else result
        label = pairs.get("debug_name") or name or pairs.get("shared_name") or "Variable"
        label = label.decode() if isinstance(label, bytes) else str(label)
        unique = self._recording.unique_name(label)
        if made_by_metric():
            self._recording.metric(unique)
        self._variables[handle._id] = (unique, pairs["dtype"])

    def _assign(self, name: str, value: Any) -> bool:
        """Sets a variable that has been written before, and says whether it could."""
        handle = self._handles.get(name)
        if handle is None:
            return False
        from tensorflow.python.framework import constant_op

        context = self._context.context()
        _, dtype = self._variables[handle._id]
        tensor = constant_op.convert_to_eager_tensor(value, context, dtype)
        attributes = ("dtype", dtype, "validate_shape", False)
        self._execute(
            context._handle, handle.device, "AssignVariableOp", [handle, tensor], attributes, 0
        )
        return True

    def _read(self, handle: Any, dtype: Any) -> Any:
        context = self._context.context()
        # The executor itself, below the tapes, which would take the read for a use of the variable.
        (value,) = self._execute(
            context._handle, handle.device, "ReadVariableOp", [handle], ("dtype", dtype), 1
        )
        # As it lies in the variable: a copy that is not needed takes longer than the digest.
        return np.asarray(value._numpy())


def _flatten(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
