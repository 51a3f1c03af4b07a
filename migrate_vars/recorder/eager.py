"""Records eager execution and calls of ``tf.function``.

Every eager op and function call of Python code goes through three C functions, which generated op
wrappers look up on a module at call time. Hooking them there also covers raw ops, slice assignments
and Keras training, which hooks on ``tf.Variable`` methods would miss.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21, except that 1.15 has the three
functions on ``pywrap_tensorflow``, ``get_registered_ops`` instead of ``op_def_registry.get``, and
``_EagerDefinedFunction`` instead of ``get_function_def``: ``pywrap_tfe`` with
``TFE_Py_FastPathExecute``, ``TFE_Py_Execute`` and ``TFE_Py_ExecuteCancelable``; ``EagerTensor._id``
and ``_numpy``; ``op_def_registry.get``; ``Context._handle``, ``has_function`` and
``get_function_def``.

Known limits: what other processes write is seen only with the variable's next write. A variable
that a function both creates and writes in one call, because its initial value depends on an
argument, has its value after that call as the initial one. Reading a variable consumes a number of
the counter of eager tensors, from which TensorFlow also numbers function names.
"""

from __future__ import annotations

import functools
from typing import (
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

from .dataset_writes import DATASET, MAKE_ITERATOR
from .encoding import as_array
from .interfaces import (
    Array,
    EagerTensor,
    Function,
    Message,
    OpLookup,
    OpName,
    TensorFlowClass,
    TensorFlowModule,
    Value,
    Write,
)
from .lookup_tables import EXPORT, TABLE_OPS, Contents, as_writes, contents_of, empty, is_dense
from .op_writes import READERS, Counts, FunctionWrites, add_count
from .recording import Recording
from .unrecorded_state import UnrecordedState, kind_of

_RESOURCE = 20  # DT_RESOURCE
_VARIANT = 21  # DT_VARIANT


class _Table(NamedTuple):
    """Replaces the dtype for a lookup table.

    Attributes:
        keys: The dtype of its keys.
        values: The dtype of its values.
        absent: The keys that mark empty entries.
    """

    keys: int
    values: int
    absent: Tuple[EagerTensor, ...]


class EagerRecorder:
    """Hooks the eager executor so that the state after every writing op is recorded."""

    def __init__(
        self,
        recording: Recording,
        context_module: TensorFlowModule,
        errors: TensorFlowModule,
        op_definition: OpLookup,
    ) -> None:
        """Prepares to record.

        Args:
            recording: Receives the writes.
            context_module: ``tensorflow.python.eager.context``.
            errors: ``tensorflow.python.framework.errors_impl``.
            op_definition: Returns the ``OpDef`` of an op; None for a function.
        """
        self._recording = recording
        self._op_definition = op_definition
        self._context = context_module
        self._errors = errors
        self._functions = FunctionWrites(self._function_definition)
        self._definitions: Dict[str, Optional[Message]] = {}
        # By op name, whether it may create or write a variable.
        self._relevant: Dict[str, bool] = {}
        # By op name and number of inputs, the number of writes to each input that is a handle.
        self._known_counts: Dict[Tuple[str, int], Counts] = {}
        # By the id of the handle tensor, which TensorFlow never reuses.
        self._variables: Dict[int, Tuple[str, Union[int, _Table]]] = {}
        # The handles of the variables that may have to be set.
        self._handles: Dict[str, EagerTensor] = {}
        # By the id of a dataset or iterator, the variables it may write; see `_follow_datasets`.
        self._carried: Dict[int, List[EagerTensor]] = {}
        self._pending: Dict[int, EagerTensor] = {}
        # The kinds of state that is not recorded, by the op that creates it.
        self._kinds: Dict[str, str] = {}
        self._unseen = UnrecordedState(self._function_definition)
        self._iterates = False
        # The values of variables created before the recorder was installed, until they are used.
        self._adopted: Dict[int, Array] = {}

    def adopt(self, variables: Iterable[Value]) -> None:
        """Takes over variables that exist already; their current values are their initial ones."""
        for variable in variables:
            handle, dtype = variable._handle, variable.dtype.as_datatype_enum
            try:
                self._adopted[handle._id] = self._read(handle, dtype).copy()
            except self._errors.OpError:
                continue  # it has no value yet
            self._variables[handle._id] = (variable.name, dtype)

    def install_functions(self, function_class: TensorFlowClass) -> None:
        """Hooks the creation of functions, for TensorFlow 1.15, which has no access to them later.

        Args:
            function_class: ``tensorflow.python.eager.function._EagerDefinedFunction``.
        """
        original = function_class.__init__

        @functools.wraps(original)
        def init(function: Value, *args: Value, **kwargs: Value) -> None:
            original(function, *args, **kwargs)
            self._definitions[function.definition.signature.name] = function.definition

        function_class.__init__ = init

    def _function_definition(self, name: str) -> Optional[Message]:
        if name not in self._definitions:
            context = self._context.context()
            known = context.has_function(name) and hasattr(context, "get_function_def")
            self._definitions[name] = context.get_function_def(name) if known else None
        return self._definitions[name]

    def install(self, pywrap: TensorFlowModule) -> None:
        """Wraps the executor's entry points on ``pywrap``.

        That is ``tensorflow.python.pywrap_tfe``, or ``pywrap_tensorflow`` in TensorFlow 1.15, where
        the device precedes the op, and callbacks precede the inputs.
        """
        first, inputs = (0, 2) if pywrap.__name__.endswith("pywrap_tfe") else (1, 4)
        after_op = self.after_op
        after_failure = self.after_failure
        relevant = self._relevant
        from tensorflow.python.eager.core import _FallbackException

        fast = pywrap.TFE_Py_FastPathExecute
        self._execute = pywrap.TFE_Py_Execute

        @functools.wraps(fast)
        def fast_path_execute(context: Value, *args: Value) -> Value:
            try:
                result = fast(context, *args)
            except _FallbackException:  # nothing was executed; TensorFlow tries the slow path
                raise
            except BaseException:
                after_failure(args[first], args[inputs:], args[inputs:])
                raise
            op = args[first]
            if relevant.get(op, True):  # checked here, because most ops need nothing more
                after_op(op, args[inputs:], args[inputs:], args[first + 1], result)
            return result

        def wrap(execute: Function) -> Function:
            @functools.wraps(execute)
            def wrapped(
                context: Value,
                device: Value,
                op: OpName,
                inputs: Value,
                attributes: Value,
                *rest: Value,
            ) -> Value:
                try:
                    result = execute(context, device, op, inputs, attributes, *rest)
                except BaseException:
                    after_failure(op, inputs, attributes or ())
                    raise
                after_op(op, inputs, attributes or (), None, result)
                return result

            return wrapped

        pywrap.TFE_Py_FastPathExecute = fast_path_execute
        pywrap.TFE_Py_Execute = wrap(pywrap.TFE_Py_Execute)
        pywrap.TFE_Py_ExecuteCancelable = wrap(pywrap.TFE_Py_ExecuteCancelable)

    def after_op(
        self,
        op: OpName,
        inputs: Sequence[Value],
        attributes: Sequence[Value],
        name: Optional[str],
        result: Value,
    ) -> None:
        """Records what an executed op or function has written, if anything.

        ``inputs`` may end with attributes, as names and values.
        """
        if isinstance(op, bytes):
            op = op.decode()
        relevant = self._relevant.get(op)
        if relevant is None:
            relevant = self._relevant[op] = self._is_relevant(op)
        if not relevant or self._recording.busy:
            return
        if op in self._kinds:
            self._recording.unseen(self._kinds[op])
        if op == "VarHandleOp":
            self._register(attributes, name, result)
        elif op in TABLE_OPS:
            self._register_table(op, attributes, name, result)
        else:
            self._record_writes(op, inputs, attributes, result)

    def after_failure(
        self, op: OpName, inputs: Sequence[Value], attributes: Sequence[Value]
    ) -> None:
        """Records what an op or function wrote before it failed; see :meth:`after_op`."""
        op = op.decode() if isinstance(op, bytes) else op
        if not self._recording.busy and self._relevant.get(op, self._is_relevant(op)):
            self._record_writes(op, inputs, attributes, failed=True)

    def _record_writes(
        self,
        op: str,
        inputs: Sequence[Value],
        attributes: Sequence[Value],
        result: Value = None,
        failed: bool = False,
    ) -> None:
        if any(isinstance(value, list) for value in inputs):
            inputs = list(_flatten(inputs))
        variables = self._variables
        handles = [
            (position, value)
            for position, value in enumerate(inputs)
            if getattr(value, "_id", None) in variables
        ]
        found = (
            self._follow_datasets(op, inputs, handles, attributes, result) if self._iterates else {}
        )
        if not handles and not found:
            return
        with self._recording:
            counts = self._counts(op, inputs, attributes)
            written: Dict[int, EagerTensor] = {}
            merged: Dict[int, Optional[int]] = {}
            for position, handle in handles:
                identity = handle._id
                if identity in self._adopted:
                    self._begin_adopted(identity)
                if position in counts:
                    written[identity] = handle
                    add_count(merged, identity, counts[position])
            writes = self._read_all(written, merged)
            passing: List[Write] = []
            if found:
                passing = self._dataset_writes(found, written, failed)
            # A function that creates a variable may also train it.
            starts = op == "AssignVariableOp" or "initialize_variables" in op
            if failed:
                writes = [(n, c if c in (0, 1) else None, value) for n, c, value in writes]
                self._recording.record_failed(writes, self._assign, starts, passing)
            else:
                self._recording.record(writes, self._assign, starts, passing)

    def _dataset_writes(
        self,
        found: Dict[int, Tuple[EagerTensor, bool]],
        written: Dict[int, EagerTensor],
        ended: bool,
    ) -> List[Write]:
        """Reads what exhausted datasets have written; the others are read later."""
        handles: Dict[int, EagerTensor] = {}
        for identity, (handle, one_by_one) in found.items():
            if one_by_one and not ended:
                self._pending[identity] = handle
            elif identity not in written:
                handles[identity] = handle
        return self._read_all(handles, dict.fromkeys(handles)) if handles else []

    def finish(self) -> None:
        """Records what datasets have written, once no more elements will be taken from them."""
        pending, self._pending = self._pending, {}
        if pending and not self._recording.busy:
            with self._recording:
                passing = self._read_all(pending, dict.fromkeys(pending))
                self._recording.record([], passing=passing)

    def _read_all(
        self, handles: Dict[int, EagerTensor], counts: Dict[int, Optional[int]]
    ) -> List[Write]:
        """The current values of these variables, with their numbers of writes."""
        writes: List[Write] = []
        for identity, handle in handles.items():
            variable, dtype = self._variables[identity]
            if self._recording.sets:
                self._handles[variable] = handle
            try:
                if not isinstance(dtype, _Table):
                    writes.append((variable, counts[identity], self._read(handle, dtype)))
                    continue
                contents = self._export(handle, dtype)
            except self._errors.OpError:
                continue  # a branch not taken may have left it uninitialised
            self._recording.begins(as_writes(variable, 0, empty(contents)))
            writes += as_writes(variable, counts[identity], contents)
        return writes

    def _follow_datasets(
        self,
        op: str,
        inputs: Sequence[Value],
        handles: List[Tuple[int, EagerTensor]],
        attributes: Sequence[Value],
        result: Value,
    ) -> Dict[int, Tuple[EagerTensor, bool]]:
        """Tracks what datasets write; see ``dataset_writes``.

        Returns:
            The variables that the op may have written by iterating over datasets, by handle id: the
            handle, and whether elements are taken one by one.
        """
        found: Dict[int, Tuple[EagerTensor, bool]] = {}
        for value in inputs:
            carried = self._carried.get(getattr(value, "_id", -1))
            for handle in carried or ():
                one_by_one = found.get(handle._id, (handle, True))[1]
                found[handle._id] = handle, one_by_one and value.dtype.name == "resource"
        if DATASET.search(op):
            functions = self._called(attributes)
            self._record_unseen(functions)
            if functions and handles:
                n_inputs = self._n_inputs(inputs)
                counts = self._functions.of_op(op, functions, n_inputs, iterates=True)
                found.update((h._id, (h, False)) for i, h in handles if i in counts)
            if found and result is not None:
                made = result[0] if isinstance(result, (list, tuple)) else result
                self._carried[made._id] = [handle for handle, _ in found.values()]
            return {}
        if op in MAKE_ITERATOR:
            for value in inputs if found else ():
                if hasattr(value, "_id"):
                    self._carried[value._id] = [handle for handle, _ in found.values()]
            return {}
        return found

    def trains(
        self, op: OpName, inputs: Sequence[Value], attributes: Sequence[Value]
    ) -> Optional[bool]:
        """Whether a function writes a variable that no metric owns; None for an op."""
        op = op.decode() if isinstance(op, bytes) else op
        if self._op_definition(op) is not None:
            return None
        counts = self._counts(op, inputs, attributes or ())
        names = (
            self._variables[inputs[position]._id][0]
            for position in counts
            if getattr(inputs[position], "_id", None) in self._variables
        )
        return not all(map(self._recording.is_metric, names))

    def _is_relevant(self, op: str) -> bool:
        """Whether an op could be given a handle to write to; most could not."""
        definition = None if op in READERS or op == "VarHandleOp" else self._op_definition(op)
        if definition is None:
            if op not in READERS:  # a function
                self._record_unseen([op])
                return True
            return op == "VarHandleOp"
        kind = kind_of(op)
        if kind is not None:
            self._kinds[op] = kind
        if kind is not None or op in TABLE_OPS:
            return True
        if DATASET.search(op):
            self._iterates = True
        # Ops that accept any type, such as Reshape, only pass a handle on.
        return any(
            argument.type_list_attr or argument.type in (_RESOURCE, _VARIANT)
            for argument in definition.input_arg
        )

    def _record_unseen(self, functions: Iterable[str]) -> None:
        """Records that functions use state that is not recorded."""
        for function in functions:
            for kind in sorted(self._unseen.of_function(function)):
                self._recording.unseen(kind)

    def _begin_adopted(self, identity: int) -> None:
        """Records the initial value of an adopted variable."""
        label, dtype = self._variables[identity]
        name = self._recording.unique_name(label)
        self._variables[identity] = (name, dtype)
        self._recording.record([(name, 0, self._adopted.pop(identity))])

    def _counts(self, op: str, inputs: Sequence[Value], attributes: Sequence[Value]) -> Counts:
        """How often an op or function writes each input that is a handle."""
        key = (op, len(inputs))
        counts = self._known_counts.get(key)
        if counts is not None:
            return counts
        definition = self._op_definition(op)
        n_inputs = self._n_inputs(inputs)
        functions: List[str] = []
        if definition is None:
            if not self._functions.is_function(op):
                return dict.fromkeys(range(n_inputs))  # created before us, in 1.15
            functions = [op]
        elif any("func" in attribute.type for attribute in definition.attr):
            return self._functions.of_op(op, self._called(attributes), n_inputs)
        counts = self._known_counts[key] = self._functions.of_op(op, functions, n_inputs)
        return counts

    def _n_inputs(self, inputs: Sequence[Value]) -> int:
        """The number of inputs, which end at the name of the first attribute."""
        return next((i for i, v in enumerate(inputs) if isinstance(v, str)), len(inputs))

    def _called(self, attributes: Sequence[Value]) -> List[str]:
        """The functions among the attributes of an op."""
        names = (getattr(value, "name", value) for value in _flatten(attributes))
        texts = (name.decode() if isinstance(name, bytes) else name for name in names)
        return [t for t in texts if isinstance(t, str) and t and self._functions.is_function(t)]

    def _register(self, attributes: Sequence[Value], name: Optional[str], result: Value) -> None:
        pairs = dict(zip(attributes[::2], attributes[1::2]))
        handle = result[0] if isinstance(result, (list, tuple)) else result
        label = pairs.get("debug_name") or name or pairs.get("shared_name") or "Variable"
        label = label.decode() if isinstance(label, bytes) else str(label)
        unique = self._recording.unique_name(label)
        self._recording.made(unique)
        self._variables[handle._id] = (unique, pairs["dtype"])

    def _register_table(
        self, op: str, attributes: Sequence[Value], name: Optional[str], result: Value
    ) -> None:
        # A dense table has its special keys as inputs, which come first.
        named = [(k, v) for k, v in zip(attributes, attributes[1:]) if isinstance(k, str)]
        dtypes = {key: value for key, value in named if key in ("key_dtype", "value_dtype")}
        keys = dtypes.get("key_dtype")
        handle = result[0] if isinstance(result, (list, tuple)) else result
        label = name or "MutableHashTable"
        keys = attributes[0].dtype.as_datatype_enum if keys is None else keys
        absent = tuple(attributes[:2]) if is_dense(op) else ()
        table = _Table(keys, dtypes["value_dtype"], absent)
        self._variables[handle._id] = (self._recording.unique_name(label), table)

    def _export(self, handle: EagerTensor, table: _Table) -> Contents:
        context = self._context.context()
        attributes = ("Tkeys", table.keys, "Tvalues", table.values)
        keys, values = self._execute(
            context._handle, handle.device, EXPORT, [handle], attributes, 2
        )
        return contents_of(keys._numpy(), values._numpy(), *(key.numpy() for key in table.absent))

    def _assign(self, name: str, value: Value) -> bool:
        """Sets a variable that has been written before; returns whether it could."""
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

    def _read(self, handle: EagerTensor, dtype: int) -> Array:
        context = self._context.context()
        # The executor itself, since a gradient tape would count the read as a use of the variable.
        (value,) = self._execute(
            context._handle, handle.device, "ReadVariableOp", [handle], ("dtype", dtype), 1
        )
        # Without a copy, which would take longer than the digest.
        return as_array(value._numpy())


def _flatten(values: Iterable[Value]) -> Iterator[Value]:
    for value in values:
        if isinstance(value, list):
            yield from value
        else:
            yield value
