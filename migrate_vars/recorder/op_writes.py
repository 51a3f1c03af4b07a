"""Which variables an op, a function or a session run writes, and how often.

The rules come from the op definitions: an op writes a reference variable when its ``OpDef`` marks
the input as ``is_ref``, and a resource variable when it takes the handle and is not one of the few
ops that only read it (tensorflow/core/ops/resource_variable_ops.cc, state_ops.cc, training_ops.cc).
"""

from __future__ import annotations

import re
from typing import (
    Callable,
    Collection,
    Dict,
    Iterable,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
    TypeVar,
)

from .interfaces import DatasetWrites, FunctionLookup, Message, Operation, Tensor
from .lookup_tables import TABLE_OPS
from .shared_resources import USERS

# Ops that take a resource handle and do not write the variable.
READERS = frozenset(
    [
        "ReadVariableOp",
        "ResourceGather",
        "ResourceGatherNd",
        "VarIsInitializedOp",
        "VariableShape",
        "DestroyResourceOp",
        "DisableCopyOnRead",
        "_ReadVariablesOp",
        "LookupTableExportV2",
        "LookupTableFindV2",
        "LookupTableSizeV2",
        "Identity",
        "IdentityN",
        "NoOp",
        "Enter",
        "Exit",
        "Merge",
        "NextIteration",
        "Switch",
        "RefSwitch",
        "_SwitchN",
        "Pack",
        "FakeParam",
        "LookupTableFindV2",
        "LookupTableSizeV2",
        "LookupTableExportV2",
    ]
)
# Those of them that read the variable's value.
_VALUE_READERS = frozenset(
    ["ReadVariableOp", "ResourceGather", "ResourceGatherNd", "_ReadVariablesOp"]
)
# Ops that pass a reference on.
_REF_PASSES = frozenset(
    ["RefIdentity", "RefSwitch", "RefMerge", "RefSelect", "RefEnter", "RefExit", "RefNextIteration"]
)
_REF_READERS = _REF_PASSES | {"IsVariableInitialized"}
VARIABLE_OPS = frozenset(["Variable", "VariableV2", "TemporaryVariable", "VarHandleOp"])
#: Variables and lookup tables.
ANY_VARIABLE = VARIABLE_OPS | TABLE_OPS
_PASS_HANDLE = frozenset(["Identity", "Enter", "Switch", "RefEnter", "RefIdentity", "RefSwitch"])
# Ops that call a function exactly once; others may call it any number of times, or never.
_CALLS = frozenset(["PartitionedCall", "StatefulPartitionedCall"])
# Ops that store a function, which is called when the dataset is iterated over.
_DATASET = re.compile(r"(?<!Reduce)Dataset(V\d)?$")
# Ops that iterate over a dataset, such as a loop in a function.
_ITERATES = re.compile(r"ReduceDataset|IteratorGetNext|DatasetToSingleElement")

_RESTORES = frozenset(["Restore", "RestoreV2", "RestoreSlice"])

_Key = TypeVar("_Key")

#: The number of writes to each input, by position; None if unknown.
Counts = Dict[int, Optional[int]]


def add_count(counts: Dict[_Key, Optional[int]], key: _Key, count: Optional[int]) -> None:
    """Adds ``count`` writes of ``key``; None means unknown and absorbs."""
    before = counts.get(key, 0)
    counts[key] = None if before is None or count is None else before + count


def called_functions(attributes: Message) -> List[str]:
    """The names of the functions in a node's attributes (an ``AttrValue`` map)."""
    names: List[str] = []
    for value in attributes.values():
        if value.HasField("func"):
            names.append(value.func.name)
        elif value.HasField("list"):
            names.extend(function.name for function in value.list.func)
    return names


