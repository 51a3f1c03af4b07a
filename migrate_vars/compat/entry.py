"""Whether a module starts a program, and where in it TensorFlow comes in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import root_name
from migrate_vars.analysis.scopes import BindingKind
from migrate_vars.analysis.tensorflow import is_tensorflow, tensorflow_member
from migrate_vars.compat.imports import ImportNode, TensorFlowImport, names_of
from migrate_vars.compat.surroundings import Surroundings

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_NEVER = frozenset({"__init__.py", "setup.py", "conftest.py"})
# Calls that build nothing: they declare flags, or set how TensorFlow behaves.
_HARMLESS = ("flags", "app", "logging", "disable_", "enable_", "compat", "get_logger")
# Packages that import TensorFlow.
_BRING_TENSORFLOW = frozenset(
    {
        *("tensorflow", "tensorflow_core", "keras", "tf_keras", "tf_slim", "tflearn", "sonnet"),
        *("tensorlayer", "tensorpack", "tensorflow_probability", "tensorflow_hub", "edward"),
        *("tensorflow_datasets", "tensorflow_addons", "trfl", "baselines", "stable_baselines"),
        *("gpflow", "tensor2tensor", "tensorforce", "horovod", "prettytensor", "lasagne"),
    }
)


class LocalImport(NamedTuple):
    """An import of the module that is no import of TensorFlow, but leads to one."""

    node: ImportNode
    names: tuple[str, ...]


def is_test(filename: str) -> bool:
    """Tell whether a file is a test by its name."""
    name = PurePath(filename).name
    return name.endswith("_test.py") or (name.startswith("test_") and name.endswith(".py"))


def is_entry(module: Module, filename: str, around: Surroundings) -> bool:
    """Tell whether a module starts a program: is run, not imported.

    Args:
        module: The module. It imports TensorFlow, or something that does.
        filename: What it is called.
        around: Its around.
    """
    if PurePath(filename).name in _NEVER:
        return False
    if filename.endswith(".ipynb") or is_test(filename):
        return True
    if any(_is_guard(s) for s in module.tree.body) or _runs_app(module):
        return True
    return _does_something(module, around) and not around.is_imported()


def leading_imports(module: Module, around: Surroundings) -> list[LocalImport]:
    """Return the module's imports at top level that lead to TensorFlow, in order.

    Among them are those of packages that are known to import it.
    """
    found = []
    for node in module.tree.body:
        if isinstance(node, _IMPORTS):
            names = tuple(modules_of(node))
            if any(
                name.partition(".")[0] in _BRING_TENSORFLOW or around.imports_tensorflow(name)
                for name in names
            ):
                found.append(LocalImport(node, names))
    return found


def modules_of(node: ImportNode) -> Iterator[str]:
    """Yield the modules that an import may load: what it names may be one, too."""
    if isinstance(node, ast.Import):
        yield from names_of(node)
        return
    module = next(names_of(node))
    if node.module:
        yield module
    for alias in node.names:
        if alias.name != "*":
            yield module + alias.name if module.endswith(".") else f"{module}.{alias.name}"


def _is_guard(node: ast.stmt) -> bool:
    """Tell whether a statement is ``if __name__ == "__main__":``."""
    if not isinstance(node, ast.If):
        return False
    found = {n.id for n in ast.walk(node.test) if isinstance(n, ast.Name)}
    texts = {n.value for n in ast.walk(node.test) if isinstance(n, ast.Constant)}
    return "__name__" in found and "__main__" in texts


def _runs_app(module: Module) -> bool:
    """Tell whether ``tf.app.run()`` is called at top level."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and any(n.endswith("app.run") for n in module.names.resolve(node.func, scope).names)
        for node, scope, _, statement in module.scopes.calls_mentioning("run")
        if statement in module.tree.body
    )


def _does_something(module: Module, around: Surroundings) -> bool:
    """Tell whether the module's own statements build or run anything of TensorFlow."""
    root = module.scopes.root
    for statement in module.tree.body:
        if isinstance(statement, (*_DEFINITIONS, *_IMPORTS)):
            continue
        for call in _calls(statement):
            name = root_name(call.func)
            if name is None:
                continue
            bindings = root.bindings.get(name, [])
            if isinstance(call.func, ast.Name) and any(
                b.kind in (BindingKind.FUNCTION, BindingKind.CLASS) for b in bindings
            ):
                return True
            if any(
                around.imports_tensorflow(home)
                for b in bindings
                if isinstance(b.node, _IMPORTS)
                for home in names_of(b.node)
            ):
                return True
            if any(
                is_tensorflow(full) and not tensorflow_member(full).startswith(_HARMLESS)
                for full in module.names.resolve(call.func, root).names
            ):
                return True
    return False


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that a statement makes when it is run, not those of functions inside it."""
    pending = [node]
    while pending:
        one = pending.pop()
        if isinstance(one, ast.Call):
            yield one
        pending += [
            child
            for child in ast.iter_child_nodes(one)
            if not isinstance(child, (*_DEFINITIONS, ast.Lambda))
        ]


def imported_at_top(module: Module, imports: list[TensorFlowImport]) -> ImportNode | None:
    """Return the first import of TensorFlow that stands at top level, in no block."""
    top = set(map(id, module.tree.body))
    return next((node for node, _ in imports if id(node) in top), None)
