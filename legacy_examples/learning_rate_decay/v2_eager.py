"""A learning rate kept in a variable and lowered after every epoch, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.08
DECAY = 0.7
MINIMUM = 0.02
EPOCHS = 6
BATCH = 8

rng = np.random.RandomState(0)
inputs = rng.randn(32, 6).astype(np.float32)
targets = inputs[:, :1] * inputs[:, 1:2]

weights = []
for i, shape in enumerate(LAYERS):
    w = tf.Variable((0.4 * rng.randn(*shape)).astype(np.float32), name=f"layer_{i}/w")
    b = tf.Variable(np.zeros(shape[1], np.float32), name=f"layer_{i}/b")
    weights.append((w, b))
learning_rate = tf.Variable(LEARNING_RATE, trainable=False, name="learning_rate")


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i, (w, b) in enumerate(weights):
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent at the present learning rate."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    gradients = tape.gradient(loss, weights)
    for layer, layer_gradients in zip(weights, gradients, strict=True):
        for variable, gradient in zip(layer, layer_gradients, strict=True):
            variable.assign_sub(learning_rate * gradient)


for _ in range(EPOCHS):
    for start in range(0, len(inputs), BATCH):
        batch = slice(start, start + BATCH)
        train_step(inputs[batch], targets[batch])
    learning_rate.assign(tf.maximum(learning_rate * DECAY, MINIMUM))
print("loss =", compute_loss(inputs, targets).numpy())
