"""Determines from a program's source whether it was written for TensorFlow 1."""

from __future__ import annotations

import ast
import importlib.machinery
import os
import tokenize
import types
from typing import Dict, Iterable, Iterator, List, Optional, Set

from .interfaces import TensorFlowModule
from .user_code import UserCode

# The names that hold TensorFlow's version.
_RELEASE = frozenset(["__version__", "version", "VERSION"])
_MISSING_NAMES = frozenset(["AttributeError", "Exception", "ImportError", "ModuleNotFoundError"])


def find_v1_name(
    files: Iterable[str], tensorflow: TensorFlowModule, user_code: UserCode, seen: Set[str]
) -> Optional[str]:
    """Finds a use of a name that TensorFlow has only in ``compat.v1``, or had only in 1.x.

    Args:
        files: Files of the program; the files that they import are searched, too.
        tensorflow: TensorFlow 2.
        user_code: Distinguishes the program's files from libraries.
        seen: Real paths of files that have been searched already; extended.

    Returns:
        The name with its place, as in ``train.py:3: tf.placeholder``, or None. In a file that
        refers to ``tensorflow.compat``, and so supports both, only names that it uses
        unconditionally count.
    """
    stack = [os.path.realpath(path) for path in files][::-1]
    while stack:
        path = stack.pop()
        if path in seen or not user_code.is_user_file(path):
            continue
        seen.add(path)
        text = user_code.running(path)
        tree = _parse(text)
        if tree is None:
            continue
        found = _v1_name(tree, tensorflow)
        if found is not None:
            line, _, name = found.partition(":")
            return "{}:{}:{}".format(*user_code.place(text, int(line)), name)
        stack.extend(_imported_files(tree, path))
    return None


def _parse(path: str) -> Optional[ast.Module]:
    try:
        with tokenize.open(path) as file:
            return ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None  # running it will report the error


def _v1_name(tree: ast.Module, tensorflow: TensorFlowModule) -> Optional[str]:
    aliases: Set[str] = set()
    used: Dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == "tensorflow":
                    if alias.asname is None or alias.name == "tensorflow":
                        aliases.add(alias.asname or "tensorflow")
                    used.setdefault(alias.name.partition(".")[2], f"{node.lineno}: {alias.name}")
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            top, _, rest = node.module.partition(".")
            if top == "tensorflow":
                for alias in node.names:
                    name = f"{rest}.{alias.name}" if rest else alias.name
                    used.setdefault(name, f"{node.lineno}: tensorflow.{name}")
    for node in ast.walk(tree):
        path = _dotted(node)
        top, _, rest = path.partition(".")
        if rest and top in aliases:
            used.setdefault(rest, f"{getattr(node, 'lineno', 0)}: {path}")
    if any(name.partition(".")[0] == "compat" for name in used):
        used = _without_choices(tree, aliases)
    return next((place for name, place in used.items() if _is_v1(name, tensorflow)), None)


def _without_choices(tree: ast.Module, aliases: Set[str]) -> Dict[str, str]:
    """The names that a file referring to ``tensorflow.compat`` uses in every release.

    Not counted are names under an alias that is also bound to something else, as in ``tf =
    tf.compat.v1``, and uses after a check for the version or for a name, or where a missing name is
    caught.
    """
    bound = _bound_otherwise(tree)
    used: Dict[str, str] = {}
    for node in _always(tree, _answers(tree)):
        if isinstance(node, ast.ImportFrom) and node.module == "tensorflow" and not node.level:
            for alias in node.names:
                used.setdefault(alias.name, f"{node.lineno}: tensorflow.{alias.name}")
        path = _dotted(node)
        top, _, rest = path.partition(".")
        if rest and top in aliases - bound:
            used.setdefault(rest, f"{getattr(node, 'lineno', 0)}: {path}")
    return used


def _bound_otherwise(tree: ast.Module) -> Set[str]:
    """The names that are bound to anything but ``tensorflow``."""
    bound: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            whole = isinstance(node, ast.Import)
            for alias in node.names:
                if alias.asname is not None and not (whole and alias.name == "tensorflow"):
                    bound.add(alias.asname)
    return bound


def _answers(tree: ast.Module) -> Set[str]:
    """The variables in which the file stores the result of a version check."""
    found: Set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _asks(node.value, found):
            found.update(name.id for name in node.targets if isinstance(name, ast.Name))
    return found


def _asks(test: ast.AST, answers: Set[str]) -> bool:
    """Whether an expression depends on the version, or on the existence of a name."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr in _RELEASE)
        or (isinstance(node, ast.Name) and node.id in {"hasattr", *answers})
        for node in ast.walk(test)
    )


def _always(node: ast.AST, answers: Set[str]) -> Iterator[ast.AST]:
    """A node and its children, except for what depends on the version."""
    yield node
    if isinstance(node, (ast.If, ast.IfExp)) and _asks(node.test, answers):
        return
    if isinstance(node, ast.Try) and any(map(_catches_names, node.handlers)):
        return
    for _, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for child in children:
            if not isinstance(child, ast.AST):
                continue
            yield from _always(child, answers)
            if (
                isinstance(child, ast.If)
                and _asks(child.test, answers)
                and isinstance(child.body[-1], (ast.Return, ast.Raise, ast.Continue))
            ):
                break  # the rest is for other releases


def _catches_names(handler: ast.ExceptHandler) -> bool:
    caught = [node.id for node in ast.walk(handler.type or handler) if isinstance(node, ast.Name)]
    return handler.type is None or not _MISSING_NAMES.isdisjoint(caught)


def _dotted(node: ast.AST) -> str:
    """``a.b.c`` for such an expression, "" for others."""
    names: List[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *names[::-1]]) if isinstance(node, ast.Name) else ""


def _is_v1(name: str, tensorflow: TensorFlowModule) -> bool:
    old, new = tensorflow.compat.v1, tensorflow
    top, _, rest = name.partition(".")
    if top in ("contrib", "examples"):
        return True
    for part in (top, rest.partition(".")[0]):
        # Lazily imported modules (Keras) are not imported.
        if not part or not isinstance(new, types.ModuleType) or "Lazy" in type(new).__name__:
            return False
        if not hasattr(new, part):
            return hasattr(old, part)
        old, new = getattr(old, part, None), getattr(new, part)
    return False


def _imported_files(tree: ast.Module, path: str) -> Iterator[str]:
    """The files that a file at ``path`` imports, as far as they can be found."""
    folder = os.path.dirname(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files_of(alias.name.split("."), None)
        elif isinstance(node, ast.ImportFrom):
            base = node.module.split(".") if node.module else []
            places = None
            if node.level:
                places = [os.path.join(folder, *[os.pardir] * (node.level - 1))]
            for alias in node.names:
                yield from _files_of([*base, alias.name], places)


def _files_of(names: List[str], places: Optional[List[str]]) -> Iterator[str]:
    """The files of a module and of its parent packages."""
    for name in names:
        try:
            spec = importlib.machinery.PathFinder.find_spec(name, places)
        except (ImportError, ValueError):
            return
        if spec is None:
            return
        if spec.origin is not None and spec.origin.endswith(".py"):
            yield os.path.realpath(spec.origin)
        if spec.submodule_search_locations is None:
            return
        places = list(spec.submodule_search_locations)
