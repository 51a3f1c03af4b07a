"""Distinguishes the user's code from libraries, and finds where in it control is."""

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
    """An active call of user code, or of a ``tf.function``.

    Attributes:
        activation: Identifies this call: another call of the same function has another one.
        flow: The function's control flow.
        instruction: The offset of the current instruction.
        library: Identifies the library call that this one is in; None if it is in none.
    """

    activation: object
    flow: Flow
    instruction: int
    library: object


Stack = Tuple[Call, ...]
#: The current instructions of user code, outermost first.
CallPath = Tuple[Tuple[Flow, int], ...]


class Site(NamedTuple):
    """A line of the user's program."""

    path: str
    line: int


class Position(NamedTuple):
    """Where control is.

    Attributes:
        stack: The active calls, outermost first, up to a call of a ``tf.function`` if there is one:
            that is one unit, whether it runs as a graph or line by line.
        place: The current instructions of all calls of user code.
        site: The innermost line of user code.
    """

    stack: Stack
    place: CallPath
    site: Site


def _library_directories() -> Tuple[str, ...]:
    paths = sysconfig.get_paths()
    directories = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    # User, Debian and outer environment directories are only on the path.
    directories.update(
        path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")
    )
    own = os.path.dirname(os.path.abspath(__file__))
    # What rewritten programs import in the place of TensorFlow 1 is no code of theirs.
    directories.update((own, os.path.join(os.path.dirname(own), "tf1")))
    return tuple(sorted(os.path.join(os.path.realpath(path), "") for path in directories))


_LIBRARIES = _library_directories()
# Maximum number of cached code objects.
_CODES = 1 << 14
# The files of `Function.__call__` in TensorFlow 2 and 1.15.
FUNCTION_CALL = ("polymorphic_function.py", "def_function.py")


# Until Python 3.9, a frame with an `f_trace` does not update its line number.
_F_TRACE_IS_FREE = sys.version_info >= (3, 10)


class _Activation:
    """Identifies a frame, without keeping its locals alive."""

    def __call__(self, *event: Any) -> None:
        """Does nothing, in case the program enables tracing."""


# If `f_trace` cannot be used, by the id of a frame whose `f_trace_lines` is off.
_activations: Dict[int, _Activation] = {}


def _activation(frame: FrameType) -> object:
    """The identity of a call, stored in a frame attribute that only tracers use."""
    if sys.gettrace() is not None:
        return frame.f_code  # a debugger is active: calls cannot be told apart
    if _F_TRACE_IS_FREE:
        if frame.f_trace is None:
            frame.f_trace = _Activation()
        known: object = frame.f_trace
        return known if isinstance(known, _Activation) else frame.f_code
    if frame.f_trace_lines:  # a new frame, possibly at the address of an old one
        frame.f_trace_lines = False
        _activations[id(frame)] = _Activation()
    return _activations.get(id(frame), frame.f_code)


class _Code(NamedTuple):
    """Cached properties of a code object.

    Attributes:
        code: The code, kept alive so that its id stays unique.
        flow: Its control flow.
        is_user: Whether it is user code.
        calls_function: Whether it calls a ``tf.function``.
    """

    code: CodeType
    flow: Flow
    is_user: bool
    calls_function: bool


class UserCode:
    """Distinguishes the user's stack frames from those of libraries."""

    def __init__(self, directory: str, copies: Optional[Mapping[str, str]] = None) -> None:
        """Takes the location of the user's code.

        Args:
            directory: The program's folder, which is the user's even inside an installed package;
                files below it are shown relative to it.
            copies: The replaced file, by the file that runs in its place.
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
        # Equal code objects share a flow; looking that up is slower than looking up the id.
        self._flows: Dict[CodeType, Flow] = {}
        self._codes: Dict[int, _Code] = {}

    def original(self, filename: str) -> str:
        """The file itself, or the one that it replaces."""
        return self._copies.get(filename, filename)

    def shown(self, filename: str) -> str:
        """The path of a user file as written in the trajectory."""
        known = self._shown.get(filename)
        if known is None:
            path = self.original(filename)
            known = os.path.realpath(path) if path else ""
            if known.startswith(self._directory):
                known = known[len(self._directory) :]
            self._shown[filename] = known
        return known

    def place(self, filename: str, line: int) -> Tuple[str, int]:
        """Path and line as written in the trajectory; in a notebook, those of the cell."""
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
        """The Python file that runs for a notebook; other files are returned as they are."""
        return self._notebooks.get(os.path.realpath(filename), filename)

    def is_user_file(self, filename: str) -> bool:
        """Whether a file belongs to the user, not to a library, and exists."""
        known = self._is_user.get(filename)
        if known is None:
            path = os.path.realpath(filename)
            own = self._own is not None and path.startswith(self._own)
            # "<frozen runpy>", "<string>" and the like cannot be opened.
            known = own or not (filename.startswith("<") or path.startswith(_LIBRARIES))
            self._is_user[filename] = known
        return known

    def _describe(self, code: CodeType) -> _Code:
        """Caches the properties of a new code object."""
        if len(self._codes) >= _CODES:
            self._codes.clear()  # a program that compiles code repeatedly
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
        """The innermost line of user code in the traceback of an op's creation."""
        for frame in reversed(list(traceback)):
            # TensorFlow 1 has tuples of file, line, function and text.
            path, line = frame[:2] if isinstance(frame, tuple) else (frame.filename, frame.lineno)
            if self.is_user_file(path):
                return Site(path, line)
        return Site("", 0)


def runs_a_queue() -> bool:
    """Whether this thread is a queue runner of a TensorFlow 1 program."""
    if threading.current_thread() is threading.main_thread():
        return False
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith("queue_runner_impl.py"):
            return True
        frame = frame.f_back
    return False
