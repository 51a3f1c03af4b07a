"""Batch normalisation with moving statistics, written by hand in TensorFlow 2."""

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 8)]
LEARNING_RATE = 0.05
MOMENTUM = 0.9
EPSILON = 1e-3
STEPS = 24
BATCH = 16

rng = np.random.RandomState(5)
inputs = (2.0 * rng.randn(STEPS, BATCH, 6) + 1.0).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]


class BatchNormLayer:
    """A dense layer without a bias, batch normalisation and a ReLU."""

    def __init__(self, shape, name):
        """Create the variables."""
        self.w = tf.Variable((0.5 * rng.randn(*shape)).astype(np.float32), name=f"{name}/w")
        self.gamma = tf.Variable(tf.ones(shape[1]), name=f"{name}/gamma")
        self.beta = tf.Variable(tf.zeros(shape[1]), name=f"{name}/beta")
        self.moving_mean = tf.Variable(
            tf.zeros(shape[1]), trainable=False, name=f"{name}/moving_mean"
        )
        self.moving_variance = tf.Variable(
            tf.ones(shape[1]), trainable=False, name=f"{name}/moving_variance"
        )

    def __call__(self, x, training):
        """Normalise by the batch and update the moving statistics, or normalise by those."""
        x = tf.matmul(x, self.w)
        mean = tf.reduce_mean(x, axis=0) if training else self.moving_mean
        centred = x - mean
        if training:
            variance = tf.reduce_mean(tf.square(centred), axis=0)
            self.moving_mean.assign_sub((self.moving_mean - mean) * (1.0 - MOMENTUM))
            self.moving_variance.assign_sub((self.moving_variance - variance) * (1.0 - MOMENTUM))
        else:
            variance = self.moving_variance
        normalised = centred * tf.math.rsqrt(variance + EPSILON)
        return tf.nn.relu(normalised * self.gamma + self.beta)


layers = [BatchNormLayer(shape, f"layer_{i}") for i, shape in enumerate(LAYERS)]
readout = tf.Variable((0.3 * rng.randn(8, 1)).astype(np.float32), name="readout")
weights = [readout, *(v for layer in layers for v in (layer.w, layer.gamma, layer.beta))]


def compute_loss(x, y, training):
    """Give the mean squared error."""
    for layer in layers:
        x = layer(x, training)
    return tf.reduce_mean(tf.square(tf.matmul(x, readout) - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y, training=True)
    gradients = tape.gradient(loss, weights)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)


for step in range(STEPS):
    batch = inputs[step], targets[step]
    train_step(*batch)
print("evaluation loss =", compute_loss(*batch, training=False).numpy())
