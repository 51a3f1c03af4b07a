"""Weights kept in NumPy between steps, and loaded back after a setback, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(5, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.3
SETBACK = 0.7
STEPS = 24
BATCH = 16

rng = np.random.RandomState(23)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :1] - inputs[:, :, 1:2]
check_inputs = rng.randn(BATCH, 5).astype(np.float32)
check_targets = check_inputs[:, :1] - check_inputs[:, 1:2]

weights = {}
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights[name] = tf.Variable(value, name=name)
learning_rate = tf.Variable(LEARNING_RATE, trainable=False, name="learning_rate")


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i in range(len(LAYERS)):
        x = tf.nn.relu(x) if i else x
        x = tf.matmul(x, weights[f"layer_{i}/w"]) + weights[f"layer_{i}/b"]
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for name, gradient in tape.gradient(loss, weights).items():
        weights[name].assign_sub(learning_rate * gradient)


best_loss = compute_loss(check_inputs, check_targets)
best = {name: variable.numpy() for name, variable in weights.items()}
for step in range(STEPS):
    train_step(inputs[step], targets[step])
    check_loss = compute_loss(check_inputs, check_targets)
    if check_loss < best_loss:
        best_loss = check_loss
        best = {name: variable.numpy() for name, variable in weights.items()}
    else:
        for name, variable in weights.items():
            variable.assign(best[name])
        learning_rate.assign(SETBACK * learning_rate)
print("loss =", best_loss.numpy(), "learning rate =", learning_rate.numpy())
