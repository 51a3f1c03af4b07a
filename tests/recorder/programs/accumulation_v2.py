"""The same with three micro-batches in each call of a function."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(13)
w = tf.Variable(np.ones((3, 1), np.float32), name="w")
b = tf.Variable([0.5], name="b")
accum_w = tf.Variable(tf.zeros_like(w), trainable=False, name="accum_w")
accum_b = tf.Variable(tf.zeros_like(b), trainable=False, name="accum_b")
pairs = [(accum_w, w), (accum_b, b)]


@tf.function
def train(batches):
    for accumulated, _ in pairs:
        accumulated.assign(tf.zeros_like(accumulated))
    for x, y in batches:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
        for (accumulated, _), gradient in zip(pairs, tape.gradient(loss, [w, b])):
            accumulated.assign_add(gradient)
    for accumulated, weight in pairs:
        weight.assign_sub(0.1 * accumulated)


for _ in range(4):
    batches = []
    for _ in range(3):
        batches.append(tuple(tf.constant(rng.normal(size=s).astype("f")) for s in [(2, 3), (2, 1)]))
    train(batches)
