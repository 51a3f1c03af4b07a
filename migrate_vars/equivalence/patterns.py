"""Patterns: two programs, ``v1_session.py`` and ``v2_eager.py``, that must train alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_vars.workspace.project import Project

V1_SESSION = "v1_session.py"
V2_EAGER = "v2_eager.py"
V2_KERAS = "v2_keras.py"

#: Packages that contribute patterns have an entry point of this group.
ENTRY_POINT_GROUP = "migrate_vars.patterns"

_DRIFT = re.compile(r"^# migrate-vars: drift <= (?P<bound>\S+)\s*$", re.MULTILINE)


class PatternError(Exception):
    """A target that is no pattern; the message says why in one line."""


@dataclass(frozen=True)
class Pattern:
    """A folder with the two programs of a pattern.

    Attributes:
        name: The folder's name; that of a pattern that an installed package contributes has the
            name of its entry point before it, as in ``mypackage/ema``.
        directory: The folder.
        v1_session: The TF1 program, which is the reference.
        v2_eager: The TF2 program that must be bit-identical.
        v2_keras: A TF2 program that may drift by ``keras_drift``, or None.
        v1_drift: How far the v1 program may drift between TensorFlow 1.15 and 2, whose kernels
            round differently: what the script states in a comment,
            ``# migrate-vars: drift <= 1e-6``, relative to the variable's running maximum. 0 without
            such a comment: the bits are the same.
        keras_drift: How far the Keras program may drift, stated likewise.
        project: What the configuration of the project around it says of ``rewrite``; None for one
            that was installed.
    """

    name: str
    directory: Path
    v1_session: Path
    v2_eager: Path
    v2_keras: Path | None = None
    v1_drift: float = 0.0
    keras_drift: float = 0.0
    project: Project | None = None

    @property
    def summary(self) -> str:
        """What it does: the first line of the docstring of its v1 program, or ""."""
        try:
            found = ast.get_docstring(ast.parse(self.v1_session.read_bytes()))
        except (OSError, ValueError, SyntaxError):
            return ""
        return (found or "").partition("\n")[0]


def bundled_directory() -> Path:
    """The folder of the bundled patterns, in an installed package or in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "legacy_examples"
    return installed if installed.is_dir() else package.parent / "legacy_examples"


def contributed_directories() -> dict[str, Path]:
    """Folders of patterns that installed packages contribute, by the name of the entry point.

    A package contributes one by an entry point of the group ``migrate_vars.patterns`` whose value
    is the dotted name of the folder, ``mypackage.patterns``. Nothing is imported.

    Raises:
        PatternError: If an entry point names no folder.
    """
    found = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        top, *rest = entry_point.value.split(".")
        try:
            spec = find_spec(top)
        except (ImportError, ValueError):
            spec = None
        for place in (spec and spec.submodule_search_locations) or ():
            directory = Path(place, *rest)
            if directory.is_dir():
                found[entry_point.name] = directory
                break
        else:
            raise PatternError(
                f"entry point {entry_point.name} of {ENTRY_POINT_GROUP}: "
                f"{entry_point.value} is not a folder of an installed package"
            )
    return dict(sorted(found.items()))


def find_patterns(target: str | None = None) -> list[Pattern]:
    """Finds the patterns that a command-line target stands for.

    Args:
        target: A pattern's folder, a folder of patterns, the name of a bundled pattern (with or
            without ``legacy_examples/`` before it), the name of an entry point by which a package
            contributes patterns or of one of those, or None for all bundled and contributed ones.

    Returns:
        At least one pattern, sorted by name, the bundled ones first.

    Raises:
        PatternError: If there is none, or one is not complete.
    """
    if target is None:
        bundled = _patterns_below(bundled_directory())
        return bundled + [p for name in contributed_directories() for p in _contributed(name)]
    directory = Path(target)
    if directory.is_dir():
        directory = directory.resolve()
        is_pattern = (directory / V1_SESSION).exists() or (directory / V2_EAGER).exists()
        found = [load_pattern(directory)] if is_pattern else _patterns_below(directory)
        if directory.is_relative_to(bundled_directory()):
            return found
        project = _project(directory)
        return [replace(pattern, project=project) for pattern in found]
    if directory.exists():
        raise PatternError(f"{target}: not a folder with {V1_SESSION} and {V2_EAGER}")
    parts = directory.parts[1:] if directory.parts[:1] == ("legacy_examples",) else directory.parts
    if len(parts) == 1 and (bundled_directory() / parts[0] / V1_SESSION).is_file():
        return [load_pattern(bundled_directory() / parts[0])]
    if directory.parts == ("legacy_examples",):
        return _patterns_below(bundled_directory())
    if directory.parts[:1] and directory.parts[0] in contributed_directories():
        found = _contributed(directory.parts[0])
        chosen = [p for p in found if p.name == target] if len(directory.parts) > 1 else found
        if chosen:
            return chosen
    raise PatternError(
        f"{target}: no such folder, and no bundled pattern of that name{_suggestion(target)}"
    )


