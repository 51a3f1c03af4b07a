"""Trains batch normalization of ``tf.layers`` in many ways, and prints what becomes of it.

A plain script for TensorFlow 1, and for TensorFlow 2 with the names of TensorFlow 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf


def train(name: str, shape: Any, flag: Any, size: float = 1.0, **options: Any) -> None:
    """Trains two layers, the second one with a name; ``flag`` says how they learn of training."""
    data = size * np.random.RandomState(0).randn(*shape).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as sess:
        x, training = tf.placeholder(tf.float32, [None, *shape[1:]]), tf.placeholder(tf.bool, [])
        options["training"] = training if flag is None else flag
        hidden = tf.layers.batch_normalization(x * 1.5 + 0.25, **options)
        layer = tf.layers.batch_normalization(hidden, name="two", **options)
        loss = tf.reduce_mean(tf.square(layer * x - 0.5))
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        with tf.control_dependencies(updates):
            step = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        sess.run(tf.global_variables_initializer())
        for number in range(4):
            sess.run(step, {x: data, training: number < 3})
        print("case", name, flag, len(updates), sess.run(loss, {x: data, training: False}))
        for variable in tf.global_variables():
            kind = "trained" if variable in tf.trainable_variables() else "kept"
            print("case", variable.name, kind, *sess.run(variable).ravel()[:3])


for flag in (True, False, None):
    train("dense", [8, 5], flag)
    train("images", [4, 6, 6, 3], flag)
    train("channels_first", [4, 3, 6, 6], flag, axis=1, fused=False)
    train("plain", [4, 6, 6, 3], flag, fused=False, momentum=0.9, epsilon=1e-2)
    # As small as epsilon, so that it counts.
    train("small_epsilon", [4, 6, 6, 3], flag, size=1e-3, epsilon=1e-6)
    train("images_without_scale", [4, 6, 6, 3], flag, scale=False)
    train("without_center", [4, 6, 3], flag, center=False)
    train("two_axes", [4, 6, 3], flag, axis=[1, 2])
