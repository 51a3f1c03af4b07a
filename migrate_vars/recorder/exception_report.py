"""What a program failed with: the user's own lines that led there, and what was missing."""

from __future__ import annotations

import gc
import linecache
import re
import sys
import traceback
import types
from importlib.machinery import PathFinder
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

from .interfaces import JsonObject, TensorFlowModule
from .user_code import UserCode

# Of a traceback, so many of the user's lines are kept, the innermost ones.
_LIMIT = 50
_GENERATED = "__autograph_generated"
_NAMED_LINE = re.compile(r'File "([^"\n]+)", line (\d+)')
_NO_ATTRIBUTE = (
    re.compile(r"module '(tensorflow[\w.]*)' has no attribute '(\w+)'"),
    re.compile(r"TensorFlow \S+ has no (tensorflow(?:\.\w+)*)\.(\w+)"),
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>tensorflow[\w.]*)'"),
    re.compile(r"No module named '(tensorflow)\.([\w.]+)'"),
)
_INTERNAL = re.compile(
    r"^tensorflow(?:_core)?(?:\.(?:python\.keras\.api|_api))?(?:\._?v[12])*(?:\.compat\.v[12])?"
)
_ERRORS = re.compile(r"^tensorflow[\w.]*\.(?=\w+(?::|$))")
_NEEDS_SESSION = re.compile(r"not (?:compatible|supported|available)\b.*\beager execution")


class Frame(NamedTuple):
    """One line of the user's on the way to a failure."""

    path: str
    line: int
    function: str
    text: str


def frames_of(error: BaseException, user_code: UserCode) -> List[Frame]:
    """The user's lines that an exception passed, outermost first.

    Of what AutoGraph has made of a function, these are the lines of the function.
    """
    passed = list(traceback.walk_tb(error.__traceback__))
    generated = any(_GENERATED in frame.f_code.co_filename for frame, _ in passed)
    metadata = getattr(error, "ag_error_metadata", None)
    origins = _origins() if generated or metadata is not None else {}
    lines = [(f.f_code.co_filename, line, f.f_code.co_name) for f, line in passed]
    if not generated and metadata is not None:  # TensorFlow 1.15 keeps them there alone
        inner = reversed(getattr(metadata, "translated_stack", ()))
        lines += [(frame.filename, frame.lineno, frame.function_name) for frame in inner]
    found: List[Frame] = []
    for path, line, function in lines:
        if _GENERATED in path:
            if (path, line) not in origins:
                continue
            path, line, function = origins[path, line]
        if user_code.is_user_file(path):
            text = linecache.getline(path, line).strip()
            frame = Frame(*user_code.place(path, line), function, text)
            if not found or found[-1][:2] != frame[:2]:
                found.append(frame)
    if isinstance(error, SyntaxError) and user_code.is_user_file(error.filename or "<none>"):
        place = user_code.place(error.filename or "", error.lineno or 0)
        found.append(Frame(*place, "", (error.text or "").strip()))
    return found[-_LIMIT:]


def message_of(error: BaseException) -> str:
    """In one line, what went wrong: not that it went wrong in a function or a graph."""
    metadata = getattr(error, "ag_error_metadata", None)
    cause = getattr(metadata, "cause_message", None)
    if isinstance(cause, str) and cause.strip():
        return cause.strip().splitlines()[0]
    text = traceback.format_exception_only(type(error), error)[-1].strip()
    lines = _ERRORS.sub("", text).splitlines() or [type(error).__name__]
    if lines[0].endswith("Graph execution error:"):
        after = [n for n, line in enumerate(lines, 1) if line.startswith("Node: ")]
        if after and after[-1] < len(lines):
            return type(error).__name__ + ": " + lines[after[-1]]
    return lines[0]


def describe(error: BaseException, user_code: UserCode) -> JsonObject:
    """A failure, as JSON can hold it.

    ``message``; ``frames``, each a list of path, line, function and text; ``made_at``, path, line
    and text of where the op was made that failed, or None; ``package``, a package that is not
    installed, or ""; ``name``, a name that TensorFlow does not have, or ""; ``compat``, whether
    ``tensorflow.compat.v1`` has it, and ``view``, whether it was asked for under the name
    ``tensorflow``; ``needs_session``, whether what failed works in graphs only.
    """
    name, module = _missing_name(error)
    return {
        "message": message_of(error),
        "frames": [list(frame) for frame in frames_of(error, user_code)],
        "made_at": _made_at(error, user_code),
        "package": "" if name else _missing_package(error),
        "name": name,
        "compat": bool(name) and _is_in_compat(name),
        "view": "compat" not in module.split("."),
        "needs_session": _NEEDS_SESSION.search(_text(error)) is not None,
    }


def _origins() -> Dict[Tuple[str, int], Tuple[str, int, str]]:
    """Where the lines stood that AutoGraph has translated, as its functions know."""
    found: Dict[Tuple[str, int], Tuple[str, int, str]] = {}
    for one in gc.get_objects():
        if type(one) is not types.FunctionType:
            continue
        for place, origin in getattr(one, "__dict__", {}).get("ag_source_map", {}).items():
            location = origin.loc
            found[place.filename, place.lineno] = (
                location.filename,
                location.lineno,
                origin.function_name or "",
            )
    return found


def _made_at(error: BaseException, user_code: UserCode) -> Optional[List[Union[str, int]]]:
    """The user's line that made the op that failed, where the error tells it."""
    op = getattr(error, "op", None)
    path, line = "", 0
    if op is not None:
        path, line = user_code.made_at(op.traceback)
    if not path and "defined at" in _text(error):
        for match in _NAMED_LINE.finditer(_text(error)):
            if user_code.is_user_file(match[1]) and _GENERATED not in match[1]:
                path, line = match[1], int(match[2])
    if not path:
        return None
    return [*user_code.place(path, line), linecache.getline(path, line).strip()]


def _missing_package(error: BaseException) -> str:
    for one in _chain(error):
        if isinstance(one, ModuleNotFoundError) and one.name:
            name = one.name.partition(".")[0]
            # What lacks a part of itself is there, in another release.
            return "" if PathFinder.find_spec(name) or name in sys.modules else name
    return ""


def _missing_name(error: BaseException) -> Tuple[str, str]:
    """A name that TensorFlow does not have, and the module that was asked for it.

    The name begins at the top of TensorFlow, as in ``train.AdamOptimizer``.
    """
    for one in _chain(error):
        if not isinstance(one, (AttributeError, ImportError)):
            continue
        for pattern in _NO_ATTRIBUTE:
            match = pattern.search(_text(one))
            if match is not None:
                groups = match.groupdict() or {"module": match[1], "name": match[2]}
                module = _INTERNAL.sub("", groups["module"]).lstrip(".")
                return ".".join(filter(None, [module, groups["name"]])), groups["module"]
    return "", ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error, and those that it came from or in whose handling it arose."""
    seen = set()
    found = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__  # type: ignore[assignment]


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the user's own classes may do anything
        return ""


def _is_in_compat(name: str) -> bool:
    found: TensorFlowModule = sys.modules.get("tensorflow")
    for part in ["compat", "v1", *name.split(".")]:
        found = getattr(found, part, None)
    return found is not None
