"""Finds data races: unordered accesses to a variable, or another resource, in a session run.

Two accesses race if at least one of them is a write and there is no path between them in the
executed graph: TensorFlow may run either first. ``run_accesses`` defines what an access is.

Not races: accesses in opposite branches of a condition, or in a branch that a fed value disables,
and additions to integers under a lock, whose sum does not depend on the order.
"""

from __future__ import annotations

import gc
from typing import (
    Collection,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Sequence,
    Set,
    Tuple,
)

from . import shared_resources
from .interfaces import Operation, Resource, Tensor, Value
from .op_writes import FunctionWrites
from .run_accesses import Accesses, RunAccesses
from .run_order import GraphFacts, RunOrder

_RESOURCE_ADDS = frozenset(["AssignAddVariableOp", "AssignSubVariableOp"])
_REFERENCE_ADDS = frozenset(["AssignAdd", "AssignSub"])
# Maximum number of races reported per run.
_LIMIT = 1000


class Access(NamedTuple):
    """An op that accesses a variable or another shared resource.

    Attributes:
        op: The op.
        use: "read" or "write"; for other resources than variables also "take", "put", "start",
            "close" and "call".
    """

    op: Operation
    use: str

    @property
    def write(self) -> bool:
        """Whether it modifies the resource."""
        return self.use != "read"


class Race(NamedTuple):
    """Two unordered accesses.

    Attributes:
        variable: The op of the variable, or the other resource.
        first: One access.
        second: The other one, in order of creation.
        decides: The variables whose values after the run depend on the order.
        fetched: The names of the fetched tensors that depend on the order.
    """

    variable: Resource
    first: Access
    second: Access
    decides: FrozenSet[Resource]
    fetched: FrozenSet[str]


class RunRaces(NamedTuple):
    """The result for one kind of run.

    Attributes:
        races: The races.
        flows: For each written variable, the variables from which data can flow to it.
    """

    races: List[Race]
    flows: Dict[Resource, Set[Resource]]


class RaceFinder:
    """Finds races in the runs of a graph."""

    def __init__(self, functions: FunctionWrites) -> None:
        """Takes the analysis of function calls and functional control flow."""
        self._functions = functions
        self._facts = GraphFacts()

    def find(
        self,
        targets: Iterable[Operation],
        fetched: Sequence[Tensor],
        fed: Set[str],
        flags: Mapping[str, bool],
        fresh: Collection[Resource] = (),
    ) -> RunRaces:
        """Finds the races of a run.

        Args:
            targets: The target ops.
            fetched: The fetched tensors.
            fed: The names of the fed tensors.
            flags: The values of scalar booleans among the fed tensors.
            fresh: The variables that are uninitialised before the run.
        """
        roots = [*targets, *(tensor.op for tensor in fetched)]
        if not roots:
            return RunRaces([], {})
        collects = gc.isenabled()
        gc.disable()  # every collection would traverse the whole graph
        try:
            order = RunOrder(roots, fed, self._facts, flags)
            accesses = RunAccesses(order, self._facts, self._functions, fresh)
            return _Comparison(order, self._facts, accesses).races(fetched)
        finally:
            if collects:
                gc.enable()


