"""Resources other than variables that ops of a session run share.

These are iterators, queues, tables and Python objects. Which element an op takes depends on what
was taken before, so two ops that take from one iterator need an order just like two that write one
variable. For each op, this module knows how it uses the resources that it is given, and for each
pair of uses whether their order matters:

* Two ops that take an element, or two that put one in, get or insert different ones.
* Putting into a FIFO queue and taking from it gives the same in any order: an op waits if the queue
  is empty or full.
* A table is read and written like a variable, except for known keys that are different.
* Python functions share the mutable state that both reach (see ``python_state``).
* A random op in a loop shares its sequence of numbers with itself in other iterations.

Not considered: stacks, tensor arrays and accumulators, which TensorFlow itself orders.
"""

from __future__ import annotations

from typing import Dict, FrozenSet, Optional

from .interfaces import Resource

_KINDS: Dict[str, FrozenSet[str]] = {
    "iterator": frozenset(
        ["Iterator", "IteratorV2", "OneShotIterator", "IteratorFromStringHandleV2"]
    ),
    "queue": frozenset(["FIFOQueueV2", "PaddingFIFOQueueV2", "FIFOQueue", "PaddingFIFOQueue"]),
    "unsorted queue": frozenset(
        ["RandomShuffleQueueV2", "PriorityQueueV2", "RandomShuffleQueue", "PriorityQueue"]
    ),
    "reader": frozenset(
        [
            *("FixedLengthRecordReaderV2", "IdentityReaderV2", "LMDBReader", "TFRecordReaderV2"),
            *("TextLineReaderV2", "WholeFileReaderV2"),
        ]
    ),
    "table": frozenset(
        [
            *("HashTableV2", "MutableDenseHashTableV2", "MutableHashTableOfTensorsV2"),
            "MutableHashTableV2",
        ]
    ),
}
#: The kind of resource by the type of the op that creates it.
MAKERS = {each: kind for kind, types in _KINDS.items() for each in types}
# Staging areas are shared by name.
_STAGES = {"Stage": "put", "Unstage": "take", "StageClear": "take", "StageSize": "read"}
_PYTHON = frozenset(["PyFunc", "EagerPyFunc"])
_USES: Dict[str, str] = {
    "IteratorGetNext": "take",
    "IteratorGetNextSync": "take",
    "IteratorGetNextAsOptional": "take",
    "MakeIterator": "start",
    "DeserializeIterator": "start",
    "QueueDequeueManyV2": "take",
    "QueueDequeueUpToV2": "take",
    "QueueDequeueV2": "take",
    "QueueEnqueueManyV2": "put",
    "QueueEnqueueV2": "put",
    "QueueSizeV2": "read",
    "QueueIsClosedV2": "read",
    "QueueCloseV2": "close",
    "ReaderReadV2": "take",
    "ReaderReadUpToV2": "take",
    "ReaderResetV2": "start",
    "ReaderNumRecordsProducedV2": "read",
    "ReaderNumWorkUnitsCompletedV2": "read",
    "LookupTableFindV2": "read",
    "LookupTableSizeV2": "read",
    "LookupTableExportV2": "read",
    "LookupTableInsertV2": "write",
    "LookupTableRemoveV2": "write",
    "LookupTableImportV2": "write",
    "InitializeTableV2": "write",
    "InitializeTableFromTextFileV2": "write",
    "IteratorToStringHandle": "",
    "IteratorGetDevice": "",
    "SerializeIterator": "read",
}
_USES.update({kind[:-2]: use for kind, use in _USES.items() if kind.endswith("V2")})
#: Types of stateful random ops: each run of one continues its sequence of numbers.
RANDOM = frozenset(
    [
        *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal"),
        *("ParameterizedTruncatedNormal", "RandomGamma", "RandomPoisson", "RandomPoissonV2"),
        *("Multinomial", "RandomShuffle", "AllCandidateSampler", "FixedUnigramCandidateSampler"),
        *("LearnedUnigramCandidateSampler", "LogUniformCandidateSampler"),
        *("ThreadUnsafeUnigramCandidateSampler", "UniformCandidateSampler"),
        *("SampleDistortedBoundingBox", "SampleDistortedBoundingBoxV2"),
    ]
)
#: Types of ops that use a shared resource.
USERS = frozenset([*_USES, *_STAGES, *_PYTHON])
# Pairs of uses whose order does not matter, besides two reads.
_ALIKE: Dict[str, FrozenSet[FrozenSet[str]]] = {
    "queue": frozenset(
        [frozenset(["put", "take"]), frozenset(["close", "take"]), frozenset(["close"])]
    ),
    "unsorted queue": frozenset([frozenset(["close", "take"]), frozenset(["close"])]),
    "staging area": frozenset([frozenset(["put", "take"])]),
}
_WITH_KEYS = frozenset(["LookupTableFindV2", "LookupTableInsertV2", "LookupTableRemoveV2"])


class Shared:
    """A shared resource that no op of the graph represents.

    Attributes:
        name: Its name.
        kind: "staging area", "python" or "random".
    """

    def __init__(self, name: str, kind: str, number: int) -> None:
        self.name = name
        self.kind = kind
        self.type = ""
        self._id = number  # like that of an op


def kind_of(resource: Resource) -> Optional[str]:
    """The kind of a resource: "iterator", "queue", "table", ...; None for a variable."""
    return resource.kind if isinstance(resource, Shared) else MAKERS.get(resource.type)


def use_of(op_type: str) -> Optional[str]:
    """How an op uses a resource: "take", "put", "read", ...; "" if not at all.

    None for unknown ops, such as calls of functions.
    """
    return _USES.get(op_type)


def use_of_stage(op_type: str) -> Optional[str]:
    """How an op uses a staging area; None for other ops."""
    return _STAGES.get(op_type)


def calls_python(op_type: str) -> bool:
    """Whether an op calls a Python function, which may have state."""
    return op_type in _PYTHON


def shows(kind: str, one: str, other: str) -> bool:
    """Whether the order of two uses of a resource of that kind matters."""
    both = frozenset([one, other])
    return both != {"read"} and both not in _ALIKE.get(kind, ())


def have_keys(op_type: str) -> bool:
    """Whether an op accesses only the table entries whose keys it is given."""
    return op_type in _WITH_KEYS
