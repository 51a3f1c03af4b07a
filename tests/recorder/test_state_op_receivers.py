"""What a recorded run knows of the calls of state ops, under both TensorFlows."""

from __future__ import annotations

import hashlib
import textwrap
from pathlib import Path

import pytest

from migrate_vars.codemod.engine import rewrite_source
from migrate_vars.codemod.recorded_calls import Evidence, RecordedCall
from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program
from migrate_vars.trajectory.records import StateOpCall

# Each call ends in a comment with what the recorder must say of it.
SCRIPT = """
import tensorflow as tf
v1 = tf.compat.v1
if hasattr(v1, "disable_v2_behavior"):
    v1.disable_v2_behavior()
from tensorflow.keras import backend as K
from tensorflow.python.ops import state_ops

def get(name, **options):
    return v1.get_variable(name, [4], initializer=v1.zeros_initializer(), **options)

ref = get("ref", use_resource=False)
res = get("res", use_resource=True)
parts = get("parts", partitioner=v1.fixed_size_partitioner(2), use_resource=False)

def update(target, value):
    return v1.assign(
        target,
        value)

named = v1.get_default_graph().get_tensor_by_name("ref:0")
for target in (ref, ref, res, named):
    update(target, tf.ones([4]))
listed = [v1.assign_add(t, one)
          for t, one in [(ref, [1.0] * 4)]]
v1.scatter_update(ref, [0], [2.0]), v1.scatter_nd_add(res, [[0]], [2.0])
v1.assign(ref[1:2], [0.0])
v1.assign_sub(v1.assign(ref, [1.0] * 4), [1.0] * 4)
v1.assign_sub(v1.assign(res, [1.0] * 4), [1.0] * 4)
v1.assign(parts, tf.ones([4]))
v1.batch_scatter_update(ref, [0], [1.0])
state_ops.scatter_min(res, [0], [1.0])
K.update_add(res, [1.0] * 4)
v1.cond(tf.constant(True), lambda: v1.assign(ref, [1.0] * 4), lambda: v1.assign(ref, [2.0] * 4))

@tf.function
def function():
    if tf.constant(True):  # for AutoGraph
        v1.assign(res, [4.0] * 4)
    return res + 1.0

function()
# What TensorFlow calls by itself is no call of the program's, nor is a method.
ref.assign([0.0] * 4)
train = v1.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(ref * ref))
"""
EXPECTED = [
    ("def update", 2, "assign", "reference variable"),
    ("def update", 2, "assign", "resource variable"),
    ("def update", 2, "assign", "reference tensor"),
    ("listed =", 1, "assign_add", "reference variable"),
    ("v1.scatter_update", 0, "scatter_update", "reference variable"),
    ("v1.scatter_update", 0, "scatter_nd_add", "resource variable"),
    ("v1.assign(ref[1:2]", 0, "assign", "slice of a variable"),
    ("v1.assign_sub(v1.assign(ref,", 0, "assign", "reference variable"),
    ("v1.assign_sub(v1.assign(ref,", 0, "assign_sub", "reference tensor"),
    ("v1.assign_sub(v1.assign(res,", 0, "assign", "resource variable"),
    ("v1.assign_sub(v1.assign(res,", 0, "assign_sub", "result of a write"),
    ("v1.assign(parts", 0, "assign", "partitioned variable"),
    ("v1.batch_scatter_update", 0, "batch_scatter_update", "reference variable"),
    ("state_ops.scatter_min", 0, "scatter_min", "resource variable"),
    ("K.update_add", 0, "update_add", "resource variable"),
    ("v1.cond", 0, "assign", "reference variable"),
    ("v1.cond", 0, "assign", "reference variable"),
    ("    if tf.constant", 1, "assign", "resource variable"),
]


def recorded(interpreter: Interpreter, script: Path, text: str = SCRIPT) -> list[StateOpCall]:
    script.write_text(text, encoding="utf-8")
    run = interpreter.run(Program(script, script.name))
    assert run.trajectory is not None, run.output
    assert run.trajectory.status == "finished", run.output
    return run.trajectory.evidence


