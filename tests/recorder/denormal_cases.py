"""Computes with denormal numbers: in sessions, eagerly, or in functions, as the argument says.

A plain script. In TensorFlow's own threads, and in eager ops of TensorFlow 2, a denormal number
that an op computes with, or would give, is zero; in other threads it is not.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

WAY = sys.argv[1]
if WAY == "session":
    tf.disable_v2_behavior()
else:
    tf.enable_v2_behavior()
SMALL = np.array([1e-39, 3e-39], np.float32)
VALUES: dict[str, Any] = {
    "halved": np.ones(2, np.float32),
    "half": np.ones(2, np.float16),
    "double": np.ones(2, np.float64),
    "weight": np.ones(2, np.float32),
    "velocity": np.ones(2, np.float32),
    "m": np.full(2, 1e-30, np.float32),
    "v": np.full(2, 1e-37, np.float32),
    "product": np.full((2, 2), 1e-30, np.float32),
    "sum": np.zeros(2, np.float32),
    "exp": np.zeros(2, np.float32),
    "looped": np.zeros(2, np.float32),
    "branched": np.zeros(2, np.float32),
    "python": np.zeros(2, np.float32),
    "data": np.zeros(2, np.float32),
    "untouched": SMALL,
}
names = sorted(VALUES)
# Reference variables in sessions of TensorFlow 1, as usual there.
variables = {name: tf.Variable(VALUES[name], name=name) for name in names}


def step(small: Any, element: Any) -> Any:
    """One training step; returns the ops that write."""
    has = variables
    decayed = 0.9 * has["velocity"]
    with tf.control_dependencies([decayed]):
        m, v = 0.5 * has["m"], 0.5 * has["v"]
    python = tf.py_func(lambda x: x * np.float32(0.5), [small], tf.float32)
    loop = tf.while_loop(lambda i, x: i < 3, lambda i, x: [i + 1, x * 0.5], [0, small])
    chosen = tf.cond(small[0] >= 0.0, lambda: small * 0.5, lambda: small)
    return [
        has["halved"].assign_sub(0.5 * has["halved"]),
        has["half"].assign(np.float16(0.5) * has["half"]),
        has["double"].assign(0.5 * has["double"]),
        has["weight"].assign_sub(0.1 * decayed),
        has["velocity"].assign(decayed),
        has["m"].assign(m),
        has["v"].assign(v),
        has["product"].assign(tf.matmul(has["product"], tf.ones([2, 2]) * 1e-5)),
        has["sum"].assign(small + small),
        has["exp"].assign(tf.exp(-88.0 * tf.ones([2]))),
        has["looped"].assign(loop[1]),
        has["branched"].assign(chosen),
        has["python"].assign(tf.reshape(python, [2])),
        has["data"].assign(element * 0.5),
    ]


def show(values: Any) -> None:
    """Prints the bits of all variables."""
    for name in names:
        print(name, *np.asarray(values[name]).ravel()[:2])


def data() -> Any:
    """What a dataset gives, by way of threads of its own."""
    return tf.data.Dataset.from_tensors(SMALL).repeat().map(lambda x: x).prefetch(1)


def session() -> None:
    """Trains in a session."""
    small = tf.placeholder(tf.float32, [2])
    element = tf.reshape(tf.data.make_one_shot_iterator(data()).get_next(), [2])
    ops = step(small, element)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())

        def run() -> None:
            for _ in range(100):
                sess.run(ops, {small: SMALL})

        run()
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        show(sess.run(variables))


def eager(step: Any) -> None:
    """Trains with eager ops, or with a function."""
    for number, element in enumerate(data()):
        if number == 200:
            break
        step(tf.constant(SMALL), element)
    show({name: variables[name].numpy() for name in names})


if WAY == "session":
    session()
else:
    eager(step if WAY == "eager" else tf.function(step))
