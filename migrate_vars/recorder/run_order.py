"""The order in which a session run executes its ops, as far as the graph defines it.

A run executes the ops that its fetches and targets need, each as soon as its inputs are available.
So one op comes before another if a path of tensors and control edges leads from it to the other.
Loops are unrolled to two iterations, the second of which represents all later ones: what is ordered
from one iteration to the next is ordered for all. (Exits wait for both.)
"""

from __future__ import annotations

from typing import (
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Set,
    Tuple,
)

from .interfaces import Operation, Tensor

SWITCHES = frozenset(["Switch", "RefSwitch", "_SwitchN"])
MERGES = frozenset(["Merge", "RefMerge"])
_ENTERS = frozenset(["Enter", "RefEnter"])
_EXITS = frozenset(["Exit", "RefExit"])
_NEXT_ITERATIONS = frozenset(["NextIteration", "RefNextIteration"])
_IDENTITIES = frozenset(["Identity", "RefIdentity"])
_PUSHES = frozenset(["StackPush", "StackPushV2"])
_POPS = frozenset(["StackPop", "StackPopV2"])

# What decides a switch, and which of its outputs.
Condition = Tuple[Tuple[str, int], int]
_ALWAYS: FrozenSet[Condition] = frozenset()


class OpFacts(NamedTuple):
    """Cached properties of an op; each would be a call into TensorFlow.

    Attributes:
        kind: Its type.
        inputs: Its input tensors.
        producers: The ops that produce them.
        controls: Its control dependencies.
    """

    kind: str
    inputs: Tuple[Tensor, ...]
    producers: Tuple[Operation, ...]
    controls: Tuple[Operation, ...]


class GraphFacts(Dict[Operation, OpFacts]):
    """The cached properties of a graph's ops, which do not change once they have been run."""

    def __missing__(self, op: Operation) -> OpFacts:
        inputs = tuple(op.inputs)
        producers = tuple([tensor.op for tensor in inputs])
        facts = self[op] = OpFacts(op.type, inputs, producers, tuple(op.control_inputs))
        return facts


