"""The edits of one module: statements replaced, lines put around them, expressions replaced.

Each edit is made in the text and in the tree, and the two are compared in the end.
"""

from __future__ import annotations

import ast
import bisect
import re
from collections.abc import Sequence
from typing import NamedTuple

from migrate_vars.analysis.scopes import Scope
from migrate_vars.analysis.source import Lines
from migrate_vars.editing.check import check_same, parse_result
from migrate_vars.editing.import_statements import Removal, removal
from migrate_vars.editing.splice import Piece, splice

_LINE_BREAK = re.compile(rb"\r\n|\r|\n")


class _Change(NamedTuple):
    """A statement to be put in the place of another."""

    text: str
    comments: tuple[str, ...]


class Edits:
    """What is to be changed in one module."""

    def __init__(self, tree: ast.Module, lines: Lines) -> None:
        self.tree = tree
        self.lines = lines
        self._before: dict[ast.stmt, list[str]] = {}
        self._after: dict[ast.stmt, list[str]] = {}
        self._pieces: dict[ast.stmt, list[Piece]] = {}
        self._statements: dict[ast.stmt, _Change] = {}
        self._expressions: list[tuple[ast.expr, str]] = []
        self._removed: dict[ast.stmt, Scope] = {}

    def put_before(self, statement: ast.stmt, text: str) -> None:
        """Put a statement in front of another, once."""
        if text not in self._before.setdefault(statement, []):
            self._before[statement].append(text)

    def put_after(self, statement: ast.stmt, text: str) -> None:
        """Put a statement after another, once."""
        if text not in self._after.setdefault(statement, []):
            self._after[statement].append(text)

    def replace_inside(self, statement: ast.stmt, piece: Piece) -> None:
        """Replace a piece of a simple statement."""
        self._pieces.setdefault(statement, []).append(piece)

    def replace_statement(
        self, statement: ast.stmt, texts: Sequence[str], comments: Sequence[str]
    ) -> None:
        """Replace a simple statement by others; comments inside it are put before them."""
        self._statements[statement] = _Change("\n".join(texts), tuple(comments))

    def remove(self, statement: ast.stmt, scope: Scope) -> None:
        """Take out a simple statement; its comments stay."""
        self._removed[statement] = scope

    def replace_expression(self, node: ast.expr, text: str) -> None:
        """Replace an expression."""
        self._expressions.append((node, text))

    def piece_before(self, statement: ast.stmt) -> list[Piece]:
        """Return what is put in front of a statement."""
        if statement not in self._before or statement in self._removed:
            return []
        return [self._piece_before(statement)]

    def piece_after(self, statement: ast.stmt) -> list[Piece]:
        """Return what is put after a statement."""
        if statement not in self._after or statement in self._removed:
            return []
        return [self._piece_after(statement)]

    def pieces_inside(self, statement: ast.stmt) -> list[Piece]:
        """Return what is replaced in a statement."""
        if statement in self._removed:
            return [self._removal(statement).piece]
        change = self._statements.get(statement)
        if change is None:
            return list(self._pieces.get(statement, ()))
        start, end = self.lines.span(statement)
        separator = self._separator(statement)
        parts = change.text.split("\n")
        if separator != b"; ":
            parts = [*change.comments, *parts]
        return [Piece(start, end, separator.join(part.encode() for part in parts))]

    def piece_of(self, node: ast.expr, text: str) -> Piece:
        """Return how an expression is replaced."""
        return Piece(*self.lines.span(node), text.encode())

    def apply(self) -> bytes:
        """Return the new text.

        Raises:
            CheckError: Something other than what was meant has changed.
        """
        pieces = [self.piece_of(node, text) for node, text in self._expressions]
        pieces += [p for one in self._before for p in self.piece_before(one)]
        pieces += [p for one in self._after for p in self.piece_after(one)]
        for statement in self._pieces.keys() | self._statements.keys() | self._removed.keys():
            pieces += self.pieces_inside(statement)
        output, _ = splice(self.lines.data, pieces)
        expected = self._changed_tree()
        check_same(expected, self.lines, parse_result(output), Lines(output))
        return output

    # Text

    def _piece_before(self, statement: ast.stmt) -> Piece:
        at = self.lines.span(statement)[0]
        separator = self._separator(statement, before=True)
        text = b"".join(one.encode() + separator for one in self._before[statement])
        return Piece(at, at, text)

    def _piece_after(self, statement: ast.stmt) -> Piece:
        data = self.lines.data
        end = self.lines.span(statement)[1]
        separator = self._separator(statement)
        if separator != b"; ":
            # A comment on the line of the statement stays with it.
            stop = self.lines.starts[statement.end_lineno or statement.lineno]
            end += len(data[end:stop].rstrip(b"\r\n"))
        text = b"".join(separator + one.encode() for one in self._after[statement])
        return Piece(end, end, text)

    def _separator(self, statement: ast.stmt, *, before: bool = False) -> bytes:
        """Return what stands between a statement and one that is put beside it."""
        data = self.lines.data
        start, end = self.lines.span(statement)
        first = self.lines.offset(statement.lineno, 0)
        last = self.lines.starts[statement.end_lineno or statement.lineno]
        indentation, rest = data[first:start], data[end:last].strip()
        alone = not indentation.strip() and (before or not rest or rest.startswith(b"#"))
        if not alone or data[:first].rstrip(b"\r\n").endswith(b"\\"):
            return b"; "
        found = _LINE_BREAK.search(data, end) or _LINE_BREAK.search(data)
        return (found.group() if found else b"\n") + indentation

    def _removal(self, statement: ast.stmt) -> Removal:
        """Return how a statement is taken out; what is put around it takes its place."""
        around = [*self._before.get(statement, ()), *self._after.get(statement, ())]
        start, end = self.lines.span(statement)
        if not around:
            found = removal(statement, self._removed[statement], self.lines, "")
            if found is not None:
                return found
            around = ["pass"]
        separator = self._separator(statement)
        text = separator.join(one.encode() for one in around)
        return Removal(Piece(start, end, text), None)

    # Tree

    def _changed_tree(self) -> ast.Module:
        expressions = {id(node): _expression(text) for node, text in self._expressions}
        places: set[ast.stmt | ast.expr] = {node for node, _ in self._expressions}
        places.update(self._before, self._after, self._pieces, self._statements, self._removed)
        lines = {line for node in places for line in (node.lineno, node.end_lineno or 0)}
        _Changer(self, expressions, sorted(lines)).generic_visit(self.tree)
        return self.tree

    def statements_for(self, statement: ast.stmt) -> list[ast.stmt]:
        """Return what stands in the place of a statement in the new tree."""
        if statement in self._removed:
            taken_out = self._removal(statement)
            if taken_out.instead is not None:
                return [taken_out.instead]
            lines = taken_out.piece.text.decode().splitlines()
            return _statements("\n".join(line.strip() for line in lines))
        own = [statement]
        change = self._statements.get(statement)
        if change is not None:
            own = _statements(change.text)
        elif statement in self._pieces:
            start, end = self.lines.span(statement)
            moved = [
                Piece(piece.start - start, piece.end - start, piece.text)
                for piece in self._pieces[statement]
            ]
            text, _ = splice(self.lines.data[start:end], moved)
            own = _statements(text.decode())
        before = [s for one in self._before.get(statement, ()) for s in _statements(one)]
        after = [s for one in self._after.get(statement, ()) for s in _statements(one)]
        return [*before, *own, *after]


class _Changer(ast.NodeTransformer):
    """Does to the tree what the edits do to the text."""

    def __init__(
        self, edits: Edits, expressions: dict[int, ast.expr], lines: Sequence[int]
    ) -> None:
        self.edits = edits
        self.expressions = expressions
        self.lines = lines

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """Return what takes the place of a node."""
        if id(node) in self.expressions:
            return self.expressions[id(node)]
        if isinstance(node, ast.stmt) and not getattr(node, "decorator_list", None):
            first = bisect.bisect_left(self.lines, node.lineno)
            if first == len(self.lines) or self.lines[first] > (node.end_lineno or node.lineno):
                return node  # nothing is changed in there
        self.generic_visit(node)
        return self.edits.statements_for(node) if isinstance(node, ast.stmt) else node


def _statements(text: str) -> list[ast.stmt]:
    """Parse statements; they lie nowhere in the original."""
    found: list[ast.stmt] = ast.parse(text).body
    for node in found:
        for inner in ast.walk(node):
            if isinstance(inner, ast.stmt):
                inner.lineno = inner.end_lineno = 1
                inner.col_offset = inner.end_col_offset = 0
    return found


def _expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
