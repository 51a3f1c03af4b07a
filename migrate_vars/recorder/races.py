"""Finds races: accesses in one session run, to one variable or the like, that are in no order.

Two accesses, at least one a write, with no path between them in the graph that the run executes:
TensorFlow may do either first. When an access happens depends on the kind of variable:

* A *resource* variable is read where a ``ReadVariableOp`` or a gather runs, which gives a copy.
* A *reference* variable gives its buffer away. ``Identity`` (which ``v`` stands for as a tensor),
  reshapes, switches and the like pass the buffer on, so the variable is read where an op computes
  with it. What is fetched without that is read when the run is over, after all its writes.

Not races: accesses in opposite branches of a condition, or in a branch that a fed value keeps from
running, the question for a shape, additions to
integers under a lock, which have one sum in any order, and reads that a test of whether the
variable is initialised keeps from its initialiser, when that is run for the first time. Not seen:
what happens inside of a function, of which the call is one access.

Iterators, queues, tables and what Python functions share are accessed likewise: see ``shared``.
"""

from __future__ import annotations

import gc
from typing import (
    Any,
    Collection,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from . import shared
from .draws import is_draw
from .order import MERGES, SWITCHES, GraphFacts, RunOrder
from .python_state import state_of
from .shared import Shared
from .writes import VARIABLE_OPS, FunctionWrites, reads_handle, written_inputs

# Ops whose output is the buffer of their first input (of any of them: merges).
_ALIASES = frozenset(
    [
        *("Identity", "Switch", "Merge", "Enter", "Exit", "NextIteration"),
        *("RefIdentity", "RefSwitch", "RefMerge", "RefEnter", "RefExit", "RefNextIteration"),
        *("Reshape", "Squeeze", "ExpandDims", "StopGradient", "PreventGradient", "Bitcast"),
        *("PlaceholderWithDefault", "EnsureShape", "Snapshot"),
    ]
)
# Ops whose output is the buffer, or a part of it, where nothing has to move; otherwise they read.
_MAY_ALIAS = frozenset(
    [
        *("Slice", "StridedSlice", "Split", "SplitV", "Unpack", "Transpose", "Tile", "BroadcastTo"),
        *("CheckNumerics", "Print"),
    ]
)
# Ops that ask a reference for nothing but its shape, or whether it has a value.
_SHAPES = frozenset(
    ["Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike", "IsVariableInitialized"]
)
_INITIALISED = frozenset(["IsVariableInitialized", "VarIsInitializedOp"])
_CONDITIONALS = frozenset(["If", "StatelessIf", "StatefulIf"])
_PASS_HANDLE = frozenset(["Identity", "Enter", "Exit", "Merge", "NextIteration", "Switch"])
_RESOURCE_ADDS = frozenset(["AssignAddVariableOp", "AssignSubVariableOp"])
_REFERENCE_ADDS = frozenset(["AssignAdd", "AssignSub"])
# Of one run, at most so many pairs of accesses are told.
_LIMIT = 1000

_NOTHING: FrozenSet[Any] = frozenset()


class Access(NamedTuple):
    """An op that accesses a variable, or something else that ops share.

    Attributes:
        op: The op.
        use: "read" or "write"; of other things than variables also "take", "put", "start", "close"
            and "call".
    """

    op: Any
    use: str

    @property
    def write(self) -> bool:
        """Whether it changes what it accesses."""
        return self.use != "read"


class Race(NamedTuple):
    """Two accesses in no order.

    Attributes:
        variable: The op of the variable, or what else is accessed.
        first: One access.
        second: The other one, in the order in which the ops were made.
        decides: The variables that the run leaves with other values, depending on which is first.
        fetched: The names of fetched tensors that do so.
    """

    variable: Any
    first: Access
    second: Access
    decides: FrozenSet[Any]
    fetched: FrozenSet[str]


class RunRaces(NamedTuple):
    """What is found out about one kind of run.

    Attributes:
        races: The races.
        flows: Of each variable that is written, the variables from which data can come to it.
    """

    races: List[Race]
    flows: Dict[Any, Set[Any]]


class RaceFinder:
    """Finds races in the runs of one graph."""

    def __init__(self, functions: FunctionWrites) -> None:
        """Takes what looks into function calls and functional control flow."""
        self._functions = functions
        self._facts = GraphFacts()

    def find(
        self,
        targets: Iterable[Any],
        fetched: Sequence[Any],
        fed: Set[str],
        flags: Mapping[str, bool],
        fresh: Collection[Any] = (),
    ) -> RunRaces:
        """Finds the races of one run.

        Args:
            targets: The ``tf.Operation`` objects that are run for nothing but to be run.
            fetched: The tensors that are fetched.
            fed: The names of the tensors that are fed.
            flags: What single truth values among them are.
            fresh: The variables that have no value before the run.
        """
        roots = [*targets, *(tensor.op for tensor in fetched)]
        if not roots:
            return RunRaces([], {})
        collects = gc.isenabled()
        gc.disable()  # a collection would walk the whole graph, again and again
        try:
            order = RunOrder(roots, fed, self._facts, flags)
            return _Run(order, self._facts, self._functions, fresh).races(fetched)
        finally:
            if collects:
                gc.enable()


class _Run:
    """One run: who accesses what, and in which order."""

    def __init__(
        self,
        order: RunOrder,
        facts: GraphFacts,
        functions: FunctionWrites,
        fresh: Collection[Any],
    ) -> None:
        self._order = order
        self._facts = facts
        self._functions = functions
        self._fresh = fresh
        # Of each op, the variables whose handle or buffer it gives; by output where that matters.
        self._gives: Dict[Any, FrozenSet[Any]] = {}
        self._each: Dict[Any, List[FrozenSet[Any]]] = {}
        # Of each variable the ops that access it, and whether they write.
        self._accesses: Dict[Any, Dict[Any, bool]] = {}
        # Of what else is shared, what the ops do to it.
        self._uses: Dict[Any, Dict[Any, str]] = {}
        self._others: Dict[Any, Shared] = {}
        for op in order.ops:
            if order.may_run(op):
                self._find_accesses(op)

    def _given(self, tensor: Any, producer: Any) -> FrozenSet[Any]:
        """The variables whose handle or buffer a tensor is."""
        if producer not in self._gives or self._order.is_fed(tensor, producer):
            return _NOTHING
        if not self._order.may_come(tensor, producer):
            return _NOTHING
        each = self._each.get(producer)
        return self._gives[producer] if each is None else each[tensor.value_index]

    def _find_accesses(self, op: Any) -> None:
        facts = self._facts[op]
        if facts.kind in VARIABLE_OPS or facts.kind in shared.MAKERS:
            self._gives[op] = frozenset([op])
            if facts.kind == "IteratorFromStringHandleV2":
                self._gives[op] = frozenset([self._other(*_iterator_of(facts.producers[0]))])
            return
        self._find_others(op)
        gives = self._gives
        if not any(producer in gives for producer in facts.producers):
            return
        given = [self._given(t, p) for t, p in zip(facts.inputs, facts.producers)]
        asked = self._asked_for_value(op)
        written: Optional[Dict[int, Optional[int]]] = None
        passed: List[FrozenSet[Any]] = []
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
                kind = shared.kind_of(variable)
                if kind is not None:
                    self._use(op, variable, kind, position in written)
                elif position in written:
                    self._access(op, variable, True)
                    if not is_resource(variable):
                        passed[-1] |= {variable}  # every op that writes a reference returns it
                elif self._reads(facts.kind, variable):
                    self._access(op, variable, False)
        if any(passed):
            self._gives[op] = _NOTHING.union(*passed)
            if facts.kind == "IdentityN":
                self._each[op] = passed

    def _access(self, op: Any, variable: Any, write: bool) -> None:
        accesses = self._accesses.setdefault(variable, {})
        accesses[op] = write or accesses.get(op, False)

    def _use(self, op: Any, resource: Any, kind: str, written: bool) -> None:
        """Notes what an op does to an iterator, a queue or the like that it is given."""
        use = shared.use_of(self._facts[op].kind)
        if use is None:  # a function, or control flow, of which nothing more is known
            use = "read" if not written else {"table": "write"}.get(kind, "take")
        if use:
            self._uses.setdefault(resource, {})[op] = use
            self._access(op, resource, use != "read")

    def _find_others(self, op: Any) -> None:
        """Finds what an op shares with others without being given it."""
        facts = self._facts[op]
        use = shared.use_of_stage(facts.kind)
        if use is not None:
            name = op.get_attr("shared_name").decode()
            area = self._other((name, op.get_attr("container")), name, "staging area")
            self._uses.setdefault(area, {})[op] = use
            self._access(op, area, use != "read")
        elif shared.calls_python(facts.kind) and not is_draw(op.name):
            for key, name in state_of(_python_function(op)).items():
                state = self._other(key, name, "python")
                self._uses.setdefault(state, {})[op] = "call"
                self._access(op, state, True)

    def _other(self, key: Any, name: str, kind: str) -> Shared:
        if key not in self._others:
            self._others[key] = Shared(name, kind, -1 - len(self._others))
        return self._others[key]

    def _passes(self, kind: str, variable: Any, position: int) -> bool:
        if kind == "IdentityN":
            return True
        if is_resource(variable):
            return kind in _PASS_HANDLE
        if position and kind not in MERGES:
            return kind == "Split"  # it takes the axis first
        return kind in _ALIASES or kind in _MAY_ALIAS

    def _reads(self, kind: str, variable: Any) -> bool:
        return reads_handle(kind) if is_resource(variable) else kind not in _SHAPES

    def _asked_for_value(self, op: Any) -> Any:
        """The variable that a conditional op reads only once it has a value, if it had none before.

        So an initial value is taken from a variable that is itself initialised in this run; it is
        the same whether it has been or not.
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
        asked = next(iter(self._given(test.inputs[0], test.producers[0])), None)
        return asked if asked in self._fresh else None

    def races(self, fetched: Sequence[Any]) -> RunRaces:
        """Compares every two accesses to each variable that is written."""
        written = {v: ops for v, ops in self._accesses.items() if any(ops.values())}
        if not written:
            return RunRaces([], {})
        bits = _Bits(self._order, self._accesses, written)
        results = [(t.name, bits.data_of(t.op), self._given(t, t.op)) for t in fetched]
        races: List[Race] = []
        for variable in written:
            for first, second in self._unordered(variable, bits):
                readers = [access.op for access in (first, second) if not access.write]
                if first.use == second.use == "take":
                    readers = [first.op, second.op]  # the same is left for later, in any order
                decides = bits.decided(variable, readers, [first.op, second.op])
                sources = bits.of(readers or [first.op, second.op])
                names = frozenset(
                    name
                    for name, data, given in results
                    if data & sources or not decides.isdisjoint(given)
                )
                races.append(Race(variable, first, second, decides, names))
                if len(races) == _LIMIT:
                    return RunRaces(races, bits.flows())
        return RunRaces(races, bits.flows())

    def _unordered(self, variable: Any, bits: _Bits) -> Iterator[Tuple[Access, Access]]:
        """The pairs of accesses to one variable that are in no order, which shows."""
        ops = self._accesses[variable]
        order = sorted(ops, key=lambda op: op._id)
        for number, first in enumerate(order):
            for second in order[number:]:
                if not self._conflict(variable, first, second):
                    continue
                for node, other, only_first in self._order.rounds(first, second):
                    if (
                        not bits.comes_before(node, other)
                        and (only_first or not bits.comes_before(other, node))
                        and not self._order.exclusive(node, other)
                    ):
                        uses = self._uses.get(variable) or {
                            op: "write" if write else "read" for op, write in ops.items()
                        }
                        yield Access(first, uses[first]), Access(second, uses[second])
                        break

    def _conflict(self, variable: Any, first: Any, second: Any) -> bool:
        """Whether it shows which of two accesses to a variable, or the like, is first."""
        uses = self._uses.get(variable)
        if uses is None:
            ops = self._accesses[variable]
            if not (ops[first] or ops[second]):
                return False
            return not all(ops[op] and self._adds_integers(op) for op in (first, second))
        kind = shared.kind_of(variable)
        assert kind is not None
        return shared.shows(kind, uses[first], uses[second]) and not (
            kind == "table" and self._other_keys(first, second)
        )

    def _other_keys(self, first: Any, second: Any) -> bool:
        """Whether two ops access different entries of a table."""
        keys = []
        for op in (first, second):
            facts = self._facts[op]
            if not shared.have_keys(facts.kind) or self._facts[facts.producers[1]].kind != "Const":
                return False
            keys.append(_constants(facts.producers[1]))
        return keys[0].isdisjoint(keys[1])

    def _adds_integers(self, op: Any) -> bool:
        """Whether an op adds integers so that it and others of its like may run in any order."""
        facts = self._facts[op]
        if facts.kind in _REFERENCE_ADDS:
            locks = op.get_attr("use_locking")
        else:
            locks = facts.kind in _RESOURCE_ADDS
        return (
            locks
            and facts.inputs[1].dtype.base_dtype.is_integer
            and not self._given(facts.inputs[1], facts.producers[1])
        )


class _Bits:
    """Sets of accesses as integers: one bit for each node, or for a variable that is only read."""

    def __init__(
        self,
        order: RunOrder,
        accesses: Dict[Any, Dict[Any, bool]],
        written: Dict[Any, Dict[Any, bool]],
    ) -> None:
        self._order = order
        self._accesses = accesses
        self._own: Dict[int, int] = {}
        self._late_masks: Dict[Any, int] = {}
        # Of each variable, the bits of its accesses.
        self._masks: Dict[Any, int] = {}
        bit = 1
        for variable, ops in written.items():
            mask = 0
            for op in ops:
                for node in order.nodes(op):
                    if node not in self._own:
                        self._own[node] = bit
                        bit <<= 1
                    mask |= self._own[node]
            self._masks[variable] = mask
        marks = dict(self._own)
        for variable, ops in accesses.items():
            if variable not in written:
                for op in ops:
                    for node in order.nodes(op):
                        marks[node] = marks.get(node, 0) | bit
                self._masks[variable] = bit
                bit <<= 1
        # Of each node, itself included.
        self._before, self._data = order.reach(marks)
        # Of each written variable, what comes before its writes, and from where data comes to them.
        self._written: Dict[Any, Tuple[int, int]] = {}
        for variable, ops in written.items():
            before = data = 0
            for op in ops:
                if ops[op]:
                    for node in order.nodes(op):
                        before |= self._before[node]
                        data |= self._data[node]
            self._written[variable] = before, data

    def comes_before(self, node: int, other: int) -> bool:
        """Whether one node waits for the other, in the end."""
        return bool(self._before[other] & self._own[node])

    def of(self, ops: Iterable[Any]) -> int:
        """The bits of some ops that access variables."""
        mask = 0
        for op in ops:
            for node in self._order.nodes(op):
                mask |= self._own[node]
        return mask

    def data_of(self, op: Any) -> int:
        """The bits of the accesses from which data can come to an op."""
        data = 0
        for node in self._order.nodes(op):
            data |= self._data[node]
        return data

    def flows(self) -> Dict[Any, Set[Any]]:
        """Of each variable that is written, the variables from which data can come to it."""
        masks = self._masks.items()
        return {
            variable: {other for other, mask in masks if data & mask}
            for variable, (_, data) in self._written.items()
        }

    def decided(self, variable: Any, readers: List[Any], racers: List[Any]) -> FrozenSet[Any]:
        """The variables whose value after the run depends on which of two accesses is first.

        Args:
            variable: The variable that both access.
            readers: Those of the two that only read; where none does, the variable itself depends.
                Both, where the variable is left the same.
            racers: Both.
        """
        sources, either = self.of(readers or racers), self.of(racers)
        found: Set[Any] = set() if readers else {variable}
        after: Set[Any] = set()
        for other, (before, data) in self._written.items():
            if other is variable and readers == racers:
                continue
            if data & sources:
                found.add(other)
            elif before & either:
                after.add(other)
        # What it decides may be read from the variables later in the run.
        new = found
        while new:
            mask = 0
            for each in new:
                mask |= self._late(each)
            new = {other for other in after - found if self._written[other][1] & mask}
            found = found | new
        return frozenset(found)

    def _late(self, variable: Any) -> int:
        """The bits of a variable's accesses but for the reads that come before all its writes."""
        if variable not in self._late_masks:
            accesses = self._accesses[variable]
            writes = [node for op in accesses if accesses[op] for node in self._order.nodes(op)]
            mask = 0
            for op in accesses:
                for node in self._order.nodes(op):
                    if not all(node != w and self.comes_before(node, w) for w in writes):
                        mask |= self._own[node]
            self._late_masks[variable] = mask
        return self._late_masks[variable]


def is_resource(variable: Any) -> bool:
    """Whether a variable is a resource variable; whatever is no variable has a handle as well."""
    return variable.type == "VarHandleOp" or shared.kind_of(variable) is not None


def _iterator_of(handle: Any) -> Tuple[Any, str, str]:
    """What stands for the iterator whose name a tensor gives: two may be one."""
    return ("iterator", handle), handle.name, "iterator"


def _constants(op: Any) -> Set[Any]:
    from tensorflow.python.framework import tensor_util

    return set(tensor_util.MakeNdarray(op.get_attr("value")).ravel().tolist())


def _python_function(op: Any) -> Any:
    """The function that an op calls; None if it is no more."""
    from tensorflow.python.ops import script_ops

    return script_ops._py_funcs._funcs.get(op.get_attr("token").decode())
