"""Whether anything still needs a name once the uses of it are replaced."""

from __future__ import annotations

import ast
from collections.abc import Set

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.scopes import Binding, BindingKind


def is_unused(name: str, binding: Binding, module: Module, replaced: Set[int]) -> bool:
    """Tell whether nothing needs what an import or an assignment binds a name to.

    Args:
        name: The name.
        binding: What binds it.
        module: The module.
        replaced: The names that are replaced with what stands around them, by the id of the node.
    """
    scopes = module.scopes
    homes = [scope for scope in scopes.scope_of.values() if binding in scope.bindings.get(name, ())]
    if len(homes) != 1:
        return False
    bindings = homes[0].bindings[name]
    if any(b.kind not in (BindingKind.IMPORT, BindingKind.VALUE) or b.elsewhere for b in bindings):
        return False
    if any(name in scope.global_names | scope.nonlocal_names for scope in scopes.scope_of.values()):
        return False
    for node, scope, _, _ in scopes.nodes_mentioning(name):
        if isinstance(node, ast.Name) and node.id == name:
            kept = isinstance(node.ctx, ast.Load) and id(node) not in replaced
            if kept and binding in scopes.lookup(name, scope):
                return False
        elif isinstance(node, ast.Constant) and node.value == name:
            return False  # `__all__`, for one
    return True
