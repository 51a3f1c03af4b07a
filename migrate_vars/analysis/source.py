"""Source files as bytes, as text, and by the offsets that ``ast`` uses."""

from __future__ import annotations

import ast
import bisect
import codecs
import io
import re
import tokenize
import warnings
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from migrate_vars.analysis.words import Words

_WIDE_MARKS = {  # that of UTF-16 begins like that of UTF-32
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class UnparseableSourceError(Exception):
    """The source is not Python that this interpreter understands.

    Attributes:
        line: Where, counted from 1.
        column: Where, counted from 1.
        cause: What is wrong, in one line.
    """

    def __init__(self, line: int, column: int, cause: str) -> None:
        super().__init__(f"{line}:{column}: {cause}")
        self.line = line
        self.column = column
        self.cause = cause


class Source(NamedTuple):
    """One file's text and how it was stored.

    Attributes:
        text: The text, without byte order mark.
        data: The text as UTF-8, which is what offsets count.
        encoding: The encoding to store it in.
        mark: The byte order mark, or nothing.
    """

    text: str
    data: bytes
    encoding: str
    mark: bytes

    @classmethod
    def decode(cls, stored: bytes) -> Source:
        """Read a file's bytes as Python does.

        Raises:
            UnparseableSourceError: The encoding is unknown, or the bytes are not in it.
        """
        wide = wide_encoding(stored)
        if wide:
            raise UnparseableSourceError(
                1, 1, f"it is {wide}, which Python does not read; save it as UTF-8"
            )
        mark = codecs.BOM_UTF8 if stored.startswith(codecs.BOM_UTF8) else b""
        body = stored[len(mark) :]
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(stored).readline)
        except SyntaxError as error:
            raise UnparseableSourceError(1, 1, str(error.msg)) from error
        if encoding in ("utf-8", "utf-8-sig"):
            encoding = "utf-8"
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError as error:
            line = len(_LINE_BREAK_BYTES.findall(body[: error.start])) + 1
            message = f"not valid {encoding}: {error.reason}"
            from migrate_vars.analysis.parse_hints import (
                hint_for_bytes,
            )  # late: most files need none

            guess = hint_for_bytes(encoding)
            raise UnparseableSourceError(line, 1, _with(guess, message)) from error
        if encoding == "utf-8":
            return cls(text, body, encoding, mark)
        if text.encode(encoding, "replace") != body:
            raise UnparseableSourceError(1, 1, f"cannot be written back as {encoding} unchanged")
        return cls(text, text.encode("utf-8"), encoding, mark)

    def encode(self, data: bytes) -> bytes:
        """Return edited UTF-8 as the bytes to store."""
        if self.encoding == "utf-8":
            return self.mark + data
        return self.mark + data.decode("utf-8").encode(self.encoding)


def parse(text: str) -> ast.Module:
    """Parse the text of a module.

    Raises:
        UnparseableSourceError: It is not valid Python.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError) as error:
        if "\0" in text:
            line = len(_LINE_BREAK.findall(text[: text.index("\0")])) + 1
            message = _with("a binary file?", "it holds null bytes")
            raise UnparseableSourceError(line, 1, message) from error
        if not isinstance(error, SyntaxError):
            raise UnparseableSourceError(1, 1, str(error)) from error
        line = error.lineno or 1
        raise UnparseableSourceError(line, error.offset or 1, _cause(error, text, line)) from error
    except (RecursionError, MemoryError) as error:
        raise UnparseableSourceError(1, 1, "nested too deeply to be parsed") from error


def parse_expression(text: str) -> ast.expr:
    """Parse an expression that stands in parentheses, or on one line.

    Raises:
        SyntaxError: It is not a valid one.
        ValueError: It holds what no source may hold.
        RecursionError, MemoryError: It is nested too deeply.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is wrong with the user's strings is not ours to say
        return ast.parse(text, mode="eval").body


def wide_encoding(stored: bytes) -> str:
    """Return the name of an encoding in which each character takes several bytes; or nothing.

    No ASCII word is found in such a file, so it would pass for one that holds nothing of interest.
    """
    if stored[:1] in (b"\xff", b"\xfe", b"\0"):
        for mark, encoding in _WIDE_MARKS.items():
            if stored.startswith(mark):
                return encoding
    if b"\0" in stored[:2]:
        first, second = stored[:64:2], stored[1:64:2]
        for zeros, others in ((first, second), (second, first)):
            if len(stored) > 3 and not any(zeros) and all(others):
                return "UTF-16"
    return ""


class Lines:
    """Byte offsets of the lines of a text in UTF-8; lines end where Python ends them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        # bytes.splitlines, unlike str.splitlines, splits where Python's parser does.
        self.starts = list(accumulate(map(len, data.splitlines(keepends=True)), initial=0))

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line (from 1) and a column in bytes (from 0)."""
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return where a node starts and ends."""
        return (
            self.offset(node.lineno, node.col_offset),
            self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0),
        )

    def matching(self, pattern: re.Pattern[bytes]) -> list[int]:
        """Return the lines (from 1) on which a pattern is found, each once."""
        return self._lines_at(match.start() for match in pattern.finditer(self.data))

    def mentioning(self, name: str) -> list[int]:
        """Return the lines (from 1) that hold an identifier, each once."""
        if not name.isascii():
            # In bytes a word boundary knows ASCII only; a line too many does no harm.
            return self.matching(re.compile(re.escape(name.encode("utf-8"))))
        return self.holding(Words((name,), (name,)))

    def holding(self, words: Words) -> list[int]:
        """Return the lines (from 1) that hold one of several identifiers, each once."""
        return self._lines_at(words.found(self.data))

    def _lines_at(self, offsets: Iterable[int]) -> list[int]:
        return list(dict.fromkeys(bisect.bisect_right(self.starts, at) for at in offsets))

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and the column in characters, both from 1, of an offset."""
        line = bisect.bisect_right(self.starts, offset)
        if 1 < line == len(self.starts) and not self.data.endswith((b"\n", b"\r")):
            line -= 1  # the end of a last line that no line break ends
        prefix = self.data[self.starts[line - 1] : offset]
        return line, len(prefix.decode("utf-8", "replace")) + 1

    def text(self, line: int) -> str:
        """Return a line (from 1) without its indentation, or its beginning if it is very long."""
        return self._line(line).strip()[:500]

    def indentation(self, line: int) -> int:
        """Return how many characters come before the text of a line (from 1)."""
        text = self._line(line)
        return len(text) - len(text.lstrip())

    def _line(self, line: int) -> str:
        return self.data[slice(*self.starts[line - 1 : line + 1])].decode("utf-8")


_LINE_BREAK_BYTES = re.compile(rb"\r\n?|\n")
_LINE_BREAK = re.compile(r"\r\n?|\n")


def _cause(error: SyntaxError, text: str, line: int) -> str:
    from migrate_vars.analysis.parse_hints import hint  # late: most files need none

    message = error.msg or "invalid syntax"
    lines = _LINE_BREAK.split(text)
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    return _with(hint(error, shown), message)


def _with(guess: str, message: str) -> str:
    return f"{message} ({guess})" if guess else message
