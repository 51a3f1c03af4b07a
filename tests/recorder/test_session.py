"""What is recorded of v1 sessions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recorder.conftest import Record

V1 = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
"""
RESOURCE = V1 + "tf.enable_resource_variables()\n"
# Without reference variables, and with functional control flow.
V2_GRAPH = """
import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()
"""
KINDS = pytest.mark.parametrize(
    "kind", [V1, RESOURCE, V2_GRAPH], ids=["reference", "resource", "v2 graph"]
)


def in_session(body: str, build: str = "") -> str:
    """A script that builds a graph, initialises it and then does something."""
    lines = [
        *build.strip().splitlines(),
        "with tf.Session() as sess:",
        "    sess.run(tf.global_variables_initializer())",
        *("    " + line for line in body.strip().splitlines()),
    ]
    return "\n".join(lines) + "\n"


STATE_OPS = [
    ("tf.assign(v, [5., 6., 7., 8.])", [5, 6, 7, 8]),
    ("v.assign([5., 6., 7., 8.]).op", [5, 6, 7, 8]),
    ("tf.assign_add(v, [1., 1., 1., 1.])", [2, 3, 4, 5]),
    ("tf.assign_sub(v, [1., 1., 1., 1.])", [0, 1, 2, 3]),
    ("tf.scatter_update(v, [0, 2], [9., 8.])", [9, 2, 8, 4]),
    ("tf.scatter_add(v, [1, 1], [1., 1.])", [1, 4, 3, 4]),
    ("tf.scatter_sub(v, [3], [4.])", [1, 2, 3, 0]),
    ("tf.scatter_mul(v, [3], [2.])", [1, 2, 3, 8]),
    ("tf.scatter_div(v, [3], [2.])", [1, 2, 3, 2]),
    ("tf.scatter_min(v, [3], [0.])", [1, 2, 3, 0]),
    ("tf.scatter_max(v, [3], [9.])", [1, 2, 3, 9]),
    ("tf.scatter_nd_update(v, [[1]], [7.])", [1, 7, 3, 4]),
    ("tf.scatter_nd_add(v, [[1], [3]], [7., 1.])", [1, 9, 3, 5]),
    ("tf.scatter_nd_sub(v, [[1]], [2.])", [1, 0, 3, 4]),
    ("v[1:3].assign([0., 0.])", [1, 0, 0, 4]),
    ("tf.assign(v[3], -1.)", [1, 2, 3, -1]),
    ("v.scatter_add(tf.IndexedSlices(indices=[0], values=[1.]))", [2, 2, 3, 4]),
]


@KINDS
def test_every_state_op_is_recorded_with_its_value(record: Record, kind: str) -> None:
    ops = ", ".join(f"lambda: {op}" for op, _ in STATE_OPS)
    build = f"""
v = tf.get_variable("v", initializer=[1., 2., 3., 4.])
ops = [op() for op in [{ops}]]
"""
    body = """
for op in ops:
    sess.run(v.initializer)
    sess.run(op)
"""
    recorded = record(kind + in_session(body, build))
    # The second and later initialisations are writes like any other.
    expected: list[list[int]] = []
    for _, value in STATE_OPS:
        expected += [[1, 2, 3, 4], value]
    assert recorded.initial("v") == [1, 2, 3, 4]
    assert recorded.values("v") == expected[1:]
    assert set(recorded.counts("v")) == {1}


@KINDS
def test_integers_count_up_and_batches_scatter(record: Record, kind: str) -> None:
    build = """
n = tf.get_variable("n", initializer=0)
b = tf.get_variable("b", initializer=np.zeros((2, 2), np.float32))
up = tf.count_up_to(n, 5)
scatter = tf.batch_scatter_update(b, [[0], [1]], [[1.], [2.]])
"""
    body = """
print(sess.run(up), sess.run(up))
sess.run(scatter)
"""
    recorded = record(kind + in_session(body, build))
    assert recorded.lines[-1:] == ["0 1"]
    assert recorded.values("n") == [1, 2]
    assert recorded.values("b") == [[[1, 0], [0, 2]]]


