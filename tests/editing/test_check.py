"""The last check before a result is trusted."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.analysis.source import Lines
from migrate_vars.codemod import engine, method_call
from migrate_vars.editing.check import CheckError, check_same

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
    monkeypatch.setattr(method_call, "as_method_call", lambda *_, **__: wrong)
    with pytest.raises(CheckError):
        engine.rewrite_source(b"import tensorflow as tf\nx = 1\nu = tf.assign(v, 1.)\n")


STATEMENTS = [
    "u = {}\n",
    "if x:\n    u = {}\n",
    "if x:\n\tu = f({},\n  {})  # after\n",
    "def f():\n    with g({}):\n        yield {}\n    return {}\n",
    "if {}:\n    pass\nelif {}:\n    pass\nelse:\n    {}\n",
    "if x: {}\n",
    "a = 1; {}\n",
    "{}; b = 2\n",
    "@d({})\ndef f(x={}): pass\n",
    "try:\n    pass\nexcept f({}):\n    pass\n",
    "while {}: pass\n",
    "x = '''\n''', {}, '''\n'''\n",
    "\x0cu = {}\n",
    "x = \\\n {}\n",
    "async def f():\n    await {}\n    async with {} as a: pass\n",
    "class A:\n    x: int = {}\n    def f(self):\n        return({})\n",
]


@pytest.mark.parametrize("source", STATEMENTS)
@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
def test_edited_statements_are_compared_alone(source: str, line_break: str) -> None:
    start = "import tensorflow as tf\n"
    text = (start + source.replace("{}", "tf.assign(é, 1.)")).replace("\n", line_break)
    wanted = (start + source.replace("return({})", "return {}")).replace("{}", "é.assign(1.)")
    result = engine.rewrite_source(text.encode())
    assert ast.dump(ast.parse(result.output)) == ast.dump(ast.parse(wanted))


@pytest.mark.parametrize("source", STATEMENTS)
@pytest.mark.parametrize(
    "wrong",
    [
        *("v.assign(1.) #", "v.assign(1.)\nx = 1", "v.assign(1.); x = 1", "v.assign(1.)) + (1"),
        *("v.assign(1.) + '''", "v.assign(1.) \\", "v.assign(2.)", "v.assign(1.) if c else 2"),
        *("v.assign(1.)\nelse:\n    pass", "v.assign(1.)\n    x = 1"),
    ],
)
def test_a_wrong_edit_is_never_returned_anywhere(
    source: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import tensorflow as tf\n" + source.replace("{}", "tf.assign(v, 1.)")
    wanted = "import tensorflow as tf\n" + source.replace("{}", "v.assign(1.)")
    monkeypatch.setattr(method_call, "as_method_call", lambda *_, **__: wrong)
    try:
        result = engine.rewrite_source(text.encode())
    except CheckError:
        return
    assert ast.dump(ast.parse(result.output)) == ast.dump(ast.parse(wanted))


def test_most_statements_are_compared_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(text: str) -> ast.Module:
        parsed.append(text)
        return ast.parse(text)

    monkeypatch.setattr("migrate_vars.editing.check.parse", parse)
    source = b"import tensorflow as tf\ndef f():\n  x = 1\n  tf.assign(v,\n    1.)  # last\n"
    assert engine.rewrite_source(source).changed
    assert parsed == ["if 1:\n  v.assign(1.)\n"]
