"""A call that becomes a method call: in the text, in the tree, and as a fix for editors."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple

from migrate_vars.analysis.fstrings import locate
from migrate_vars.analysis.source import Lines
from migrate_vars.editing.import_statements import addition
from migrate_vars.editing.method_text import MethodArgument, as_method_call
from migrate_vars.editing.naming import MemberName
from migrate_vars.editing.splice import Piece
from migrate_vars.findings.finding import Finding, Replacement
from migrate_vars.rewriting.reporting import as_fix


class MethodCall(NamedTuple):
    """What a call becomes.

    Attributes:
        method: The name of the method.
        receiver: Which argument of the function becomes the receiver.
        arguments: What the method is given.
        packed_by: What the packed ones of the arguments are given to, if there are any.
    """

    method: str
    receiver: int
    arguments: tuple[MethodArgument, ...]
    packed_by: MemberName | None = None


@dataclass(slots=True, eq=False)
class MethodEdit:
    """One call to rewrite.

    Attributes:
        call: The call.
        change: What it becomes.
        finding: The finding that reports it.
        fstring: The f-string around it, if any.
    """

    call: ast.Call
    change: MethodCall
    finding: Finding
    fstring: ast.JoinedStr | None

    def span(self, lines: Lines) -> tuple[int, int] | None:
        """Return where the call stands; None if that is not certain."""
        if self.fstring is None:
            return lines.span(self.call)
        calls = [n for n in ast.walk(self.fstring) if isinstance(n, ast.Call)]
        return locate(calls, self.fstring, lines).get(calls.index(self.call))

    def write(self, text: str) -> str:
        """Return the new text of the call.

        Raises:
            ReplacementError: It cannot be laid out as a method call without losing something.
        """
        change = self.change
        return as_method_call(
            text,
            change.method,
            change.receiver,
            change.arguments,
            packing=change.packed_by.name if change.packed_by is not None else "",
            in_fstring=self.fstring is not None,
        )

    def added_imports(self) -> dict[ast.stmt, str]:
        """Return the statements in front of which an import is needed, with the import."""
        packed_by = self.change.packed_by
        return {} if packed_by is None else dict.fromkeys(packed_by.before, packed_by.statement)

    def fix(self, piece: Piece, lines: Lines) -> tuple[Replacement, ...]:
        """Return what is replaced where this edit alone, with those inside it, is made."""
        added = [addition(at, text, lines) for at, text in self.added_imports().items()]
        return tuple(as_fix(one, lines) for one in sorted([piece, *added]))

    def change_tree(self) -> None:
        """Do to the tree what the edit does to the text."""
        call, change = self.call, self.change
        expressions = [*call.args, *(k.value for k in call.keywords)]
        call.func = ast.Attribute(expressions[change.receiver], change.method, ast.Load())
        call.args = [expressions[a.position] for a in change.arguments if a.keyword is None]
        call.keywords = [
            ast.keyword(a.keyword, expressions[a.position])
            for a in change.arguments
            if a.keyword is not None and not a.packed
        ]
        if change.packed_by is not None:
            packed = [
                ast.keyword(a.keyword, expressions[a.position])
                for a in change.arguments
                if a.packed
            ]
            function = ast.parse(change.packed_by.name, mode="eval").body
            call.args.insert(0, ast.Call(function, [], packed))
