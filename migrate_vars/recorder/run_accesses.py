"""Finds which ops of a session run access which variables and other shared resources.

When an access happens depends on the kind of variable:

* A *resource* variable is read when a ``ReadVariableOp`` or a gather runs, which copies the value.
* A *reference* variable exposes its buffer. ``Identity`` (which ``v`` as a tensor is), reshapes,
  switches and the like pass the buffer on, so the variable is read when an op computes with it. If
  it is fetched without that, it is read at the end of the run, after all writes.

Iterators, queues, tables and state shared by Python functions are accessed in the same way: see
``shared_resources``.

Not accesses: queries of the shape, and reads that are guarded by a test whether the variable is
initialised, when it is initialised for the first time in the run. The body of a function is not
inspected: its call is one access.
"""

from __future__ import annotations

from typing import Collection, Dict, FrozenSet, Hashable, List, Optional, Tuple

from . import shared_resources
from .interfaces import Operation, Resource, Tensor, Value
from .op_writes import VARIABLE_OPS, FunctionWrites, reads_handle, written_inputs
from .python_state import state_of
from .run_order import MERGES, SWITCHES, GraphFacts, RunOrder
from .shared_resources import Shared
from .training_draws import is_draw

# Ops whose output is the buffer of their first input (for merges, of any input).
_ALIASES = frozenset(
    [
        *("Identity", "Switch", "Merge", "Enter", "Exit", "NextIteration"),
        *("RefIdentity", "RefSwitch", "RefMerge", "RefEnter", "RefExit", "RefNextIteration"),
        *("Reshape", "Squeeze", "ExpandDims", "StopGradient", "PreventGradient", "Bitcast"),
        *("PlaceholderWithDefault", "EnsureShape", "Snapshot"),
    ]
)
# Ops whose output is the buffer, or part of it, if no data has to move; otherwise they read.
_MAY_ALIAS = frozenset(
    [
        *("Slice", "StridedSlice", "Split", "SplitV", "Unpack", "Transpose", "Tile", "BroadcastTo"),
        *("CheckNumerics", "Print"),
    ]
)
# Ops that query only the shape of a reference, or whether it is initialised.
_SHAPES = frozenset(
    ["Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "IsVariableInitialized"]
)
_INITIALISED = frozenset(["IsVariableInitialized", "VarIsInitializedOp"])
_CONDITIONALS = frozenset(["If", "StatelessIf", "StatefulIf"])
_PASS_HANDLE = frozenset(["Identity", "Enter", "Exit", "Merge", "NextIteration", "Switch"])

#: For each resource, the ops that access it, and whether they modify it.
Accesses = Dict[Resource, Dict[Operation, bool]]
_NOTHING: FrozenSet[Resource] = frozenset()


class RunAccesses:
    """The accesses of one run to variables and other shared resources.

    Attributes:
        accesses: For each resource, the ops that access it, and whether they modify it.
        uses: For each resource that is not a variable, how each op uses it.
    """

    def __init__(
        self,
        order: RunOrder,
        facts: GraphFacts,
        functions: FunctionWrites,
        fresh: Collection[Resource],
    ) -> None:
        """Finds the accesses.

        Args:
            order: The ops of the run.
            facts: The cached properties of the ops.
            functions: The analysis of function calls and functional control flow.
            fresh: The variables that are uninitialised before the run.
        """
        self._order = order
        self._facts = facts
        self._functions = functions
        self._fresh = fresh
        # The variables whose handle or buffer each op returns; by output if that matters.
        self._gives: Dict[Operation, FrozenSet[Resource]] = {}
        self._each: Dict[Operation, List[FrozenSet[Resource]]] = {}
        self.accesses: Accesses = {}
        self.uses: Dict[Resource, Dict[Operation, str]] = {}
        self._others: Dict[Hashable, Shared] = {}
        for op in order.ops:
            if order.may_run(op):
                self._find_accesses(op)

    def given(self, tensor: Tensor, producer: Operation) -> FrozenSet[Resource]:
        """The variables whose handle or buffer a tensor is."""
        if producer not in self._gives or self._order.is_fed(tensor, producer):
            return _NOTHING
        if not self._order.may_come(tensor, producer):
            return _NOTHING
        each = self._each.get(producer)
        return self._gives[producer] if each is None else each[tensor.value_index]

    def _find_accesses(self, op: Operation) -> None:
        facts = self._facts[op]
        if facts.kind in VARIABLE_OPS or facts.kind in shared_resources.MAKERS:
            self._gives[op] = frozenset([op])
            if facts.kind == "IteratorFromStringHandleV2":
                self._gives[op] = frozenset([self._shared(*_iterator_of(facts.producers[0]))])
            return
        self._find_shared(op)
        gives = self._gives
        if not any(producer in gives for producer in facts.producers):
            return
        given = [self.given(t, p) for t, p in zip(facts.inputs, facts.producers)]
        asked = self._asked_for_value(op)
        written: Optional[Dict[int, Optional[int]]] = None
        passed: List[FrozenSet[Resource]] = []
        for position, variables in enumerate(given):
            passed.append(_NOTHING)
            for variable in variables:
                if variable is asked:
                    continue
                if self._passes(facts.kind, variable, position):
                    passed[-1] |= {variable}
                    if facts.kind not in _MAY_ALIAS:
                        continue
                if written is None:
                    written = dict(written_inputs(op, self._functions))
                kind = shared_resources.kind_of(variable)
                if kind is not None:
                    self._use(op, variable, kind, position in written)
                elif position in written:
                    self._access(op, variable, True)
                    if not is_resource(variable):
                        passed[-1] |= {variable}  # every op that writes a reference also returns it
                elif self._reads(facts.kind, variable):
                    self._access(op, variable, False)
        if any(passed):
            self._gives[op] = _NOTHING.union(*passed)
            if facts.kind == "IdentityN":
                self._each[op] = passed

    def _access(self, op: Operation, variable: Resource, write: bool) -> None:
        accesses = self.accesses.setdefault(variable, {})
        accesses[op] = write or accesses.get(op, False)

    def _use(self, op: Operation, resource: Resource, kind: str, written: bool) -> None:
        """Adds an op's use of an iterator, a queue or the like."""
        use = shared_resources.use_of(self._facts[op].kind)
        if use is None:  # a function or control flow, which is not inspected further
            use = "read" if not written else {"table": "write"}.get(kind, "take")
        if use:
            self.uses.setdefault(resource, {})[op] = use
            self._access(op, resource, use != "read")

    def _find_shared(self, op: Operation) -> None:
        """Adds resources that an op uses without taking them as an input."""
        facts = self._facts[op]
        use = shared_resources.use_of_stage(facts.kind)
        if use is not None:
            name = op.get_attr("shared_name").decode()
            area = self._shared((name, op.get_attr("container")), name, "staging area")
            self.uses.setdefault(area, {})[op] = use
            self._access(op, area, use != "read")
        elif shared_resources.calls_python(facts.kind) and not is_draw(op.name):
            for key, name in state_of(_python_function(op)).items():
                state = self._shared(key, name, "python")
                self.uses.setdefault(state, {})[op] = "call"
                self._access(op, state, True)
        elif facts.kind in shared_resources.RANDOM and self._order.is_in_loop(op):
            numbers = self._shared(op.name, op.name, "random")
            self.uses.setdefault(numbers, {})[op] = "take"
            self._access(op, numbers, True)

    def _shared(self, key: Hashable, name: str, kind: str) -> Shared:
        if key not in self._others:
            self._others[key] = Shared(name, kind, -1 - len(self._others))
        return self._others[key]

    def _passes(self, kind: str, variable: Resource, position: int) -> bool:
        if kind == "IdentityN":
            return True
        if is_resource(variable):
            return kind in _PASS_HANDLE
        if position and kind not in MERGES:
            return kind == "Split"  # its first input is the axis
        return kind in _ALIASES or kind in _MAY_ALIAS

    def _reads(self, kind: str, variable: Resource) -> bool:
        return reads_handle(kind) if is_resource(variable) else kind not in _SHAPES

    def _asked_for_value(self, op: Operation) -> Optional[Resource]:
        """The variable that a conditional op reads only if initialised, and that was not before.

        For instance, an initial value taken from another variable's initial value: it is the same
        whether that variable has been initialised or not.
        """
        facts = self._facts[op]
        if facts.kind in SWITCHES:
            _, producer = self._order.predicate_of(op)
        elif facts.kind in _CONDITIONALS:
            producer = facts.producers[0]
        else:
            return None
        if self._facts[producer].kind not in _INITIALISED:
            return None
        test = self._facts[producer]
        asked = next(iter(self.given(test.inputs[0], test.producers[0])), None)
        return asked if asked in self._fresh else None


def is_resource(variable: Resource) -> bool:
    """Whether it is a resource variable, or a resource that is not a variable."""
    return variable.type == "VarHandleOp" or shared_resources.kind_of(variable) is not None


def _iterator_of(handle: Operation) -> Tuple[Hashable, str, str]:
    """Key, name and kind for the iterator with a string handle: two may be the same."""
    return ("iterator", handle), handle.name, "iterator"


def _python_function(op: Operation) -> Value:
    """The Python function that an op calls; None if it no longer exists."""
    from tensorflow.python.ops import script_ops

    return script_ops._py_funcs._funcs.get(op.get_attr("token").decode())
