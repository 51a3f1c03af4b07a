"""Where a place stands among the statements of its function: blocks, loops, branches."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from migrate_vars.analysis.scopes import Scope, function_around

Block = Sequence[ast.stmt]

LOOPS = (ast.For, ast.AsyncFor, ast.While)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def blocks_of(node: ast.AST) -> list[Block]:
    """Return the blocks of a compound statement, those of its handlers and cases included."""
    found = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    found += [holder.body for holder in getattr(node, "handlers", ())]
    found += [holder.body for holder in getattr(node, "cases", ())]
    return [block for block in found if isinstance(block, list) and block]


def index_at(block: Block, line: int, column: int) -> int | None:
    """Return which statement of a block holds a place, decorators included."""
    for index, node in enumerate(block):
        start = (node.lineno, node.col_offset)
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            start = (decorators[0].lineno, 0)
        end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
        if start <= (line, column) < end:
            return index
    return None


def block_at(node: ast.stmt, line: int, column: int) -> Block | None:
    """Return the block of a compound statement that holds a place."""
    for block in blocks_of(node):
        if index_at(block, line, column) is not None:
            return block
    return None


def start_of(place: ast.AST) -> tuple[int, int]:
    """Return the line and the column at which a node starts."""
    return getattr(place, "lineno", 0), getattr(place, "col_offset", 0)


def around(place: ast.AST, scope: Scope) -> list[ast.stmt]:
    """Return the compound statements around a place, within its function, outermost first."""
    found: list[ast.stmt] = []
    body = getattr(function_around(scope).node, "body", None)
    line, column = start_of(place)
    block: Block | None = body if isinstance(body, list) else None
    while block is not None:
        index = index_at(block, line, column)
        if index is None or isinstance(block[index], _DEFINITIONS):
            break
        statement = block[index]
        block = block_at(statement, line, column)
        if block is not None:
            found.append(statement)
    return found


def block_around(node: ast.stmt, scope: Scope) -> Block | None:
    """Return the block that a statement of a scope is in."""
    for holder in [scope.node, *around(node, scope)][::-1]:
        for block in blocks_of(holder):
            if node in block:
                return block
    return None


def loop_around(place: ast.AST, scope: Scope) -> ast.stmt | None:
    """Return the outermost loop whose body holds a place."""
    return next((s for s in around(place, scope) if isinstance(s, LOOPS)), None)


def are_exclusive(one: ast.AST, one_scope: Scope, other: ast.AST, other_scope: Scope) -> bool:
    """Tell whether two places stand in different branches of one statement."""
    shared = {id(s) for s in around(one, one_scope)}
    return any(
        id(statement) in shared
        and block_at(statement, *start_of(one)) is not block_at(statement, *start_of(other))
        for statement in around(other, other_scope)
        if isinstance(statement, (ast.If, ast.Try, ast.Match))
    )


def inside(place: ast.AST, node: ast.AST) -> bool:
    """Tell whether a place lies within a node."""
    end = (getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0))
    return start_of(node) <= start_of(place) < end
