"""Momentum written by hand, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 9), (9, 9), (9, 9), (9, 1)]
LEARNING_RATE = 0.02
MOMENTUM = 0.85
WEIGHT_DECAY = 0.01
STEPS = 24
BATCH = 8

rng = np.random.RandomState(7)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

weights, velocities = {}, {}
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights[name] = tf.Variable(value, name=name)
        velocities[name] = tf.Variable(
            tf.zeros_like(value), trainable=False, name=f"{name}/velocity"
        )


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i in range(len(LAYERS)):
        w, b = weights[f"layer_{i}/w"], weights[f"layer_{i}/b"]
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Move every velocity, then its weight by it."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for name, gradient in tape.gradient(loss, weights).items():
        weight, velocity = weights[name], velocities[name]
        decayed = gradient + WEIGHT_DECAY * weight
        velocity.assign(MOMENTUM * velocity - LEARNING_RATE * decayed)
        weight.assign_add(velocity)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
print("loss =", compute_loss(*batch).numpy())