class FunctionWrites:
    """Finds which arguments of a function are handles of variables that it writes."""

    def __init__(self, lookup: FunctionLookup) -> None:
        self._lookup = lookup
        self._known: Dict[str, Counts] = {}

    def of(self, name: str) -> Counts:
        """The number of writes by argument position; None if it is not static."""
        known = self._known.get(name)
        if known is None:
            self._known[name] = {}  # a recursive call adds nothing new
            known = self._known[name] = self._analyse(self._lookup(name))
        return known

    def is_function(self, name: str) -> bool:
        """Whether ``name`` is a function rather than a primitive op."""
        return name in self._known or self._lookup(name) is not None

    def _analyse(self, definition: Message) -> Counts:
        counts: Counts = {}
        if definition is None:
            return counts
        origin = {arg.name: i for i, arg in enumerate(definition.signature.input_arg)}
        nodes = list(definition.node_def)
        # Handles may pass through Identity nodes, which need not be in topological order.
        for _ in range(len(nodes)):
            grown = False
            for node in nodes:
                if node.op in _PASS_HANDLE and node.name not in origin:
                    source = _argument(node.input[0]) if node.input else ""
                    if source in origin:
                        origin[node.name] = origin[source]
                        grown = True
            if not grown:
                break
        iterates = any(_ITERATES.match(node.op) for node in nodes)
        for node in nodes:
            inputs = [_argument(name) for name in node.input if not name.startswith("^")]
            if not any(name in origin for name in inputs):
                continue
            for position, count in self.of_node(node.op, node.attr, len(inputs), iterates).items():
                if inputs[position] in origin:
                    add_count(counts, origin[inputs[position]], count)
        return counts

    def of_node(
        self, op: str, attributes: Message, n_inputs: int, iterates: bool = False
    ) -> Counts:
        """The inputs of a node that are written, if they are resource handles."""
        functions = called_functions(attributes)
        if not functions and self.is_function(op):
            functions = [op]
        return self.of_op(op, functions, n_inputs, iterates)

    def of_op(
        self, op: str, functions: Sequence[str], n_inputs: int, iterates: bool = False
    ) -> Counts:
        """The inputs of an op with these functions that are written, if they are handles.

        Args:
            op: The type of the op.
            functions: The functions in its attributes.
            n_inputs: The number of its inputs.
            iterates: Whether a dataset that it creates may be iterated over immediately.
        """
        if op in READERS or (_DATASET.search(op) and not (iterates and functions)):
            return {}
        if not functions:
            return dict.fromkeys(range(n_inputs), 1)
        counts: Counts = {}
        for function in functions:
            definition = self._lookup(function)
            if definition is None:
                continue
            # Captured inputs come last, the op's own inputs come first.
            offset = n_inputs - len(definition.signature.input_arg)
            for position, count in self.of(function).items():
                known = count if op in _CALLS or op == function else None
                add_count(counts, position + offset, known)
        return counts


def _argument(name: str) -> str:
    """The name of the node or argument in ``node:output:0`` or ``arg``."""
    return name.split(":", 1)[0]


class Writes:
    """The variables that a session run writes.

    Attributes:
        counts: For each variable that is not only initialised, the number of writes; None if
            unknown.
        initialised: The variables that are initialised.
        writers: The ops that write each variable.
        passing: The variables that datasets may write, and whether the run takes elements one by
            one from an iterator; see ``dataset_writes``.
        restores: Whether the run reads a checkpoint.
        shares: The number of ops that use other shared resources; see ``shared_resources``.
    """

    def __init__(self) -> None:
        self.counts: Dict[Operation, Optional[int]] = {}
        self.initialised: Set[Operation] = set()
        self.writers: Dict[Operation, List[Operation]] = {}
        self.passing: Dict[Operation, bool] = {}
        self.restores = False
        self.shares = 0

    def all(self) -> Dict[Operation, Optional[int]]:
        """The number of writes of each variable; 0 if it is initialised."""
        counts: Dict[Operation, Optional[int]] = dict.fromkeys(self.initialised, 0)
        counts.update(self.counts)
        return counts

    @property
    def may_race(self) -> bool:
        """Whether there is anything in the run that two ops could access."""
        return bool(self.counts or self.initialised) or self.shares > 1


