"""The names of TensorFlow that one module uses, each with its place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import Meaning, root_name
from migrate_vars.analysis.scopes import BindingKind
from migrate_vars.analysis.tensorflow import OTHER_FRAMEWORKS, TENSORFLOW_LIKE_NAMES, is_tensorflow

_KERAS = ("keras", "tf_keras")


class Use(NamedTuple):
    """A dotted name in an expression that leads to something of TensorFlow or Keras.

    Attributes:
        node: The whole dotted name.
        name: What it is, in full; of several things that it can be, the first.
        call: The call of it, if it is called.
    """

    node: ast.expr
    name: str
    call: ast.Call | None


class Uses(NamedTuple):
    """What a module uses.

    Attributes:
        known: What is of TensorFlow or Keras.
        unknown: Dotted names that look like TensorFlow, and are not shown to be it.
        imports: The modules and names of TensorFlow and Keras that are imported.
        statements: Each statement that imports one of them, with the first of these.
        stars: The modules of TensorFlow of which everything is imported.
    """

    known: tuple[Use, ...]
    unknown: tuple[ast.expr, ...]
    imports: frozenset[str]
    statements: tuple[tuple[ast.stmt, str], ...]
    stars: frozenset[str]


def uses_of(module: Module) -> Uses:
    """Return what a module uses of TensorFlow and Keras, in the order of its lines."""
    known: dict[int, Use] = {}
    unknown: dict[int, ast.expr] = {}
    names, statements = _imported(module)
    imports = {name for some in statements.values() for name in some}
    pending = names | TENSORFLOW_LIKE_NAMES
    named = b"tensorflow" in module.source.data
    seen: set[str] = set()
    lines: set[int] = set()
    while pending:
        seen |= pending
        words = b"|".join(re.escape(name.encode()) for name in sorted(pending))
        new = set(module.lines.matching(re.compile(rb"(?<![\w.])(?:%b)(?!\w)" % words))) - lines
        lines |= new
        located = list(module.scopes.nodes_on_lines(sorted(new)))
        calls = {id(n.node.func): n.node for n in located if isinstance(n.node, ast.Call)}
        inner = {id(n.node.value) for n in located if isinstance(n.node, ast.Attribute)}
        aliases: set[str] = set()
        for one in located:
            node = one.node
            if id(node) in inner or id(node) in known or not isinstance(node, _NAMES):
                continue
            root = root_name(node)
            if root is None or not isinstance(node.ctx, ast.Load):
                continue
            meaning = module.names.resolve(node, one.scope)
            found = sorted(filter(_is_ours, meaning.names))
            if found:
                known[id(node)] = Use(node, found[0], calls.get(id(node)))
                aliases |= _alias(one)
            elif root in TENSORFLOW_LIKE_NAMES and _is_unclear(node, meaning, named=named):
                unknown[id(node)] = node
        pending = aliases - seen
    stars = {m for _, m in module.scopes.star_imports if is_tensorflow(m)}
    return Uses(
        tuple(sorted(known.values(), key=lambda use: _place(use.node))),
        tuple(sorted(unknown.values(), key=_place)),
        frozenset(imports | stars),
        tuple((node, min(some)) for node, some in statements.items()),
        frozenset(stars),
    )


_NAMES = (ast.Attribute, ast.Name)


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _imported(module: Module) -> tuple[set[str], dict[ast.stmt, set[str]]]:
    """Return the names that imports give to something of TensorFlow, and what each imports."""
    names: set[str] = set()
    statements: dict[ast.stmt, set[str]] = {}
    for scope in module.scopes.scope_of.values():
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                node = binding.node
                if binding.kind is BindingKind.IMPORT and isinstance(node, ast.stmt):
                    found = set(filter(_is_ours, module.names.imported(binding).names))
                    if found:
                        names.add(name)
                        statements.setdefault(node, set()).update(_named(node, n) for n in found)
    return names, statements


def _named(node: ast.AST, name: str) -> str:
    """Return what an import names: of ``import tensorflow.contrib.slim``, all of it."""
    if isinstance(node, ast.Import):
        return max((a.name for a in node.names if a.name.startswith(name)), default=name, key=len)
    return name


def _is_ours(name: str) -> bool:
    return is_tensorflow(name) or name.partition(".")[0] in _KERAS


def _alias(one: Located) -> set[str]:
    """Return the names that an assignment gives to a dotted name, if it is one."""
    statement = one.statement
    if not isinstance(statement, ast.Assign):
        return set()
    values: Iterable[ast.expr] = (statement.value,)
    if isinstance(statement.value, ast.IfExp):
        values = (statement.value.body, statement.value.orelse)
    if not any(value is one.node for value in values):
        return set()
    return {target.id for target in statement.targets if isinstance(target, ast.Name)}


def _is_unclear(node: ast.expr, meaning: Meaning, *, named: bool) -> bool:
    """Tell whether something that looks like TensorFlow may be it.

    Args:
        node: The dotted name.
        meaning: What is known of it.
        named: Whether the module names TensorFlow.
    """
    if not isinstance(node, ast.Attribute):
        return False
    if meaning.is_certain and meaning.names:
        # What is imported from elsewhere is understood, unless it looks like a re-export.
        return any(_looks_like_a_re_export(name) for name in meaning.names)
    if meaning.members:
        return not any(member.defined for member in meaning.members)
    # A local value, such as a term frequency: only where TensorFlow is named at all.
    return named


def _looks_like_a_re_export(name: str) -> bool:
    """Tell whether a name that is imported from elsewhere may lead to TensorFlow."""
    first, *rest = name.split(".")
    return first not in OTHER_FRAMEWORKS and bool(
        TENSORFLOW_LIKE_NAMES.intersection(rest) or "compat" in (first, *rest)
    )


def strings_naming_tensorflow(module: Module) -> Iterator[ast.Constant]:
    """Yield the strings by which a module may import TensorFlow."""
    if b"import_module" not in module.source.data and b"__import__" not in module.source.data:
        return
    for name in ("import_module", "__import__"):
        for located in module.scopes.calls_mentioning(name):
            call = located.node
            if isinstance(call, ast.Call) and _called(call.func) == name and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant) and is_tensorflow(str(first.value)):
                    yield first


def _called(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
