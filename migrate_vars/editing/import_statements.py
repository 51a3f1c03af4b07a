"""Imports that are added and taken out, in the text and in the tree alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import NamedTuple

from migrate_vars.analysis.blocks import around, block_around
from migrate_vars.analysis.scopes import Scope, ScopeKind
from migrate_vars.analysis.source import Lines
from migrate_vars.editing.splice import Piece

_COMMENT = re.compile(rb"#[^\r\n]*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def addition(statement: ast.stmt, text: str, lines: Lines) -> Piece:
    """Return how an import is put in front of a statement.

    Args:
        statement: The statement.
        text: The import.
        lines: The source.
    """
    data = lines.data
    at = lines.span(statement)[0]
    line = lines.offset(statement.lineno, 0)
    indentation = data[line:at]
    if indentation.strip() or data[:line].rstrip(b"\r\n").endswith(b"\\"):
        return Piece(at, at, text.encode() + b"; ")
    return Piece(at, at, text.encode() + _line_break(data, at) + indentation)


def _line_break(data: bytes, at: int) -> bytes:
    """Return the first line break after a place."""
    ends = _LINE_END.search(data, at)
    return ends.group() if ends is not None else b"\n"


class Removal(NamedTuple):
    """How an import is taken out.

    Attributes:
        piece: What is replaced, and by what: its comments, and what a block needs to go on being
            one.
        instead: The statement that takes its place, if any.
    """

    piece: Piece
    instead: ast.stmt | None


def removal(node: ast.stmt, scope: Scope, lines: Lines, instead: str) -> Removal | None:
    """Return how an import is taken out; None if it cannot be done without a loss.

    Args:
        node: The import, or another simple statement.
        scope: Its scope.
        lines: The source.
        instead: The statement that is to take its place, if any.
    """
    block = block_around(node, scope)
    if block is None:
        return None
    at = block.index(node)
    later = block[at + 1] if at + 1 < len(block) else None
    if at == 0 and isinstance(later, ast.Expr) and isinstance(later.value, ast.Constant):
        return None  # that string would be the documentation of what is around it
    if (
        not instead
        and len(block) == 1
        and (scope.kind is not ScopeKind.MODULE or around(node, scope))
    ):
        instead = "pass"
    statement = ast.parse(instead).body[0] if instead else None
    data = lines.data
    start, end = lines.span(node)
    first = lines.offset(node.lineno, 0)
    last = lines.starts[node.end_lineno or node.lineno]
    rest = data[end:last].strip()
    inside = _COMMENT.findall(data[start:end])
    indentation = data[first:start]
    newline = _line_break(data, end)
    alone = not indentation.strip(b" \t\f") and (not rest or rest.startswith(b"#"))
    if alone and not data[:first].rstrip(b"\r\n").endswith(b"\\"):
        if instead:
            text = (newline + indentation).join([*inside, instead.encode()])
            return Removal(Piece(start, end, text), statement)
        comments = inside + ([rest] if rest else [])
        text = b"".join(indentation + comment + newline for comment in comments)
        return Removal(Piece(first, last, text), None)
    if inside:
        return None
    if instead:
        return Removal(Piece(start, end, instead.encode()), statement)
    earlier = block[at - 1] if at else None
    if later is not None and later.lineno == node.end_lineno:
        return Removal(Piece(start, lines.span(later)[0], b""), None)
    if earlier is not None and earlier.end_lineno == node.lineno:
        return Removal(Piece(lines.span(earlier)[1], end, b""), None)
    return None


def add_to_tree(tree: ast.Module, imports: Mapping[ast.stmt, str]) -> None:
    """Put imports into the tree as they were put into the text."""
    if not imports:
        return
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                for statement in [s for s in block if isinstance(s, ast.stmt) and s in imports]:
                    added = ast.parse(imports[statement]).body
                    block[block.index(statement) : block.index(statement)] = added


def remove_from_tree(
    tree: ast.Module, removed: Mapping[ast.stmt, Removal], added: Mapping[ast.stmt, str]
) -> None:
    """Take imports out of the tree as they were taken out of the text.

    Args:
        tree: The tree.
        removed: The imports that are taken out.
        added: The imports that were put in front of statements, these among them.
    """
    if not removed:
        return
    for node in ast.walk(tree):
        for _, block in ast.iter_fields(node):
            if isinstance(block, list):
                for statement in [s for s in block if isinstance(s, ast.stmt) and s in removed]:
                    at = block.index(statement)
                    instead = removed[statement].instead
                    keep = instead is not None and statement not in added
                    block[at : at + 1] = [instead] if keep else []
