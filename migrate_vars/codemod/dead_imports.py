"""Imports of state ops that TensorFlow 2 lacks, and whether anything still needs them.

``from tensorflow import assign`` raises ImportError under TensorFlow 2. Once all its calls are
method calls it does no more than that, and goes: if nothing else in the file names what it
imports, not even in a string, and nothing shows that other files import it from here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Set
from pathlib import PurePath

from migrate_vars.analysis.blocks import around
from migrate_vars.analysis.makers import STATE_OP_HOMES
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import BindingKind, Scope, ScopeKind

_LACKING = frozenset({"tensorflow", "tensorflow_core", "tensorflow._api.v1"})
_BY_NAME = (b"globals(", b"locals(", b"vars(", b"eval(", b"exec(", b"dir(")


def lacking(node: ast.ImportFrom) -> list[str]:
    """Return the state ops that an import names and TensorFlow 2 does not have there."""
    if node.level or node.module not in _LACKING:
        return []
    names = [alias.name for alias in node.names]
    return [name for name in names if "tensorflow" in STATE_OP_HOMES.get(name, ())]


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
