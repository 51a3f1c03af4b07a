"""The control flow of a function: which instructions can follow which, and its loops."""

from __future__ import annotations

import dis
from bisect import bisect_right
from types import CodeType
from typing import Dict, FrozenSet, List, Set, Tuple

_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)
# Python 3.7 to 3.10 have instructions that set up handlers; later versions have a table.
_SETUPS = frozenset(["SETUP_EXCEPT", "SETUP_FINALLY", "SETUP_WITH", "SETUP_ASYNC_WITH"])
_ENDS = frozenset(
    [
        "BREAK_LOOP",
        "CONTINUE_LOOP",
        "INTERPRETER_EXIT",
        "JUMP_ABSOLUTE",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "JUMP_FORWARD",
        "RAISE_VARARGS",
        "RERAISE",
        "RETURN_CONST",
        "RETURN_VALUE",
    ]
)


class Flow:
    """The control flow of one code object; instructions are given by their offsets."""

    def __init__(self, code: CodeType) -> None:
        """Prepares to read the bytecode of ``code``."""
        self.code = code
        self._offsets: List[int] = []
        self._known: Dict[Tuple[int, int], bool] = {}
        self._around: Dict[Tuple[int, ...], List[FrozenSet[int]]] = {}

    def goes_on(self, start: int, end: int) -> bool:
        """Whether control can get from one instruction to another without repeating a loop."""
        known = self._known.get((start, end))
        if known is None:
            pair = self.number(start), self.number(end)
            known = self._known[start, end] = pair[0] != pair[1] and self._reaches(*pair)
        return known

    def loops(self, *instructions: int) -> List[FrozenSet[int]]:
        """The bodies of the loops around all of these instructions, innermost first."""
        found = self._around.get(instructions)
        if found is None:
            wanted = {self.number(instruction) for instruction in instructions}
            found = [body for body in self._loops if body >= wanted]
            self._around[instructions] = found
        return found

    def number(self, offset: int) -> int:
        """The index of the instruction at an offset, or of the one whose inline cache is there."""
        if not self._offsets:
            self._read()
        return max(bisect_right(self._offsets, offset) - 1, 0)

    def _read(self) -> None:
        instructions = list(dis.get_instructions(self.code))
        self._offsets = [instruction.offset for instruction in instructions]
        self._next = _successors(self.code, instructions, self._offsets)
        self._loops = self._unroll()

    def _reaches(self, start: int, end: int) -> bool:
        seen, pending = {start}, [start]
        while pending:
            for node in self._next[pending.pop()]:
                if node == end:
                    return True
                if node not in seen:
                    seen.add(node)
                    pending.append(node)
        return False

    def _unroll(self) -> List[FrozenSet[int]]:
        """Finds the loops, smallest first, and redirects the ends of their rounds out of them."""
        rounds: Dict[int, List[int]] = {}
        for end, head in _back_edges(self._next):
            rounds.setdefault(head, []).append(end)
        before: List[List[int]] = [[] for _ in self._next]
        for node, following in enumerate(self._next):
            for each in following:
                before[each].append(node)
        bodies: Dict[int, Set[int]] = {}
        exits: Dict[int, Set[int]] = {}
        for head, ends in rounds.items():
            body, pending = {head}, list(ends)
            while pending:
                node = pending.pop()
                if node not in body:
                    body.add(node)
                    pending.extend(before[node])
            bodies[head] = body
            exits[head] = {each for node in body for each in self._next[node]} - body
        for head, ends in rounds.items():
            for end in ends:
                self._next[end] = (self._next[end] - {head}) | exits[head]
        return sorted((frozenset(body) for body in bodies.values()), key=len)


def _successors(
    code: CodeType, instructions: List[dis.Instruction], offsets: List[int]
) -> List[Set[int]]:
    number = {offset: i for i, offset in enumerate(offsets)}
    following: List[Set[int]] = []
    loop_ends: List[int] = []
    handlers: List[Tuple[int, int, int]] = []
    for i, instruction in enumerate(instructions):
        targets = set()
        name = instruction.opname
        if instruction.opcode in _JUMPS:
            target = number[instruction.argval]
            targets.add(target)
            if name == "SETUP_LOOP":  # of Python 3.7
                loop_ends.append(target)
            elif name in _SETUPS:
                handlers.append((i, target, target))
        elif name == "BREAK_LOOP":
            targets.add(min((end for end in loop_ends if end > i), default=i))
        if name not in _ENDS and i + 1 < len(instructions):
            targets.add(i + 1)
        following.append(targets)
    for entry in getattr(dis.Bytecode(code), "exception_entries", ()):
        first, last = bisect_right(offsets, entry.start) - 1, bisect_right(offsets, entry.end - 1)
        handlers.append((first, last, number[entry.target]))
    for first, last, target in handlers:
        for i in range(first, last):
            following[i].add(target)
    return following


def _back_edges(following: List[Set[int]]) -> List[Tuple[int, int]]:
    """The edges that lead back to an instruction on the path from the entry."""
    found: List[Tuple[int, int]] = []
    seen, on_path = {0}, {0}
    pending = [(0, iter(sorted(following[0])))] if following else []
    while pending:
        node, rest = pending[-1]
        for each in rest:
            if each in on_path:
                found.append((node, each))
            elif each not in seen:
                seen.add(each)
                on_path.add(each)
                pending.append((each, iter(sorted(following[each]))))
                break
        else:
            on_path.discard(node)
            pending.pop()
    return found
