"""Whether a module was written for TensorFlow 1: whether it names what only that has."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Set

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.tensorflow import is_tensorflow, tensorflow_member
from migrate_vars.compat.imports import TensorFlowImport, names_of
from migrate_vars.compat.v1_names import is_v1_only

_WORD = re.compile(r"[^\W\d]\w*")


def names_v1(
    module: Module, imports: list[TensorFlowImport], *, through_compat: bool = False
) -> bool:
    """Tell whether a module names something that TensorFlow 2 keeps in ``compat.v1`` alone.

    Args:
        module: The module.
        imports: Its imports of TensorFlow.
        through_compat: Whether what it names as ``tf.compat.v1.placeholder`` counts, too.
    """
    aliases: dict[str, set[str]] = {}
    for name, bindings in module.scopes.root.bindings.items():
        homes = {b.module for b in bindings if is_tensorflow(b.module)}
        if homes:
            aliases[name] = homes
    for node, scope in imports:
        for alias in node.names:
            full = alias.name
            if isinstance(node, ast.ImportFrom):
                full = f"{next(names_of(node))}.{alias.name}"
            if _is_of_v1(full, through_compat):
                return True
            if alias.name == "*":
                if _names_what_a_star_brings(module, full.removesuffix(".*")):
                    return True
            elif scope is not module.scopes.root:
                bound = alias.asname or alias.name.partition(".")[0]
                home = full if alias.asname or isinstance(node, ast.ImportFrom) else "tensorflow"
                aliases.setdefault(bound, set()).add(home)
    lines = list(_lines_that_may(module, aliases, through_compat))
    return any(
        _is_of_v1(name, through_compat)
        for node, scope, _, _ in module.scopes.nodes_on_lines(lines)
        if isinstance(node, ast.Attribute)
        for name in module.names.resolve(node, scope).names
    )


def _lines_that_may(
    module: Module, aliases: Mapping[str, Set[str]], through_compat: bool
) -> Iterator[int]:
    """Yield the lines that name something of TensorFlow 1, by their words alone."""
    if not aliases:
        return
    words = b"|".join(re.escape(alias.encode()) for alias in sorted(aliases))
    uses = re.compile(rb"(?<![\w.])(%b)((?:\s*\.\s*\w+)+)" % words)
    known: dict[tuple[bytes, bytes], bool] = {}
    for match in uses.finditer(module.lines.data):
        key = (match[1], match[2])
        if key not in known:
            below = "".join(key[1].decode().split())
            homes = aliases[key[0].decode()]
            known[key] = any(_is_of_v1(home + below, through_compat) for home in homes)
        if known[key]:
            yield module.lines.position(match.start())[0]


def _names_what_a_star_brings(module: Module, home: str) -> bool:
    """Tell whether a module names something of TensorFlow 1 that a star import brings."""
    if ".compat" in home:
        return False
    bound = module.scopes.root.bindings
    words = dict.fromkeys(_WORD.findall(module.source.text))
    return any(w not in bound and _is_of_v1(f"{home}.{w}", through_compat=False) for w in words)


def _is_of_v1(name: str, through_compat: bool) -> bool:
    if not is_tensorflow(name):
        return False
    return is_v1_only(tensorflow_member(name) if through_compat else name.partition(".")[2])
