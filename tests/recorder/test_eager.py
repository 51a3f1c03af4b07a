"""What is recorded of eager execution and of `tf.function`."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recorder.conftest import Record

V2 = """
import numpy as np
import tensorflow as tf
"""

STATE_OPS = [
    ("v.assign([5., 6., 7., 8.])", [5, 6, 7, 8]),
    ("v.assign_add([1., 1., 1., 1.])", [2, 3, 4, 5]),
    ("v.assign_sub([1., 1., 1., 1.], read_value=False)", [0, 1, 2, 3]),
    ("v[1:3].assign([0., 0.])", [1, 0, 0, 4]),
    ("v.scatter_update(tf.IndexedSlices(indices=[0], values=[9.]))", [9, 2, 3, 4]),
    ("v.scatter_add(tf.IndexedSlices(indices=[0, 0], values=[1., 1.]))", [3, 2, 3, 4]),
    ("v.scatter_sub(tf.IndexedSlices(indices=[0], values=[1.]))", [0, 2, 3, 4]),
    ("v.scatter_mul(tf.IndexedSlices(indices=[1], values=[3.]))", [1, 6, 3, 4]),
    ("v.scatter_max(tf.IndexedSlices(indices=[1], values=[3.]))", [1, 3, 3, 4]),
    ("v.scatter_nd_update([[1]], [7.])", [1, 7, 3, 4]),
    ("v.scatter_nd_add([[1]], [7.])", [1, 9, 3, 4]),
    ("v.scatter_nd_sub([[1]], [2.])", [1, 0, 3, 4]),
    ("v.batch_scatter_update(tf.IndexedSlices(indices=[1], values=[0.]))", [1, 0, 3, 4]),
    ("tf.compat.v1.assign(v, [0., 0., 0., 1.])", [0, 0, 0, 1]),
    ("tf.compat.v1.scatter_add(v, [0], [1.])", [2, 2, 3, 4]),
    ("tf.raw_ops.AssignAddVariableOp(resource=v.handle, value=[1., 0., 0., 0.])", [2, 2, 3, 4]),
    (
        "tf.raw_ops.ResourceApplyGradientDescent(var=v.handle, alpha=1., delta=[1., 0., 0., 0.])",
        [0, 2, 3, 4],
    ),
]


@pytest.mark.parametrize("decorator", ["", "@tf.function"])
def test_every_state_op_is_recorded_with_its_value(record: Record, decorator: str) -> None:
    functions = "".join(f"{decorator}\ndef f{i}(): {op}\n" for i, (op, _) in enumerate(STATE_OPS))
    calls = "".join(f"v.assign([1., 2., 3., 4.])\nf{i}()\n" for i in range(len(STATE_OPS)))
    recorded = record(f'{V2}v = tf.Variable([0., 0., 0., 0.], name="v")\n{functions}{calls}')
    expected: list[list[int]] = []
    for _, value in STATE_OPS:
        expected += [[1, 2, 3, 4], value]
    assert recorded.initial("v") == [0, 0, 0, 0]
    assert recorded.values("v") == expected
    assert set(recorded.counts("v")) == {1}


def test_values_of_every_dtype_are_kept(record: Record) -> None:
    recorded = record(
        V2
        + """
h = tf.Variable(1.5, dtype=tf.bfloat16, name="h")
h.assign_add(tf.constant(2.5, tf.bfloat16))
s = tf.Variable(["a", "bc"], name="s")
s.assign(["", "d"])
b = tf.Variable(False, name="b")
b.assign(True)
i = tf.Variable(2**40, dtype=tf.int64, name="i")
i.assign_add(1)
u = tf.Variable([1.], shape=tf.TensorShape(None), name="u")
u.assign([[1., 2.]])
"""
    )
    assert (recorded.initial("h"), recorded.values("h")) == (1.5, [4])
    assert recorded.trajectory.variables["h"].dtype == "bfloat16"
    assert recorded.values("s") == [[b"", b"d"]]
    assert recorded.values("b") == [True]
    assert recorded.values("i") == [2**40 + 1]
    assert recorded.values("u") == [[[1, 2]]]


FUNCTION = (
    V2
    + """