def find_session_writes(
    roots: Iterable[Operation],
    fed: Set[str],
    functions: FunctionWrites,
    datasets: Optional[DatasetWrites] = None,
    look: Callable[[Operation], None] = lambda op: None,
) -> Writes:
    """Collects the writes of the part of a graph that a session run executes.

    Args:
        roots: The fetched and targeted ``tf.Operation`` objects.
        fed: Names of the fed tensors, at which the traversal stops.
        functions: The analysis of function calls and functional control flow.
        datasets: The datasets of the graph; None to leave out what they write.
        look: Called with every op that the run executes.

    Returns:
        For each written variable, the number of writing ops, or None if control flow decides at run
        time; initialisers are kept separate.
    """
    writes = Writes()
    seen: Set[Operation] = set()
    stack = list(roots)
    while stack:
        op = stack.pop()
        if op in seen:
            continue
        seen.add(op)
        look(op)
        writes.restores = writes.restores or op.type in _RESTORES
        writes.shares += op.type in USERS
        stack.extend(op.control_inputs)
        stack.extend(tensor.op for tensor in op.inputs if tensor.name not in fed)
        if datasets is not None:
            for variable, one_by_one in datasets.written_through(op).items():
                writes.passing[variable] = writes.passing.get(variable, True) and one_by_one
        for variable, count in _written_by(op, functions):
            writes.writers.setdefault(variable, []).append(op)
            # An initialiser with a fed value, as in `Variable.load`, is an assignment.
            initialises = op.name == variable.name + "/Assign" and not any(
                tensor.name in fed for tensor in op.inputs
            )
            if initialises:
                writes.initialised.add(variable)
            else:
                add_count(writes.counts, variable, count)
    return writes


def comes_before(first: Operation, second: Operation, fed: Set[str]) -> bool:
    """Whether a path leads from one op to another in a run; see `find_session_writes`."""
    seen: Set[Operation] = set()
    stack = [second]
    while stack:
        op = stack.pop()
        if op is first:
            return True
        if op not in seen:
            seen.add(op)
            stack.extend(op.control_inputs)
            stack.extend(tensor.op for tensor in op.inputs if tensor.name not in fed)
    return False


def _written_by(op: Operation, functions: FunctionWrites) -> List[Tuple[Operation, Optional[int]]]:
    result: List[Tuple[Operation, Optional[int]]] = []
    conditional = op._get_control_flow_context() is not None
    for position, count in written_inputs(op, functions).items():
        variable = variable_of(op.inputs[position], ANY_VARIABLE)
        if variable is not None:
            result.append((variable, None if conditional else count))
    return result


def written_inputs(op: Operation, functions: FunctionWrites) -> Counts:
    """The inputs of an op that are handles or references of variables that it writes."""
    counts: Counts = {}
    handles = [
        i for i, tensor in enumerate(op.inputs) if tensor.dtype.base_dtype.name == "resource"
    ]
    if handles:
        written = functions.of_node(op.type, op.node_def.attr, len(op.inputs))
        counts.update((i, written[i]) for i in handles if i in written)
    if op.type in _REF_READERS:
        return counts
    for i, (argument, tensor) in enumerate(
        zip(op.op_def.input_arg, op.inputs) if op.op_def else ()
    ):
        if argument.number_attr or argument.type_list_attr:
            break  # no op has a list before a reference input
        if argument.is_ref and tensor.dtype._is_ref_dtype:
            counts[i] = 1
    return counts


def reads_handle(op_type: str) -> bool:
    """Whether an op that takes a handle, and does not write, reads the variable's value."""
    return op_type in _VALUE_READERS or not (op_type in READERS or _DATASET.search(op_type))


def variable_of(tensor: Tensor, kinds: Collection[str] = VARIABLE_OPS) -> Optional[Operation]:
    """The variable op of a reference tensor or resource handle, if it is static."""
    op = tensor.op
    while op.type not in kinds:
        if tensor.dtype.base_dtype.name == "resource":
            if op.type not in _PASS_HANDLE:
                return None
        elif not tensor.dtype._is_ref_dtype:
            return None
        if not op.inputs:
            return None
        tensor = op.inputs[0]  # every state op returns its first input, the reference
        op = tensor.op
    return op
