"""Finds races: accesses in one session run, to one variable or the like, that are in no order.

Two accesses, at least one a write, with no path between them in the graph that the run executes:
TensorFlow may do either first. ``run_accesses`` says what is an access.

Not races: accesses in opposite branches of a condition, or in a branch that a fed value keeps from
running, and additions to integers under a lock, which have one sum in any order.
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
# Of one run, at most so many pairs of accesses are told.
_LIMIT = 1000


class Access(NamedTuple):
    """An op that accesses a variable, or something else that ops share.

    Attributes:
        op: The op.
        use: "read" or "write"; of other things than variables also "take", "put", "start", "close"
            and "call".
    """

    op: Operation
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

    variable: Resource
    first: Access
    second: Access
    decides: FrozenSet[Resource]
    fetched: FrozenSet[str]


class RunRaces(NamedTuple):
    """What is found out about one kind of run.

    Attributes:
        races: The races.
        flows: Of each variable that is written, the variables from which data can come to it.
    """

    races: List[Race]
    flows: Dict[Resource, Set[Resource]]


class RaceFinder:
    """Finds races in the runs of one graph."""

    def __init__(self, functions: FunctionWrites) -> None:
        """Takes what looks into function calls and functional control flow."""
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
            accesses = RunAccesses(order, self._facts, self._functions, fresh)
            return _Comparison(order, self._facts, accesses).races(fetched)
        finally:
            if collects:
                gc.enable()


class _Comparison:
    """Compares the accesses of one run with each other."""

    def __init__(self, order: RunOrder, facts: GraphFacts, run: RunAccesses) -> None:
        self._order = order
        self._facts = facts
        self._run = run

    def races(self, fetched: Sequence[Tensor]) -> RunRaces:
        """Compares every two accesses to each variable that is written."""
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

    def _unordered(self, variable: Resource, bits: _AccessSets) -> Iterator[Tuple[Access, Access]]:
        """The pairs of accesses to one variable that are in no order, which shows."""
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
        """Whether it shows which of two accesses to a variable, or the like, is first."""
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
        """Whether an op adds integers so that it and others of its like may run in any order."""
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
    """Sets of accesses as integers: one bit for each node, or for a variable that is only read."""

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
        # Of each variable, the bits of its accesses.
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
        # Of each node, itself included.
        self._before, self._data = order.reach(marks)
        # Of each written variable, what comes before its writes, and from where data comes to them.
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
        """Whether one node waits for the other, in the end."""
        return bool(self._before[other] & self._own[node])

    def of(self, ops: Iterable[Operation]) -> int:
        """The bits of some ops that access variables."""
        mask = 0
        for op in ops:
            for node in self._order.nodes(op):
                mask |= self._own[node]
        return mask

    def data_of(self, op: Operation) -> int:
        """The bits of the accesses from which data can come to an op."""
        data = 0
        for node in self._order.nodes(op):
            data |= self._data[node]
        return data

    def flows(self) -> Dict[Resource, Set[Resource]]:
        """Of each variable that is written, the variables from which data can come to it."""
        masks = self._masks.items()
        return {
            variable: {other for other, mask in masks if data & mask}
            for variable, (_, data) in self._written.items()
        }

    def decided(
        self, variable: Resource, readers: List[Operation], racers: List[Operation]
    ) -> FrozenSet[Resource]:
        """The variables whose value after the run depends on which of two accesses is first.

        Args:
            variable: The variable that both access.
            readers: Those of the two that only read; where none does, the variable itself depends.
                Both, where the variable is left the same.
            racers: Both.
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
        # What it decides may be read from the variables later in the run.
        new = found
        while new:
            mask = 0
            for each in new:
                mask |= self._late(each)
            new = {other for other in after - found if self._written[other][1] & mask}
            found = found | new
        return frozenset(found)

    def _late(self, variable: Resource) -> int:
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


def _constants(op: Operation) -> Set[Value]:
    from tensorflow.python.framework import tensor_util

    return set(tensor_util.MakeNdarray(op.get_attr("value")).ravel().tolist())
