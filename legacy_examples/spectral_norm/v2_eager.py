"""Spectral normalisation with one round of power iteration per step, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.1
EPSILON = 0.01
STEPS = 24
BATCH = 8

rng = np.random.RandomState(18)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

layers = []
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    layers.append(
        {
            "w": tf.Variable(w, name=f"layer_{i}/w"),
            "b": tf.Variable(tf.zeros(shape[1]), name=f"layer_{i}/b"),
            "u": tf.Variable(
                rng.randn(1, shape[0]).astype(np.float32), trainable=False, name=f"layer_{i}/u"
            ),
        }
    )


def normalise(x):
    """Divide a vector by its length."""
    return x / (tf.sqrt(tf.reduce_sum(tf.square(x))) + EPSILON)


def spectral_norm(w, u):
    """Divide a matrix by its estimated norm; give the new vector as well."""
    v = normalise(tf.matmul(u, w))
    new_u = normalise(tf.matmul(v, w, transpose_b=True))
    u_hat, v_hat = tf.stop_gradient(new_u), tf.stop_gradient(v)
    norm = tf.matmul(tf.matmul(u_hat, w), v_hat, transpose_b=True)
    return w / norm, new_u


def compute_loss(x, y):
    """Give the mean squared error of the normalised network, and the new vectors."""
    new_vectors = []
    for i, layer in enumerate(layers):
        normalised, new_u = spectral_norm(layer["w"], layer["u"])
        new_vectors.append(new_u)
        x = tf.matmul(tf.nn.relu(x) if i else x, normalised) + layer["b"]
    return tf.reduce_mean(tf.square(x - y)), new_vectors


@tf.function
def train_step(x, y):
    """Take one step of gradient descent, then keep the new vectors."""
    weights = [{"w": layer["w"], "b": layer["b"]} for layer in layers]
    with tf.GradientTape() as tape:
        loss, new_vectors = compute_loss(x, y)
    gradients = tape.gradient(loss, weights)
    for layer, gradient, new_u in zip(layers, gradients, new_vectors, strict=True):
        layer["w"].assign_sub(LEARNING_RATE * gradient["w"])
        layer["b"].assign_sub(LEARNING_RATE * gradient["b"])
        layer["u"].assign(new_u)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
loss, _ = compute_loss(*batch)
print("loss =", loss.numpy())
