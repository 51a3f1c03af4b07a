"""Helpers to say what a source becomes on the rung ``compat``."""

from __future__ import annotations

from migrate_vars.compat.engine import rewrite_source
from migrate_vars.rewriting.pipeline import Rewrite
from tests.codemod.rewriting_checks import LINE_BREAKS, comments, with_fixes

#: What makes a file one of TensorFlow 1 without anything to change.
V1_USE = "\n\ndef inputs():\n    return tf.placeholder(tf.float32)\n"


def check_transformed(source: str, expected: str, filename: str = "lib.py") -> Rewrite:
    """Check the new text to the byte, under every line break, and that a second run is idle."""
    for line_break in LINE_BREAKS:
        data = source.replace("\n", line_break).encode()
        result = rewrite_source(data, filename)
        assert result.output.decode() == expected.replace("\n", line_break)
        assert comments(result.output.decode()) == comments(source)
        assert with_fixes(data.decode(), result.findings) == result.output.decode()
        again = rewrite_source(result.output, filename)
        assert not again.changed, again.output.decode()
    return result


def check_left(source: str, *codes: str, filename: str = "lib.py") -> None:
    """Check that nothing is rewritten, and that just these codes are found."""
    result = rewrite_source(source.encode(), filename)
    assert result.output.decode() == source
    assert {finding.code for finding in result.findings} == set(codes)
