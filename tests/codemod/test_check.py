"""The last check before a result is trusted."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.codemod import engine
from migrate_vars.codemod.check import CheckError, check_same
from migrate_vars.codemod.source import Lines

SAME = {
    "equal": ("x = 1\n", "x = 1\n"),
    "layout": ("x = (1,\n 2)\n", "x = (1, 2)\n"),
    "shifted": ("f(\n)\ny = 2\n", "f()\ny = 2\n"),
}
DIFFERENT = {
    "value": ("x = 1\n", "x = 2\n"),
    "type": ("x = 1\n", "x = 1.0\n"),
    "sign": ("x = 0.0\n", "x = -0.0\n"),
    "kind of string": ("x = 'a'\n", "x = b'a'\n"),
    "statement more": ("x = 1\n", "x = 1\ny = 2\n"),
    "argument less": ("f(1, 2)\n", "f(1)\n"),
    "name": ("f(k=1)\n", "f(j=1)\n"),
    "inside": ("def f():\n    return 1\n", "def f():\n    return 2\n"),
    "boolean": ("x = 1\n", "x = True\n"),
}


def _check(before: str, after: str) -> None:
    check_same(ast.parse(before), Lines(before.encode()), ast.parse(after), Lines(after.encode()))


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME.keys())
def test_same_meaning_passes(before: str, after: str) -> None:
    _check(before, after)


@pytest.mark.parametrize(("before", "after"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_another_meaning_fails(before: str, after: str) -> None:
    with pytest.raises(CheckError, match="line"):
        _check(before, after)


@pytest.mark.parametrize("wrong", ["v.assign(2.)", "v.assign(", "v.assign_add(1.)", "pass"])
def test_a_wrong_edit_is_never_returned(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "as_method_call", lambda *_, **__: wrong)
    with pytest.raises(CheckError):
        engine.rewrite_source(b"import tensorflow as tf\nx = 1\nu = tf.assign(v, 1.)\n")
