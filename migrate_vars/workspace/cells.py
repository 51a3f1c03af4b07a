"""IPython cells as Python: what is not Python is masked, and unmasked afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

# Of these the rest of the cell is Python; of all others it is not, or runs elsewhere.
_PYTHON_MAGICS = {"capture", "debug", "ipytest", "prun", "pypy", "python", "python3", "time"} | {
    "timeit"
}
_LINES = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SUSPECT = re.compile(r"^[ \t]*[%!?]|\?[ \t]*\r?$|=[ \t]*[!%]", re.MULTILINE)
_COMMAND = re.compile(r"(?P<before>[ \t]*)(?:[%!?]|[\w.*%\[\]\"']+\?\??[ \t]*(?:#.*)?$)")
_ASSIGNED = re.compile(r"(?P<before>[\w.,*\[\]'\"() \t]+=[ \t]*)[!%]")
_TOKEN = re.compile(
    r"""(?P<comment>\#.*)|(?P<triple>\"{3}|'{3})|"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<continued>\\$)""",
    re.VERBOSE | re.DOTALL,
)


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

    def hide(self, source: str) -> str | None:
        """Return a cell with all that is not Python masked, line for line.

        None is returned where the whole cell is of another language.
        """
        lines = lines_of(source)
        first = next((i for i, line in enumerate(lines) if line.strip()), 0)
        start = 0
        if lines and lines[first].startswith("%%"):
            name = re.match(r"%%(\w*)", lines[first])
            if name is None or name[1] not in _PYTHON_MAGICS:
                return None
            lines[first] = self._masked(lines[first], "")
            start = first + 1
        lines[start:] = self._hidden(lines[start:])
        return "".join(lines)

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
