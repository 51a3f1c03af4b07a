"""Dynamic loss scaling for half precision, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.05
INITIAL_SCALE = 2.0**17
FACTOR = 2.0
GROWTH_EVERY = 3
STEPS = 24
BATCH = 8

rng = np.random.RandomState(11)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

weights = []
for i, shape in enumerate(LAYERS):
    w = tf.Variable((0.4 * rng.randn(*shape)).astype(np.float32), name=f"layer_{i}/w")
    b = tf.Variable(np.zeros(shape[1], np.float32), name=f"layer_{i}/b")
    weights += [w, b]
global_step = tf.Variable(0, trainable=False, name="global_step", dtype=tf.int64)
loss_scale = tf.Variable(INITIAL_SCALE, trainable=False, name="loss_scale")
good_steps = tf.Variable(0, trainable=False, name="good_steps")
skipped_steps = tf.Variable(0, trainable=False, name="skipped_steps")


def compute_loss(x, y):
    """Give the mean squared error of the network, which multiplies in half precision."""
    for i in range(0, len(weights), 2):
        w, b = weights[i : i + 2]
        half = tf.cast(tf.nn.relu(x) if i else x, tf.float16)
        x = tf.cast(tf.matmul(half, tf.cast(w, tf.float16)), tf.float32) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take the step if all gradients are finite, and adapt the scale."""
    global_step.assign_add(1)
    with tf.GradientTape() as tape:
        scaled_loss = compute_loss(x, y) * loss_scale
    gradients = [gradient / loss_scale for gradient in tape.gradient(scaled_loss, weights)]
    if tf.reduce_all([tf.reduce_all(tf.math.is_finite(gradient)) for gradient in gradients]):
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.assign_sub(LEARNING_RATE * gradient)
        good_steps.assign_add(1)
        if good_steps % GROWTH_EVERY == 0:
            loss_scale.assign(loss_scale * FACTOR)
            good_steps.assign(0)
    else:
        loss_scale.assign(loss_scale / FACTOR)
        good_steps.assign(0)
        skipped_steps.assign_add(1)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
print("skipped steps =", skipped_steps.numpy(), "loss =", compute_loss(*batch).numpy())
