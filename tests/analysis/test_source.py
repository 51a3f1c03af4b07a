"""Bytes in, bytes out: nothing outside the edited calls may change."""

from __future__ import annotations

import ast
import codecs
import gc

import pytest

from migrate_vars.codemod.engine import UnparseableSourceError, rewrite_source
from migrate_vars.codemod.mention import may_matter

CALL = b"tf.assign(v, 2.)"
METHOD = b"v.assign(2.)"
IMPORT = b"import tensorflow as tf\n"

SURROUNDINGS = {
    "byte order mark": codecs.BOM_UTF8 + IMPORT + b"u = %s  # caf\xc3\xa9\n",
    "byte order mark, call on the first line": (codecs.BOM_UTF8 + b"import tensorflow as tf; %s\n"),
    "byte order mark and cookie": codecs.BOM_UTF8 + b"# coding: utf-8\n" + IMPORT + b"%s\n",
    "latin-1": b"# -*- coding: latin-1 -*-\n" + IMPORT + b"s = '\xe9\xff'; u = %s  # \xe9\n",
    "latin-1 on line two": b"#!/usr/bin/python\n# coding=latin-1\n" + IMPORT + b"'\xe9', %s\n",
    "shift jis": b"# coding: shift_jis\n" + IMPORT + b"s = '\x83e\x83X\x83g'; u = %s\n",
    "koi8": b"# vim: set fileencoding=koi8-r :\n" + IMPORT + b"'\xc1\xc2', %s\n",
    "form feed": b"\x0c" + IMPORT + b"\x0cu = %s\n\x0c\ndef f():\n\x0c    return %s\n",
    "mixed line breaks": b"import tensorflow as tf\r\nu = %s\nw = %s\r\nx = 1\rz = %s\r\n",
    "carriage returns only": b"import tensorflow as tf\rdef f():\r    return %s\r",
    "no final newline": IMPORT + b"u = %s",
    "final blanks": IMPORT + b"u = %s   \n  \n\t",
    "tabs": IMPORT + b"if x:\n\tif y:\n\t\tu\t=\t%s\t# tab\n",
    "other line separators": IMPORT + "s = '\u2028\x85\x0b'; u = ".encode() + b"%s\n",
    "wide characters": IMPORT + "s = '𝕏é'; u = ".encode() + b"%s" + " # ü\n".encode(),
    "backslash": IMPORT + b"u = \\\n  %s + \\\n  %s\n",
    "shebang": b"#!/usr/bin/env python\n" + IMPORT + b"%s\n",
    "strings with line breaks": IMPORT + b"s = '''a\r\nb\r'''; u = %s\n",
    "semicolons": IMPORT + b"a = 1; %s; b = 2;\n",
}


@pytest.mark.parametrize("template", SURROUNDINGS.values(), ids=SURROUNDINGS.keys())
def test_bytes_around_the_call_stay(template: bytes) -> None:
    result = rewrite_source(template.replace(b"%s", CALL))
    assert result.output == template.replace(b"%s", METHOD)
    assert rewrite_source(result.output).output == result.output


def test_column_counts_characters() -> None:
    (finding,) = rewrite_source(IMPORT + "'é𝕏'; tf.assign(v, 1)\n".encode()).findings
    assert (finding.line, finding.column) == (2, 7)


UNPARSEABLE = {
    "print statement": (b"print sess.run(tf.assign(v, 1))\n", 1, "Python 2"),
    "except with comma": (b"tf.assign\ntry: pass\nexcept E, e: pass\n", 3, "Python 2"),
    "octal": (b"tf.assign\nx = 0777\n", 2, "Python 2"),
    "backticks": (b"tf.assign\nx = `y`\n", 2, "Python 2"),
    "raise": (b"tf.assign\nraise E, 'x'\n", 2, "Python 2"),
    "broken": (b"tf.assign\nx = (\n", 2, ""),
    "unknown encoding": (b"# coding: no-such\ntf.assign\n", 1, "encoding"),
    "not in its encoding": (b"tf.assign\n'\xff'\n", 2, "utf-8"),
    "null byte": (b"tf.assign\n\x00\n", 2, "null"),
    "UTF-16": ("tf.assign\n".encode("utf-16"), 1, "it is UTF-16"),
    "UTF-16 without a mention": ("x = 1\n".encode("utf-16"), 1, "save it as UTF-8"),
    "UTF-16 without a mark": ("x = 1\n".encode("utf-16-le"), 1, "it is UTF-16"),
    "UTF-16 the other way round": ("x = 1\n".encode("utf-16-be"), 1, "it is UTF-16"),
    "UTF-32": ("tf.assign\n".encode("utf-32"), 1, "it is UTF-32"),
    "too deep": (b"tf.assign\nx = " + b"(" * 3000 + b")" * 3000 + b"\n", 0, ""),
}


