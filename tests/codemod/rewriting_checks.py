"""Helpers to say what a source becomes."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable

from migrate_vars.codemod.engine import Rewrite, rewrite_source
from migrate_vars.findings.finding import Finding

IMPORT = "import tensorflow as tf\n"
LINE_BREAKS = ("\n", "\r\n", "\r")


def check_transformed(source: str, expected: str) -> None:
    """Check the new text to the byte, under every line break, and that a second run is idle."""
    for line_break in LINE_BREAKS:
        result = _run(source, line_break)
        assert result.output.decode() == expected.replace("\n", line_break)
        assert comments(result.output.decode()) == comments(source)


def check_meaning(source: str, expected: str) -> None:
    """Check the new syntax tree and the comments, where the layout is free."""
    for line_break in LINE_BREAKS:
        output = _run(source, line_break).output.decode()
        assert ast.dump(ast.parse(output)) == ast.dump(ast.parse(expected))
        assert comments(output) == comments(source)


def check_left(source: str, *codes: str) -> None:
    """Check that nothing is rewritten, and that these codes say why."""
    for line_break in LINE_BREAKS:
        data = source.replace("\n", line_break).encode()
        result = rewrite_source(data)
        assert result.output == data
        assert not result.changed
        assert set(codes) <= {finding.code for finding in result.findings}
        if not codes:
            assert result.findings == ()


def comments(text: str) -> list[str]:
    """Return the comments of a module, sorted."""
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    tokens = tokenize.generate_tokens(lines.readline)
    return sorted(t.string.strip() for t in tokens if t.type == tokenize.COMMENT)


def with_fixes(text: str, findings: Iterable[Finding]) -> str:
    """Return a module with the fixes of its findings made, as an editor would make them."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n?|\n", text))]
    pieces = {
        (
            starts[fix.line - 1] + fix.column - 1,
            -starts[fix.end_line - 1] - fix.end_column + 1,
            fix.text,
        )
        for finding in findings
        for fix in finding.fix
    }
    out = ""
    at = 0
    for start, minus_end, new in sorted(pieces):
        if start < at:
            continue  # a call inside one that was replaced as a whole
        out += text[at:start] + new
        at = -minus_end
    return out + text[at:]


def _run(source: str, line_break: str) -> Rewrite:
    data = source.replace("\n", line_break).encode()
    result = rewrite_source(data)
    assert result.changed
    assert with_fixes(data.decode(), result.findings) == result.output.decode()
    again = rewrite_source(result.output)
    assert not again.changed
    assert again.output == result.output
    return result