def check(calls: list[StateOpCall], script: Path) -> None:
    lines = SCRIPT.splitlines()
    starts = [
        next(i for i, line in enumerate(lines, 1) if line.startswith(start))
        for start, _, _, _ in EXPECTED
    ]
    assert [(c.function, c.receiver) for c in calls] == [e[2:] for e in EXPECTED]
    for call, start, expected in zip(calls, starts, EXPECTED, strict=True):
        # Within the statement; Python 3.7 gives its last line, later ones that of the call.
        assert start <= call.line <= start + 3 * bool(expected[1]), (call, expected)
    assert {call.path for call in calls} == {str(script.resolve())}
    assert {call.digest for call in calls} == {hashlib.sha256(script.read_bytes()).hexdigest()}
    places = {(call.function, call.instruction) for call in calls}
    assert len(places) == len(EXPECTED) - 2  # `update` is called with three kinds of receivers


def test_receivers_of_each_call(interpreter: Interpreter, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    calls = recorded(interpreter, script)
    check(calls, script)
    texts = script.read_text("utf-8").splitlines()
    for call in calls:
        if call.end is not None:
            assert texts[call.end[0] - 1][: call.end[1]].endswith(")")


def test_receivers_of_each_call_in_tensorflow_1(
    interpreter: Interpreter, tf1_interpreter: Interpreter, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    calls = recorded(tf1_interpreter, script)
    check(calls, script)
    # Python 3.7 knows less of where calls are, but enough to tell all of them apart.
    assert settled(calls) == settled(recorded(interpreter, script))


def settled(calls: list[StateOpCall]) -> list[tuple[int, int, str, bool | None]]:
    """What rewriting makes of the script with that evidence."""
    seen = [RecordedCall(c.function, c.line, c.end, c.instruction, c.receiver) for c in calls]
    # Without the lines that make the variables, the file itself shows nothing.
    source = SCRIPT.replace('= get("', '= made("')
    result = rewrite_source(source.encode(), evidence=[Evidence("run", tuple(seen))])
    found = [(f.line, f.column, f.code, f.reached) for f in result.findings if f.code < "MV3"]
    assert sum(reached is True for *_, reached in found) >= 15
    return found


EAGER = """
import tensorflow as tf
v = tf.Variable([1.0, 2.0])
for _ in range(2):
    tf.compat.v1.assign_add(v, [1.0, 1.0])
v.assign([0.0, 0.0])
try:
    tf.compat.v1.assign(tf.constant(1.0), 2.0)
except AttributeError:
    pass
"""


def test_only_calls_that_write_are_recorded_and_each_once(
    interpreter: Interpreter, tmp_path: Path
) -> None:
    (call,) = recorded(interpreter, tmp_path / "eager.py", EAGER)
    assert (call.line, call.function, call.receiver) == (5, "assign_add", "resource variable")


def test_functions_stay_what_they_are(interpreter: Interpreter, tmp_path: Path) -> None:
    script = tmp_path / "identity.py"
    text = """
        import inspect, pickle
        import tensorflow as tf
        from tensorflow.python.ops import state_ops
        v1 = tf.compat.v1
        assert v1.assign is state_ops.assign is v1.compat.v1.assign
        assert list(inspect.signature(v1.assign).parameters)[:2] == ["ref", "value"]
        assert inspect.getsource(v1.assign).startswith("@tf_export")
        assert pickle.loads(pickle.dumps(v1.scatter_add)) is state_ops.scatter_add
    """
    assert recorded(interpreter, script, textwrap.dedent(text)) == []


@pytest.mark.parametrize("file", ["<string>", "/none/such.py"])
def test_code_of_no_file_is_passed_over(
    interpreter: Interpreter, tmp_path: Path, file: str
) -> None:
    script = tmp_path / "string.py"
    text = f"""
        import tensorflow as tf
        v = tf.Variable(1.0)
        exec(compile("tf.compat.v1.assign(v, 2.0)", {file!r}, "exec"))
        assert v.numpy() == 2.0
    """
    assert recorded(interpreter, script, textwrap.dedent(text)) == []
