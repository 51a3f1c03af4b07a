"""The comments that suppress findings: ``# migrate-vars: ignore[MV101]`` and ``skip-file``.

Only real comments count, so the text is tokenized; but only where its bytes hold the marker.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

MARKER = re.compile(rb"#[^\S\r\n]*migrate[-_ ]?vars", re.IGNORECASE)
"""What a source holds where it may hold such a comment, or one that is meant to be one."""

_COMMENT = re.compile(r"#\s*migrate-vars:\s*(ignore|skip-file)(?![\w-])(?:\s*\[([^\]#]*)\])?")
_MEANT = re.compile(
    r"#\s*migrate[-_ ]?vars\s*[:=]?\s*(ignore|noqa|disable|skip[-_ ]?file)(?![\w-])", re.IGNORECASE
)
_CODE = re.compile(r"[^\s,]+")
_LINE_BREAK = re.compile(r"\r\n?")


@dataclass(slots=True)
class Ignore:
    """One comment that suppresses findings on its line.

    Attributes:
        line: Its line, from 1.
        column: Its column in characters, from 1.
        codes: The codes that it names, in capitals; empty where it suppresses all.
        used: What it has suppressed: the codes as it names them, or ``*`` where it names none.
    """

    line: int
    column: int
    codes: tuple[str, ...]
    used: set[str] = field(default_factory=set)


class Ignores:
    """The comments of one source that suppress findings.

    Attributes:
        skip_file: Whether one of them suppresses the whole file.
        all: Those that suppress findings on lines.
        misspelt: Comments that are meant to be one and are none: line, column, and what to write.
    """

    def __init__(self, text: str) -> None:
        self.skip_file = False
        self.all: list[Ignore] = []
        self.misspelt: list[tuple[int, int, str]] = []
        self._by_line: dict[int, list[Ignore]] = {}
        if not text:
            return
        for line, column, comment in _comments(text):
            meant = _MEANT.search(comment)
            if meant is not None and not _COMMENT.search(comment):
                kind = "skip-file" if meant[1].lower().startswith("skip") else "ignore"
                self.misspelt.append((line, column + meant.start(), f"# migrate-vars: {kind}"))
            for match in _COMMENT.finditer(comment):
                if match[1] == "skip-file":
                    self.skip_file = True
                    continue
                codes = tuple(dict.fromkeys(_CODE.findall((match[2] or "").upper())))
                found = Ignore(line, column + match.start(), codes)
                self.all.append(found)
                self._by_line.setdefault(line, []).append(found)

    def suppresses(self, code: str, node: ast.AST) -> bool:
        """Tell whether a comment on the first or the last line of a node suppresses a code."""
        if not self.all:
            return False
        suppressed = False
        for line in sorted({getattr(node, "lineno", 0), _last_line(node)}):
            for ignore in self._by_line.get(line, ()):
                named = [c for c in ignore.codes if code == c]
                if named or not ignore.codes:
                    ignore.used.update(named or "*")
                    suppressed = True
        return suppressed

    def idle(
        self, known: Container[str], elsewhere: tuple[str, ...] = ()
    ) -> Iterator[tuple[str, str, Ignore]]:
        """Yield a finding for each comment that has suppressed nothing: code and message.

        Args:
            known: All codes of this rung.
            elsewhere: What the codes of other rungs begin with; nothing is said of those.
        """
        for line, column, right in self.misspelt:
            yield (
                "MV904",
                f"this comment suppresses nothing: write {right}",
                Ignore(line, column, ()),
            )
        for ignore in self.all:
            if not ignore.codes and not ignore.used:
                yield "MV904", "unused ignore comment; remove it", ignore
            for code in ignore.codes:
                if elsewhere and code.startswith(elsewhere):
                    continue
                if code not in known:
                    yield "MV905", f"unknown code {code}", ignore
                elif code not in ignore.used:
                    yield "MV904", f"no {code} on this line; remove it from the comment", ignore


def _last_line(node: ast.AST) -> int:
    if isinstance(getattr(node, "body", None), list):
        return int(getattr(node, "lineno", 0))  # the first line of a compound statement
    last: int | None = getattr(node, "end_lineno", None)
    return last or int(getattr(node, "lineno", 0))


def _comments(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and text of each comment, as far as the text can be tokenized."""
    lines = io.StringIO(_LINE_BREAK.sub("\n", text), newline="\n")
    try:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1] + 1, token.string
    except (tokenize.TokenError, SyntaxError):
        return
