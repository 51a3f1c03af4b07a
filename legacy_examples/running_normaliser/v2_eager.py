"""Running mean and variance of observations and rewards, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

SIZES = {"position": 3, "velocity": 4, "reward": 1}
INITIAL_COUNT = 0.01
CLIP = 1.5
LEARNING_RATE = 0.05
STEPS = 20
BATCH = 8

rng = np.random.RandomState(12)
data = {
    name: (rng.randn(STEPS, BATCH, size) * (i + 2) + i - 1).astype(np.float32)
    for i, (name, size) in enumerate(SIZES.items())
}


class Normaliser:
    """Keeps the moments of all batches seen so far."""

    def __init__(self, size, name):
        """Create the variables."""
        self.mean = tf.Variable(tf.zeros(size), trainable=False, name=f"{name}/mean")
        self.variance = tf.Variable(tf.ones(size), trainable=False, name=f"{name}/variance")
        self.count = tf.Variable(INITIAL_COUNT, trainable=False, name=f"{name}/count")

    def update(self, x):
        """Merge the moments of a batch."""
        batch_count = tf.cast(tf.shape(x)[0], tf.float32)
        batch_mean, batch_variance = tf.nn.moments(x, axes=[0])
        delta = batch_mean - self.mean
        new_count = self.count + batch_count
        new_mean = self.mean + delta * batch_count / new_count
        squares = self.variance * self.count + batch_variance * batch_count
        squares += tf.square(delta) * self.count * batch_count / new_count
        self.mean.assign(new_mean)
        self.variance.assign(squares / new_count)
        self.count.assign(new_count)

    def __call__(self, x):
        """Normalise and clip."""
        return tf.clip_by_value((x - self.mean) / tf.sqrt(self.variance), -CLIP, CLIP)


normalisers = {name: Normaliser(size, name) for name, size in SIZES.items()}
w = tf.Variable((0.3 * rng.randn(7, 1)).astype(np.float32), name="w")
b = tf.Variable(tf.zeros(1), name="b")


def compute_loss(batch):
    """Give the mean squared error of a linear prediction of the reward."""
    normalised = {name: normalisers[name](x) for name, x in batch.items()}
    features = tf.concat([normalised["position"], normalised["velocity"]], axis=1)
    return tf.reduce_mean(tf.square(tf.matmul(features, w) + b - normalised["reward"]))


@tf.function
def train_step(batch):
    """Merge the batch into the moments, then take one step of gradient descent."""
    for name, x in batch.items():
        normalisers[name].update(x)
    with tf.GradientTape() as tape:
        loss = compute_loss(batch)
    w_gradient, b_gradient = tape.gradient(loss, (w, b))
    w.assign_sub(LEARNING_RATE * w_gradient)
    b.assign_sub(LEARNING_RATE * b_gradient)


for step in range(STEPS):
    batch = {name: values[step] for name, values in data.items()}
    train_step(batch)
print("loss =", compute_loss(batch).numpy())
