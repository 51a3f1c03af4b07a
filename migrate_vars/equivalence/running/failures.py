"""What a program failed with, in words: the user's own lines, and what may help."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate_vars.trajectory.records import Site

# What is installed under another name than it is imported by.
_DISTRIBUTIONS = {
    "cv2": "opencv-python",
    "PIL": "Pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


@dataclass(frozen=True)
class Frame:
    """A line of the user's on the way to a failure: where, in which function, and its text."""

    site: Site
    function: str
    text: str


@dataclass(frozen=True)
class Failure:
    """What a run failed with.

    Attributes:
        frames: The user's own lines, outermost first.
        made_at: The line that made the op that failed, where that is another one, or None.
        advice: What may help, in one line, or "".
    """

    frames: tuple[Frame, ...] = ()
    made_at: Frame | None = None
    advice: str = ""


def read_failure(
    path: Path, tensorflow: str, python: str, option: str, v1_view: str, folder: Path
) -> Failure | None:
    """Reads what the recorder has written down of a failure.

    Args:
        path: The file, see ``recorder/exception_report.py``.
        tensorflow: The release under which the program ran, or "".
        python: The interpreter.
        option: The option that names it.
        v1_view: When the program has the view of TensorFlow 1; see :class:`Program`.
        folder: Where the program ran.

    Returns:
        The failure; None where there is no such file.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        frames = tuple(_frame(p, line, name, text) for p, line, name, text in found["frames"])
        made_at = None
        if found["made_at"]:
            place, number, code = found["made_at"]
            made_at = _frame(place, number, "", code)
        if made_at and any(frame.site == made_at.site for frame in frames[-1:]):
            made_at = None
        advice = _advice(found, tensorflow, python, option, v1_view, folder)
    except (OSError, ValueError, TypeError, KeyError, IndexError):
        return None  # nothing, or something that the program has written there
    return Failure(frames, made_at, advice)


def describe_failure(failure: Failure, shown: int | None = None) -> Iterator[str]:
    """Lines on a failure: where the program was, as a traceback says it, and what may help.

    Args:
        failure: The failure.
        shown: So many of the user's lines at most, the innermost ones; all of them where None.
    """
    left_out = 0 if shown is None else len(failure.frames) - shown
    if left_out > 0:
        yield f"    ... {left_out} earlier lines of yours"
    for frame in failure.frames[max(left_out, 0) :]:
        where = f" in {frame.function}" if frame.function not in ("", "<module>") else ""
        yield f"    {frame.site}{where}" + (f": {frame.text}" if frame.text else "")
    if failure.made_at is not None:
        yield f"    the failed op was created at {failure.made_at.site}: {failure.made_at.text}"
    if failure.advice:
        yield f"    help: {failure.advice}"


def _frame(path: Any, line: Any, function: Any, text: Any) -> Frame:
    return Frame(Site(str(path), int(line)), str(function), str(text))


def _advice(
    found: dict[str, Any], tensorflow: str, python: str, option: str, v1_view: str, folder: Path
) -> str:
    package, name = str(found["package"]), str(found["name"])
    if package:
        if (folder / package).is_dir() or (folder / f"{package}.py").is_file():
            return (
                f"{package} is in the current folder, and a script finds what is beside it: "
                "PYTHONPATH=. makes it found, and so does -m MODULE in place of the script"
            )
        install = _DISTRIBUTIONS.get(package, package)
        return (
            f"install {install} in that interpreter ({python} -m pip install {install}), or use "
            f"{option} with one that has it"
        )
    old = tensorflow.startswith("1.")
    if name and old:
        return f"TensorFlow {tensorflow} has no tf.{name}: use {option} with TensorFlow 2"
    view = "--v1-view always gives it the names and the behaviour of TensorFlow 1"
    if name and found["compat"]:
        return f"TensorFlow 2 has tf.{name} as tf.compat.v1.{name}" + (
            f"; {view}" if v1_view == "auto" and found["view"] else ""
        )
    if name:
        return (
            f"TensorFlow 2 has no tf.{name}: name an interpreter with TensorFlow 1.15 with "
            "--tf1-python (migrate-vars oracle create makes one)"
        )
    if found["needs_session"] and not old and v1_view == "auto":
        return view
    return ""
