"""Gradients accumulated over micro-batches, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.05
CLIP_NORM = 1.0
MICRO_BATCHES = 4
STEPS = 20
BATCH = 4

rng = np.random.RandomState(9)
inputs = rng.randn(STEPS, MICRO_BATCHES, BATCH, 6).astype(np.float32)
targets = inputs[..., :1] * inputs[..., 1:2]

weights, totals = {}, {}
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights[name] = tf.Variable(value, name=name)
        totals[name] = tf.Variable(tf.zeros_like(value), trainable=False, name=f"{name}/total")


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i in range(len(LAYERS)):
        w, b = weights[f"layer_{i}/w"], weights[f"layer_{i}/b"]
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def accumulate(x, y):
    """Add the gradients of one micro-batch."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for name, gradient in tape.gradient(loss, weights).items():
        totals[name].assign_add(gradient)


@tf.function
def apply():
    """Take one step along the mean of the gradients, and start anew."""
    for name, total in totals.items():
        mean = tf.clip_by_norm(total / MICRO_BATCHES, CLIP_NORM)
        weights[name].assign_sub(LEARNING_RATE * mean)
    for total in totals.values():
        total.assign(tf.zeros_like(total))


for step in range(STEPS):
    for micro in range(MICRO_BATCHES):
        batch = inputs[step, micro], targets[step, micro]
        accumulate(*batch)
    apply()
print("loss =", compute_loss(*batch).numpy())
