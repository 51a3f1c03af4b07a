"""What breaks beside TensorFlow: said once per file and kind, with the tool that mends it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from migrate_vars.analysis.blocks import around
from migrate_vars.analysis.module import Module
from migrate_vars.analysis.names import last_name
from migrate_vars.analysis.scopes import BindingKind
from migrate_vars.analysis.words import Words
from migrate_vars.compat.changes import Changes
from migrate_vars.compat.decision import advise
from migrate_vars.compat.entry import modules_of

_NUMPY = frozenset(
    {
        *("float", "int", "bool", "object", "str", "complex", "long", "unicode", "typeDict"),
        *("float_", "complex_", "unicode_", "string_", "Inf", "NaN", "PINF", "NINF", "infty"),
        *("Infinity", "product", "cumproduct", "sometrue", "alltrue", "asscalar", "msort"),
        *("round_", "cast", "source", "lookfor", "find_common_type", "safe_eval", "obj2sctype"),
        *("sctype2char", "issctype", "issubclass_", "issubsctype", "maximum_sctype", "nbytes"),
    }
)
_PYTHON_2 = frozenset(
    {
        *("xrange", "unicode", "basestring", "raw_input", "long", "reduce", "unichr"),
        *("execfile", "reload", "cmp"),
    }
)
_PYTHON_2_METHODS = frozenset({"iteritems", "itervalues", "iterkeys", "has_key"})
_PYTHON_2_MODULES = frozenset(
    {
        *("cPickle", "StringIO", "cStringIO", "urllib2", "urlparse", "Queue", "ConfigParser"),
        *("Tkinter", "commands", "httplib", "HTMLParser", "cookielib", "copy_reg", "__builtin__"),
        *("itertools.izip", "itertools.imap", "itertools.izip_longest", "urllib.urlretrieve"),
        *("urllib.urlopen", "urllib.quote", "urllib.urlencode"),
    }
)
_PYTHON_2_IMPORT = re.compile(
    rb"import.*\b(?:%b)\b|from[ \t]+(?:%b)\b"
    % ((b"|".join(sorted(n.rpartition(".")[2].encode() for n in _PYTHON_2_MODULES)),) * 2)
)
_KERAS_UPDATES = frozenset(
    {
        "set_value",
        "batch_set_value",
        "function",
        "get_session",
        "set_session",
        "moving_average_update",
    }
)

_NUMPY_WORDS = Words(_NUMPY, tuple(_NUMPY))
_PYTHON_WORDS = Words(_PYTHON_2 | _PYTHON_2_METHODS, tuple(_PYTHON_2 | _PYTHON_2_METHODS))


class _Place(NamedTuple):
    """A place that breaks, and what it is called."""

    node: ast.expr | ast.stmt
    name: str


def advise_on(module: Module, changes: Changes) -> None:
    """Say what a modern interpreter and modern packages break in a module."""
    for code, places, tool in (
        ("MV412", _numpy(module), "gone from NumPy: ruff check --select NPY --fix mends it"),
        ("MV413", _scipy(module), "gone from SciPy: imageio and Pillow read, write and resize "
         "images, scipy.special has the functions; by hand"),
        ("MV414", _python_2(module), "of Python 2: 2to3 or futurize mends it"),
    ):  # fmt: skip
        found = sorted(places, key=lambda place: (place.node.lineno, place.node.col_offset))
        if found:
            changes.report(code, advise(f"{_listed(found)}: {tool}"), found[0].node)
    for place in _keras(module):
        changes.report("MV411", advise(place.name), place.node)


def _listed(places: Sequence[_Place]) -> str:
    counts = Counter(place.name for place in places)
    return ", ".join(
        name if number == 1 else f"{name} ({number} times)" for name, number in counts.items()
    )


def _numpy(module: Module) -> Iterator[_Place]:
    data = module.source.data
    if b"numpy" not in data:
        return
    for node, scope, _, _ in module.scopes.nodes_on_lines(module.lines.holding(_NUMPY_WORDS)):
        if isinstance(node, ast.Attribute) and node.attr in _NUMPY:
            names = module.names.resolve(node, scope).names
            if f"numpy.{node.attr}" in names:
                yield _Place(node, f"np.{node.attr}")


def _scipy(module: Module) -> Iterator[_Place]:
    if b"misc" not in module.source.data:
        return
    for statement, name in _imported(module):
        if name == "scipy.misc" or name.startswith("scipy.misc."):
            yield _Place(statement, name)
    for node, scope, _, _ in module.scopes.nodes_mentioning("misc"):
        if isinstance(node, ast.Attribute):
            for name in module.names.resolve(node, scope).names:
                if name.startswith("scipy.misc."):
                    yield _Place(node, name)


def _python_2(module: Module) -> Iterator[_Place]:
    for node, scope, _, _ in module.scopes.nodes_on_lines(module.lines.holding(_PYTHON_WORDS)):
        if isinstance(node, ast.Name) and node.id in _PYTHON_2:
            if not module.scopes.lookup(node.id, scope) and not module.scopes.star_imports:
                yield _Place(node, node.id)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _PYTHON_2_METHODS
            and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "six")
        ):
            yield _Place(node, f".{node.func.attr}()")
    if _PYTHON_2_IMPORT.search(module.source.data) is None:
        return
    for statement, name in _imported(module):
        if name in _PYTHON_2_MODULES or name.partition(".")[0] in _PYTHON_2_MODULES:
            yield _Place(statement, f"import {name}")


def _imported(module: Module) -> Iterator[tuple[ast.stmt, str]]:
    """Yield what the module imports; not where something else may stand in for it."""
    seen: set[int] = set()
    for scope in module.scopes.scope_of.values():
        for bindings in scope.bindings.values():
            for binding in bindings:
                node = binding.node
                if (
                    binding.kind is BindingKind.IMPORT
                    and isinstance(node, (ast.Import, ast.ImportFrom))
                    and id(node) not in seen
                    and not any(isinstance(s, (ast.Try, ast.If)) for s in around(node, scope))
                ):
                    seen.add(id(node))
                    for name in dict.fromkeys(_deepest(modules_of(node))):
                        yield node, name


def _deepest(names: Iterable[str]) -> list[str]:
    """Return names without those that only lead to another of them."""
    found = list(names)
    return [n for n in found if not any(other.startswith(f"{n}.") for other in found)]


def _keras(module: Module) -> Iterator[_Place]:
    """Yield the imports of Keras itself, and the updates that Keras 3 has in no form."""
    if b"keras" not in module.source.data:
        return
    imports = [node for node, name in _imported(module) if name.partition(".")[0] == "keras"]
    if not imports:
        return
    first = min(imports, key=lambda node: node.lineno)
    yield _Place(
        first,
        "the package keras is Keras 3 beside TensorFlow 2.16, which runs in no session; "
        "tf_keras is Keras 2: import it by hand",
    )
    for name in sorted(_KERAS_UPDATES):
        for node, scope, _, _ in module.scopes.calls_mentioning(name):
            if not isinstance(node, ast.Call) or last_name(node.func) != name:
                continue
            if name == "function" and not any(k.arg == "updates" for k in node.keywords):
                continue
            meaning = module.names.resolve(node.func, scope).names
            if any(full.startswith("keras.") for full in meaning):
                what = "function(updates=...)" if name == "function" else name
                yield _Place(node, f"Keras 3 has no {what}, which writes variables in a session")
