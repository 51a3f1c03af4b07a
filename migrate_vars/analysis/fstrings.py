"""Where calls inside f-strings stand.

Before Python 3.12 ``ast`` gives expressions in f-strings positions that can be wrong (the same
text twice in one string gets the same place twice), so they are found anew in the text.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator

from migrate_vars.analysis.source import Lines


def locate(
    calls: list[ast.Call], string: ast.JoinedStr, lines: Lines
) -> dict[int, tuple[int, int]]:
    """Return the spans of calls inside an f-string, by their position in ``calls``.

    A call that cannot be placed with certainty is left out.
    """
    if string.end_lineno is None:
        return {}
    found: dict[int, tuple[int, int]] = {}
    spans = [_own_span(call, lines) for call in calls]
    if len({s for s in spans if s}) == len(calls) and _positions_are_real():
        return {i: span for i, span in enumerate(spans) if span is not None}
    if _positions_are_real():
        return {}
    start, end = lines.span(string)
    try:
        candidates = list(_calls_in(lines.data[start:end], start))
    except (tokenize.TokenError, SyntaxError, IndexError):
        return {}
    taken: set[tuple[int, int]] = set()
    for index, call in enumerate(calls):
        wanted = ast.dump(call)
        for span, dump in candidates:
            if dump == wanted and span not in taken and _is_at(lines.data, span, dump):
                taken.add(span)
                found[index] = span
                break
    return found


def is_self_documenting(call: ast.Call, string: ast.JoinedStr) -> bool:
    """Tell whether a call stands in a field such as ``{call()=}``, whose text is printed."""
    for outer in ast.walk(string):
        if not isinstance(outer, ast.JoinedStr):
            continue
        for before, field in zip(outer.values, outer.values[1:], strict=False):
            if (
                isinstance(field, ast.FormattedValue)
                and isinstance(before, ast.Constant)
                and str(before.value).rstrip().endswith("=")
                and any(node is call for node in ast.walk(field.value))
                and _name(call) in str(before.value)
            ):
                return True
    return False


def _name(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)


def _positions_are_real() -> bool:
    return hasattr(tokenize, "FSTRING_START")


def _own_span(call: ast.Call, lines: Lines) -> tuple[int, int] | None:
    try:
        start, end = lines.span(call)
        return (start, end) if _dump(lines.data[start:end]) == ast.dump(call) else None
    except (IndexError, SyntaxError, ValueError):
        return None


def _is_at(data: bytes, span: tuple[int, int], dump: str) -> bool:
    try:
        return _dump(data[slice(*span)]) == dump
    except (SyntaxError, ValueError):
        return False


def _dump(data: bytes) -> str:
    return ast.dump(ast.parse(b"(" + data + b")", mode="eval").body)


def _calls_in(literal: bytes, base: int) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield the span and the dump of each call in the fields of (concatenated) f-strings."""
    text = "(" + literal.decode("utf-8") + ")"
    local = Lines(text.encode("utf-8"))
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        if token.type != tokenize.STRING:
            continue
        prefix = token.string[: _quote_at(token.string)]
        if "f" not in prefix.lower():
            continue
        line, column = token.start
        row_start = local.starts[line - 1]
        row = local.data[row_start:].decode("utf-8")
        start = row_start + len(row[:column].encode("utf-8")) - 1
        for offset, field in _fields(token.string):
            at = base + start + len(token.string[:offset].encode("utf-8"))
            try:
                tree = ast.parse(f"({field})", mode="eval")
            except SyntaxError:
                continue
            shifted = Lines(f"({field})".encode())
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    first, last = shifted.span(node)
                    yield (at + first - 1, at + last - 1), ast.dump(node)


def _quote_at(text: str) -> int:
    return min(i for i in (text.find("'"), text.find('"')) if i >= 0)


def _fields(text: str) -> Iterator[tuple[int, str]]:
    """Yield offset and text of the expressions in the replacement fields of one f-string."""
    at = _quote_at(text)
    quote = text[at : at + 3] if text[at : at + 3] in ('"""', "'" * 3) else text[at]
    end = len(text) - len(quote)
    index = at + len(quote)
    while index < end:
        if text[index : index + 2] in ("{{", "}}"):
            index += 2
        elif text[index] == "{":
            start = index = index + 1
            index = _expression_end(text, index, end)
            yield start, text[start:index]
            # A format spec may hold fields of its own: go on as in the string itself.
            index += 1
        else:
            index += 1


def _expression_end(text: str, index: int, end: int) -> int:
    depth = 0
    quote = ""
    while index < end:
        char = text[index]
        if quote:
            if text.startswith(quote, index):
                index += len(quote) - 1
                quote = ""
        elif char in "\"'":
            quote = char * 3 if text.startswith(char * 3, index) else char
            index += len(quote) - 1
        elif char in "([{":
            depth += 1
        elif char in ")]}" and depth:
            depth -= 1
        elif not depth and (
            char in "}:"
            or (char == "!" and text[index + 1] != "=")
            or (char == "=" and text[index + 1] not in "=" and text[index - 1] not in "=!<>")
        ):
            return index
        index += 1
    return index