class _Comparison:
    """Compares the accesses of a run with each other."""

    def __init__(self, order: RunOrder, facts: GraphFacts, run: RunAccesses) -> None:
        self._order = order
        self._facts = facts
        self._run = run

    def races(self, fetched: Sequence[Tensor]) -> RunRaces:
        """Compares all pairs of accesses to each written variable."""
        written = {v: ops for v, ops in self._run.accesses.items() if any(ops.values())}
        if not written:
            return RunRaces([], {})
        bits = _AccessSets(self._order, self._run.accesses, written)
        results = [(t.name, bits.data_of(t.op), self._run.given(t, t.op)) for t in fetched]
        races: List[Race] = []
        for variable in written:
            for first, second in self._unordered(variable, bits):
                readers = [access.op for access in (first, second) if not access.write]
                if first.use == second.use == "take":
                    readers = [first.op, second.op]  # what remains is the same in any order
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

    def _unordered(self, variable: Resource, bits: _AccessSets) -> Iterator[Tuple[Access, Access]]:
        """The pairs of accesses to a variable whose order is undefined, and matters."""
        ops = self._run.accesses[variable]
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
                        uses = self._run.uses.get(variable) or {
                            op: "write" if write else "read" for op, write in ops.items()
                        }
                        yield Access(first, uses[first]), Access(second, uses[second])
                        break

    def _conflict(self, variable: Resource, first: Operation, second: Operation) -> bool:
        """Whether the order of two accesses to a resource matters."""
        uses = self._run.uses.get(variable)
        if uses is None:
            ops = self._run.accesses[variable]
            if not (ops[first] or ops[second]):
                return False
            return not all(ops[op] and self._adds_integers(op) for op in (first, second))
        kind = shared_resources.kind_of(variable)
        assert kind is not None
        return shared_resources.shows(kind, uses[first], uses[second]) and not (
            kind == "table" and self._other_keys(first, second)
        )

    def _other_keys(self, first: Operation, second: Operation) -> bool:
        """Whether two ops access different entries of a table."""
        keys = []
        for op in (first, second):
            facts = self._facts[op]
            if (
                not shared_resources.have_keys(facts.kind)
                or self._facts[facts.producers[1]].kind != "Const"
            ):
                return False
            keys.append(_constants(facts.producers[1]))
        return keys[0].isdisjoint(keys[1])

    def _adds_integers(self, op: Operation) -> bool:
        """Whether an op adds integers under a lock, so that its order does not matter."""
        facts = self._facts[op]
        if facts.kind in _REFERENCE_ADDS:
            locks = op.get_attr("use_locking")
        else:
            locks = facts.kind in _RESOURCE_ADDS
        return (
            locks
            and facts.inputs[1].dtype.base_dtype.is_integer
            and not self._run.given(facts.inputs[1], facts.producers[1])
        )


class _AccessSets:
    """Sets of accesses as bit masks: one bit per node, or per variable that is only read."""

    def __init__(
        self,
        order: RunOrder,
        accesses: Accesses,
        written: Accesses,
    ) -> None:
        self._order = order
        self._accesses = accesses
        self._own: Dict[int, int] = {}
        self._late_masks: Dict[Resource, int] = {}
        # The bits of the accesses to each variable.
        self._masks: Dict[Resource, int] = {}
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
        # For each node, including itself.
        self._before, self._data = order.reach(marks)
        # For each written variable, the accesses before its writes, and those whose data flows to
        # them.
        self._written: Dict[Resource, Tuple[int, int]] = {}
        for variable, ops in written.items():
            before = data = 0
            for op in ops:
                if ops[op]:
                    for node in order.nodes(op):
                        before |= self._before[node]
                        data |= self._data[node]
            self._written[variable] = before, data

    def comes_before(self, node: int, other: int) -> bool:
        """Whether one node runs before the other."""
        return bool(self._before[other] & self._own[node])

    def of(self, ops: Iterable[Operation]) -> int:
        """The bits of some ops that access variables."""
        mask = 0
        for op in ops:
            for node in self._order.nodes(op):
                mask |= self._own[node]
        return mask

    def data_of(self, op: Operation) -> int:
        """The bits of the accesses whose data can flow to an op."""
        data = 0
        for node in self._order.nodes(op):
            data |= self._data[node]
        return data

    def flows(self) -> Dict[Resource, Set[Resource]]:
        """For each written variable, the variables from which data can flow to it."""
        masks = self._masks.items()
        return {
            variable: {other for other, mask in masks if data & mask}
            for variable, (_, data) in self._written.items()
        }

    def decided(
        self, variable: Resource, readers: List[Operation], racers: List[Operation]
    ) -> FrozenSet[Resource]:
        """The variables whose value after the run depends on the order of two accesses.

        Args:
            variable: The variable that both access.
            readers: Those of the two that only read; if there are none, the variable itself
                depends. Both, if the variable ends up the same.
            racers: Both accesses.
        """
        sources, either = self.of(readers or racers), self.of(racers)
        found: Set[Resource] = set() if readers else {variable}
        after: Set[Resource] = set()
        for other, (before, data) in self._written.items():
            if other is variable and readers == racers:
                continue
            if data & sources:
                found.add(other)
            elif before & either:
                after.add(other)
        # The affected variables may be read later in the run.
        new = found
        while new:
            mask = 0
            for each in new:
                mask |= self._late(each)
            new = {other for other in after - found if self._written[other][1] & mask}
            found = found | new
        return frozenset(found)

    def _late(self, variable: Resource) -> int:
        """The bits of a variable's accesses, except for reads before all its writes."""
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


def _constants(op: Operation) -> Set[Value]:
    from tensorflow.python.framework import tensor_util

    return set(tensor_util.MakeNdarray(op.get_attr("value")).ravel().tolist())
