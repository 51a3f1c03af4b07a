"""IPython cells as Python: whose namespace they run in, and what is not Python masked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import PurePosixPath
from typing import NamedTuple

# The rest of the cell is Python, and binds the notebook's names.
_IN_NOTEBOOK = frozenset({"capture", "debug", "ipytest", "prun", "run_pytest", "time"})
_PYTHONS = re.compile(r"(?:python|pypy)[\d.]*(?:\.exe)?")
_MARKUP = frozenset({"html", "javascript", "js", "latex", "markdown", "svg"})
_TEXT_FILES = (".csv", ".html", ".json", ".md", ".rst", ".tex", ".toml", ".txt", ".yaml", ".yml")
# What runs code that is not seen, in the notebook's namespace.
_UNSEEN = re.compile(r"\s*%(?:run|store|pylab)\b")
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SUSPECT = re.compile(r"^[ \t]*[%!?]|\?[ \t]*\r?$|=[ \t]*[!%]", re.MULTILINE)
_COMMAND = re.compile(r"(?P<before>[ \t]*)(?:[%!?]|[\w.*%\[\]\"']+\?\??[ \t]*(?:#.*)?$)")
_ASSIGNED = re.compile(r"(?P<before>[\w.,*\[\]'\"() \t]+=[ \t]*)[!%]")
_TOKEN = re.compile(
    r"""(?P<comment>\#.*)|(?P<triple>\"{3}|'{3})|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<continued>\\$)""",
    re.VERBOSE | re.DOTALL,
)


class Namespace(Enum):
    """Where the code of a cell binds its names."""

    NOTEBOOK = "the notebook's"
    FUNCTION = "one of its own, below the notebook's"
    OWN = "one of its own"
    TEXT = "none, as it is no code"
    UNKNOWN = "not known"


class Home(NamedTuple):
    """The namespace of a cell.

    Attributes:
        namespace: What kind it is.
        magic: The cell magic that says so, with ``%%``; nothing without one.
        key: Equal for cells that share a namespace of their own; None where none does.
        continues: Whether it goes on with the last cell of that key.
        commands: Whether lines of IPython are understood there.
    """

    namespace: Namespace
    magic: str = ""
    key: str | None = None
    continues: bool = True
    commands: bool = True


def home_of(source: str) -> Home:
    """Return the namespace in which a cell runs, by its magic."""
    first = next((line for line in lines_of(source) if line.strip()), "")
    match = re.match(r"%%(\w*)(.*)", first)
    if match is None:
        return Home(Namespace.UNKNOWN, "%%") if first.startswith("%%") else Home(Namespace.NOTEBOOK)
    name, rest = match.groups()
    words = rest.split()
    magic = f"%%{name}"
    if name in _IN_NOTEBOOK:
        return Home(Namespace.NOTEBOOK, magic)
    if name == "timeit":
        return Home(Namespace.FUNCTION, magic)
    if _PYTHONS.fullmatch(name) or (name == "script" and _is_python(words)):
        return Home(Namespace.OWN, magic, commands=False)
    if name == "px":
        return Home(Namespace.OWN, magic, first.strip())
    if name in ("writefile", "file"):
        files = [word.strip("\"'") for word in words if not word.startswith("-")]
        file = files[0].lower() if len(files) == 1 else ""
        if file.endswith(".py"):
            appends = "-a" in words or "--append" in words
            return Home(Namespace.OWN, magic, files[0], appends, commands=False)
        return Home(Namespace.TEXT if file.endswith(_TEXT_FILES) else Namespace.UNKNOWN, magic)
    return Home(Namespace.TEXT if name.lower() in _MARKUP else Namespace.UNKNOWN, magic)


def _is_python(words: Sequence[str]) -> bool:
    """Tell whether the command line of ``%%script`` runs Python."""
    rest = iter(words)
    for word in rest:
        if word in ("--out", "--err", "--proc"):
            next(rest, None)
        elif not word.startswith("-") and word != "env":
            name = PurePosixPath(word).name
            if name != "env":
                return _PYTHONS.fullmatch(name) is not None
    return False


