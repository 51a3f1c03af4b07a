"""Whether an edit changed what was meant, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from migrate_vars.analysis.source import Lines, UnparseableSourceError, parse
from migrate_vars.editing.splice import Splice


class CheckError(Exception):
    """Something other than the edited calls has changed; the message says where."""


def parse_result(written: bytes) -> ast.Module:
    """Parse what was written.

    Raises:
        CheckError: It is not Python any more.
    """
    try:
        return parse(written.decode("utf-8"))
    except UnparseableSourceError as error:
        raise CheckError(f"line {error.line} no longer parses: {error.cause}") from error


def check_statements(
    statements: Sequence[ast.AST], before: Lines, written: bytes, splices: Sequence[Splice]
) -> bool:
    """Compare the edited statements alone, which is cheaper than parsing the whole result.

    A statement that has its lines for itself, and whose new text parses as one statement, leaves
    what is around it as it was.

    Args:
        statements: The statements of the original around all edits, with the calls replaced.
        before: The original text.
        written: The text of the result.
        splices: What was replaced, in order.

    Returns:
        Whether that was possible: each edit within a statement that has its lines for itself.

    Raises:
        CheckError: A statement differs from what was meant.
    """
    spans: list[tuple[int, int, ast.stmt]] = []
    for node in statements:
        if not isinstance(node, ast.stmt):
            return False
        spans.append((*before.span(node), node))
    outermost: list[tuple[int, int, ast.stmt]] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not outermost or span[0] >= outermost[-1][1]:
            outermost.append(span)
    shift = number = 0
    for start, end, statement in outermost:
        indentation = _alone(before, statement, start, end)
        if indentation is None:
            return False
        first = start + shift
        while number < len(splices) and splices[number].end <= end:
            splice = splices[number]
            if splice.start < start:
                return False
            shift += splice.length - (splice.end - splice.start)
            number += 1
        text = indentation + written[first : end + shift] + b"\n"
        lines = Lines(b"if 1:\n" + text if indentation else text)
        block: list[ast.stmt] = parse_result(lines.data).body
        if indentation and len(block) == 1 and isinstance(block[0], ast.If):
            block = block[0].body if not block[0].orelse else []
        if len(block) != 1:
            raise CheckError(f"the meaning of line {statement.lineno} changed")
        check_same(statement, before, block[0], lines)
    return number == len(splices)


def _alone(lines: Lines, statement: ast.stmt, start: int, end: int) -> bytes | None:
    """Return the indentation of a statement; None if it shares its lines with anything else."""
    data = lines.data
    line = lines.offset(statement.lineno, 0)
    indentation = data[line:start]
    last = lines.starts[statement.end_lineno or statement.lineno]
    rest = data[end:last].strip(b" \t\r\n")
    if data.startswith(b"elif", start) and isinstance(statement, ast.If):
        return None  # to `ast` it is a statement of its own
    if indentation.strip(b" \t") or (rest and not rest.startswith(b"#")):
        return None
    if data[:line].rstrip(b"\r\n").endswith(b"\\"):
        return None
    return indentation


def check_same(expected: ast.AST, before: Lines, got: ast.AST, after: Lines) -> None:
    """Compare the tree that was meant with the tree that was written.

    Args:
        expected: The tree of the original, with the edited calls replaced.
        before: The original text.
        got: The tree of the result.
        after: The text of the result.

    Raises:
        CheckError: They differ.
    """
    pending: list[tuple[object, object, int]] = [(expected, got, 1)]
    while pending:
        one, other, line = pending.pop()
        if type(one) is not type(other):
            raise CheckError(f"the meaning of line {line} changed")
        if isinstance(one, ast.AST) and isinstance(other, ast.AST):
            line = getattr(one, "lineno", line)
            if isinstance(one, ast.stmt) and isinstance(other, ast.stmt):
                # The same text makes the same statement: most need no closer look.
                first, last = before.span(one)
                start, end = after.span(other)
                if before.data[first:last] == after.data[start:end]:
                    continue
            pending += [
                (getattr(one, name, None), getattr(other, name, None), line) for name in one._fields
            ]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                raise CheckError(f"the meaning of line {line} changed")
            pending += [(a, b, line) for a, b in zip(one, other, strict=True)]
        elif one != other and repr(one) != repr(other):
            raise CheckError(f"the meaning of line {line} changed")
