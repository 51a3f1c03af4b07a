"""Which calls recorded ones are, and what that changes."""

from __future__ import annotations

import ast

import pytest

from migrate_vars.codemod.engine import Rewrite, rewrite_source
from migrate_vars.codemod.recorded_calls import Evidence, RecordedCall
from migrate_vars.findings.finding import Safety

VARIABLE = "resource variable"
TENSOR = "reference tensor"


def call(
    receiver: str,
    line: int,
    end: tuple[int, int] | None = None,
    function: str = "assign",
    instruction: tuple[int, int] = (0, 0),
) -> RecordedCall:
    return RecordedCall(function, line, end, instruction, receiver)


def rewrite(body: str, *calls: RecordedCall, stale: bool = False) -> Rewrite:
    evidence = Evidence("run.jsonl", calls, stale)
    return rewrite_source(f"import tensorflow as tf\n{body}".encode(), evidence=[evidence])


def verdicts(result: Rewrite) -> list[tuple[int, Safety | None, bool | None]]:
    return [(f.line, f.safety, f.reached) for f in result.findings if f.safety is not None]


def ends(body: str) -> list[tuple[int, int]]:
    """Where the calls of `tf.assign` end, in the order in which they begin."""
    calls = [
        node
        for node in ast.walk(ast.parse(f"import tensorflow as tf\n{body}"))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tf.assign"
    ]
    calls.sort(key=lambda node: (node.lineno, node.col_offset))
    return [(node.end_lineno or 0, node.end_col_offset or 0) for node in calls]


def test_a_variable_makes_it_safe() -> None:
    result = rewrite("def f(v): tf.assign(v, 1)\n", call(VARIABLE, 2))
    (finding,) = result.findings
    assert (finding.safety, finding.reached) == (Safety.SAFE, True)
    assert finding.message.endswith("the receiver was a variable in run.jsonl")
    assert b"v.assign(1)" in result.output


def test_a_tensor_keeps_it() -> None:
    result = rewrite("def f(v): tf.assign(v, 1)\n", call(TENSOR, 2))
    (finding,) = result.findings
    assert (finding.code, finding.safety, finding.reached) == ("MV102", Safety.REFUSED, True)
    assert "was no variable in run.jsonl (reference tensor)" in finding.message
    assert not result.changed


@pytest.mark.parametrize("other", [TENSOR, "tensor", "result of a write", "never heard of"])
def test_once_no_variable_is_enough(other: str) -> None:
    assert not rewrite("tf.assign(v, 1)\n", call(VARIABLE, 2), call(other, 2)).changed


def test_a_tensor_counts_more_than_what_the_file_shows() -> None:
    assert not rewrite("v = tf.Variable(1)\ntf.assign(v, 1)\n", call(TENSOR, 3)).changed


def test_a_variable_does_not_count_more_than_what_the_file_shows() -> None:
    body = "op = tf.assign(v, 1)\nop = tf.assign_add(op, 1)\n"
    result = rewrite(body, call(VARIABLE, 3, function="assign_add"))
    assert b"tf.assign_add(op, 1)" in result.output


def test_where_no_run_came_the_file_decides() -> None:
    result = rewrite("tf.assign(v, 1)\ntf.assign(w, 1)\n", call(VARIABLE, 2))
    assert verdicts(result) == [(2, Safety.SAFE, True), (3, Safety.ASSUMED, False)]
    assert result.findings[1].message.endswith("and run.jsonl never reached this call")


def test_without_evidence_nothing_is_said_of_runs() -> None:
    (finding,) = rewrite_source(b"import tensorflow as tf\ntf.assign(v, 1)\n").findings
    assert finding.reached is None
    assert "reached" not in finding.message


def test_stale_evidence_keeps_what_the_file_does_not_show() -> None:
    result = rewrite("w = tf.Variable(1)\ntf.assign(v, 1)\ntf.assign(w, 1)\n", stale=True)
    assert b"tf.assign(v, 1)\nw.assign(1)" in result.output
    assert "has changed since run.jsonl recorded it" in result.findings[0].message


def test_two_runs_are_taken_together() -> None:
    source = b"import tensorflow as tf\ntf.assign(v, 1)\n"
    seen = [Evidence("a", (call(VARIABLE, 2),)), Evidence("b", (call(TENSOR, 2),))]
    assert not rewrite_source(source, evidence=seen).changed
    assert rewrite_source(source, evidence=[*seen[:1], Evidence("b")]).changed


def test_the_function_must_be_the_same() -> None:
    result = rewrite("tf.assign_add(v, 1)\n", call(VARIABLE, 2, function="assign"))
    assert verdicts(result) == [(2, Safety.ASSUMED, False)]


