"""Back-propagation written out by hand, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(5, 8), (8, 8), (8, 8), (8, 2)]
LEARNING_RATE = 0.1
STEPS = 25
BATCH = 8

rng = np.random.RandomState(6)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :2] * inputs[:, :, 2:4]

weights = []
for i, shape in enumerate(LAYERS):
    w = tf.Variable((0.4 * rng.randn(*shape)).astype(np.float32), name=f"layer_{i}/w")
    b = tf.Variable(np.zeros(shape[1], np.float32), name=f"layer_{i}/b")
    weights.append((w, b))


def forward(x):
    """Give the inputs of all layers, and the output."""
    activations = []
    for w, b in weights:
        activations.append(x)
        output = tf.matmul(x, w) + b
        x = tf.tanh(output)
    return activations, output


@tf.function
def train_step(x, y):
    """Compute all gradients, then take one step of gradient descent."""
    activations, output = forward(x)
    delta = (output - y) / BATCH
    gradients = []
    for i in reversed(range(len(LAYERS))):
        w, b = weights[i]
        gradients.append((w, tf.matmul(activations[i], delta, transpose_a=True)))
        gradients.append((b, tf.reduce_sum(delta, axis=0)))
        if i:
            slope = 1.0 - tf.square(activations[i])
            delta = tf.matmul(delta, w, transpose_b=True) * slope
    for variable, gradient in gradients:
        variable.assign_sub(LEARNING_RATE * gradient)


for step in range(STEPS):
    x, y = inputs[step], targets[step]
    train_step(x, y)
_, output = forward(x)
print("mean squared error =", tf.reduce_mean(tf.square(output - y)).numpy())