DTYPES = {
    "tf.float64": ("1.5", "2.5", [1.5, 4.0]),
    "tf.float16": ("1.5", "2.5", [1.5, 4.0]),
    "tf.bfloat16": ("1.5", "2.5", [1.5, 4.0]),
    "tf.int64": ("2**40", "1", [2**40, 2**40 + 1]),
    "tf.complex64": ("1j", "1", [1j, 1 + 1j]),
}


@KINDS
def test_values_of_every_dtype_are_kept(record: Record, kind: str) -> None:
    build = "".join(
        f"""
v{i} = tf.get_variable("v{i}", initializer=tf.constant({first}, {dtype}))
add{i} = tf.assign_add(v{i}, tf.constant({more}, {dtype}))
"""
        for i, (dtype, (first, more, _)) in enumerate(DTYPES.items())
    )
    build += """
s = tf.get_variable("s", initializer=["a", "bc"])
b = tf.get_variable("b", initializer=False)
others = [tf.assign(s, [b"", "d\\u00e9"]), tf.assign(b, True)]
"""
    body = f"""
for op in [{", ".join(f"add{i}" for i in range(len(DTYPES)))}] + others:
    sess.run(op)
"""
    recorded = record(kind + in_session(body, build))
    for i, (dtype, (_, _, expected)) in enumerate(DTYPES.items()):
        assert [recorded.initial(f"v{i}"), *recorded.values(f"v{i}")] == expected
        assert recorded.trajectory.variables[f"v{i}"].dtype == dtype[3:]
    assert recorded.initial("s") == [b"a", b"bc"]
    assert recorded.values("s") == [[b"", "dé".encode()]]
    assert recorded.trajectory.variables["s"].dtype == "string"
    assert recorded.values("b") == [True]


@KINDS
def test_a_variable_may_change_its_shape(record: Record, kind: str) -> None:
    build = """
x = tf.placeholder(tf.float32, None)
v = tf.Variable(x, validate_shape=False, name="v", shape=tf.TensorShape(None))
grow = tf.assign(v, x, validate_shape=False)
"""
    script = build + (
        "with tf.Session() as sess:\n"
        "    sess.run(v.initializer, {x: [1.]})\n"
        "    sess.run(grow, {x: [1., 2.]})\n"
        "    sess.run(grow, {x: [[3.]]})\n"
    )
    recorded = record(kind + script)
    assert recorded.initial("v") == [1]
    assert recorded.values("v") == [[1, 2], [[3]]]


def test_optimizer_slots_are_variables_too(record: Record) -> None:
    build = """
w = tf.get_variable("w", initializer=[1., 2.])
train = tf.train.MomentumOptimizer(0.5, 0.5).minimize(
    tf.reduce_sum(w * w), global_step=tf.train.get_or_create_global_step()
)
"""
    body = """
for _ in range(3):
    sess.run(train)
"""
    recorded = record(V1 + in_session(body, build))
    w, m = np.array([1, 2], np.float32), np.zeros(2, np.float32)
    ws, ms = [], []
    for _ in range(3):
        m = m * np.float32(0.5) + 2 * w
        w = w - np.float32(0.5) * m
        ws.append(w.tolist())
        ms.append(m.tolist())
    assert recorded.values("w") == ws
    assert recorded.values("w/Momentum") == ms
    assert recorded.values("global_step") == [1, 2, 3]
    assert recorded.steps == [1, 2, 3]


@pytest.mark.parametrize(
    "optimizer",
    ["AdamOptimizer(0.1)", "RMSPropOptimizer(0.1, centered=True)", "FtrlOptimizer(0.1)"],
)
@KINDS
def test_one_state_a_step_holds_all_that_an_optimizer_writes(
    record: Record, kind: str, optimizer: str
) -> None:
    build = f"""
w = tf.get_variable("w", initializer=[1., 2.])
train = tf.train.{optimizer}.minimize(tf.reduce_sum(w * w))
"""
    body = """
for _ in range(2):
    sess.run(train)
    print(sess.run([v for v in tf.global_variables()])[-1].tolist())
"""
    recorded = record(kind + in_session(body, build))
    names = set(recorded.trajectory.variables)
    assert len(names) >= 3
    assert [set(state.writes) for state in recorded.trajectory.states] == [names, names]
    last = list(recorded.trajectory.variables)[-1]
    assert [str(value) for value in recorded.values(last)] == recorded.lines[-2:]


