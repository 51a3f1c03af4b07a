"""The text of one call, taken apart: its function, its arguments, and all that stands between.

``ast`` says where each argument starts and ends. What it leaves out, between one argument
and the next, is blanks, line breaks, comments, parentheses, ``=`` and commas, and nothing else: no
string can stand there, so that can be read character by character.
"""

from __future__ import annotations

import ast
import re
from typing import NamedTuple

from migrate_vars.analysis.source import Lines, parse_expression


class CallTextError(Exception):
    """The text is not that of a call, or not understood."""


class Argument(NamedTuple):
    """One argument and the text around it.

    Attributes:
        before: What stands between it and the comma or parenthesis before it.
        keyword: Its name, or nothing.
        equal: What stands between its name and its value, ``=`` included.
        value: Its value, with the parentheses around that.
        after: What stands between it and its comma; nothing where it has none.
        comma: Whether a comma follows.
        walrus: Whether the value assigns to a name, without parentheses around it.
    """

    before: str
    keyword: str
    equal: str
    value: str
    after: str
    comma: bool
    walrus: bool


class CallText(NamedTuple):
    """A call: ``function``, ``gap``, ``(``, ``arguments``, ``tail``, ``)``."""

    function: str
    gap: str
    arguments: tuple[Argument, ...]
    tail: str


_BLANK = re.compile(rb"(?:[ \t\f\r\n]+|\\(?:\r\n?|\n)|#[^\r\n]*)*")
_NAME = re.compile(rb"[^\s()#,=\\]*")


def take_apart(text: str) -> CallText:
    """Take a call apart; its pieces, put together again, are the text.

    Args:
        text: The call, from its function to its closing parenthesis, without ``**``.

    Raises:
        CallTextError: It is not understood.
    """
    enclosed = f"({text})"
    try:
        call = parse_expression(enclosed)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise CallTextError(text) from error
    reader = _Reader(Lines(enclosed.encode("utf-8")))
    if not isinstance(call, ast.Call):
        raise CallTextError(text)
    function = reader.value(call.func)
    gap = reader.blank()
    reader.expect(b"(")
    nodes: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    arguments = [reader.argument(node) for node in nodes]
    tail = reader.blank()
    reader.expect(b")")
    if reader.at != len(reader.data) - 1 or not all(a.comma for a in arguments[:-1]):
        raise CallTextError(text)
    return CallText(function, gap, tuple(arguments), tail)


class _Reader:
    """Reads a call in parentheses from its first character on."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.data = lines.data
        self.at = 1

    def argument(self, node: ast.expr | ast.keyword) -> Argument:
        """Read an argument, its comma included."""
        before = self.blank()
        keyword = equal = ""
        if isinstance(node, ast.keyword):
            node = node.value
            keyword = self._read(_NAME)
            start = self.at
            self.blank()
            self.expect(b"=")
            self.blank()
            equal = self._since(start)
        walrus = isinstance(node, ast.NamedExpr) and self.lines.span(node)[0] == self.at
        value = self.value(node)
        end = self.at
        after = self.blank()
        comma = self.data.startswith(b",", self.at)
        if not comma:
            self.at = end
            return Argument(before, keyword, equal, value, "", comma, walrus)
        self.at += 1
        return Argument(before, keyword, equal, value, after, comma, walrus)

    def value(self, node: ast.expr) -> str:
        """Read an expression, with the parentheses around it."""
        start = self.at
        first, last = self.lines.span(node)
        depth = 0
        while self.at != first:
            self.expect(b"(")
            self.blank()
            depth += 1
        self.at = last
        for _ in range(depth):
            self.blank()
            self.expect(b")")
        return self._since(start)

    def blank(self) -> str:
        """Read blanks, line breaks and comments."""
        return self._read(_BLANK)

    def expect(self, character: bytes) -> None:
        """Read one character that must be there."""
        if not self.data.startswith(character, self.at):
            raise CallTextError(self.data.decode("utf-8"))
        self.at += 1

    def _read(self, pattern: re.Pattern[bytes]) -> str:
        start = self.at
        match = pattern.match(self.data, start)
        self.at = match.end() if match is not None else start
        return self._since(start)

    def _since(self, start: int) -> str:
        return self.data[start : self.at].decode("utf-8")
