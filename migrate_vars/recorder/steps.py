"""Counts training steps, from nothing but the places and targets of writes."""

from __future__ import annotations

from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Set

from .control_flow import Flow
from .user_code import Call, CallPath, Position, Stack


class _Loop(NamedTuple):
    """The loop by which control came back.

    Attributes:
        depth: The index of the looping call in the stack.
        flow: Its control flow.
        body: The instructions of the loop; that of the call itself if a library called it
            repeatedly.
        outermost: Whether it is not inside another loop.
    """

    depth: int
    flow: Optional[Flow]
    body: FrozenSet[int]
    outermost: bool

    def contains(self, other: _Loop) -> bool:
        """Whether the other loop is the same or runs within one iteration of this one."""
        if self.depth != other.depth:
            return self.depth < other.depth
        return self.flow is other.flow and self.body >= other.body


class StepCounter:
    """Counts training steps from nothing but the places and targets of writes.

    A new step begins

    * when a variable that the step has written is written again after control went back since its
      last write. Looping over variables within a step writes each of them once in that place, so it
      does not end the step;
    * when training continues in another loop;
    * when the training loop has begun a new iteration, and reaches a place where the step has not
      been: a conditional write of another variable, for instance. The training loop is the one that
      caused the first repeated write of a variable; until then, it is the outermost loop.

    All writes within one call of a ``tf.function`` belong to the same step.

    Known limit: an inner loop that writes a variable repeatedly makes a step of each iteration: it
    cannot be distinguished from batches within epochs.
    """

    def __init__(self) -> None:
        self.step = 0
        self._loop: Optional[_Loop] = None
        self._last: Stack = ()
        self._began: Stack = ()
        # The current step's last writes, places, and the places reached by going back.
        self._written: Dict[str, Stack] = {}
        self._places: Set[CallPath] = set()
        self._returned_to: List[CallPath] = []
        # Places reached by iterations of other loops within one step.
        self._inside: Set[CallPath] = set()

    def count(
        self, position: Position, variables: Iterable[str], deciding: Iterable[str] = ()
    ) -> int:
        """Returns the number of the step, from 1, to which a write of ``variables`` belongs.

        Args:
            position: Where control is.
            variables: What is written.
            deciding: The part of it that tells whether something is written again; if there is
                none, all of it does.
        """
        stack, place, _ = position
        names = list(variables)
        if self.step == 0 or not self._same_call(stack):
            back = self._looped(self._last, stack) if self.step else None
            if self.step == 0 or self._begins(back, stack, place, [*deciding] or names):
                self.step += 1
                self._began = stack
                self._written.clear()
                self._places.clear()
                self._returned_to.clear()
            elif back is not None and place not in self._places:
                self._returned_to.append(place)
        self._written.update(dict.fromkeys(names, stack))
        self._places.add(place)
        self._last = stack
        return self.step

    def _same_call(self, stack: Stack) -> bool:
        """Whether the previous write came from the same call of a ``tf.function``."""
        return bool(stack) and stack[-1].instruction < 0 and stack == self._last

    def _begins(
        self, back: Optional[_Loop], stack: Stack, place: CallPath, names: Iterable[str]
    ) -> bool:
        """Whether a write begins a step; ``back`` is the loop by which control came back."""
        again = [self._written[name] for name in names if name in self._written]
        for before in again:
            loop = self._looped(before, stack)
            if loop is not None:
                # The last of the places that control went back to began this iteration.
                begin = len(self._returned_to) - (back is None)
                self._inside.update(self._returned_to[: max(begin, 0)])
                if self._loop is None or not loop.contains(self._loop):
                    self._loop = loop
                return True
        if self._moved_on(stack, bool(again)):
            self._loop = None
            return True
        if back is None or place in self._places or place in self._inside:
            return False
        return back.outermost if self._loop is None else back.contains(self._loop)

    def _looped(self, before: Stack, now: Stack) -> Optional[_Loop]:
        """The loop that control took between two stacks; None if it may only have moved forward.

        The first call in which the stacks differ decides. Control may have moved to a later
        instruction of the same call. Anything else (an instruction that can only be reached by
        starting over, or another call from the same instruction) requires a loop.
        """
        depth = 0
        for old, new in zip(before, now):
            if old.activation is not new.activation:
                break
            depth += 1
            if old.instruction != new.instruction:
                if new.flow.goes_on(old.instruction, new.instruction):
                    return None
                return self._loop_around(now, depth - 1, old.instruction)
            if old.library is not new.library:
                break
            if depth == len(before) < len(now):
                return None  # a callback from the library
        if depth == 0:
            return _Loop(-1, None, frozenset(), True)
        return self._loop_around(now, depth - 1, now[depth - 1].instruction)

    def _loop_around(self, stack: Stack, depth: int, instruction: int) -> _Loop:
        """The innermost loop of a call around its previous and current instruction."""
        call = stack[depth]
        loops = call.flow.loops(instruction, call.instruction)
        outermost = len(loops) < 2 and not _in_loop(stack[:depth])
        body = loops[0] if loops else frozenset([call.flow.number(call.instruction)])
        return _Loop(depth, call.flow, body, outermost)

    def _moved_on(self, now: Stack, again: bool) -> bool:
        """Whether training has left the loop in which the step began, for another loop.

        Within a loop around both, ``again`` distinguishes this from a loop over other variables.
        """
        if self._loop is None or not self._in(self._loop, self._began):
            return False
        around = False
        for depth, (old, new) in enumerate(zip(self._began, now)):
            flow = new.flow
            common = flow.loops(old.instruction, new.instruction)
            around = around or bool(common)
            if old.activation is not new.activation:
                return False
            if old.instruction != new.instruction:
                own = len(flow.loops(new.instruction)) > len(common)
                return (
                    (depth < self._loop.depth or not self._in(self._loop, now))
                    and (own or _in_loop(now[depth + 1 :]))
                    and (again or not around)
                )
        return False

    def _in(self, loop: _Loop, stack: Stack) -> bool:
        if not 0 <= loop.depth < len(stack):
            return False
        call = stack[loop.depth]
        return call.flow is loop.flow and call.flow.number(call.instruction) in loop.body


def _in_loop(calls: Iterable[Call]) -> bool:
    return any(call.flow.loops(call.instruction) for call in calls)