WAYS_TO_RUN = {
    "eval": "tf.assign_add(v, 1.).eval(session=sess)",
    "operation": "tf.assign_add(v, 1.).op.run(session=sess)",
    "nested fetches": "sess.run({'a': [tf.assign_add(v, 1.), v]})",
    "initializer": "sess.run([tf.no_op(), (tf.assign_add(v, 1.).op,)])",
    "callable": "sess.make_callable(tf.assign_add(v, 1.))()",
    "callable of operation": "sess.make_callable(tf.assign_add(v, 1.).op)()",
    "callable with feeds": "sess.make_callable(tf.assign_add(v, x), [x])(1.)",
    "callable with options": "sess.make_callable(tf.assign_add(v, 1.), accept_options=True)("
    "options=tf.RunOptions())",
    "run options": "sess.run(tf.assign_add(v, 1.), options=tf.RunOptions(), "
    "run_metadata=tf.RunMetadata())",
    "load": "v.load(1., sess)",
}


@pytest.mark.parametrize("way", WAYS_TO_RUN)
@pytest.mark.parametrize("kind", [V1, V2_GRAPH], ids=["reference", "v2 graph"])
def test_each_way_to_run_is_recorded_once(record: Record, kind: str, way: str) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
x = tf.placeholder(tf.float32, ())
"""
    # In 2.x a resource variable's assignment is a variable itself, which has `.op` and `.eval`.
    recorded = record(kind + in_session(WAYS_TO_RUN[way], build))
    assert recorded.initial("v") == 0.0
    assert recorded.values("v") == [1.0]
    assert recorded.counts("v") == [1]


def test_interactive_session(record: Record) -> None:
    recorded = record(
        V1
        + """
sess = tf.InteractiveSession()
v = tf.Variable(1.0, name="v")
v.initializer.run()
tf.assign(v, 2.0).eval()
"""
    )
    assert (recorded.initial("v"), recorded.values("v")) == (1.0, [2.0])


def test_monitored_session_with_hooks_and_a_finalised_graph(record: Record) -> None:
    recorded = record(
        V1
        + """
step = tf.train.get_or_create_global_step()
v = tf.get_variable("v", initializer=1.0)
train = tf.group(tf.assign(v, v * 2.0), tf.assign_add(step, 1))
hooks = [tf.train.StopAtStepHook(num_steps=3), tf.train.NanTensorHook(v)]
with tf.train.MonitoredTrainingSession(hooks=hooks, checkpoint_dir="logs") as sess:
    while not sess.should_stop():
        sess.run(train)
    assert tf.get_default_graph().finalized
"""
    )
    assert recorded.values("v") == [2, 4, 8]
    assert recorded.values("global_step") == [1, 2, 3]
    assert recorded.steps == [1, 2, 3]


@KINDS
def test_a_fed_tensor_cuts_off_the_writes_before_it(record: Record, kind: str) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
w = tf.get_variable("w", initializer=0.0)
with tf.control_dependencies([tf.assign_add(v, 1.0)]):
    middle = tf.identity(3.0)
end = tf.assign_add(w, middle)
"""
    body = """
sess.run(end, {middle: 5.0})
print(*sess.run([v, w]))
sess.run(end)
print(*sess.run([v, w]))
"""
    recorded = record(kind + in_session(body, build))
    assert recorded.lines[-2:] == ["0.0 5.0", "1.0 8.0"]
    assert [set(state.writes) for state in recorded.trajectory.states] == [{"w"}, {"v", "w"}]


@KINDS
def test_two_writers_in_one_run_are_counted(record: Record, kind: str) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
first = tf.assign_add(v, 1.0)
with tf.control_dependencies([first]):
    second = tf.assign_add(v, 10.0)
