"""Finds mutable state that a Python function can reach.

Two unordered calls of Python functions in a graph share state if both functions reach the same
mutable object: through closures, globals, the bound object, or functions that they call. Data that
is never modified does not count: lists and arrays count only if the code that reaches them writes
items, or calls methods that do. Numbers and strings count if they are rebound.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import types
from typing import Dict, Hashable, Iterator, Set, Tuple

import numpy as np

from .interfaces import Value

_CONSTANT = (
    *(bool, bytes, complex, float, frozenset, int, range, slice, str, type(None), type),
    *(np.dtype, np.generic, np.ufunc),
)
_DATA = ("bytearray", "dict", "list", "ndarray", "set", "tuple")
_CHANGES = frozenset(
    [
        *("add", "append", "appendleft", "clear", "discard", "extend", "fill", "insert", "pop"),
        *("popitem", "popleft", "remove", "resize", "reverse", "setdefault", "shuffle", "sort"),
        *("update",),
    ]
)
_WRITES = frozenset(["STORE_SUBSCR", "DELETE_SUBSCR", "STORE_ATTR", "STORE_SLICE", "DELETE_ATTR"])
# Functions that create their own generator instead of using the global one.
_OWN_GENERATORS = frozenset(["Generator", "Random", "RandomState", "default_rng"])
# Maximum depth of followed calls.
_DEPTH = 6


#: The name of each state by its identity.
States = Dict[Hashable, str]


def state_of(function: Value) -> States:
    """The mutable state that a function reaches: names by identity."""
    found: States = {}
    _collect(function, found, set(), _DEPTH)
    return found


def _collect(function: Value, found: States, seen: Set[int], depth: int) -> None:
    if id(function) in seen or depth == 0:
        return
    seen.add(id(function))
    if isinstance(function, functools.partial):
        for value in (*function.args, *function.keywords.values()):
            _look_at("partial", value, True, found, seen, depth)
        _collect(function.func, found, seen, depth - 1)
        return
    if isinstance(function, types.MethodType):
        _add(function.__self__, type(function.__self__).__name__, found)
        function = function.__func__
    if not isinstance(function, types.FunctionType):
        inner = getattr(function, "_func", None)  # TensorFlow's wrappers of functions
        if inner is not None:
            _collect(inner, found, seen, depth)
        elif not isinstance(function, types.BuiltinFunctionType):
            _add(function, type(function).__name__, found)  # a callable object
        return
    codes = list(_codes(function.__code__))
    changes = any(_changes_items(code) for code in codes)
    for name, value, cell in _captured(function):
        if any(_stores(code, "STORE_DEREF", name) for code in codes):
            found[id(cell)] = name
        _look_at(name, value, changes, found, seen, depth)
    scope = function.__globals__
    names = {name for code in codes for name in code.co_names}
    for name in sorted({name for code in codes for name in _globals_of(code)} & scope.keys()):
        if any(_stores(code, "STORE_GLOBAL", name) for code in codes):
            found[id(scope), name] = name
        if isinstance(scope[name], types.ModuleType):
            _look_at_module(name, scope[name], names, found)
        else:
            _look_at(name, scope[name], changes, found, seen, depth)
    for name, value in zip(function.__code__.co_varnames, function.__defaults__ or ()):
        _look_at(name, value, changes, found, seen, depth)


def _look_at(
    name: str, value: Value, changes: bool, found: States, seen: Set[int], depth: int
) -> None:
    if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
        _collect(value, found, seen, depth - 1)
    elif isinstance(value, (types.ModuleType, types.BuiltinFunctionType, *_CONSTANT)):
        return
    elif type(value).__name__ not in _DATA or changes:
        _add(value, name, found)


def _look_at_module(name: str, module: types.ModuleType, names: Set[str], found: States) -> None:
    """Adds the global random number generators; other modules are not inspected."""
    if module.__name__ == "numpy" and "random" in names and names.isdisjoint(_OWN_GENERATORS):
        found["numpy.random"] = name + ".random"
    elif module.__name__ in ("random", "numpy.random") and names.isdisjoint(_OWN_GENERATORS):
        found[module.__name__] = name


def _add(value: Value, name: str, found: States) -> None:
    if not isinstance(value, _CONSTANT) and not type(value).__module__.startswith("tensorflow"):
        found[id(value)] = name


def _captured(function: types.FunctionType) -> Iterator[Tuple[str, Value, object]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        value = None
        with contextlib.suppress(ValueError):  # the cell is still empty
            value = cell.cell_contents
        yield name, value, cell


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code of a function, and of the functions defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _globals_of(code: types.CodeType) -> Set[str]:
    used = dis.get_instructions(code)
    return {each.argval for each in used if each.opname in ("LOAD_GLOBAL", "STORE_GLOBAL")}


def _changes_items(code: types.CodeType) -> bool:
    """Whether code may modify an item or an attribute."""
    return not _CHANGES.isdisjoint(code.co_names) or any(
        each.opname in _WRITES
        or each.opname.startswith("INPLACE_")
        or (each.opname == "BINARY_OP" and each.argrepr.endswith("="))
        for each in dis.get_instructions(code)
    )


def _stores(code: types.CodeType, opname: str, name: str) -> bool:
    return any(each.opname == opname and each.argval == name for each in dis.get_instructions(code))
