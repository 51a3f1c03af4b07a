"""Imports of state ops that TensorFlow 2 lacks, and whether anything still needs them.

``from tensorflow import assign`` raises ImportError under TensorFlow 2. Once all its calls are
method calls it does no more than that, and goes: if nothing else in the file names what it
imports, not even in a string, and nothing shows that other files import it from here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import PurePath
from typing import NamedTuple

from migrate_vars.codemod.names import last_name
from migrate_vars.codemod.scopes import BindingKind, ModuleScopes, Scope, ScopeKind
from migrate_vars.codemod.source import Lines
from migrate_vars.codemod.state_ops import STATE_OPS
from migrate_vars.codemod.updates import around

_LACKING = frozenset({"tensorflow", "tensorflow_core", "tensorflow._api.v1"})
_BY_NAME = (b"globals(", b"locals(", b"vars(", b"eval(", b"exec(", b"dir(")
_COMMENT = re.compile(rb"#[^\r\n]*")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def lacking(node: ast.ImportFrom) -> list[str]:
    """Return the state ops that an import names and TensorFlow 2 does not have there."""
    if node.level or node.module not in _LACKING:
        return []
    ops = (STATE_OPS.get(alias.name) for alias in node.names)
    return [op.name for op in ops if op is not None and "tensorflow" in op.homes]


def dead_imports(
    scopes: ModuleScopes,
    rewritten: Set[int],
    filename: str,
    used_elsewhere: Callable[[str], bool],
) -> Iterator[tuple[ast.ImportFrom, Scope]]:
    """Yield the imports whose last use is gone, each with its scope.

    Args:
        scopes: The scopes of the module.
        rewritten: The functions of the calls that are method calls now, by the id of their node.
        filename: What the file is called.
        used_elsewhere: Whether a name of this module is used where this module does not show.
    """
    for node, scope in scopes.imports:
        if (
            lacking(node)
            and len(lacking(node)) == len(node.names)
            and all(_is_dead(alias, node, scope, scopes, rewritten) for alias in node.names)
            and not _decides(node, scope)
            and not (scope.kind is ScopeKind.MODULE and _is_reexported(node, filename, scopes))
            and not (
                scope.kind is ScopeKind.MODULE
                and any(used_elsewhere(alias.asname or alias.name) for alias in node.names)
            )
        ):
            yield node, scope


def _is_dead(
    alias: ast.alias,
    node: ast.ImportFrom,
    scope: Scope,
    scopes: ModuleScopes,
    rewritten: Set[int],
) -> bool:
    """Tell whether all uses of a name were rewritten, and there were some."""
    name = alias.asname or alias.name
    bindings = scope.bindings.get(name, ())
    if scope.kind is ScopeKind.CLASS or not any(b.node is node for b in bindings):
        return False  # it is an attribute, or global
    if any(b.kind is not BindingKind.IMPORT for b in bindings):
        return False
    if any(name in s.global_names | s.nonlocal_names for s in scopes.scope_of.values()):
        return False
    calls = 0
    named: set[int] = set()  # strings that name an op of the graph
    for found, inner, _, statement in scopes.nodes_mentioning(name):
        if isinstance(found, ast.keyword) and found.arg == "name":
            named.add(id(found.value))
        elif isinstance(found, ast.Name) and found.id == name:
            if scopes.lookup(name, inner) is bindings:
                if id(found) not in rewritten:
                    return False
                calls += 1
        elif isinstance(found, ast.Constant) and id(found) not in named:
            documents = isinstance(statement, ast.Expr) and statement.value is found
            if not documents and _names(found.value, name):
                return False
    return calls > 0


def _names(value: object, name: str) -> bool:
    """Tell whether a string is a name, or a dotted name that ends in it."""
    return isinstance(value, str) and (value == name or value.endswith(f".{name}"))


def _decides(node: ast.ImportFrom, scope: Scope) -> bool:
    """Tell whether something hangs on an import's success, or another one stands in for it."""
    names = {alias.asname or alias.name for alias in node.names}
    for statement in around(node, scope):
        if hasattr(statement, "handlers"):
            return True
        if isinstance(statement, ast.If) and any(
            isinstance(other, ast.ImportFrom)
            and other is not node
            and names & {alias.asname or alias.name for alias in other.names}
            for other in ast.walk(statement)
        ):
            return True
    return False


def _is_reexported(node: ast.ImportFrom, filename: str, scopes: ModuleScopes) -> bool:
    """Tell whether a file shows that what it imports is for others, or may be."""
    if PurePath(filename).name == "__init__.py":
        return True
    if any(alias.asname == alias.name for alias in node.names):
        return True  # how stubs and linters mark it
    data = scopes.lines.data
    if any(word in data for word in _BY_NAME):
        return True
    return any(
        not isinstance(b.value, (ast.List, ast.Tuple))
        or not all(isinstance(e, ast.Constant) for e in b.value.elts)
        for b in scopes.root.bindings.get("__all__", ())
    ) or any(
        isinstance(located.node, ast.Call)
        and isinstance(located.node.func, ast.Attribute)
        and last_name(located.node.func.value) == "__all__"
        and not all(isinstance(a, (ast.Constant, ast.List, ast.Tuple)) for a in located.node.args)
        for located in scopes.calls_mentioning("__all__")
    )


class Removal(NamedTuple):
    """How an import is taken out.

    Attributes:
        start: Where the text that is replaced starts.
        end: Where it ends.
        text: What takes its place: its comments, and what a block needs to go on being one.
        instead: The statement that takes its place, if any.
    """

    start: int
    end: int
    text: bytes
    instead: ast.stmt | None


def removal(node: ast.ImportFrom, scope: Scope, lines: Lines, instead: str) -> Removal | None:
    """Return how an import is taken out; None if it cannot be done without a loss.

    Args:
        node: The import.
        scope: Its scope.
        lines: The source.
        instead: The statement that is to take its place, if any.
    """
    block = _block(node, scope)
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
    ends = _LINE_END.search(data, end)
    newline = ends.group() if ends is not None else b"\n"
    alone = not indentation.strip(b" \t\f") and (not rest or rest.startswith(b"#"))
    if alone and not data[:first].rstrip(b"\r\n").endswith(b"\\"):
        if instead:
            text = (newline + indentation).join([*inside, instead.encode()])
            return Removal(start, end, text, statement)
        comments = inside + ([rest] if rest else [])
        text = b"".join(indentation + comment + newline for comment in comments)
        return Removal(first, last, text, None)
    if inside:
        return None
    if instead:
        return Removal(start, end, instead.encode(), statement)
    earlier = block[at - 1] if at else None
    if later is not None and later.lineno == node.end_lineno:
        return Removal(start, lines.span(later)[0], b"", None)
    if earlier is not None and earlier.end_lineno == node.lineno:
        return Removal(lines.span(earlier)[1], end, b"", None)
    return None


def _block(node: ast.stmt, scope: Scope) -> Sequence[ast.stmt] | None:
    """Return the list of statements that holds a statement of a scope."""
    for holder in [scope.node, *around(node, scope)][::-1]:
        for part in (holder, *getattr(holder, "handlers", ()), *getattr(holder, "cases", ())):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(part, name, None)
                if isinstance(block, list) and node in block:
                    return block
    return None
