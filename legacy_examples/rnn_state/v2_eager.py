"""The state of an LSTM carried from batch to batch in variables, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = 2
UNITS = 6
WINDOW = 4
WINDOWS = 6
LEARNING_RATE = 0.3
FORGET_BIAS = 1.0
EPOCHS = 4
BATCH = 3

rng = np.random.RandomState(25)
sequences = rng.randn(BATCH, WINDOWS * WINDOW + 1, UNITS).astype(np.float32)


class StatefulLSTM:
    """A layer whose state is kept in variables."""

    def __init__(self, name):
        """Create the variables."""
        w = (0.3 * rng.randn(2 * UNITS, 4 * UNITS)).astype(np.float32)
        zeros = tf.zeros((BATCH, UNITS))
        self.w = tf.Variable(w, name=f"{name}/w")
        self.b = tf.Variable(tf.zeros(4 * UNITS), name=f"{name}/b")
        self.cell = tf.Variable(zeros, trainable=False, name=f"{name}/cell")
        self.hidden = tf.Variable(zeros, trainable=False, name=f"{name}/hidden")

    def __call__(self, steps):
        """Give the outputs, step by step, and the state after them."""
        c, h = tf.identity(self.cell), tf.identity(self.hidden)
        outputs = []
        for step in steps:
            gates = tf.matmul(tf.concat([step, h], axis=1), self.w) + self.b
            entry, candidate, forget, exit_ = tf.split(gates, 4, axis=1)
            c = c * tf.sigmoid(forget + FORGET_BIAS) + tf.sigmoid(entry) * tf.tanh(candidate)
            h = tf.tanh(c) * tf.sigmoid(exit_)
            outputs.append(h)
        return outputs, c, h


layers = [StatefulLSTM(f"lstm_{i}") for i in range(LAYERS)]
w = tf.Variable((0.3 * rng.randn(UNITS, UNITS)).astype(np.float32), name="readout/w")
b = tf.Variable(tf.zeros(UNITS), name="readout/b")
weights = [w, b, *(v for layer in layers for v in (layer.w, layer.b))]


def compute_loss(x, y):
    """Give the mean squared error of the prediction, and each layer's state after the window."""
    steps, states = tf.unstack(x, axis=1), []
    for layer in layers:
        steps, c, h = layer(steps)
        states.append((c, h))
    output = tf.matmul(tf.concat(steps, axis=0), w) + b
    return tf.reduce_mean(tf.square(output - tf.concat(tf.unstack(y, axis=1), axis=0))), states


@tf.function
def train_step(x, y):
    """Take one step of gradient descent, and carry the states over."""
    with tf.GradientTape() as tape:
        loss, states = compute_loss(x, y)
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)
    for layer, (c, h) in zip(layers, states, strict=True):
        layer.cell.assign(c)
        layer.hidden.assign(h)


for _ in range(EPOCHS):
    for layer in layers:
        layer.cell.assign(tf.zeros_like(layer.cell))
        layer.hidden.assign(tf.zeros_like(layer.hidden))
    for start in range(0, WINDOWS * WINDOW, WINDOW):
        end = start + WINDOW
        x, y = sequences[:, start:end], sequences[:, start + 1 : end + 1]
        train_step(x, y)
loss, _ = compute_loss(x, y)
print("loss =", loss.numpy())
