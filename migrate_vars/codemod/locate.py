"""Where a module names state ops: by attribute, by import, by alias, in strings."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from migrate_vars.analysis.expressions import Located
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import Meaning, last_name
from migrate_vars.analysis.scopes import Scope
from migrate_vars.codemod.mention import mention
from migrate_vars.codemod.sites import ModuleSites, Rebinding, Site
from migrate_vars.codemod.state_ops import COMMON_NAMES, STATE_OPS, state_op
from migrate_vars.codemod.strings import named_by_string


def locate(module: Module, *, safe_only: bool) -> ModuleSites:
    """Find the state ops of a module.

    Args:
        module: The module.
        safe_only: Whether only proven receivers may be rewritten.
    """
    located = _located(module)
    sites = ModuleSites(module, located, safe_only=safe_only)
    sites.sites = list(_sites(located, sites))
    return sites


def _located(module: Module) -> list[Located]:
    """Return the expressions of all statements that mention a state op, by any name."""
    scopes = module.scopes
    found: dict[int, Located] = {}
    aliases = _import_aliases(scopes)
    lines = scopes.lines.holding(mention(module.source.data))
    known: set[str] = set()
    while True:
        for located in scopes.nodes_on_lines(lines):
            found.setdefault(id(located.node), located)
        aliases |= _assigned_aliases(scopes, found.values(), known | aliases)
        new = aliases - known
        if not new:
            return sorted(
                found.values(),
                key=lambda n: (getattr(n.node, "lineno", 0), getattr(n.node, "col_offset", 0)),
            )
        known |= new
        lines = [line for name in sorted(new) for line in scopes.lines.mentioning(name)]


def _sites(located: Sequence[Located], module: ModuleSites) -> Iterator[Site]:
    """Yield the uses of state ops, and of what looks like one."""
    called = {id(n.node.func): n.node for n in located if isinstance(n.node, ast.Call)}
    names = module.names
    for node, scope, fstring, _ in located:
        if isinstance(node, (ast.Call, ast.Subscript)):
            yield from _named_in_string(node, scope, fstring, module)
            continue
        if not isinstance(node, (ast.Attribute, ast.Name)):
            continue
        if isinstance(node, ast.Attribute) and node.attr not in STATE_OPS:
            continue
        meaning = names.resolve(node, scope)
        if not isinstance(node.ctx, ast.Load):
            if isinstance(node, ast.Attribute):
                for name in meaning.names:
                    if state_op(name):
                        module.rebindings.append(Rebinding(name, node))
            continue
        name = last_name(node) or ""
        if isinstance(node, ast.Name):
            members = {n.rpartition(".")[2] for n in meaning.names} & STATE_OPS.keys()
            if not members and name not in STATE_OPS:
                continue
            name = min(members, default=name)
        if name in COMMON_NAMES and not _is_keras(node, meaning):
            continue
        ops = {state_op(n) for n in meaning.names}
        op = ops.pop() if len(ops) == 1 and meaning.is_certain else None
        call = called.get(id(node))
        yield Site(node, call, name, meaning, op, scope, fstring, module)


def _named_in_string(
    node: ast.Call | ast.Subscript,
    scope: Scope,
    fstring: ast.JoinedStr | None,
    module: ModuleSites,
) -> Iterator[Site]:
    """Find ``getattr(tf, "assign")`` and the functions that set or patch ``tf.assign``."""
    for member, meaning, rebinds in named_by_string(node, scope, module.names):
        for name in filter(state_op, sorted(meaning.names)):
            if rebinds:
                module.rebindings.append(Rebinding(name, node))
            else:
                op = state_op(name)
                yield Site(node, None, member, meaning, op, scope, fstring, module)
                break


def _import_aliases(scopes: ModuleScopes) -> set[str]:
    return {
        alias.asname
        for node, _ in scopes.imports
        for alias in node.names
        if alias.asname and alias.name in STATE_OPS
    }


def _assigned_aliases(
    scopes: ModuleScopes, located: Iterable[Located], names: set[str]
) -> set[str]:
    """Return the names that an assignment binds to a state op, or to another such name."""
    found: set[str] = set()
    for node, _, _, statement in located:
        if isinstance(statement, ast.Assign) and (
            (isinstance(node, ast.Attribute) and node.attr in STATE_OPS)
            or (isinstance(node, ast.Name) and (node.id in names or node.id in STATE_OPS))
        ):
            value = statement.value
            if value is node or (
                isinstance(value, ast.IfExp) and node in (value.body, value.orelse)
            ):
                found |= {t.id for t in statement.targets if isinstance(t, ast.Name)}
    return found


def _is_keras(node: ast.expr, meaning: Meaning) -> bool:
    """Tell whether something with a common name is one of Keras, or may be."""
    if any(state_op(name) for name in meaning.names):
        return True
    return isinstance(node, ast.Attribute) and last_name(node.value) in ("K", "backend")
