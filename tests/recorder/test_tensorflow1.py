"""The recorder under the real TensorFlow 1.15.5 and Python 3.7, against the TensorFlow of today."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run
from migrate_vars.trajectory.comparison import compare
from migrate_vars.trajectory.drift import Drift, measure_drift
from tests.recorder.conftest import Record

# Largest distance in ULP from 1.15.5. All three measured 0; Adam takes a square root, which is
# another kernel in each release, so another processor may round it differently.
ULP = {
    "assign_add_after_step": 4,
    "clipped_gradient_assign_sub": 0,
    "conditional_reset": 0,
}


def run(interpreter: Interpreter, script: Path) -> Run:
    run = interpreter.run(Program(script, script.name))
    assert run.error == "", run.output
    return run


@pytest.mark.parametrize("pattern", ULP)
def test_the_bundled_patterns_train_alike(
    interpreter: Interpreter, tf1_interpreter: Interpreter, repository: Path, pattern: str
) -> None:
    script = repository / "legacy_examples" / pattern / "v1_session.py"
    then, now = run(tf1_interpreter, script).trajectory, run(interpreter, script).trajectory
    assert then is not None
    assert now is not None
    assert then.header["tensorflow"] == "1.15.5"
    assert then.header["python"].startswith("3.7.")
    assert then.steps == now.steps > 0
    comparison = compare(then, now)
    if ULP[pattern] == 0:
        assert comparison.identical
    drift = measure_drift(then, now, comparison.mapping)
    assert isinstance(drift, Drift)
    assert drift.ulp is not None
    assert drift.ulp <= ULP[pattern]
    assert [state.site for state in then.states] == [state.site for state in now.states]
    assert [set(state.writes) for state in then.states] == [
        set(state.writes) for state in now.states
    ]


def test_sessions_of_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    recorded = record(
        """
        import numpy as np
        import tensorflow as tf
        v = tf.get_variable("v", initializer=[1., 2.])
        r = tf.get_variable("r", initializer=[1., 2.], use_resource=True)
        x = tf.placeholder(tf.float32, (), name="x")
        h = tf.Variable(tf.constant(1.0, tf.bfloat16), name="h")
        branch = tf.cond(x > 0.0, lambda: tf.assign_add(v, [x, x]), lambda: v + 0.0)
        add = tf.assign_add(r, [x, x])
        sparse = tf.scatter_add(r, [1], [x])
        double = tf.assign(h, h * 2.0)
        @tf.function
        def call():
            r.assign_sub([1.0, 1.0])
            return r + 0.0
        called = call()
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            tf.get_default_graph().finalize()
            sess.run([branch, double], {x: 2.0})
            sess.run(branch, {x: -1.0})
            sess.make_callable(add, [x])(1.0)
            sess.run(sparse, {x: 5.0})
            r.load([0.0, 0.0], sess)
            sess.run(called)
        """,
        python=tf1_interpreter,
    )
    assert (recorded.initial("v"), recorded.values("v")) == ([1, 2], [[3, 4], [3, 4]])
    assert recorded.counts("v") == [None, None]
    assert recorded.values("r") == [[2, 3], [2, 8], [0, 0], [-1, -1]]
    assert recorded.counts("r") == [1, 1, 1, 1]
    assert recorded.values("h") == [2]
    assert recorded.trajectory.variables["h"].dtype == "bfloat16"
    assert recorded.trajectory.warnings == []


def test_keras_of_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    recorded = record(
        """
        import numpy as np
        import tensorflow as tf
        layer = tf.keras.layers.Dense(1, use_bias=False, name="d", kernel_initializer="ones")
        model = tf.keras.Sequential([layer])
        model.compile(tf.keras.optimizers.SGD(0.5), "mse")
        x, y = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)
        model.fit(x, y, batch_size=2, epochs=2, verbose=0)
        print(layer.get_weights()[0].tolist())
        """,
        python=tf1_interpreter,
    )
    (kernel,) = (name for name in recorded.trajectory.variables if name.endswith("kernel"))
    assert len(recorded.values(kernel)) == 4
    assert str(recorded.values(kernel)[-1]) == recorded.lines[-1]


METRICS = """
import numpy as np
import tensorflow as tf
layer = tf.keras.layers.Dense(1, use_bias=False, name="d", input_shape=(1,))
model = tf.keras.Sequential([layer])
layer.set_weights([np.array([[2.0]])])
model.compile(tf.keras.optimizers.SGD(0.125), "mse", metrics=["mae"])
x, y = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)
model.fit(x, y, batch_size=2, epochs=3, verbose=0, shuffle=False)
"""


def test_metrics_of_keras_are_reset_in_the_same_steps(
    record: Record, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    """In TensorFlow 1 by a run of its own, in TensorFlow 2 by line; and weights are set before."""
    then, now = (record(METRICS, python=each).trajectory for each in (tf1_interpreter, interpreter))
    assert then.steps == now.steps == 6
    for trajectory in (then, now):
        resets = [
            state.step
            for state in trajectory.states
            if all(trajectory.variables[name].is_metric for name in state.writes)
        ]
        assert set(resets) - {1} == {3, 5}
    found = compare(then, now)
    assert [pair.reference for pair in found.mapping.pairs][:1] == ["d/kernel"]
    assert found.identical


def test_validation_is_no_training_in_tensorflow_1(
    record: Record, tf1_interpreter: Interpreter
) -> None:
    recorded = record(
        """
        import numpy as np
        import tensorflow as tf
        tf.compat.v1.enable_eager_execution()
        layer = tf.keras.layers.Dense(1, use_bias=False, name="d")
        model = tf.keras.Sequential([layer])
        model.compile(tf.keras.optimizers.SGD(0.5), "mse", metrics=["mae"])
        x, y = np.ones((4, 1), np.float32), np.zeros((4, 1), np.float32)
        model.fit(x, y, batch_size=2, epochs=2, verbose=0, validation_data=(x, y))
        """,
        python=tf1_interpreter,
    )
    (kernel,) = (name for name in recorded.trajectory.variables if name.endswith("kernel"))
    states = recorded.trajectory.states
    assert [state.step for state in states if kernel in state.writes] == [1, 2, 3, 4]
    assert recorded.counts(kernel) == [1, 1, 1, 1]
    assert recorded.trajectory.steps == 4


def test_an_estimator_of_tensorflow_1(record: Record, tf1_interpreter: Interpreter) -> None:
    recorded = record(
        """
        import numpy as np
        import tensorflow as tf
        def model(features, labels, mode):
            w = tf.get_variable("w", initializer=2.0)
            loss = w * tf.reduce_mean(features)
            step = tf.train.get_or_create_global_step()
            train = tf.train.GradientDescentOptimizer(0.5).minimize(loss, step)
            return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)
        data = lambda: tf.data.Dataset.from_tensors(np.float32([1.0])).repeat()
        config = tf.estimator.RunConfig("model", tf_random_seed=1)
        tf.estimator.Estimator(model, config=config).train(data, steps=3)
        """,
        python=tf1_interpreter,
    )
    assert recorded.values("w") == [1.5, 1.0, 0.5]
    assert recorded.values("global_step") == [1, 2, 3]
    assert recorded.steps == [1, 2, 3]


def test_eager_execution_of_tensorflow_1(
    record: Record, interpreter: Interpreter, tf1_interpreter: Interpreter
) -> None:
    program = """
    import tensorflow.compat.v1 as tf
    tf.enable_eager_execution()
    v = tf.Variable([1.0, 2.0], name="v")
    n = tf.Variable(0, name="n", trainable=False)
    optimizer = tf.train.MomentumOptimizer(0.25, 0.5)
    @tf.function
    def count(x):
        n.assign_add(x)
    @tf.function
    def look():
        return v + tf.cast(n, tf.float32)
    for i in range(3):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(v * v)
        optimizer.apply_gradients([(tape.gradient(loss, v), v)])
        v[0:1].assign([float(i)])
        count(2)
        look()
    print(v.numpy().tolist(), n.numpy())
    """
    old = record(program, python=tf1_interpreter)
    assert old.steps == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert old.values("n") == [2, 4, 6]
    assert old.counts("n") == [1, 1, 1]
    new = record(program, python=interpreter)
    assert old.lines[-1] == new.lines[-1]
    assert compare(old.trajectory, new.trajectory).identical
    assert old.trajectory.warnings == []