"""
    recorded = record(kind + in_session("sess.run(second)\nsess.run([second, first])", build))
    assert recorded.values("v") == [11, 22]
    assert recorded.counts("v") == [2, 2]


def test_initialising_twice_before_training_keeps_the_last_values(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=tf.random_normal([], seed=1))
"""
    body = """
sess.run(tf.global_variables_initializer())
print(sess.run(v).item())
sess.run(tf.assign(v, 0.0))
sess.run(v.initializer)
print(sess.run(v).item())
"""
    recorded = record(V1 + in_session(body, build))
    first, second = (float(line) for line in recorded.lines[-2:])
    assert recorded.initial("v") == first
    assert recorded.values("v") == [0.0, second]


def test_restored_values_are_recorded(record: Record) -> None:
    recorded = record(
        V1
        + """
v = tf.get_variable("v", initializer=1.0)
saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(v.initializer)
    sess.run(tf.assign(v, 3.0))
    path = saver.save(sess, "model/ckpt")
    sess.run(tf.assign(v, 4.0))
    saver.restore(sess, path)
"""
    )
    assert recorded.values("v") == [3, 4, 3]


def test_a_restored_checkpoint_gives_the_initial_value(record: Record) -> None:
    recorded = record(
        V1
        + """
v = tf.get_variable("v", initializer=1.0)
saver = tf.train.Saver()
with tf.Session(graph=tf.Graph()) as other:
    w = tf.get_variable("v", initializer=7.0)
    other.run(w.initializer)
    path = tf.train.Saver().save(other, "model/ckpt")
with tf.Session() as sess:
    saver.restore(sess, path)
    sess.run(tf.assign_add(v, 1.0))
"""
    )
    # The same name in two graphs is two variables.
    assert recorded.initial("v") == 7
    assert recorded.initial("v_1") == 7
    assert recorded.values("v_1") == [8]


@pytest.mark.parametrize("kind", [V1, V2_GRAPH], ids=["reference", "v2 graph"])
def test_load_in_a_loop_is_training(record: Record, kind: str) -> None:
    body = """
for i in range(3):
    v.load(float(i), sess)
"""
    recorded = record(kind + in_session(body, "v = tf.get_variable('v', initializer=9.0)"))
    assert recorded.initial("v") == 9
    assert recorded.values("v") == [0, 1, 2]
    assert recorded.steps == [1, 2, 3]


@KINDS
def test_partitioned_variables_are_recorded_part_by_part(record: Record, kind: str) -> None:
    build = """
p = tf.get_variable("p", [4], initializer=tf.ones_initializer(),
                    partitioner=tf.fixed_size_partitioner(2))
"""
    recorded = record(
        kind + in_session("sess.run(tf.assign(p, tf.constant([5., 6., 7., 8.])))", build)
    )
    assert recorded.initial("p/part_0") == [1, 1]
    assert recorded.values("p/part_0") == [[5, 6]]
    assert recorded.values("p/part_1") == [[7, 8]]


@KINDS
def test_writes_in_a_branch_are_seen_when_it_is_taken(record: Record, kind: str) -> None:
    build = """
v = tf.get_variable("v", initializer=1.0, use_resource=True)
take = tf.placeholder(tf.bool, ())
branch = tf.cond(take, lambda: tf.identity(v.assign_add(1.0)), lambda: tf.constant(0.0))
"""
    body = """
sess.run(branch, {take: True})
sess.run(branch, {take: False})
sess.run(branch, {take: True})
"""
    recorded = record(kind + in_session(body, build))
    assert recorded.values("v") == [2, 2, 3]
    assert recorded.counts("v") == [None, None, None]


@KINDS
def test_an_uninitialised_variable_of_a_branch_not_taken(record: Record, kind: str) -> None:
    recorded = record(
        kind
        + """
v = tf.get_variable("v", initializer=1.0, use_resource=True)
w = tf.get_variable("w", initializer=1.0, use_resource=True)
take = tf.placeholder(tf.bool, ())
branch = tf.cond(
    take, lambda: tf.identity(v.assign(2.0)), lambda: tf.identity(w.assign(3.0))
)
with tf.Session() as sess:
    print(sess.run(branch, {take: False}))
    print(sess.run(branch, {take: True}))
"""
    )
    assert recorded.lines[-2:] == ["3.0", "2.0"]
    assert (recorded.initial("v"), recorded.initial("w")) == (2, 3)
    assert recorded.values("w") == [3]