@pytest.mark.parametrize(("source", "line", "cause"), UNPARSEABLE.values(), ids=UNPARSEABLE.keys())
def test_unparseable_source_is_said_with_line_and_cause(
    source: bytes, line: int, cause: str
) -> None:
    with pytest.raises(UnparseableSourceError) as caught:
        rewrite_source(source)
    assert line in (0, caught.value.line)
    assert cause in caught.value.cause


def test_files_without_a_mention_are_not_parsed() -> None:
    broken = b"def f(:\n"
    assert not may_matter(broken)
    assert rewrite_source(broken).output == broken


def test_binary_files_without_a_mention_are_passed_over() -> None:
    for data in (b"", b"\0" * 99, b"\x00\x01", bytes(range(256)), b"x\0\0\0", b"\xff\xd8\xff"):
        assert rewrite_source(data).output == data


def test_the_syntax_tree_is_freed_without_a_collection() -> None:
    source = b"import tensorflow as tf\nv = tf.Variable(1.)\nop = tf.assign(v, f'{v}')\n"
    source += b"class A:\n    def f(self):\n        self.v = v\n        for i in r:\n"
    source += b"            sess.run(op)\n            tf.cond(p, lambda: op, self.f)\n"

    def modules() -> int:
        return sum(isinstance(thing, ast.Module) for thing in gc.get_objects())

    gc.collect()
    before = modules()
    gc.disable()
    try:
        assert rewrite_source(source).changed
        assert modules() == before
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"tf.assign(v, 1)", True),
        (b"reassign(v, 1)", False),
        (b"tf.scatter_nd(v, 1)", False),
        (b"v = tf.Variable(1)\nv += 1", True),
        (b"v = tf.Variable(1)\nw += 1", False),
        (b"self.v = tf.get_variable('v')\nself.v = 2 * self.v", True),
        (b"v: object = w = tf.Variable(1)\nw = tf.add(w, 1) + w", True),
        (b"v = tf.Variable(1)\r\nv = v  @ w", True),
        (b"v = tf.Variable(1)\nv = vv + 1 + v2 == v", False),
        (b"v = tf.Variable(1)\nv == v + 1", False),
        (b"v = tf.Variable(1)\nv.w += 1; vv += 1; v = w - v", False),
        (b"v = myVariable(1)\nv += 1", False),
        (b"class Variable:\n    n = n + 1", False),
    ],
)
def test_filter(source: bytes, expected: bool) -> None:
    assert may_matter(source) is expected


IGNORED = {
    "bare": (b"tf.assign(v, 1)  # migrate-vars: ignore\n", True),
    "code": (b"tf.assign(v, 1)  # migrate-vars: ignore[MV101]\n", True),
    "codes": (b"tf.assign(v, 1)  # migrate-vars: ignore[MV301, MV101]\n", True),
    "other code": (b"tf.assign(v, 1)  # migrate-vars: ignore[MV301]\n", False),
    "other line": (b"# migrate-vars: ignore\ntf.assign(v, 1)\n", False),
    "last line": (b"tf.assign(v,\n  1)  # migrate-vars: ignore\n", True),
}


@pytest.mark.parametrize(("source", "ignored"), IGNORED.values(), ids=IGNORED.keys())
def test_comments_can_keep_the_tool_away(source: bytes, ignored: bool) -> None:
    result = rewrite_source(IMPORT + source)
    assert result.changed is not ignored
    assert ("MV101" in {finding.code for finding in result.findings}) is not ignored


def test_codes_can_be_selected_and_ignored() -> None:
    source = IMPORT + b"tf.assign(v, 1)\ntf.assign(*p)\n"
    assert {f.code for f in rewrite_source(source).findings} == {"MV101", "MV105"}
    assert {f.code for f in rewrite_source(source, select=["MV105"]).findings} == {"MV105"}
    assert not rewrite_source(source, select=["MV105"]).changed
    assert not rewrite_source(source, ignore=["MV101"]).changed
    assert {f.code for f in rewrite_source(source, ignore=["MV105"]).findings} == {"MV101"}
    assert rewrite_source(source, ignore=["MV"]).findings == ()
