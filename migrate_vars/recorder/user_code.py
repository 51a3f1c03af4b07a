"""The user's code: which files are the program's, and where in them control is."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from types import CodeType, FrameType
from typing import (
    Any,
    Dict,
    List,
    Mapping,
    NamedTuple,
    Optional,
    Tuple,
)

from . import cell_lines
from .control_flow import Flow
from .interfaces import Traceback


class Call(NamedTuple):
    """An active call of user code, or of a ``tf.function``, and where control is in it.

    Attributes:
        activation: Stands for this call: another call of the same function has another one.
        flow: The function's control flow.
        instruction: Offset of the instruction that runs.
        library: Likewise stands for the call of a library that this one is in; None in none.
    """

    activation: object
    flow: Flow
    instruction: int
    library: object


Stack = Tuple[Call, ...]
#: Instructions that run, outermost first, in whatever calls.
CallPath = Tuple[Tuple[Flow, int], ...]


class Site(NamedTuple):
    """A line of the user's program."""

    path: str
    line: int


class Position(NamedTuple):
    """Where control is.

    Attributes:
        stack: The active calls, outermost first, down to a call of a ``tf.function`` if there is
            one: that is one unit, whether it runs as a graph or line by line.
        place: All instructions of user code that run.
        site: The innermost line of user code.
    """

    stack: Stack
    place: CallPath
    site: Site


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
# So many codes are known by where they lie.
_CODES = 1 << 14
# `Function.__call__` of TensorFlow 2 and of 1.15.
FUNCTION_CALL = ("polymorphic_function.py", "def_function.py")


# Until Python 3.9, a frame with an `f_trace` does not keep its line number up to date.
_F_TRACE_IS_FREE = sys.version_info >= (3, 10)


class _Activation:
    """Stands for a frame: unlike the frame itself, it may be kept without keeping its locals."""

    def __call__(self, *event: Any) -> None:
        """Does nothing, should the program switch tracing on."""


# Where `f_trace` is not free, by the identity of a frame whose `f_trace_lines` is off.
_activations: Dict[int, _Activation] = {}


def _activation(frame: FrameType) -> object:
    """What stands for this call of a function, kept where only tracers of code look."""
    if sys.gettrace() is not None:
        return frame.f_code  # a debugger is at work: one call looks like the next
    if _F_TRACE_IS_FREE:
        if frame.f_trace is None:
            frame.f_trace = _Activation()
        known: object = frame.f_trace
        return known if isinstance(known, _Activation) else frame.f_code
    if frame.f_trace_lines:  # a new frame, though perhaps in the place of an old one
        frame.f_trace_lines = False
        _activations[id(frame)] = _Activation()
    return _activations.get(id(frame), frame.f_code)


class _Code(NamedTuple):
    """What is known of a function's code.

    Attributes:
        code: The code, kept so that no other comes to lie in its place.
        flow: Its control flow.
        is_user: Whether it is the user's.
        calls_function: Whether it is what calls a ``tf.function``.
    """

    code: CodeType
    flow: Flow
    is_user: bool
    calls_function: bool


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
        self._notebooks = {
            path: copy for copy, path in self._copies.items() if path.endswith(".ipynb")
        }
        self._cells: Dict[str, List[Tuple[int, int]]] = {}
        self._shown: Dict[str, str] = {}
        # Equal codes have one flow; to find that takes longer than to look where the code lies.
        self._flows: Dict[CodeType, Flow] = {}
        self._codes: Dict[int, _Code] = {}

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

    def place(self, filename: str, line: int) -> Tuple[str, int]:
        """What to call a line of a file of the user's; in a notebook, of a cell."""
        shown = self.shown(filename)
        if not shown.endswith(".ipynb"):
            return shown, line
        if filename not in self._cells:
            try:
                with open(filename, encoding="utf-8") as file:
                    self._cells[filename] = cell_lines.starts(file.readlines())
            except (OSError, ValueError):
                self._cells[filename] = []
        return cell_lines.place(shown, self._cells[filename], line)

    def running(self, filename: str) -> str:
        """The file with the Python that runs for a notebook; any other file is that itself."""
        return self._notebooks.get(os.path.realpath(filename), filename)

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

    def _describe(self, code: CodeType) -> _Code:
        """What is known of a code that is met where none was before."""
        if len(self._codes) >= _CODES:
            self._codes.clear()  # a program that compiles code again and again
        is_user = self.is_user_file(code.co_filename)
        found = self._codes[id(code)] = _Code(
            code,
            self._flows.setdefault(code, Flow(code)),
            is_user,
            code.co_name == "__call__" and code.co_filename.endswith(FUNCTION_CALL),
        )
        return found

    def position(self) -> Position:
        """Where control is now."""
        calls: List[Call] = []
        place: List[Tuple[Flow, int]] = []
        site = Site("", 0)
        codes = self._codes
        frame: Optional[FrameType] = sys._getframe(1)
        library: Optional[FrameType] = None
        while frame is not None:
            code = frame.f_code
            _, flow, is_user, calls_function = codes.get(id(code)) or self._describe(code)
            if is_user:
                instruction = frame.f_lasti
                if not place:
                    site = Site(code.co_filename, frame.f_lineno or 0)
                place.append((flow, instruction))
                called = None if library is None else _activation(library)
                calls.append(Call(_activation(frame), flow, instruction, called))
                library = None
            else:
                library = frame
                if calls_function:
                    calls[:] = [Call(_activation(frame), flow, -1, None)]
            frame = frame.f_back
        return Position(tuple(reversed(calls)), tuple(reversed(place)), site)

    def made_at(self, traceback: Traceback) -> Site:
        """The innermost line of user code in the traceback that an op keeps of its making."""
        for frame in reversed(list(traceback)):
            # TensorFlow 1 has tuples of file, line, function and text.
            path, line = frame[:2] if isinstance(frame, tuple) else (frame.filename, frame.lineno)
            if self.is_user_file(path):
                return Site(path, line)
        return Site("", 0)


def runs_a_queue() -> bool:
    """Whether this thread is one of those that fill the queues of a TensorFlow 1 program."""
    if threading.current_thread() is threading.main_thread():
        return False
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith("queue_runner_impl.py"):
            return True
        frame = frame.f_back
    return False
