"""A copy of the policy perturbed with noise of adaptive size, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(5, 8), (8, 8), (8, 2)]
LEARNING_RATE = 0.05
INITIAL_STDDEV = 0.1
FACTOR = 1.25
WANTED_DISTANCE = 0.205
STEPS = 24
BATCH = 8

rng = np.random.RandomState(17)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :2] * inputs[:, :, 2:4]

weights, perturbed = [], []
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights.append(tf.Variable(value, name=f"policy/{name}"))
        perturbed.append(tf.Variable(value, trainable=False, name=f"perturbed/{name}"))
stddev = tf.Variable(INITIAL_STDDEV, trainable=False, name="stddev")


def policy(x, variables):
    """Give the actions."""
    for i in range(0, len(variables), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, variables[i]) + variables[i + 1]
    return x


def compute_loss(x, y):
    """Give the mean squared error of the actions."""
    return tf.reduce_mean(tf.square(policy(x, weights) - y))


@tf.function
def train_step(x, y, seed):
    """Perturb the policy, adapt the size of the noise, and take one step of gradient descent."""
    for i, (weight, copy) in enumerate(zip(weights, perturbed, strict=True)):
        noise = tf.random.stateless_normal(weight.shape, seed=[seed, i])
        copy.assign(weight + stddev * noise)

    distance = tf.sqrt(tf.reduce_mean(tf.square(policy(x, weights) - policy(x, perturbed))))
    if distance < WANTED_DISTANCE:
        stddev.assign(stddev * FACTOR)
    else:
        stddev.assign(stddev / FACTOR)

    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch, tf.constant(step))
print("stddev =", stddev.numpy(), "loss =", compute_loss(*batch).numpy())
