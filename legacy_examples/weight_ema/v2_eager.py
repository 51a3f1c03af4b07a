"""An exponential moving average of every weight, in TensorFlow 2.

Program order inside the step is all that the control dependencies were there for.
"""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 10), (10, 10), (10, 10), (10, 1)]
LEARNING_RATE = 0.05
DECAY = 0.6
STEPS = 25
BATCH = 8

rng = np.random.RandomState(4)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

weights, averages = [], []
for i, shape in enumerate(LAYERS):
    w = tf.Variable((0.4 * rng.randn(*shape)).astype(np.float32), name=f"layer_{i}/w")
    b = tf.Variable(np.zeros(shape[1], np.float32), name=f"layer_{i}/b")
    weights += [w, b]
    averages.append(tf.Variable(w, trainable=False, name=f"layer_{i}/w_ema"))
    averages.append(tf.Variable(b, trainable=False, name=f"layer_{i}/b_ema"))
num_updates = tf.Variable(0.0, trainable=False, name="num_updates")


def compute_loss(x, y, variables):
    """Give the mean squared error of the network with these weights."""
    for i in range(len(LAYERS)):
        w, b = variables[2 * i : 2 * i + 2]
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent, then move the averages towards the new weights."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y, weights)
    gradients = tape.gradient(loss, weights)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)
    num_updates.assign_add(1.0)
    decay = tf.minimum(DECAY, num_updates / (num_updates + 9.0))
    for average, weight in zip(averages, weights, strict=True):
        average.assign_sub((average - weight) * (1.0 - decay))


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
print("loss with averaged weights =", compute_loss(*batch, averages).numpy())
