"""Codebooks learned as moving averages of the vectors assigned to each code, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LEVELS = 3
CODES = 6
DEPTH = 4
DECAY = 0.8
SMOOTHING = 0.05
LEARNING_RATE = 0.1
STEPS = 24
BATCH = 12

rng = np.random.RandomState(19)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)

w = tf.Variable((0.5 * rng.randn(5, DEPTH)).astype(np.float32), name="encoder/w")
b = tf.Variable(tf.zeros(DEPTH), name="encoder/b")


class Level:
    """A codebook with the moving averages that it comes from."""

    def __init__(self, scale, name):
        """Create the variables."""
        initial = rng.randn(CODES, DEPTH).astype(np.float32) / scale
        self.codebook = tf.Variable(initial, trainable=False, name=f"{name}/codebook")
        self.total = tf.Variable(initial, trainable=False, name=f"{name}/total")
        self.count = tf.Variable(tf.ones(CODES), trainable=False, name=f"{name}/count")

    def nearest(self, vectors):
        """Give the number of the code next to each vector."""
        differences = tf.expand_dims(vectors, 1) - tf.expand_dims(self.codebook, 0)
        return tf.argmin(tf.reduce_sum(tf.square(differences), axis=2), axis=1)

    def update(self, vectors, code):
        """Move every code towards the vectors that were assigned to it."""
        chosen = tf.one_hot(code, CODES)
        sums = tf.matmul(chosen, vectors, transpose_a=True)
        self.total.assign(DECAY * self.total + (1.0 - DECAY) * sums)
        self.count.assign(DECAY * self.count + (1.0 - DECAY) * tf.reduce_sum(chosen, axis=0))
        self.codebook.assign(self.total / tf.expand_dims(self.count + SMOOTHING, 1))


levels = [Level(i + 1, f"level_{i}") for i in range(LEVELS)]


def quantise(x):
    """Encode a batch; give the loss, and for each level its input and its codes."""
    encoded = tf.matmul(x, w) + b
    residual = tf.stop_gradient(encoded)
    found = []
    for level in levels:
        code = level.nearest(residual)
        found.append((residual, code))
        residual -= tf.gather(level.codebook, code)
    quantised = tf.stop_gradient(encoded) - residual
    return tf.reduce_mean(tf.square(encoded - quantised)), found


@tf.function
def train_step(x):
    """Take one step of gradient descent with the encoder, then update the codebooks."""
    with tf.GradientTape() as tape:
        loss, found = quantise(x)
    w_gradient, b_gradient = tape.gradient(loss, (w, b))
    w.assign_sub(LEARNING_RATE * w_gradient)
    b.assign_sub(LEARNING_RATE * b_gradient)
    for level, (vectors, code) in zip(levels, found, strict=True):
        level.update(vectors, code)


for step in range(STEPS):
    x = inputs[step]
    train_step(x)
loss, _ = quantise(x)
print("loss =", loss.numpy())