def lines_of(source: str) -> list[str]:
    """Split a source where Python ends lines; each keeps its line break."""
    return _LINES.findall(source)


def may_hold_commands(source: str) -> bool:
    """Tell, cheaply, whether a cell may hold magics, shell lines or help."""
    return _SUSPECT.search(source) is not None


@dataclass
class Mask:
    """What was masked, by the mark that stands for it."""

    mark: str
    hidden: dict[str, str] = field(default_factory=dict)

    def hide(self, source: str, *, commands: bool = True) -> str:
        """Return a cell with its magic, and all else that is not Python, masked line for line.

        Args:
            source: The cell.
            commands: Whether lines of IPython are understood in it.
        """
        lines = lines_of(source)
        first = next((i for i, line in enumerate(lines) if line.strip()), 0)
        start = 0
        if lines and lines[first].startswith("%%"):
            lines[first] = self._masked(lines[first], "")
            start = first + 1
        if commands:
            lines[start:] = self._hidden(lines[start:])
        return "".join(lines)

    def hide_all(self, source: str) -> str:
        """Return a cell with every line masked."""
        return "".join(self._masked(line, "") for line in lines_of(source))

    def unseen(self, shown: str) -> Iterator[int]:
        """Yield the lines of a masked cell that run code from elsewhere in its namespace."""
        for number, line in enumerate(lines_of(shown), 1):
            hidden = self.hidden.get(line.rpartition("# ")[2].rstrip("\r\n"))
            if hidden is not None and _UNSEEN.match(hidden):
                yield number

    def show(self, source: str) -> str:
        """Return a source with all that was masked.

        Raises:
            ValueError: Something of it is gone.
        """
        left = dict(self.hidden)

        def shown(match: re.Match[str]) -> str:
            return left.pop(match[1])

        try:
            text = re.sub(rf"[^\r\n]*# ({self.mark}-\d+)(?![\d])", shown, source)
        except KeyError as error:
            raise ValueError("a line is there twice") from error
        if left:
            raise ValueError("a line is gone")
        return text

    def _hidden(self, lines: list[str]) -> Iterator[str]:
        logical = _LogicalLine()
        continued = False
        for line in lines:
            body = line.rstrip("\r\n")
            if continued:
                yield self._masked(line, "")
            elif logical.complete and (match := _COMMAND.match(body)):
                yield self._masked(line, match["before"] + "pass  ")
            elif logical.complete and (match := _ASSIGNED.match(body)):
                yield self._masked(line, match["before"] + "get_ipython()  ")
            else:
                logical.add(body)
                yield line
                continue
            continued = body.endswith("\\")

    def _masked(self, line: str, instead: str) -> str:
        body = line.rstrip("\r\n")
        key = f"{self.mark}-{len(self.hidden)}"
        self.hidden[key] = body
        return f"{instead}# {key}{line[len(body) :]}"


class _LogicalLine:
    """Tells whether the next line starts a statement, or goes on with one."""

    def __init__(self) -> None:
        self._depth = 0
        self._quotes = ""
        self._continued = False

    @property
    def complete(self) -> bool:
        return not (self._depth or self._quotes or self._continued)

    def add(self, line: str) -> None:
        self._continued = False
        at = 0
        while at < len(line):
            if self._quotes:
                end = re.compile(rf"(?:\\.|(?!{self._quotes}).)*{self._quotes}").match(line, at)
                if end is None:
                    return
                at = end.end()
                self._quotes = ""
                continue
            match = _TOKEN.search(line, at)
            if match is None:
                return
            at = match.end()
            self._quotes = match["triple"] or ""
            self._depth = max(0, self._depth + bool(match["open"]) - bool(match["close"]))
            self._continued = match["continued"] is not None