def test_reference_variables_in_a_v1_branch(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=1.0)
take = tf.placeholder(tf.bool, ())
branch = tf.cond(take, lambda: tf.assign_add(v, 1.0), lambda: tf.constant(0.0))
"""
    body = """
sess.run(branch, {take: True})
sess.run(branch, {take: False})
"""
    recorded = record(V1 + in_session(body, build))
    assert recorded.values("v") == [2, 2]
    assert recorded.counts("v") == [None, None]


@KINDS
def test_writes_in_a_while_loop(record: Record, kind: str) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0, use_resource=True)
def body(i):
    with tf.control_dependencies([v.assign_add(2.0)]):
        return [i + 1]
loop = tf.while_loop(lambda i: i < 3, body, [0])
"""
    recorded = record(kind + in_session("sess.run(loop)", build))
    assert recorded.values("v") == [6]
    assert recorded.counts("v") == [None]


def test_reference_variables_in_a_v1_while_loop(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
def body(i):
    with tf.control_dependencies([tf.assign_add(v, 2.0)]):
        return [i + 1]
loop = tf.while_loop(lambda i: i < 3, body, [0])
"""
    recorded = record(V1 + in_session("sess.run(loop)", build))
    assert recorded.values("v") == [6]


@pytest.mark.parametrize("kind", [RESOURCE, V2_GRAPH], ids=["resource", "v2 graph"])
def test_functions_called_in_a_graph(record: Record, kind: str) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
w = tf.get_variable("w", initializer=1.0)
@tf.function
def inner(x):
    v.assign_add(x)
    return w + 0.0
@tf.function
def outer(x):
    if x > 100.0:
        w.assign(x)
    return inner(x) + inner(x)
call = outer(tf.constant(2.0))
"""
    recorded = record(kind + in_session("print(sess.run(call))", build))
    assert recorded.lines[-1] == "2.0"
    assert recorded.values("v") == [4]
    assert recorded.counts("v") == [2]
    assert recorded.values("w") == [1]
    assert recorded.counts("w") == [None]


def test_a_run_that_raises_leaves_what_came_before(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
x = tf.placeholder(tf.float32, ())
add = tf.assign_add(v, x)
"""
    body = """
sess.run(add, {x: 1.0})
sess.run(add)
"""
    script = V1 + in_session(body, build)
    line = script.rstrip().count("\n") + 1
    recorded = record(
        script,
        error=f"script.py:{line}: InvalidArgumentError: You must feed a value for placeholder "
        "tensor 'Placeholder' with dtype float",
    )
    assert recorded.values("v") == [1]
    assert recorded.trajectory.status == "error"


def test_a_run_that_raises_and_is_caught(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
x = tf.placeholder(tf.float32, ())
add = tf.assign_add(v, x)
"""
    body = """
try:
    sess.run(add)
except tf.errors.InvalidArgumentError:
    sess.run(add, {x: 1.0})
"""
    assert record(V1 + in_session(body, build)).values("v") == [1]


@KINDS
def test_reading_an_uninitialised_variable_fails_as_ever(record: Record, kind: str) -> None:
    recorded = record(
        kind
        + """
v = tf.get_variable("v", initializer=1.0)
try:
    with tf.Session() as sess:
        sess.run(tf.assign_add(v, 1.0))
except (tf.errors.FailedPreconditionError, tf.errors.NotFoundError) as error:
    print(type(error).__name__)
"""
    )
    assert recorded.lines[-1].endswith("Error")
    assert not recorded.trajectory.variables


@KINDS
def test_local_variables_are_variables(record: Record, kind: str) -> None:
    build = """
x = tf.placeholder(tf.float32, [None])
mean, update = tf.metrics.mean(x)
"""
    body = """
sess.run(tf.local_variables_initializer())
sess.run(update, {x: [1., 3.]})
sess.run(update, {x: [5.]})
print(sess.run(mean))
"""
    recorded = record(kind + in_session(body, build))
    assert recorded.lines[-1] == "3.0"
    assert recorded.values("mean/total") == [4, 9]
    assert recorded.values("mean/count") == [2, 3]


def test_several_graphs_and_sessions(record: Record) -> None:
    recorded = record(
        V1
        + """
def build(value):
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable("v", initializer=value)
        return graph, v.initializer, tf.assign_add(v, 1.0)
first, second = build(0.0), build(10.0)
a, b = tf.Session(graph=first[0]), tf.Session(graph=second[0])
a.run(first[1])
b.run(second[1])
for _ in range(2):
    a.run(first[2])
    b.run(second[2])
again = tf.Session(graph=first[0])
again.run(first[1])
again.run(first[2])
"""
    )
    assert (recorded.initial("v"), recorded.initial("v_1")) == (0, 10)
    assert recorded.values("v_1") == [11, 12]
    # Sessions of one graph share its names.
    assert recorded.values("v") == [1, 2, 0, 1]


def test_names_are_those_of_the_graph(record: Record) -> None:
    build = """
a = tf.Variable(0.0, name="v")
b = tf.Variable(0.0, name="v")
with tf.variable_scope("scope"):
    c = tf.get_variable("v", initializer=0.0)
ops = [tf.assign(a, 1.0), tf.assign(b, 2.0), tf.assign(c, 3.0)]
"""
    recorded = record(V1 + in_session("for op in reversed(ops): sess.run(op)", build))
    assert {name: recorded.values(name) for name in recorded.trajectory.variables} == {
        "v": [1],
        "v_1": [2],
        "scope/v": [3],
    }


def test_the_two_name_spaces_do_not_collide(record: Record) -> None:
    """A second graph's `v` and a first graph's `v_1` are not the same variable."""
    recorded = record(
        V1
        + """
for value in (1.0, 2.0):
    with tf.Graph().as_default(), tf.Session() as sess:
        a, b = tf.Variable(value, name="v"), tf.Variable(value * 10, name="v")
        sess.run(tf.global_variables_initializer())
        sess.run([tf.assign_add(a, 0.5), tf.assign_add(b, 0.5)])
"""
    )
    assert sorted(recorded.initial(name) for name in recorded.trajectory.variables) == [
        1,
        2,
        10,
        20,
    ]


def test_a_variable_that_its_graph_never_reads_is_a_warning(record: Record) -> None:
    recorded = record(
        V1
        + """
handle = tf.raw_ops.VarHandleOp(dtype=tf.float32, shape=[], shared_name="h", name="h")
write = tf.raw_ops.AssignVariableOp(resource=handle, value=1.0)
with tf.Session() as sess:
    sess.run(write)
"""
    )
    assert recorded.trajectory.warnings == [
        "variable 'h' is never read in its graph, so its values could not be recorded"
    ]


def test_gradients_descend_on_embedding_rows(record: Record) -> None:
    build = """
table = tf.get_variable("table", initializer=np.ones((3, 2), np.float32))
rows = tf.nn.embedding_lookup(table, [0, 2])
train = tf.train.GradientDescentOptimizer(1.0).minimize(tf.reduce_sum(rows))
"""
    recorded = record(V1 + in_session("sess.run(train)", build))
    assert recorded.values("table") == [[[0, 0], [1, 1], [0, 0]]]


def test_keras_in_a_graph(record: Record) -> None:
    """Legacy Keras trains through `_make_callable_from_options`, which needs TensorFlow 1."""
    recorded = record(
        V1
        + """
v = tf.get_variable("v", initializer=0.0)
x = tf.placeholder(tf.float32, (), name="x")
add = tf.assign_add(v, x)
with tf.Session() as sess:
    sess.run(v.initializer)
    from tensorflow.core.protobuf import config_pb2
    options = config_pb2.CallableOptions(feed=["x:0"], target=[add.op.name])
    run = sess._make_callable_from_options(options)
    run(np.float32(2.0))
    run(np.float32(3.0))
"""
    )
    assert recorded.values("v") == [2, 5]


def test_partial_runs(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
x = tf.placeholder(tf.float32, ())
y = tf.placeholder(tf.float32, ())
first = tf.assign_add(v, x)
with tf.control_dependencies([first]):
    second = tf.assign_add(v, y)
"""
    body = """
handle = sess.partial_run_setup([first, second], [x, y])
sess.partial_run(handle, first, {x: 1.0})
sess.partial_run(handle, second, {y: 10.0})
"""
    recorded = record(V1 + in_session(body, build))
    assert recorded.values("v") == [1, 11]


def test_threads_are_flagged_and_do_not_deadlock(record: Record) -> None:
    build = """
import threading
v = tf.get_variable("v", initializer=0.0, use_resource=True)
add = tf.assign_add(v, 1.0)
"""
    body = """
def work():
    for _ in range(20):
        sess.run(add)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sess.run(v))
"""
    recorded = record(V1 + in_session(body, build))
    assert recorded.lines[-1] == "80.0"
    assert recorded.values("v")[-1] == 80
    assert recorded.trajectory.warnings == [
        "several threads write variables: the order of states is undefined"
    ]


def test_queue_runners_that_write_nothing_are_not_flagged(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=0.0)
queue = tf.FIFOQueue(4, tf.float32, shapes=[[]])
tf.train.add_queue_runner(tf.train.QueueRunner(queue, [queue.enqueue(2.0)] * 2))
train = tf.assign_add(v, queue.dequeue())
"""
    body = """
coordinator = tf.train.Coordinator()
threads = tf.train.start_queue_runners(sess, coordinator)
for _ in range(5):
    sess.run(train)
coordinator.request_stop()
sess.run(queue.close(cancel_pending_enqueues=True))
coordinator.join(threads)
"""
    recorded = record(V1 + in_session(body, build))
    assert recorded.values("v") == [2, 4, 6, 8, 10]
    assert recorded.trajectory.warnings == []


def test_a_python_function_in_the_graph(record: Record) -> None:
    build = """
v = tf.get_variable("v", initializer=1.0)
train = tf.assign(v, tf.py_func(lambda x: np.float32(x * 2), [v.read_value()], tf.float32))
"""
    assert record(V1 + in_session("sess.run(train)", build)).values("v") == [2]


def test_what_is_kept_for_a_graph_goes_with_it(record: Record) -> None:
    recorded = record(
        V1
        + """
import gc, weakref
def train():
    graph = tf.Graph()
    with graph.as_default(), tf.Session() as sess:
        v = tf.get_variable("v", initializer=0.0)
        sess.run(v.initializer)
        sess.run(tf.assign_add(v, 1.0))
        return weakref.ref(graph), weakref.ref(sess)
seen = [train() for _ in range(3)]
gc.collect()
print([(graph() is None, sess() is None) for graph, sess in seen])
"""
    )
    assert recorded.lines[-1] == str([(True, True)] * 3)


def test_lines_are_those_that_call_run(record: Record) -> None:
    recorded = record(
        V1
        + """
v = tf.get_variable("v", initializer=0.0)
add = tf.assign_add(v, 1.0)
sess = tf.Session()
sess.run(v.initializer)
sess.run(add)  # line 10
def step():
    sess.run(add)  # line 12
step()
"""
    )
    assert recorded.sites == [10, 12]
    assert {state.site.path for state in recorded.trajectory.states} == {"script.py"}


@KINDS
def test_nul_bytes_at_the_end_of_a_string_count(record: Record, kind: str) -> None:
    build = """
s = tf.get_variable("s", initializer=b"x\\0", dtype=tf.string)
t = tf.get_variable("t", initializer=[b"x\\0", b""], dtype=tf.string)
x = tf.placeholder(tf.string, [], "x")
ops = [tf.assign(s, x), tf.assign(t, [x, "\\0"])]
"""
    recorded = record(kind + in_session('sess.run(ops, {x: b"ab\\0\\0"})', build))
    assert (recorded.initial("s"), recorded.values("s")) == (b"x\0", [b"ab\0\0"])
    assert (recorded.initial("t"), recorded.values("t")) == ([b"x\0", b""], [[b"ab\0\0", b"\0"]])
    (call,) = recorded.trajectory.feeds
    assert call.values[0].digest == recorded.trajectory.states[0].writes["s"].digest