def _suggestion(target: str) -> str:
    """What a name that is none may have been meant for."""
    from difflib import get_close_matches  # late: it is for mistakes only

    names = [pattern.name for pattern in find_patterns()]
    word = target.rstrip("/").rpartition("/")[2]
    near = get_close_matches(word, names, 3, 0.75)
    if not near:  # one word of a name, perhaps
        parts = get_close_matches(
            word, {part for name in names for part in name.split("_")}, 3, 0.75
        )
        near = [name for name in names if word in name or set(parts) & set(name.split("_"))][:3]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return "; verify --list lists those that there are"


def find_all_patterns(targets: Iterable[str]) -> list[Pattern]:
    """Finds the patterns that several targets stand for, each of them once.

    Args:
        targets: See :func:`find_patterns`; none means all bundled and contributed patterns.

    Raises:
        PatternError: If a target is no pattern.
    """
    found = [find_patterns(target) for target in targets] or [find_patterns()]
    return list({pattern.directory: pattern for some in found for pattern in some}.values())


def load_pattern(directory: Path) -> Pattern:
    """Reads the pattern in a folder.

    Raises:
        PatternError: If a program is missing, or a Keras program does not state its drift.
    """
    for name in (V1_SESSION, V2_EAGER):
        if not (directory / name).is_file():
            raise PatternError(f"{directory}: has no {name}")
    v1, v2, keras = directory / V1_SESSION, directory / V2_EAGER, directory / V2_KERAS
    v1_drift = _stated_drift(v1)
    if not keras.is_file():
        return Pattern(directory.name, directory, v1, v2, v1_drift=v1_drift or 0.0)
    keras_drift = _stated_drift(keras)
    if keras_drift is None:
        raise PatternError(f"{keras}:1: states no drift (a line '# migrate-vars: drift <= 1e-6')")
    return Pattern(directory.name, directory, v1, v2, keras, v1_drift or 0.0, keras_drift)


def _project(directory: Path) -> Project:
    from migrate_vars.workspace.configuration import ConfigurationError
    from migrate_vars.workspace.project import find_project

    try:
        return find_project([str(directory)])
    except ConfigurationError as error:
        raise PatternError(str(error)) from error


def _stated_drift(script: Path) -> float | None:
    text = script.read_text(encoding="utf-8", errors="replace")
    found = _DRIFT.search(text)
    if found is None:
        return None
    try:
        bound = float(found["bound"])
    except ValueError:
        bound = -1.0
    if not 0.0 <= bound < float("inf"):
        line = text.count("\n", 0, found.start()) + 1
        raise PatternError(f"{script}:{line}: {found['bound']!r} is not a drift, such as 1e-6")
    return bound


def _contributed(name: str) -> list[Pattern]:
    found = _patterns_below(contributed_directories()[name])
    return [replace(pattern, name=f"{name}/{pattern.name}") for pattern in found]


def _patterns_below(directory: Path) -> list[Pattern]:
    folders = sorted(
        {path.parent for name in (V1_SESSION, V2_EAGER) for path in directory.glob(f"*/{name}")}
    )
    if not folders:
        raise PatternError(f"{directory}: no pattern in it (folders with {V1_SESSION})")
    return [load_pattern(folder) for folder in folders]