v = tf.Variable(0.0, name="v")
w = tf.Variable(0.0, name="w")
@tf.function
def inner(x):
    v.assign_add(x)
@tf.function
def step(x):
    inner(x)
    inner(x)
    w.assign(v)
for i in range(3):
    step(tf.constant(1.0))
"""
)


def test_a_function_call_is_one_state_with_all_its_writes(record: Record) -> None:
    recorded = record(FUNCTION)
    assert recorded.values("v") == [2, 4, 6]
    assert recorded.counts("v") == [2, 2, 2]
    assert recorded.values("w") == [2, 4, 6]
    assert recorded.counts("w") == [1, 1, 1]
    assert recorded.steps == [1, 2, 3]


def test_functions_run_eagerly_show_each_write(record: Record) -> None:
    recorded = record(FUNCTION, eager=True)
    assert recorded.trajectory.header["functions"] == "eager"
    assert recorded.values("v") == [1, 2, 3, 4, 5, 6]
    assert set(recorded.counts("v")) == {1}
    assert recorded.values("w") == [2, 4, 6]
    assert recorded.steps == [1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_control_flow_in_a_function(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
w = tf.Variable(0.0, name="w")
n = tf.Variable(0, name="n")
@tf.function
def step(x):
    if x > 0.0:
        v.assign_add(x)
    else:
        w.assign(x)
    tf.switch_case(tf.cast(x, tf.int32), [lambda: v.assign_add(10.0), lambda: v.assign_add(20.0)])
    for _ in tf.range(3):
        n.assign_add(1)
step(tf.constant(1.0))
step(tf.constant(0.0))
"""
    )
    assert recorded.values("v") == [21, 31]
    assert recorded.values("w") == [0, 0]
    assert recorded.values("n") == [3, 6]
    for name in "vwn":
        assert recorded.counts(name) == [None, None]


def test_loops_over_data_in_a_function(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
w = tf.Variable(0.0, name="w")
data = tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0])
@tf.function
def epoch(data):
    for x in data:
        v.assign_add(x)
@tf.function
def some(data):
    for i, x in enumerate(data):
        if i == 2:
            break
        v.assign_add(x)
@tf.function
def nested(data):
    for _ in tf.range(2):
        for x in data:
            v.assign_add(x)
@tf.function
def reads(data):
    total = 0.0
    for x in data:
        total += x * v
    return total
@tf.function
def prepares(data):
    return tf.data.experimental.to_variant(data.map(lambda x: w.assign_add(x)))
for function in [epoch, some, nested, reads, prepares]:
    function(data)
"""
    )
    assert recorded.values("v") == [6, 9, 21]
    assert recorded.counts("v") == [None, None, None]
    assert recorded.steps == [1, 2, 3]
    assert recorded.values("w") == []


def test_a_recursive_or_unused_function_does_no_harm(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
@tf.function(input_signature=[tf.TensorSpec([], tf.float32)])
def only_reads(x):
    return v + x
@tf.function
def writes_nothing():
    return only_reads(1.0)
print(writes_nothing().numpy())
"""
    )
    assert recorded.lines[-1] == "1.0"
    assert recorded.trajectory.states == []


def test_variables_created_by_the_first_call(record: Record) -> None:
    recorded = record(
        V2
        + """
class Model(tf.Module):
    v = None
    @tf.function
    def step(self, x):
        if self.v is None:
            self.v = tf.Variable(2.0, name="v")
        self.v.assign_add(x)
model = Model()
model.step(tf.constant(1.0))
model.step(tf.constant(1.0))
print(model.v.numpy())
"""
    )
    assert recorded.lines[-1] == "4.0"
    name = "v" if "v" in recorded.trajectory.variables else "model/v"
    assert (recorded.initial(name), recorded.values(name)) == (2, [3, 4])


