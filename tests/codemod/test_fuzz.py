"""Programs made from Python's grammar: nothing crashes the engine, and its results hold."""

from __future__ import annotations

import ast
import warnings
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate_vars.codemod.engine import UnparseableSourceError, rewrite_source
from tests.codemod.rewriting_checks import comments

hypothesmith: Any = pytest.importorskip("hypothesmith")
pytestmark = pytest.mark.slow

SETTINGS = settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
IMPORT = "import tensorflow as tf\nfrom tensorflow.python.ops import state_ops\n"
CALLS = st.sampled_from(
    [
        *("tf.assign({0}, {1})", "tf.assign_add(ref={0}, value={1})"),
        *("tf.scatter_add(v, {0}, {1})", "tf.scatter_nd_add(v, updates={0}, indices={1})"),
        *("state_ops.scatter_sub(v, indices={0}, updates={1}, name='n')", "tf.assign(v, f({0}))"),
    ]
)


def check(source: str) -> None:
    """Rewrite twice: the result parses, keeps its comments, and does not change again."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            data = source.encode()
            result = rewrite_source(data)
        except (UnicodeEncodeError, UnparseableSourceError):
            return
        output = result.output.decode()
        ast.parse(output)
        assert rewrite_source(result.output).output == result.output
        if result.changed:
            assert comments(output) == comments(source)


@SETTINGS
@given(program=hypothesmith.from_grammar(), call=CALLS)
def test_calls_beside_any_program(program: str, call: str) -> None:
    check(f"{IMPORT}{call.format('a', 'b')}\n{program}\n{call.format('c', 'd')}\n")


@SETTINGS
@given(program=hypothesmith.from_node(), call=CALLS)
def test_calls_in_place_of_a_name_in_any_program(program: str, call: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(program)
        names = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
        if names and isinstance(names[0].ctx, ast.Load):
            names[0].id = call.format("a", "b")
            program = ast.unparse(tree)
    check(f"{IMPORT}{program}\n")


@SETTINGS
@given(
    receiver=hypothesmith.from_grammar("eval_input"),
    value=hypothesmith.from_grammar("eval_input"),
    call=CALLS,
)
def test_any_expressions_as_arguments(receiver: str, value: str, call: str) -> None:
    check(f"{IMPORT}u = {call.format(f'({receiver})', f'({value})')}\n")
