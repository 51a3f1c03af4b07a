"""A global step that drives the warm-up of the learning rate, in TensorFlow 2.

The update is the arithmetic of TF1's MomentumOptimizer, with its slots as plain variables.
"""

import numpy as np
import tensorflow as tf

LAYERS = [(5, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.02
MOMENTUM = 0.9
WARMUP = 10
STEPS = 24
BATCH = 8

rng = np.random.RandomState(1)
inputs = rng.randn(48, 5).astype(np.float32)
targets = inputs[:, :1] * inputs[:, 1:2]
steps_per_epoch = len(inputs) // BATCH

weights = {}
for i, shape in enumerate(LAYERS):
    weights[f"layer_{i}/w"] = (0.4 * rng.randn(*shape)).astype(np.float32)
    weights[f"layer_{i}/b"] = np.zeros(shape[1], np.float32)
weights = {name: tf.Variable(value, name=name) for name, value in weights.items()}
slots = {
    name: tf.Variable(tf.zeros_like(variable), trainable=False, name=f"{name}/Momentum")
    for name, variable in weights.items()
}
global_step = tf.Variable(0, trainable=False, name="global_step", dtype=tf.int64)
epoch = tf.Variable(0, trainable=False, name="epoch", dtype=tf.int64)


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i in range(len(LAYERS)):
        w, b = weights[f"layer_{i}/w"], weights[f"layer_{i}/b"]
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of momentum, then count it."""
    warmup = tf.minimum(tf.cast(global_step + 1, tf.float32) / WARMUP, 1.0)
    learning_rate = LEARNING_RATE * warmup
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for name, gradient in tape.gradient(loss, weights).items():
        slots[name].assign(slots[name] * MOMENTUM + gradient)
        weights[name].assign_sub(learning_rate * slots[name])
    global_step.assign_add(1)
    epoch.assign(global_step // steps_per_epoch)


for step in range(STEPS):
    start = step % steps_per_epoch * BATCH
    batch = slice(start, start + BATCH)
    train_step(inputs[batch], targets[batch])
print("loss =", compute_loss(inputs, targets).numpy())
