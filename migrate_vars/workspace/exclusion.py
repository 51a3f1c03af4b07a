"""Which paths are left out: by glob patterns as in ruff, and by ``.gitignore``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

# What ruff leaves out, too. Hidden directories and virtual environments come on top of it.
DEFAULT_EXCLUDE = (
    *("__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist"),
    *("node_modules", "site-packages", "venv"),
)


class Globs:
    """Glob patterns against which each file and each directory on the way is held.

    A pattern without a slash is held against the name alone: ``build`` leaves out every file and
    directory of that name. Any other pattern is held against the whole path and is relative to
    ``root``: ``tests/data``, ``src/*/generated.py``. ``*`` also matches slashes, ``**`` any
    number of directories, ``{a,b}`` either, ``[a-z]`` and ``[!a-z]`` one character.
    """

    def __init__(self, patterns: Iterable[str], root: str) -> None:
        names: list[str] = []
        paths: list[str] = []
        for pattern in patterns:
            plain = pattern.rstrip("/").removeprefix("./")
            if "/" in plain:
                paths.append(_as_regex(Path(root, plain).as_posix()))
            elif plain:
                names.append(_as_regex(plain))
        self._name = re.compile("|".join(names) or "(?!)", re.DOTALL)
        self._path = re.compile("|".join(paths), re.DOTALL) if paths else None

    def match(self, name: str, path: str) -> bool:
        """Tell whether a name, or the absolute path that it ends, is matched."""
        return self._name.fullmatch(name) is not None or (
            self._path is not None and self._path.fullmatch(path) is not None
        )


def checked_globs(values: Iterable[str]) -> list[str]:
    """Return patterns, split at the commas outside braces.

    Raises:
        ValueError: One cannot be read; the message names it.
    """
    parts = [part.strip() for value in values for part in re.split(r",(?![^{]*\})", value)]
    for part in parts:
        _as_regex(part)
    return [part for part in parts if part]


def _as_regex(pattern: str) -> str:
    """Translate one glob.

    Raises:
        ValueError: It is not a valid pattern.
    """
    out: list[str] = []
    at = 0
    braces = 0
    while at < len(pattern):
        char = pattern[at]
        at += 1
        if pattern.startswith("**/", at - 1):
            out.append("(?:.*/)?")
            at += 2
        elif char == "*":
            out.append(".*")
            at += pattern[at : at + 1] == "*"
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            end = pattern.find("]", at + 1 + (pattern[at : at + 1] in "!^"))
            if end < 0:
                raise ValueError(f"{pattern!r} has a '[' without ']'")
            inside = pattern[at:end].replace("\\", r"\\")
            inside = inside.replace("[", r"\[").replace("&", r"\&").replace("~", r"\~")
            out.append(f"[^{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]")
            at = end + 1
        elif char == "{":
            braces += 1
            out.append("(?:")
        elif char == "}" and braces:
            braces -= 1
            out.append(")")
        elif char == "," and braces:
            out.append("|")
        else:
            out.append(re.escape(char))
    if braces:
        raise ValueError(f"{pattern!r} has a '{{' without '}}'")
    regex = "".join(out)
    try:
        re.compile(regex)
    except re.error as error:
        raise ValueError(f"{pattern!r} is not a valid pattern: {error}") from error
    return regex


class GitIgnore:
    """The ignore files that hold in one directory: its own, and those of the ones around it."""

    __slots__ = ("_own", "_prefix", "_up")

    def __init__(self, directory: str, spec: GitIgnoreSpec, up: GitIgnore | None) -> None:
        self._prefix = len(directory.rstrip("/")) + 1
        self._own = spec
        self._up = up

    def ignores(self, path: str, *, directory: bool = False) -> bool:
        """Tell whether git would ignore an absolute path whose parents it does not ignore."""
        ignore: GitIgnore | None = self
        while ignore is not None:
            relative = path[ignore._prefix :]
            verdict = ignore._own.check_file(relative + "/" if directory else relative).include
            if verdict is not None:
                return verdict
            ignore = ignore._up
        return False


def read_gitignore(directory: str, up: GitIgnore | None) -> GitIgnore | None:
    """Return what holds in a directory, given what holds in the one above."""
    lines: list[str] = []
    # Later lines win: a .gitignore file goes before the repository's own list.
    for name in (".git/info/exclude", ".gitignore"):
        try:
            with open(f"{directory}/{name}", "rb") as file:  # noqa: PTH123 - twice as fast
                text = file.read().decode("utf-8", "surrogateescape")
        except OSError:
            continue
        lines += [line for line in text.splitlines() if line.strip() and line[0] != "#"]
    if not lines:
        return up
    # Imported late: most trees that are named file by file never need it.
    from pathspec import GitIgnoreSpec

    good: list[str] = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git passes over such a line in silence, too
            continue
        good.append(line)
    return GitIgnore(directory, GitIgnoreSpec.from_lines(good), up)


def gitignore_above(directory: str) -> GitIgnore | None:
    """Return what holds in a directory because of the ones above it, in the same repository."""
    above: list[str] = []
    at = directory
    while True:
        if os.path.lexists(f"{at}/.git"):
            break
        up = os.path.dirname(at)  # noqa: PTH120 - also of paths that are not text
        if up == at:
            return None  # not in a repository: nothing above the directory counts
        above.append(up)
        at = up
    ignore: GitIgnore | None = None
    for level in reversed(above):
        ignore = read_gitignore(level, ignore)
    return ignore
