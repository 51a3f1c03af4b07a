"""What is said of files that do not parse."""

from __future__ import annotations

import sys

import pytest

from migrate_vars.codemod.engine import UnparseableSourceError, rewrite_source

START = b"import tensorflow as tf\nop = tf.assign(v, 1.)\n"
PYTHON_2 = {
    "print a string": b"print 'x'",
    "print a name": b"print op",
    "print with a comma": b"print op,",
    "print a format": b"print 'a %d' % 3",
    "print after if": b"if a: print a",
    "except": b"try: pass\nexcept ValueError, e: pass",
    "except several": b"try: pass\nexcept (A, B), e: pass",
    "raise": b"raise ValueError, 'x'",
    "backticks": b"x = `3`",
    "exec": b"exec 'x = 1'",
    "exec in": b"exec code in names",
    "unequal": b"if a <> b: pass",
    "octal": b"os.chmod(f, 0755)",
    "long": b"x = 10L",
    "long hexadecimal": b"x = 0xffL",
    "raw unicode": b"x = ur'a'",
    "lambda of a tuple": b"f = lambda (a, b): a",
    "function of a tuple": b"def f(a, (b, c)): pass",
    "tabs and blanks": b"if a:\n        x = 1\n\ty = 2",
}
OTHERS = {
    "async": (b"tf.py_func(f, async=True)", "keywords since Python 3.7"),
    "await": (b"await = 1", "keywords since Python 3.7"),
    "conflict": (b"<<<<<<< HEAD", "merge conflict"),
    "magic": (b"%matplotlib inline", "notebook"),
    "shell": (b"!pip install x", "notebook"),
    "template": (b"{% if a %}", "template"),
    "null byte": (b"x = '\0'", "binary"),
    "latin-1": (b"# caf\xe9", "coding: latin-1"),
}


def trouble(source: bytes) -> UnparseableSourceError:
    with pytest.raises(UnparseableSourceError) as caught:
        rewrite_source(START + source + b"\n")
    return caught.value


@pytest.mark.parametrize("source", PYTHON_2.values(), ids=PYTHON_2.keys())
def test_python_2_is_recognised(source: bytes) -> None:
    error = trouble(source)
    assert "Python 2" in error.cause
    assert 3 <= error.line <= 3 + source.count(b"\n")


@pytest.mark.parametrize(("source", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_other_causes_are_guessed(source: bytes, expected: str) -> None:
    error = trouble(source)
    assert expected in error.cause
    assert error.line == 3
    assert "\n" not in error.cause


def test_no_guess_without_a_sign() -> None:
    assert trouble(b"x = = 1").cause == "invalid syntax"


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="older interpreters only")
def test_a_newer_python_is_recognised() -> None:
    assert "newer than Python" in trouble(b"try: pass\nexcept* A: pass").cause
