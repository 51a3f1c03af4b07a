"""Which sources are worth parsing: those whose bytes hold something that a rule looks for."""

from __future__ import annotations

import re

from migrate_vars.analysis.words import Words
from migrate_vars.codemod.state_ops import COMMON_NAMES, STATE_OPS

_STEMS = ("assign", "scatter_", "count_up_to", "moving_average_update")
_MENTION = Words(STATE_OPS.keys() - COMMON_NAMES, _STEMS)
_MENTION_OF_ALL = Words(STATE_OPS, (*_STEMS, "update"))
_TARGET = re.compile(rb"([\w.]+)[ \t]*(?::[^=\n]*)?=(?!=)")
# Patterns that begin with a literal are found many times as fast as those with \b before it.
_MAKER = re.compile(rb"ariable\((?:(?<=\bVariable\()|(?<=\bget_variable\())")
_LOAD = re.compile(rb"(?<!\bnp)(?<!\bjson)(?<!\byaml)(?<!\bpickle)(?<!\bnumpy)\.load\(")
_ASSIGNMENT = re.compile(rb"([\w.]+)[ \t]*(?:[-+*/@]=|=[ \t]*([^\n]*))")
_WORD = re.compile(rb"\w")
_OPERATORS = (b"-", b"+", b"*", b"/", b"@")


def may_matter(source: bytes) -> bool:
    """Tell, cheaply, whether a source can hold anything that a rule looks for."""
    if any(True for _ in mention(source).found(source)):
        return True
    return (b"Variable" in source or b"get_variable" in source) and (
        (b".load(" in source and _LOAD.search(source) is not None) or _updates_a_variable(source)
    )


def mention(source: bytes) -> Words:
    """Return the names of state ops that count in a source."""
    return _MENTION_OF_ALL if b"backend" in source or b"K.update" in source else _MENTION


def _updates_a_variable(source: bytes) -> bool:
    """Tell whether a name that is given a variable is also updated by ``=``."""
    names: set[str] = set()
    for maker in _MAKER.finditer(source):
        start = max(source.rfind(b"\n", 0, maker.start()), source.rfind(b"\r", 0, maker.start()))
        targets = _TARGET.findall(source[start + 1 : maker.start()])
        names.update(target.decode().lstrip(".") for target in targets)
    for at in Words(names, tuple(names)).found(source):
        assignment = _ASSIGNMENT.match(source, at)
        if assignment is not None and assignment[1].decode() in names:
            name, value = assignment.groups()
            if value is None or _is_update(name, value):
                return True
    return False


def _is_update(name: bytes, value: bytes) -> bool:
    """Tell whether a value begins with a name and an operator, or adds or multiplies by it."""
    if value.startswith(name) and value[len(name) :].lstrip(b" \t").startswith(_OPERATORS):
        return True
    operands = re.split(rb"[+*][ \t]*", value.partition(b"=")[0])[1:]
    return any(
        operand.startswith(name) and not _WORD.match(operand, len(name)) for operand in operands
    )