def test_aliases_and_keras_are_known_by_the_name_of_the_function() -> None:
    body = "from tensorflow import assign as a\nfrom tensorflow.keras import backend as K\n"
    result = rewrite(
        body + "a(v, 1)\nK.update(v, 1)\n", call(VARIABLE, 4), call(VARIABLE, 5, function="update")
    )
    assert [v[1] for v in verdicts(result)] == [Safety.SAFE, Safety.SAFE]


def test_distributed_variables_have_no_scatter_methods() -> None:
    body = "tf.scatter_add(v, i, u)\ntf.assign(v, x)\n"
    seen = "distributed variable"
    result = rewrite(body, call(seen, 2, function="scatter_add"), call(seen, 3))
    assert [(f.code, f.safety) for f in result.findings] == [
        ("MV110", Safety.REFUSED),
        ("MV101", Safety.SAFE),
    ]


def test_what_differs_for_resource_variables_stays_assumed() -> None:
    body = "tf.assign_add(v, 1, name='up')\ntf.batch_scatter_update(v, i, u)\n"
    seen = [call(VARIABLE, 2, function="assign_add")]
    seen.append(call(VARIABLE, 3, function="batch_scatter_update"))
    assert [v[1] for v in verdicts(rewrite(body, *seen))] == [Safety.ASSUMED] * 2


DOUBT = "w = tf.Variable(1)\ndef f(x):\n    global w\n    w = x\ntf.assign(w, 1)\n"


def test_a_run_settles_what_another_scope_may_bind() -> None:
    assert verdicts(rewrite(DOUBT, call(VARIABLE, 6))) == [(6, Safety.SAFE, True)]
    assert verdicts(rewrite(DOUBT)) == [(6, Safety.ASSUMED, False)]
    assert not rewrite(DOUBT, stale=True).changed
    assert not rewrite(DOUBT, call(TENSOR, 6)).changed


def test_a_slice_in_a_run_has_the_methods_of_a_slice() -> None:
    seen = call("slice of a variable", 2)
    result = rewrite("def f(v): return tf.assign(ref=v, value=1., name='n')\n", seen)
    assert verdicts(result) == [(2, Safety.SAFE, True)]
    assert b"v.assign(1., name='n')" in result.output
    (finding,) = rewrite("def f(v): tf.assign(v, 1., use_locking=True)\n", seen).findings
    assert (finding.code, finding.safety, finding.reached) == ("MV103", Safety.REFUSED, True)


ONE_LINE = "f(tf.assign(a, 1), tf.assign(b, 2)); tf.assign(c, 3)\n"


def test_the_end_tells_calls_of_one_line_apart() -> None:
    a, _, c = ends(ONE_LINE)
    result = rewrite(ONE_LINE, call(VARIABLE, 2, a), call(TENSOR, 2, c))
    assert [v[1:] for v in verdicts(result)] == [
        (Safety.SAFE, True),
        (Safety.ASSUMED, False),
        (Safety.REFUSED, True),
    ]


def test_an_end_that_no_call_has_says_nothing() -> None:
    assert verdicts(rewrite("tf.assign(v, 1)\n", call(TENSOR, 2, (2, 7))))[0][2] is False


@pytest.mark.parametrize(("instructions", "safe"), [((4, 8, 12), True), ((4, 8), False)])
def test_without_ends_calls_of_one_line_are_counted(
    instructions: tuple[int, ...], safe: bool
) -> None:
    calls = [call(VARIABLE, 2, instruction=(0, i)) for i in instructions]
    expected = (Safety.SAFE, True) if safe else (Safety.ASSUMED, False)
    assert {v[1:] for v in verdicts(rewrite(ONE_LINE, *calls))} == {expected}


def test_without_ends_a_tensor_may_be_any_of_one_line() -> None:
    calls = [call(VARIABLE, 2, instruction=(0, 4)), call(TENSOR, 2, instruction=(0, 8))]
    assert not rewrite(ONE_LINE, *calls).changed


COMPREHENSION = """ops = [tf.assign(t, s)
       for t, s in zip(a, b)]
tf.assign(v, 1)
"""


def test_before_python_3_8_a_line_may_be_that_of_a_later_part() -> None:
    result = rewrite(COMPREHENSION, call(VARIABLE, 3))
    assert verdicts(result) == [(2, Safety.SAFE, True), (4, Safety.ASSUMED, False)]
    assert not rewrite("tf.assign(\n  v,\n  1)\n", call(TENSOR, 4)).changed


def test_the_body_of_a_statement_is_not_its_head() -> None:
    body = "if tf.assign(v, 1):\n    x = 1\n    tf.assign(w, 1)\n"
    result = rewrite(body, call(TENSOR, 4))
    assert verdicts(result) == [(2, Safety.ASSUMED, False), (4, Safety.REFUSED, True)]
