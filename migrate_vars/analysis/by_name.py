"""Names and attributes that are written by a string: ``setattr``, ``globals()[...]``, ``__dict__``.

Which object is written to, and whether that is the module itself, is for others to say: here it
is only taken apart.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from migrate_vars.analysis.words import Words

WRITERS = Words(
    {
        *("globals", "vars", "locals", "setattr", "delattr", "exec", "execfile", "modules"),
        *("import_module", "__import__", "__dict__"),
    },
    ("globals", "vars", "locals", "attr", "exec", "modules", "import_", "__dict__"),
)
"""One of these stands on every line with such a write, aliases of a namespace aside."""

_ITEM_METHODS = frozenset({"setdefault", "__setitem__"})
_NAMESPACES = frozenset({"globals", "vars", "locals"})


class Written(NamedTuple):
    """One name that a place writes by a string.

    Attributes:
        owner: The object whose attribute it is; where ``mapping``, the dictionary that holds it.
        mapping: Whether ``owner`` is a dictionary: ``globals()``, or what may be one like it.
        name: The name; None where it is not a literal, so that it can be any.
        value: What it is given, where that is one expression.
    """

    owner: ast.expr
    mapping: bool
    name: str | None
    value: ast.expr | None


def written_by_name(node: ast.AST, statement: ast.AST) -> Iterator[Written]:
    """Yield what an expression of a statement writes by a string."""
    if isinstance(node, ast.Subscript):
        if not isinstance(node.ctx, ast.Load):
            given = isinstance(statement, ast.Assign) and node in statement.targets
            value = statement.value if given and isinstance(statement, ast.Assign) else None
            yield Written(*_holder(node.value), _text(node.slice), value)
    elif isinstance(node, ast.Call):
        yield from _by_call(node)


def _by_call(call: ast.Call) -> Iterator[Written]:
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    arguments = call.args
    if any(isinstance(argument, ast.Starred) for argument in arguments):
        return
    if name in ("setattr", "delattr") and len(arguments) >= 2:
        yield Written(arguments[0], False, _text(arguments[1]), *(*arguments[2:3], None)[:1])
    elif isinstance(function, ast.Attribute):
        if name in _ITEM_METHODS and len(arguments) == 2:
            yield Written(*_holder(function.value), _text(arguments[0]), arguments[1])
        elif name == "update":
            holder = _holder(function.value)
            for keyword in call.keywords:
                yield Written(*holder, keyword.arg, keyword.value if keyword.arg else None)
            for argument in arguments:
                if isinstance(argument, ast.Dict):
                    for key, value in zip(argument.keys, argument.values, strict=True):
                        yield Written(*holder, _text(key), value)
                else:
                    yield Written(*holder, None, None)


def _holder(node: ast.expr) -> tuple[ast.expr, bool]:
    """Return the object behind ``x.__dict__`` and ``vars(x)``; else the dictionary itself."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return node.value, False
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "vars"
        and len(node.args) == 1
    ):
        return node.args[0], False
    return node, True


def is_namespace(node: ast.expr, *, of_module: bool) -> bool:
    """Tell whether an expression is the dictionary of the module's names.

    Args:
        node: The expression.
        of_module: Whether it is evaluated at the level of the module, not in a function.
    """
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and not node.args
        and (node.func.id == "globals" or (of_module and node.func.id in _NAMESPACES))
    )


def is_module_object(node: ast.expr) -> bool:
    """Tell whether an expression gives a module by its name, which may be this one."""
    if isinstance(node, ast.Call):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        return name in ("import_module", "__import__")
    if not isinstance(node, ast.Subscript):
        return False
    modules = node.value
    return (isinstance(modules, ast.Attribute) and modules.attr == "modules") or (
        isinstance(modules, ast.Name) and modules.id == "modules"
    )


def bound_by_code(call: ast.Call, *, of_module: bool) -> frozenset[str] | None:
    """Return the names of the module that ``exec`` binds; None if they can be any.

    Args:
        call: A call of any function.
        of_module: Whether it stands at the level of the module, not in a function.
    """
    function = call.func
    if not isinstance(function, ast.Name) or function.id not in ("exec", "execfile"):
        return frozenset()
    code = _text(call.args[0]) if call.args and function.id == "exec" else None
    if code is None:
        return None if of_module or len(call.args) + len(call.keywords) > 1 else frozenset()
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()  # it fails, or it fails to be understood by this Python only
    if not of_module and len(call.args) < 2 and "global" not in code:
        return frozenset()
    return frozenset(
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    )


def _text(node: ast.AST | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None
