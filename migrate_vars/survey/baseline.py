"""What was there at an earlier time, and what has changed since."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from migrate_vars.survey.constructs import STATE_OPS, TITLES
from migrate_vars.survey.file_survey import FileSurvey
from migrate_vars.survey.rungs import Rung, is_below
from migrate_vars.survey.survey import Survey

VERSION = 1
_WATCHED = ("sessions", "contrib", STATE_OPS)
"""The constructs of which no file may get more."""


class BaselineError(Exception):
    """The baseline cannot be used; the message is one line that says why."""


class Changes(NamedTuple):
    """What changed since a baseline, in words.

    Attributes:
        worse: What slid back.
        better: What came on, and may go into a new baseline.
    """

    worse: tuple[str, ...]
    better: tuple[str, ...]


def as_baseline(survey: Survey, path: Path) -> str:
    """Return what a baseline says of a survey.

    Args:
        survey: The survey.
        path: Where it will lie: it names files as seen from there.
    """
    files = {
        _name(file.path, path): _of_file(file)
        for file in survey.files
        if file.rung is not Rung.NONE
    }
    programs = {_name(p.path, path): p.rung.value for p in survey.started}
    document = {
        "migrate-vars survey": VERSION,
        "files": dict(sorted(files.items())),
        "programs": dict(sorted(programs.items())),
    }
    return json.dumps(document, indent=2) + "\n"


def changes_since(survey: Survey, path: Path) -> Changes:
    """Return what changed since a baseline.

    Raises:
        BaselineError: It cannot be read, or is none.
    """
    before = _read(path)
    files, programs = before["files"], before["programs"]
    worse: list[str] = []
    better: list[str] = []
    for file in survey.files:
        name = _name(file.path, path)
        was = files.get(name)
        if file.rung is Rung.NONE and was is None:
            continue
        _compare(name, _of_file(file), was, worse, better)
    for program in survey.started:
        name = _name(program.path, path)
        if name not in programs:
            continue  # its files say what is new in it
        was = Rung(programs[name])
        if _is_worse(was, program.rung):
            worse.append(f"{name}: the program was on {was.value}, is on {program.rung.value}")
        elif _is_worse(program.rung, was):
            better.append(f"{name}: the program came from {was.value} to {program.rung.value}")
    seen = {_name(file.path, path) for file in survey.files}
    better += [f"{name}: gone" for name in files if name not in seen]
    return Changes(tuple(worse), tuple(better))


def _compare(
    name: str,
    now: Mapping[str, Any],
    was: Mapping[str, Any] | None,
    worse: list[str],
    better: list[str],
) -> None:
    """Compare what is known of one file; None where it was not there."""
    before = was or {}
    for key in _WATCHED:
        old, new = before.get(key, 0), now.get(key, 0)
        if new > old:
            worse.append(f"{name}: {TITLES[key]}: {new}, were {old}")
        elif new < old:
            better.append(f"{name}: {TITLES[key]}: {new}, were {old}")
    rung = Rung(now["rung"])
    if rung is Rung.UNKNOWN and (was is None or was["rung"] != Rung.UNKNOWN.value):
        worse.append(f"{name}: not understood any more" if was else f"{name}: not understood")
    elif was is not None and _is_worse(Rung(was["rung"]), rung):
        worse.append(f"{name}: was on {was['rung']}, is on {rung.value}")


def _is_worse(was: Rung, now: Rung) -> bool:
    return is_below(now, was) or (now is Rung.UNKNOWN and was is not Rung.UNKNOWN)


def _of_file(file: FileSurvey) -> dict[str, Any]:
    counts = {key: file.total(key) for key in _WATCHED}
    counts[STATE_OPS] = sum(file.state_ops.values())
    return {"rung": file.rung.value, **{key: n for key, n in counts.items() if n}}


def _name(path: str, baseline: Path) -> str:
    """Return a path as seen from the folder of the baseline."""
    folder = os.path.realpath(baseline.parent)
    return Path(os.path.relpath(os.path.realpath(path), folder)).as_posix()


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise BaselineError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise BaselineError(f"{path}: not valid JSON: {error}") from error
    if not isinstance(document, dict) or "migrate-vars survey" not in document:
        raise BaselineError(f"{path}: not a baseline of migrate-vars survey")
    if document["migrate-vars survey"] != VERSION:
        raise BaselineError(f"{path}: of another version of migrate-vars; write it again")
    rungs = {rung.value for rung in Rung}
    files, programs = document.get("files"), document.get("programs")
    if not (isinstance(files, dict) and isinstance(programs, dict)) or not (
        all(isinstance(f, dict) and f.get("rung") in rungs for f in files.values())
        and all(rung in rungs for rung in programs.values())
    ):
        raise BaselineError(f"{path}: damaged; write it again")
    return document
