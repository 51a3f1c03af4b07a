"""What TensorFlow is called at the place of a call, and which import to add where it has no name.

``tf.IndexedSlices`` must mean TensorFlow's there. The module that the call itself names comes
first, then any other name in scope. Where there is none, an import is added in front of the one
that the call's own name comes from: in the same block, so it is known wherever that one is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import root_name
from migrate_vars.analysis.scopes import Binding, BindingKind, Scope, function_around
from migrate_vars.analysis.tensorflow import public_module

_NEW_NAMES = {"tf": "import tensorflow as tf", "tensorflow": "import tensorflow"}


class MemberName(NamedTuple):
    """What a member of TensorFlow is called at one place.

    Attributes:
        name: Its name there, such as ``tf.IndexedSlices``.
        statement: The import that makes the name known, where none does yet.
        before: The statements in front of which it is put.
    """

    name: str
    statement: str = ""
    before: tuple[ast.stmt, ...] = ()


def member_name(member: str, function: ast.expr, scope: Scope, module: Module) -> MemberName | None:
    """Return how to name a member of TensorFlow where a call stands; None if nothing is certain.

    Args:
        member: The member.
        function: The function that is called.
        scope: Where the call is evaluated.
        module: The module around it.
    """
    name = _of_the_call(member, function, scope, module) or _in_scope(
        member, function, scope, module
    )
    if name is not None:
        return MemberName(name)
    return _imported(member, function, scope, module)


def _of_the_call(member: str, function: ast.expr, scope: Scope, module: Module) -> str | None:
    node = function
    prefixes: list[ast.expr] = []
    while isinstance(node, ast.Attribute):
        node = node.value
        prefixes.append(node)
    for prefix in reversed(prefixes):
        named = ast.Attribute(prefix, member, ast.Load())
        if _is_member(module, prefix, scope, "") or _is_member(module, named, scope, member):
            return f"{ast.unparse(prefix)}.{member}"
    return None


def _is_member(module: Module, node: ast.expr, scope: Scope, member: str) -> bool:
    """Tell whether an expression certainly is TensorFlow, or a member of it."""
    meaning = module.names.resolve(node, scope)
    wanted = f"tensorflow.{member}" if member else "tensorflow"
    return (
        bool(meaning.names)
        and meaning.is_certain
        and all(public_module(name) == wanted for name in meaning.names)
    )


def _in_scope(member: str, function: ast.expr, scope: Scope, module: Module) -> str | None:
    here: Scope | None = scope
    innermost = function_around(scope)
    while here is not None:
        names = sorted(here.bindings, key=lambda name: (name not in _NEW_NAMES, name))
        for name in names:
            bindings = module.scopes.lookup(name, scope)
            if bindings is not here.bindings[name] or not all(map(_may_be_module, bindings)):
                continue
            last = function.lineno if here is innermost else None
            if not any(_is_settled(binding, here, last) for binding in bindings):
                continue
            node = ast.Name(name, ast.Load())
            if _is_member(module, node, scope, ""):
                return f"{name}.{member}"
            if _is_member(module, node, scope, member):
                return name
        here = here.parent
    return None


def _may_be_module(binding: Binding) -> bool:
    return binding.kind is BindingKind.IMPORT or (
        binding.kind is BindingKind.VALUE
        and isinstance(binding.value, (ast.Name, ast.Attribute, ast.Constant))
    )


def _is_settled(binding: Binding, scope: Scope, last: int | None) -> bool:
    """Tell whether a binding is made in any case, and before the line ``last``."""
    block = getattr(scope.node, "body", None)
    if not isinstance(block, list):
        return False
    bodies = [block, *(statement.body for statement in block if isinstance(statement, ast.Try))]
    line: int = getattr(binding.node, "lineno", 0)
    return (last is None or line < last) and any(binding.node in body for body in bodies)


def _imported(member: str, function: ast.expr, scope: Scope, module: Module) -> MemberName | None:
    scopes = module.scopes
    root = root_name(function)
    bindings = scopes.lookup(root, scope) if root is not None else []
    if not bindings or scopes.star_imports:
        return None
    imports = tuple(
        dict.fromkeys(
            b.node
            for b in bindings
            if b.kind is BindingKind.IMPORT and isinstance(b.node, (ast.Import, ast.ImportFrom))
        )
    )
    if len(imports) != len({id(b.node) for b in bindings}) or not all(
        any(b is own for own in b.scope.bindings.get(root or "", ())) for b in bindings
    ):
        return None  # not only imports, or one that a global statement moves out of its block
    taken = frozenset(_identifiers(scopes.root.node))
    for name, statement in _NEW_NAMES.items():
        if name not in taken:
            return MemberName(f"{name}.{member}", statement, imports)
    return None


def _identifiers(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a module uses or binds anywhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif not isinstance(node, (ast.Constant, ast.Attribute, ast.ImportFrom)):
            for _, value in ast.iter_fields(node):
                if isinstance(value, str):
                    yield value
                elif isinstance(value, list):
                    yield from (item for item in value if isinstance(item, str))