def test_gradient_tapes_do_not_see_the_recorder(record: Record) -> None:
    script = """
v = tf.Variable(3.0, name="v")
with tf.GradientTape(persistent=True) as outer:
    with tf.GradientTape() as inner:
        y = v * v
        v.assign_add(1.0)
        y = y + v
    first = inner.gradient(y, v)
    v.assign_sub(1.0)
second = outer.gradient(first, v)
print([x.name for x in outer.watched_variables()], first.numpy(), second.numpy())
with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(v.handle)
    v.assign(2.0)
    z = v * 3.0
print(tape.gradient(z, v).numpy())
with tf.GradientTape() as tape:
    v.assign(1.0)
print(len(tape.watched_variables()))
with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as accumulator:
    v.assign(5.0)
    z = v * v
print(accumulator.jvp(z).numpy())
"""
    recorded = record(V2 + script)
    assert recorded.values("v") == [4, 3, 2, 1, 5]
    assert recorded.lines[-4:-2] == ["['v:0'] 7.0 2.0", "3.0"]
    assert recorded.lines[-2] in ("0", "1")
    assert recorded.lines[-1] == "10.0"


def test_v1_optimizers_run_eagerly(record: Record) -> None:
    recorded = record(
        V2
        + """
w = tf.Variable([1., 2.], name="w")
optimizer = tf.compat.v1.train.MomentumOptimizer(0.5, 0.5)
for _ in range(3):
    optimizer.minimize(lambda: tf.reduce_sum(w * w))
"""
    )
    w, m = np.array([1, 2], np.float32), np.zeros(2, np.float32)
    expected = []
    for _ in range(3):
        m = m * np.float32(0.5) + 2 * w
        w = w - np.float32(0.5) * m
        expected.append(w.tolist())
    assert recorded.values("w") == expected
    assert recorded.values("w/Momentum")[-1] == m.tolist()
    assert recorded.steps == [1, 2, 3]


KERAS = (
    V2
    + """
import keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, use_bias=False, name="d")])
model.compile(keras.optimizers.SGD(0.1, momentum=0.5), "mse")
x, y = np.ones((4, 2), np.float32), np.zeros((4, 1), np.float32)
"""
)


def test_keras_fit_takes_a_step_for_each_batch(record: Record) -> None:
    recorded = record(
        KERAS
        + """
model.fit(x, y, batch_size=2, epochs=2, verbose=0)
print(model.layers[0].kernel.numpy().tolist())
"""
    )
    (kernel,) = (name for name in recorded.trajectory.variables if name.endswith("kernel"))
    assert len(recorded.values(kernel)) == 4
    assert str(recorded.values(kernel)[-1]) == recorded.lines[-1]


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_metrics_make_no_steps(record: Record, run_eagerly: bool) -> None:
    """Neither validation nor the beginning of an epoch, which sets metrics back, is training."""
    recorded = record(
        KERAS
        + f"""
model.compile(keras.optimizers.SGD(0.1), "mse", metrics=["mae"], run_eagerly={run_eagerly})
model.fit(x, y, batch_size=2, epochs=2, verbose=0, validation_data=(x, y), validation_batch_size=1)
model.evaluate(x, y, verbose=0)
"""
    )
    trajectory = recorded.trajectory
    (kernel,) = (name for name in trajectory.variables if name.endswith("kernel"))
    trained = [state.step for state in trajectory.states if kernel in state.writes]
    assert trained == [1, 2, 3, 4]
    assert trajectory.steps == 4
    for variable in trajectory.variables.values():
        leaf = variable.name.rpartition("/")[2]
        assert variable.is_metric == leaf.startswith(("total", "count")), variable.name


