"""Where in the user's program a write happened, and which training step it belongs to."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Dict, FrozenSet, Iterable, List, NamedTuple, Set, Tuple

Call = Tuple[CodeType, int]
Stack = Tuple[Call, ...]


class Site(NamedTuple):
    """A line of the user's program."""

    path: str
    line: int


def _library_directories() -> Tuple[str, ...]:
    paths = sysconfig.get_paths()
    directories = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    directories.add(os.path.dirname(os.path.abspath(__file__)))
    return tuple(sorted(os.path.join(os.path.realpath(path), "") for path in directories))


_LIBRARIES = _library_directories()


class UserCode:
    """Tells the user's frames on the Python stack from those of libraries."""

    def __init__(self, directory: str) -> None:
        """Takes the program's folder, which is the user's even inside an installed package."""
        own = os.path.join(os.path.realpath(directory), "")
        installed = own.startswith(_LIBRARIES) and own not in _LIBRARIES
        self._own = own if installed else None
        self._is_user: Dict[str, bool] = {}

    def _is_user_file(self, filename: str) -> bool:
        known = self._is_user.get(filename)
        if known is None:
            path = os.path.realpath(filename)
            own = self._own is not None and path.startswith(self._own)
            # "<frozen runpy>", "<string>" and the like have no line that a user could open.
            known = own or not (filename.startswith("<") or path.startswith(_LIBRARIES))
            self._is_user[filename] = known
        return known

    def stack(self) -> Tuple[Stack, Site]:
        """The calls of user code that are active now, outermost first, and the innermost line."""
        calls: List[Call] = []
        site = Site("", 0)
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            code = frame.f_code
            if self._is_user_file(code.co_filename):
                if not calls:
                    site = Site(code.co_filename, frame.f_lineno or 0)
                calls.append((code, frame.f_lasti))
            frame = frame.f_back
        calls.reverse()
        return tuple(calls), site


def _goes_back(before: Stack, now: Stack) -> bool:
    """Whether control must have looped between two stacks.

    The first call in which the two differ decides: a later instruction of the same function means
    that control only went on. Anything else (an earlier instruction, or the same one again) needs
    a loop or a second call.
    """
    for (old_code, old_instruction), (code, instruction) in zip(before, now):
        if code is not old_code:
            return True
        if instruction != old_instruction:
            return instruction < old_instruction
    return True


class StepCounter:
    """Counts training steps from nothing but the places and targets of writes.

    A step ends when control goes back (see :func:`_goes_back`) and writes a variable that the step
    has already written. Looping over variables inside one step writes each of them once, so it
    does not end the step; a conditional write at the top of the loop body does start a new one.
    """

    def __init__(self) -> None:
        self.step = 0
        self._written: Set[str] = set()
        self._last: Stack = ()

    def count(self, stack: Stack, variables: Iterable[str]) -> int:
        """Returns the number of the step, from 1, to which a write of ``variables`` belongs."""
        names: FrozenSet[str] = frozenset(variables)
        if self.step == 0 or (self._written & names and _goes_back(self._last, stack)):
            self.step += 1
            self._written = set()
        self._written |= names
        self._last = stack
        return self.step
