"""What the entry of a program switches: TensorFlow 2 behaviour off, Keras 2 on."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.scopes import BindingKind
from migrate_vars.analysis.tensorflow import V1, is_tensorflow, tensorflow_member
from migrate_vars.analysis.words import Words
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.decision import rewritten
from migrate_vars.compat.entry import LocalImport
from migrate_vars.compat.imports import ImportNode, TensorFlowImport

SWITCH = "disable_v2_behavior"
KERAS_SWITCH = "TF_USE_LEGACY_KERAS"
_DECIDES = Words(
    (SWITCH, "enable_v2_behavior", "disable_eager_execution"),
    ("v2_behavior", "disable_eager_execution"),
)


def switch_behaviour(
    module: Module,
    changes: Changes,
    imports: Sequence[TensorFlowImport],
    leading: Sequence[LocalImport],
) -> None:
    """Switch TensorFlow 2 behaviour off where the program starts.

    Args:
        module: The module.
        changes: Takes the edit.
        imports: Its imports of TensorFlow.
        leading: Its imports at top level that lead to TensorFlow.
    """
    if any(True for _ in _DECIDES.found(module.source.data)):
        return
    place = _place(module, imports, leading)
    if place is None or not changes.wants("MV404", place):
        return
    name = _name_of_tensorflow(module, place)
    own = any(node is place for node, _ in imports)
    edits = changes.edits
    message = "TensorFlow 2 behaviour is switched off before anything is built"
    if own:
        if name is None:
            name = _free_name(module)
            edits.put_after(place, f"import {V1} as {name}")
        edits.put_after(place, f"{name}.{SWITCH}()")
        changes.made("MV404", rewritten(message), place, lambda: edits.piece_after(place))
    else:
        name = _free_name(module)
        edits.put_before(place, f"import {V1} as {name}")
        edits.put_before(place, f"{name}.{SWITCH}()")
        changes.made("MV404", rewritten(message), place, lambda: edits.piece_before(place))


def switch_keras(
    module: Module,
    changes: Changes,
    imports: Sequence[TensorFlowImport],
    leading: Sequence[LocalImport],
) -> None:
    """Ask for Keras 2 before the program first imports TensorFlow.

    Args:
        module: The module.
        changes: Takes the edit.
        imports: Its imports of TensorFlow.
        leading: Its imports at top level that lead to TensorFlow.
    """
    if KERAS_SWITCH.encode() in module.source.data:
        return
    places: list[ImportNode] = [node for node, _ in imports]
    places += [one.node for one in leading]
    if not places:
        return
    place = min(places, key=lambda node: (node.lineno, node.col_offset))
    if not changes.wants("MV405", place):
        return
    name = "os"
    bound = [b for b in module.scopes.root.bindings.get(name, ()) if b.kind is BindingKind.IMPORT]
    before = [b for b in bound if getattr(b.node, "lineno", 0) < place.lineno]
    edits = changes.edits
    others = module.scopes.root.bindings.get(name, ())
    if any(b.module != "os" for b in others):
        name = "_os"
        edits.put_before(place, "import os as _os")
    elif not before:
        edits.put_before(place, "import os")
    edits.put_before(place, f'{name}.environ["{KERAS_SWITCH}"] = "1"')
    message = "Keras 2 is asked for (package tf_keras), which has tf.layers and the RNN cells"
    changes.made("MV405", rewritten(message), place, lambda: edits.piece_before(place))


def _place(
    module: Module, imports: Sequence[TensorFlowImport], leading: Sequence[LocalImport]
) -> ImportNode | None:
    """Return the import at which to switch: of TensorFlow, or a local one before it."""
    top = set(map(id, module.tree.body))
    # One inside a block of the top level, such as `try`, comes first, too.
    own = [node for node, scope in imports if scope is module.scopes.root]
    naming = [node for node in own if _names_tensorflow(node)]
    first = min(naming or own, key=lambda node: node.lineno, default=None)
    local = [one.node for one in leading if not _only_packages(one)]
    early = min(local, key=lambda node: node.lineno, default=None)
    if early is not None and (first is None or early.lineno < first.lineno):
        return early
    if first is not None:
        return first
    inside = [node for node, _ in imports]
    assert top or not inside
    return inside[0] if inside else None


def _only_packages(one: LocalImport) -> bool:
    """Tell whether an import brings TensorFlow, but builds nothing with it."""
    return any(name.partition(".")[0] in ("keras", "tf_keras") for name in one.names)


def _names_tensorflow(node: ImportNode) -> bool:
    if isinstance(node, ast.Import):
        return any(
            alias.name in ("tensorflow", V1) or (alias.asname is None and is_tensorflow(alias.name))
            for alias in node.names
        )
    return any(f"{node.module}.{alias.name}" == V1 for alias in node.names)


def _name_of_tensorflow(module: Module, place: ImportNode) -> str | None:
    """Return what an import calls TensorFlow 1, once it is changed."""
    if isinstance(place, ast.Import):
        for alias in place.names:
            if is_tensorflow(alias.name) and not tensorflow_member(alias.name):
                if alias.asname is None and ".compat." in alias.name:
                    return alias.name
                return alias.asname or "tensorflow"
    else:
        for alias in place.names:
            if f"{place.module}.{alias.name}" == V1:
                return alias.asname or alias.name
    return None


def _free_name(module: Module) -> str:
    """Return a name for TensorFlow 1 that the module uses for nothing else."""
    for name in ("tf", "tf1", "tensorflow_v1"):
        bindings = [
            binding
            for scope in module.scopes.scope_of.values()
            for binding in scope.bindings.get(name, ())
        ]
        if all(b.kind is BindingKind.IMPORT and is_tensorflow(b.module) for b in bindings):
            return name
    return "tensorflow_compat_v1"
