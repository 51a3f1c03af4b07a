"""Whether a file says that its variables may be distributed."""

from __future__ import annotations

import ast
import re

from migrate_vars.analysis.module_scopes import ModuleScopes
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import BindingKind
from migrate_vars.analysis.words import Words

_WORDS = re.compile(
    rb"\b(?:distribute|distribution_strategy|distribute_lib|distribution_strategy_context"
    rb"|get_replica_context|get_strategy|has_strategy"
    rb"|\w*(?:Mirrored|TPU|ParameterServer|CentralStorage|OneDevice|CollectiveAllReduce)\w*"
    rb"Strategy\w*)\b"
)
# All others contain "trategy"; these words are found many times as fast as the pattern.
_OTHERS = Words(
    ("distribute", "distribute_lib", "get_replica_context"), ("distribute", "replica_context")
)
_SCOPE = re.compile(rb"[sS]trategy\s*\.\s*scope\b")


def distribution(scopes: ModuleScopes) -> str:
    """Return where a file mentions distribution strategies, as text; empty if nowhere."""
    data = scopes.lines.data
    if b"trategy" not in data and not any(True for _ in _OTHERS.found(data)):
        return ""
    lines = scopes.lines.matching(_WORDS)
    if lines:
        for scope in scopes.scope_of.values():
            for bindings in scope.bindings.values():
                for binding in bindings:
                    if binding.kind is BindingKind.IMPORT and _WORDS.search(
                        binding.module.encode()
                    ):
                        return f"line {getattr(binding.node, 'lineno', 0)} imports strategies"
    for located in scopes.nodes_on_lines([*lines, *scopes.lines.matching(_SCOPE)]):
        node = located.node
        if isinstance(node, (ast.Name, ast.Attribute)):
            name = last_name(node) or ""
            of_strategy = (
                name == "scope"
                and isinstance(node, ast.Attribute)
                and "strategy" in (last_name(node.value) or "").lower()
            )
            if of_strategy or _WORDS.fullmatch(name.encode()):
                return f"line {node.lineno} mentions a strategy"
    return ""