class RunOrder:
    """The ops of a run and their partial order.

    An op has one *node*, or two inside a loop: one for the first iteration and one for the second
    (four in a nested loop, and so on; the lowest bit of the number stands for the innermost loop).

    Attributes:
        ops: The ops, in topological order within an iteration.
    """

    def __init__(
        self,
        roots: Iterable[Operation],
        fed: Set[str],
        facts: GraphFacts,
        flags: Mapping[str, bool],
    ) -> None:
        """Finds the ops of a run.

        Args:
            roots: The fetched and targeted ``tf.Operation`` objects.
            fed: Names of the fed tensors; ops that only they need are not run.
            facts: The cached properties of the graph's ops.
            flags: The values of scalar booleans among the fed tensors.
        """
        self._facts = facts
        self._fed = fed
        self._flags = flags
        roots = list(roots)
        self._fed_ops = {roots[0].graph.get_tensor_by_name(name).op for name in fed}
        # The producers of an op's inputs, and those of its inputs in the next iteration.
        self._producers: Dict[Operation, List[Operation]] = {}
        self._back: Dict[Operation, List[Operation]] = {}
        self.ops: List[Operation] = self._sort(roots)
        self._loops: Dict[Operation, Tuple[str, ...]] = {}
        # The loops whose iterations do not overlap.
        self._sequential: Set[str] = set()
        if any(facts[op].kind in _ENTERS for op in self.ops):
            self._find_loops()
        self._first: Dict[Operation, int] = {}
        self._n_nodes = 0
        for op in self.ops:
            self._first[op] = self._n_nodes
            self._n_nodes += 1 << len(self._loops.get(op, ()))
        self._data: List[List[int]] = [[] for _ in range(self._n_nodes)]
        self._control: List[List[int]] = [[] for _ in range(self._n_nodes)]
        for op in self.ops:
            self._connect(op)
        self._connect_stacks()
        self._sorted = self._sort_nodes() if self._loops else range(self._n_nodes)
        self._conditions: Dict[int, FrozenSet[Condition]] = {}
        if any(facts[op].kind in SWITCHES for op in self.ops):
            self._find_conditions()

    def is_fed(self, tensor: Tensor, producer: Operation) -> bool:
        """Whether a tensor, produced by ``producer``, is fed."""
        return producer in self._fed_ops and tensor.name in self._fed

    def nodes(self, op: Operation) -> range:
        """The nodes of an op; the first one is that of the first iteration of all loops."""
        return range(self._first[op], self._first[op] + (1 << len(self._loops.get(op, ()))))

    def rounds(self, one: Operation, other: Operation) -> Iterator[Tuple[int, int, bool]]:
        """Pairs of nodes of two ops that must be ordered for the ops to be ordered.

        Yields:
            A node of ``one``, a node of ``other``, and whether the latter is in the next iteration,
            so that only the first may come first.
        """
        first, second = self._first[one], self._first[other]
        if one is not other:
            yield first, second, False
        mine, theirs = self._loops.get(one, ()), self._loops.get(other, ())
        for level, (loop, same) in enumerate(zip(mine, theirs)):
            if loop != same:
                break
            if loop in self._sequential:
                continue
            yield first, second + (1 << (len(theirs) - 1 - level)), True
            if one is not other:
                yield second, first + (1 << (len(mine) - 1 - level)), True

    def is_in_loop(self, op: Operation) -> bool:
        """Whether an op is in a loop."""
        return op in self._loops

    def exclusive(self, node: int, other: int) -> bool:
        """Whether two nodes are in opposite branches, so that only one of them runs."""
        mine, theirs = self._conditions.get(node), self._conditions.get(other)
        if not mine or not theirs:
            return False
        branches = dict(mine)
        return any(branches.get(key, branch) != branch for key, branch in theirs)

    def may_run(self, op: Operation) -> bool:
        """Whether an op can run, given the fed booleans."""
        return not self._flags or any(
            all(
                bool(branch) == self._flags.get(name, bool(branch))
                for (name, _), branch in self._conditions.get(node, _ALWAYS)
            )
            for node in self.nodes(op)
        )

    def may_come(self, tensor: Tensor, producer: Operation) -> bool:
        """Whether a tensor can be produced, given the fed booleans."""
        if not self._flags or self._facts[producer].kind not in SWITCHES:
            return True
        branch = bool(tensor.value_index)
        return self._flags.get(self.predicate_of(producer)[0].name, branch) == branch

    def reach(self, marks: Dict[int, int]) -> Tuple[List[int], List[int]]:
        """Propagates marks along the edges.

        Args:
            marks: The bits that mark some of the nodes.

        Returns:
            For each node, the marks of all nodes that come before it, and of those whose data can
            flow to it: through tensors, or by deciding whether it runs. Its own marks are included.
        """
        before = [0] * self._n_nodes
        data = [0] * self._n_nodes
        conditions = self._conditions
        for node in self._sorted:
            waits = flows = 0
            for previous in self._data[node]:
                waits |= before[previous]
                flows |= data[previous]
            for previous in self._control[node]:
                waits |= before[previous]
                if previous in conditions:
                    flows |= data[previous]
            mark = marks.get(node, 0)
            before[node] = waits | mark
            data[node] = flows | mark
        return before, data

    def _sort(self, roots: List[Operation]) -> List[Operation]:
        order: List[Operation] = []
        entered: Set[Operation] = set()
        starts = list(roots)
        while starts:
            stack = [(starts.pop(), False)]
            while stack:
                op, done = stack.pop()
                if done:
                    order.append(op)
                elif op not in entered:
                    entered.add(op)
                    stack.append((op, True))
                    starts += self._find_producers(op)
                    waits = (*self._producers[op], *self._facts[op].controls)
                    stack += [(previous, False) for previous in waits if previous not in entered]
        return order

    def _find_producers(self, op: Operation) -> List[Operation]:
        """Stores the producers of an op's inputs; returns those of the next iteration."""
        facts = self._facts[op]
        producers = list(facts.producers)
        if self._fed_ops:
            producers = [p for t, p in zip(facts.inputs, producers) if not self.is_fed(t, p)]
        back: List[Operation] = []
        if facts.kind in MERGES:
            back = [p for p in producers if self._facts[p].kind in _NEXT_ITERATIONS]
            if back:
                self._back[op] = back
                producers = [p for p in producers if p not in back]
        self._producers[op] = producers
        return back

    def _find_loops(self) -> None:
        """Finds the loops around each op, outermost first."""
        for op in self.ops:
            kind = self._facts[op].kind
            waits = (*self._producers[op], *self._facts[op].controls)
            loops: Tuple[str, ...] = max(
                (self._loops.get(previous, ()) for previous in waits), key=len, default=()
            )
            if kind in _ENTERS:
                loops = (*loops, op.get_attr("frame_name"))
                if op.get_attr("parallel_iterations") == 1:
                    self._sequential.add(loops[-1])
            elif kind in _EXITS:
                loops = loops[:-1]
            if loops:
                self._loops[op] = loops

    def _connect(self, op: Operation) -> None:
        """Adds the edges to the nodes of an op."""
        facts = self._facts[op]
        depth = len(self._loops.get(op, ()))
        producers, back = self._producers[op], self._back.get(op)
        for number, node in enumerate(self.nodes(op)):
            again = number & 1
            if again and facts.kind in _ENTERS:
                self._data[node] = [node - 1]  # what enters a loop is the same in all iterations
                continue
            if again and back:
                self._data[node] = [self._first[p] + number - 1 for p in back]
            else:
                self._data[node] = [n for p in producers for n in self._awaited(p, number, depth)]
            self._control[node] = [
                n for p in facts.controls for n in self._awaited(p, number, depth)
            ]

    def _connect_stacks(self) -> None:
        """Adds the edges from ops that push on a stack to those that pop from it.

        The gradient of a loop gets values from the loop in this way, not by a tensor.
        """
        pushes: Dict[Operation, List[int]] = {}
        for op in self._loops:
            if self._facts[op].kind in _PUSHES:
                pushes.setdefault(self._stack_of(op), []).extend(self.nodes(op))
        for op in self._loops:
            if self._facts[op].kind in _POPS:
                for node in self.nodes(op):
                    self._data[node] += pushes.get(self._stack_of(op), [])

    def _stack_of(self, op: Operation) -> Operation:
        stack = self._facts[op].producers[0]
        while self._facts[stack].kind in _ENTERS or self._facts[stack].kind in _IDENTITIES:
            stack = self._facts[stack].producers[0]
        return stack

    def _awaited(self, op: Operation, number: int, depth: int) -> range:
        """The nodes of an op that a node in a certain iteration waits for."""
        deeper = len(self._loops.get(op, ())) - depth
        first = self._first[op]
        if deeper <= 0:
            first += number >> -deeper
            return range(first, first + 1)
        first += number << deeper  # leaving a loop, after all its iterations
        return range(first, first + (1 << deeper))

    def _sort_nodes(self) -> List[int]:
        waiting = [len(d) + len(c) for d, c in zip(self._data, self._control)]
        followers: List[List[int]] = [[] for _ in range(self._n_nodes)]
        for node in range(self._n_nodes):
            for previous in self._data[node]:
                followers[previous].append(node)
            for previous in self._control[node]:
                followers[previous].append(node)
        order = [node for node in range(self._n_nodes) if not waiting[node]]
        for node in order:
            for follower in followers[node]:
                waiting[follower] -= 1
                if not waiting[follower]:
                    order.append(follower)
        return order

    def _find_conditions(self) -> None:
        """For each node in a branch, the switch outputs that it depends on."""
        op_of = [op for op in self.ops for _ in self.nodes(op)]
        keys: Dict[int, Tuple[str, int]] = {}
        for node in self._sorted:
            op = op_of[node]
            facts = self._facts[op]
            if facts.kind in SWITCHES:
                predicate = self._predicate(op, node)
                if predicate is not None:
                    keys[node] = predicate
            waits = _ALWAYS
            for previous in self._control[node]:
                waits |= self._conditions.get(previous, _ALWAYS)
            arrives = [self._conditions.get(p, _ALWAYS) for p in self._data[node]]
            if any(p in keys for p in self._data[node]):
                arrives = [
                    found | {(keys[p], branch)} if p in keys else found
                    for found, p, branch in zip(arrives, self._data[node], self._branches(op))
                ]
            if facts.kind in MERGES and arrives:
                waits |= arrives[0].intersection(*arrives[1:])  # one of them is sufficient
            else:
                waits = waits.union(*arrives)
            if waits:
                self._conditions[node] = waits

    def _branches(self, op: Operation) -> List[int]:
        """The output indices of an op's input tensors, without those that are fed."""
        facts = self._facts[op]
        return [
            tensor.value_index
            for tensor, producer in zip(facts.inputs, facts.producers)
            if not self.is_fed(tensor, producer) and producer not in self._back.get(op, ())
        ]

    def predicate_of(self, switch: Operation) -> Tuple[Tensor, Operation]:
        """The tensor that decides a switch, without identities, and its producer."""
        facts = self._facts[switch]
        tensor, producer = facts.inputs[1], facts.producers[1]
        while self._facts[producer].kind in _IDENTITIES and not self.is_fed(tensor, producer):
            tensor, producer = self._facts[producer].inputs[0], self._facts[producer].producers[0]
        return tensor, producer

    def _predicate(self, switch: Operation, node: int) -> Optional[Tuple[str, int]]:
        """What decides a switch; None for a loop's own switch, both of whose outputs occur."""
        tensor, producer = self.predicate_of(switch)
        if self._facts[producer].kind == "LoopCond":
            return None
        number = 0
        if producer in self._first and not self.is_fed(tensor, producer):
            outer = len(self._loops.get(switch, ())) - len(self._loops.get(producer, ()))
            number = (node - self._first[switch]) >> max(outer, 0)
        return tensor.name, number
