"""Gradual pruning with one mask per layer, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 10), (10, 10), (10, 10), (10, 1)]
LEARNING_RATE = 0.05
FINAL_SPARSITY = 0.8
PRUNE_EVERY = 4
STEPS = 24
BATCH = 8

rng = np.random.RandomState(16)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

kernels, biases, masks = [], [], []
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    kernels.append(tf.Variable(w, name=f"layer_{i}/w"))
    biases.append(tf.Variable(tf.zeros(shape[1]), name=f"layer_{i}/b"))
    masks.append(tf.Variable(tf.ones(shape), trainable=False, name=f"layer_{i}/mask"))


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i, (w, b) in enumerate(zip(kernels, biases, strict=True)):
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent."""
    weights = kernels + biases
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)


@tf.function
def prune(sparsity):
    """Mask the smallest weights of each layer."""
    for w, mask in zip(kernels, masks, strict=True):
        magnitude = tf.abs(w)
        ordered = tf.sort(tf.reshape(magnitude, [-1]))
        n_pruned = tf.cast(tf.round(sparsity * w.shape.num_elements()), tf.int32)
        mask.assign(tf.cast(magnitude >= ordered[n_pruned], tf.float32))


@tf.function
def apply_masks():
    """Put masked weights back to zero."""
    for w, mask in zip(kernels, masks, strict=True):
        w.assign(w * mask)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
    if (step + 1) % PRUNE_EVERY == 0:
        left = 1.0 - (step + 1) / STEPS
        prune(tf.constant(FINAL_SPARSITY * (1.0 - left**3)))
    apply_masks()
print("loss =", compute_loss(*batch).numpy())
