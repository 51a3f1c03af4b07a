"""Finds state outside of variables and tables, which is not recorded.

It is named in the verdict, so that nobody assumes it was compared. Only what runs counts, each op
of a graph once, and in eager code each line that creates such state.

Not named: what lasts no longer than a run (stacks, tensor arrays, iterators that a function creates
for itself), summary writers, and Python state, which every program has.
"""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Optional, Tuple

from .interfaces import FunctionLookup, Operation
from .op_writes import ANY_VARIABLE, called_functions
from .training_draws import is_draw

ITERATOR, TABLE = "iterator", "lookup table"
#: Others may write the variables of a session on a server.
SERVER = "server session"
#: A trained variable that cannot be read: without it there is no verdict.
VARIABLE = "variable"
_KINDS = (
    ("queue", r"\w+Queue(V2)?"),
    (ITERATOR, r"(Anonymous)?(MultiDevice)?Iterator(V\d)?|OneShotIterator"),
    ("py_func", r"(Eager)?PyFunc(Stateless)?"),
    (TABLE, r"(Anonymous)?HashTable(V2)?|Mutable(Dense)?HashTable(OfTensors)?"),
    ("accumulator", r"\w*ConditionalAccumulator"),
    ("barrier", r"Barrier"),
    ("staging area", r"(OrderedMap|Map)?(Uns|S)tage"),
    ("reader", r"\w+Reader(V2)?"),
    ("tree ensemble", r"\w*(Ensemble|QuantileStream|DecisionTree|FertileStats)\w*HandleOp"),
)
_OTHER = "other resource"
_NO_STATE = re.compile(r"SummaryWriter|Placeholder|Const|FakeParam|Stack|TensorArray|Dummy|Random")


def kind_of(op: str) -> Optional[str]:
    """The kind of state that ops of a type create or use, or None."""
    for kind, pattern in _KINDS:
        if re.fullmatch(pattern, op):
            return kind
    return None


class UnrecordedState:
    """Finds such state in ops and in the functions that they call."""

    def __init__(self, lookup: FunctionLookup) -> None:
        """Takes a function that returns the definition of a function by name, or None."""
        self._lookup = lookup
        self._functions: Dict[str, FrozenSet[str]] = {}
        # By op type, its kind, and whether it may call functions.
        self._types: Dict[str, Tuple[Optional[str], bool]] = {}

    def of_op(self, op: Operation) -> FrozenSet[str]:
        """The kinds of state that an op of a graph creates or uses."""
        known = self._types.get(op.type)
        if known is None:
            known = self._types[op.type] = self._type(op)
        kind, calls = known
        found: FrozenSet[str] = frozenset()
        if kind is not None and not is_draw(op.name):
            found = frozenset([kind])
        if calls:
            for name in called_functions(op.node_def.attr):
                found |= self.of_function(name)
            found |= self.of_function(op.type)
        return found

    def _type(self, op: Operation) -> Tuple[Optional[str], bool]:
        kind, definition = kind_of(op.type), op.op_def
        if kind is None and definition is not None and not definition.input_arg:
            handle = (
                definition.is_stateful and op.outputs and op.outputs[0].dtype.name == "resource"
            )
            if handle and op.type not in ANY_VARIABLE and not _NO_STATE.search(op.type):
                kind = _OTHER
        attributes = definition.attr if definition is not None else ()
        calls = any("func" in attribute.type for attribute in attributes)
        return kind, calls or self._lookup(op.type) is not None

    def of_function(self, name: str) -> FrozenSet[str]:
        """The kinds of state that a function uses beyond one call of it."""
        known = self._functions.get(name)
        if known is None:
            self._functions[name] = known = frozenset()  # a recursive call adds nothing new
            definition = self._lookup(name)
            for node in definition.node_def if definition is not None else ():
                kind = kind_of(node.op)
                if kind not in (None, ITERATOR) and not is_draw(node.name):
                    known |= {kind}
                for called in [*called_functions(node.attr), node.op]:
                    known |= self.of_function(called)
            self._functions[name] = known
        return known
