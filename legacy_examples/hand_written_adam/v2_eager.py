"""Adam written by hand, with decoupled weight decay and AMSGrad, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 9), (9, 9), (9, 1)]
LEARNING_RATE = 0.01
BETA1 = 0.9
BETA2 = 0.95
EPSILON = 1e-3
WEIGHT_DECAY = 0.02
STEPS = 24
BATCH = 8

rng = np.random.RandomState(8)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

weights, slots = {}, {}
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights[name] = tf.Variable(value, name=name)
        slots[name] = [
            tf.Variable(tf.zeros_like(value), trainable=False, name=f"{name}/{slot}")
            for slot in ("m", "v", "v_max")
        ]
updates = tf.Variable(0.0, trainable=False, name="updates")


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i in range(len(LAYERS)):
        w, b = weights[f"layer_{i}/w"], weights[f"layer_{i}/b"]
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of AdamW with AMSGrad."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    updates.assign_add(1.0)
    rate = LEARNING_RATE * tf.sqrt(1.0 - BETA2**updates) / (1.0 - BETA1**updates)
    for name, gradient in tape.gradient(loss, weights).items():
        weight, (m, v, v_max) = weights[name], slots[name]
        m.assign(BETA1 * m + (1.0 - BETA1) * gradient)
        v.assign(BETA2 * v + (1.0 - BETA2) * tf.square(gradient))
        v_max.assign(tf.maximum(v_max, v))
        change = rate * m / (tf.sqrt(v_max) + EPSILON)
        weight.assign_sub(change + LEARNING_RATE * WEIGHT_DECAY * weight)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
print("loss =", compute_loss(*batch).numpy())