@pytest.mark.parametrize("eager", [False, True])
def test_keras_train_on_batch_and_apply_gradients(record: Record, eager: bool) -> None:
    recorded = record(
        KERAS
        + """
for _ in range(3):
    model.train_on_batch(x, y)
print(model.layers[0].kernel.numpy().tolist())
for _ in range(2):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x) ** 2)
    variables = model.trainable_variables
    model.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
print(model.layers[0].kernel.numpy().tolist())
""",
        eager=eager,
    )
    (kernel,) = (name for name in recorded.trajectory.variables if name.endswith("kernel"))
    values = [str(value) for value in recorded.values(kernel)]
    assert len(values) == 5
    assert [values[2], values[4]] == recorded.lines[-2:]


def test_names_are_made_unique(record: Record) -> None:
    recorded = record(
        V2
        + """
a, b = tf.Variable(0.0, name="v"), tf.Variable(0.0, name="v")
unnamed = tf.Variable(0.0)
with tf.name_scope("scope"):
    c = tf.Variable(0.0, name="v")
for i, v in enumerate([a, b, unnamed, c]):
    v.assign(i + 1.0)
del a
d = tf.Variable(0.0, name="v")
d.assign(9.0)
"""
    )
    assert {name: recorded.values(name) for name in recorded.trajectory.variables} == {
        "v": [1],
        "v_1": [2],
        "Variable": [3],
        "scope/v": [4],
        "v_2": [9],
    }


def test_variables_in_containers_and_deleted_ones(record: Record) -> None:
    recorded = record(
        V2
        + """
import gc, weakref
module = tf.Module()
module.weights = {"a": [tf.Variable(0.0, name="a")]}
def temporary():
    t = tf.Variable(0.0, name="t")
    t.assign(1.0)
    return weakref.ref(t)
gone = temporary()
gc.collect()
print(gone() is None)
module.weights["a"][0].assign(2.0)
"""
    )
    assert recorded.lines[-1] == "True"
    assert (recorded.values("t"), recorded.values("a")) == ([1], [2])


def test_mirrored_variables(record: Record) -> None:
    recorded = record(
        V2
        + """
devices = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    v = tf.Variable(1.0, name="v", aggregation=tf.VariableAggregation.SUM)
@tf.function
def step():
    strategy.run(lambda: v.assign_add(tf.constant(1.0)))
step()
v.assign(7.0)
print(v.numpy())
"""
    )
    assert recorded.lines[-1] == "7.0"
    for name in ("v", "v/replica_1"):
        assert recorded.values(name) == [3, 7]


def test_a_python_function_that_writes(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
def write(x):
    v.assign_add(x)
    return x
@tf.function
def step(x):
    return tf.py_function(write, [x], tf.float32)
for _ in range(2):
    step(tf.constant(1.0))
print(v.numpy())
"""
    )
    assert recorded.lines[-1] == "2.0"
    assert recorded.values("v") == [1, 2]


def test_a_data_pipeline_that_writes_a_variable(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
w = tf.Variable(0.0, name="w")
def count(x):
    v.assign_add(1.0)
    return tf.py_function(lambda x: x * 2.0, [x], tf.float32)
data = tf.data.Dataset.from_tensor_slices([1.0, 2.0, 3.0]).map(count).shuffle(3).batch(1)
for x in data.prefetch(2):
    w.assign_add(x[0])
print(v.numpy(), w.numpy())
"""
    )
    assert recorded.lines[-1] == "3.0 12.0"
    assert recorded.values("w")[-1] == 12


