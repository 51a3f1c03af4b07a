"""What ops of one session run share besides variables: iterators, queues, tables, Python objects.

Which element an op takes depends on who has taken one before, so two that take from one iterator
are as much in need of an order as two that write one variable. Of each op, this module says what it
does to what it is given, and of each two whether their order can be seen:

* Two that take an element, or two that put one in, give and get other ones.
* Putting into a queue and taking from it comes to the same in any order where elements leave it as
  they came: an op that finds the queue empty, or full, waits.
* A table is read and written as a variable is, but for keys that are known and have none in common.
* Python functions share what they both reach that can change (see ``python_state``).

Not looked at: stacks, arrays of tensors and accumulators, for whose order TensorFlow itself cares.
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
#: Of the type of an op that makes something to share, what that is.
MAKERS = {each: kind for kind, types in _KINDS.items() for each in types}
# Those ops know what they share by a name.
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
#: Ops of these types use something that is shared.
USERS = frozenset([*_USES, *_STAGES, *_PYTHON])
# Pairs of uses whose order does not show, besides those of two reads.
_ALIKE: Dict[str, FrozenSet[FrozenSet[str]]] = {
    "queue": frozenset(
        [frozenset(["put", "take"]), frozenset(["close", "take"]), frozenset(["close"])]
    ),
    "unsorted queue": frozenset([frozenset(["close", "take"]), frozenset(["close"])]),
    "staging area": frozenset([frozenset(["put", "take"])]),
}
_WITH_KEYS = frozenset(["LookupTableFindV2", "LookupTableInsertV2", "LookupTableRemoveV2"])


class Shared:
    """Something that ops share and that no op of the graph stands for.

    Attributes:
        name: What to call it.
        kind: "staging area" or "python".
    """

    def __init__(self, name: str, kind: str, number: int) -> None:
        self.name = name
        self.kind = kind
        self.type = ""
        self._id = number  # as ops have one


def kind_of(resource: Resource) -> Optional[str]:
    """What is shared: "iterator", "queue", "table", ...; None for a variable."""
    return resource.kind if isinstance(resource, Shared) else MAKERS.get(resource.type)


def use_of(op_type: str) -> Optional[str]:
    """What an op does to what it is given: "take", "put", "read", ...; "" if nothing is to be seen.

    None for ops that are not known, such as calls of functions.
    """
    return _USES.get(op_type)


def use_of_stage(op_type: str) -> Optional[str]:
    """What an op does to a staging area; None if it is none of those."""
    return _STAGES.get(op_type)


def calls_python(op_type: str) -> bool:
    """Whether an op calls a function of Python's that may have a state."""
    return op_type in _PYTHON


def shows(kind: str, one: str, other: str) -> bool:
    """Whether the order of two uses can be seen, of something of that kind."""
    both = frozenset([one, other])
    return both != {"read"} and both not in _ALIKE.get(kind, ())


def have_keys(op_type: str) -> bool:
    """Whether an op touches those entries of a table only whose keys it is given."""
    return op_type in _WITH_KEYS
