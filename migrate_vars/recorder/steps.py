"""Where in the user's program a write happened, and which training step it belongs to."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Any, Dict, Iterable, List, Mapping, NamedTuple, Optional, Tuple

Call = Tuple[CodeType, int]
Stack = Tuple[Call, ...]


class Site(NamedTuple):
    """A line of the user's program."""

    path: str
    line: int


def _library_directories() -> Tuple[str, ...]:
    paths = sysconfig.get_paths()
    directories = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    # Those of the user, of Debian and of an outer environment are on the path only.
    directories.update(
        path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")
    )
    directories.add(os.path.dirname(os.path.abspath(__file__)))
    return tuple(sorted(os.path.join(os.path.realpath(path), "") for path in directories))


_LIBRARIES = _library_directories()


class UserCode:
    """Tells the user's frames on the Python stack from those of libraries."""

    def __init__(self, directory: str, copies: Optional[Mapping[str, str]] = None) -> None:
        """Takes what is the user's.

        Args:
            directory: The program's folder, the user's even inside an installed package; files
                below it are shown relative to it.
            copies: Of each file whose text runs in place of another's, that other file.
        """
        self._directory = os.path.join(os.path.realpath(directory), "")
        installed = self._directory.startswith(_LIBRARIES) and self._directory not in _LIBRARIES
        self._own = self._directory if installed else None
        self._is_user: Dict[str, bool] = dict.fromkeys(copies or (), True)
        self._copies = copies or {}
        self._shown: Dict[str, str] = {}

    def original(self, filename: str) -> str:
        """The file itself, or the one in whose place its text runs."""
        return self._copies.get(filename, filename)

    def shown(self, filename: str) -> str:
        """What to call a file of the user's."""
        known = self._shown.get(filename)
        if known is None:
            path = self.original(filename)
            known = os.path.realpath(path) if path else ""
            if known.startswith(self._directory):
                known = known[len(self._directory) :]
            self._shown[filename] = known
        return known

    def is_user_file(self, filename: str) -> bool:
        """Whether code of this file is the user's, and not of a library or of no file at all."""
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
            if self.is_user_file(code.co_filename):
                if not calls:
                    site = Site(code.co_filename, frame.f_lineno or 0)
                calls.append((code, frame.f_lasti))
            frame = frame.f_back
        calls.reverse()
        return tuple(calls), site

    def made_at(self, traceback: Iterable[Any]) -> Site:
        """The innermost line of user code in the traceback that an op keeps of its making."""
        for frame in reversed(list(traceback)):
            # TensorFlow 1 has tuples of file, line, function and text.
            path, line = frame[:2] if isinstance(frame, tuple) else (frame.filename, frame.lineno)
            if self.is_user_file(path):
                return Site(path, line)
        return Site("", 0)


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

    A step ends when a variable that it has written is written again after control went back (see
    :func:`_goes_back`) since that variable's last write. Looping over variables inside one step
    writes each of them once in that place, so it does not end the step; a conditional write at the
    top of the loop body does start a new one.

    Known limits: an inner loop that writes a variable again and again makes a step of each round,
    and a variable that a step writes at the top of the loop body and the step before did not write
    is counted to the step before. Both are the same in two programs that have the same loops.
    """

    def __init__(self) -> None:
        self.step = 0
        self._written: Dict[str, Stack] = {}

    def count(self, stack: Stack, variables: Iterable[str]) -> int:
        """Returns the number of the step, from 1, to which a write of ``variables`` belongs."""
        names = list(variables)
        again = [self._written[name] for name in names if name in self._written]
        if self.step == 0 or any(_goes_back(before, stack) for before in again):
            self.step += 1
            self._written.clear()
        self._written.update(dict.fromkeys(names, stack))
        return self.step