def test_threads_are_flagged_and_do_not_deadlock(record: Record) -> None:
    recorded = record(
        V2
        + """
import threading
v = tf.Variable(0.0, name="v")
lock = threading.Lock()
@tf.function
def step():
    v.assign_add(1.0)
def work():
    for _ in range(20):
        with lock:
            step()
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    )
    assert recorded.values("v") == list(range(1, 81))
    assert recorded.trajectory.warnings == [
        "several threads write variables: the order of states is undefined"
    ]


def test_threads_that_main_does_not_wait_for_are_recorded_to_their_end(record: Record) -> None:
    recorded = record(
        V2
        + """
import atexit, threading, time
v = tf.Variable(0.0, name="v")
def work():
    time.sleep(0.3)
    v.assign(1.0)
threading.Thread(target=work).start()
def forever():
    while True:
        time.sleep(0.01)
threading.Thread(target=forever, daemon=True).start()
atexit.register(print, "goodbye")
"""
    )
    assert recorded.values("v") == [1]
    assert recorded.lines[-1] == "goodbye"


def test_executors_and_asynchronous_execution(record: Record) -> None:
    recorded = record(
        V2
        + """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
tf.config.experimental.set_synchronous_execution(False)
v = tf.Variable(0.0, name="v")
pool.submit(v.assign, 1.0).result()
v.assign(2.0)
"""
    )
    assert recorded.values("v") == [1, 2]


def test_sessions_and_eager_execution_in_one_program(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
v.assign(1.0)
with tf.Graph().as_default(), tf.compat.v1.Session() as sess:
    w = tf.compat.v1.get_variable("v", initializer=5.0)
    sess.run(w.initializer)
    sess.run(w.assign(6.0))
v.assign(2.0)
"""
    )
    assert recorded.values("v") == [1, 2]
    assert recorded.values("v_1") == [6]


def test_compiled_functions(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(1.0, name="v")
@tf.function(jit_compile=True)
def step():
    v.assign(v * 2.0)
for _ in range(2):
    step()
"""
    )
    assert recorded.values("v") == [2, 4]


def test_checkpoints_and_saved_models(record: Record) -> None:
    recorded = record(
        V2
        + """
model = tf.Module()
model.v = tf.Variable(1.0, name="v")
model.step = tf.function(lambda: model.v.assign_add(1.0), input_signature=[])
path = tf.train.Checkpoint(model=model).write("ckpt")
model.step()
tf.train.Checkpoint(model=model).read(path)
tf.saved_model.save(model, "saved")
loaded = tf.saved_model.load("saved")
loaded.step()
print(loaded.v.numpy())
"""
    )
    assert recorded.lines[-1] == "2.0"
    assert recorded.values("v") == [2, 1]
    (other,) = set(recorded.trajectory.variables) - {"v"}
    assert (recorded.initial(other), recorded.values(other)) == (1, [2])


def test_functional_ops_called_directly(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable(0.0, name="v")
body = tf.function(lambda h: (tf.raw_ops.AssignAddVariableOp(resource=h, value=1.0), None)[1])
concrete = body.get_concrete_function(v.handle)
tf.raw_ops.StatefulPartitionedCall(args=[v.handle], Tout=[], f=concrete)
data = tf.data.Dataset.range(3)
print(data.reduce(0, lambda n, x: (v.assign_add(1.0), n + 1)[1]).numpy(), v.numpy())
"""
    )
    assert recorded.lines[-1] == "3 4.0"
    assert recorded.values("v") == [1, 4]


def test_a_failing_op_is_not_recorded(record: Record) -> None:
    recorded = record(
        V2
        + """
v = tf.Variable([1.0], name="v")
try:
    v.assign_add([1.0, 2.0])
except (ValueError, tf.errors.InvalidArgumentError):
    v.assign([2.0])
"""
    )
    assert recorded.values("v") == [[2]]
    assert recorded.counts("v") == [1]


def test_nul_bytes_at_the_end_of_a_string_count(record: Record) -> None:
    recorded = record(
        V2
        + """
s = tf.Variable(b"x\\0", name="s")
t = tf.Variable([b"x\\0", b""], name="t")
@tf.function
def step(x):
    s.assign(x)
    t.assign([x, b"\\0"])
step(tf.constant(b"ab\\0\\0"))
"""
    )
    assert (recorded.initial("s"), recorded.values("s")) == (b"x\0", [b"ab\0\0"])
    assert (recorded.initial("t"), recorded.values("t")) == ([b"x\0", b""], [[b"ab\0\0", b"\0"]])
    (call,) = recorded.trajectory.feeds
    assert call.values[0].digest == recorded.trajectory.states[0].writes["s"].digest
