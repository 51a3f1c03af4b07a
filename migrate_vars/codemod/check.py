"""Whether an edit changed what was meant, and nothing else."""

from __future__ import annotations

import ast

from migrate_vars.codemod.source import Lines


class CheckError(Exception):
    """Something other than the edited calls has changed; the message says where."""


def check_same(expected: ast.Module, before: Lines, got: ast.Module, after: Lines) -> None:
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
