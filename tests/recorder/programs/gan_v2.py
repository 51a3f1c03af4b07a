"""The adversarial network, with the critic's updates in a function of their own."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(12)
D_W = tf.Variable([[0.3], [-0.1]], name="D_W")
D_b = tf.Variable([0.0], name="D_b")
G_W = tf.Variable([[1.0, 0.2], [0.1, 1.0]], name="G_W")
critic = tf.compat.v1.train.RMSPropOptimizer(learning_rate=0.05)
generator = tf.keras.optimizers.SGD(0.05)


def score(x):
    return tf.matmul(x, D_W) + D_b


@tf.function
def train_critic(x, z):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(score(x)) - tf.reduce_mean(score(tf.matmul(z, G_W)))
        loss = -loss
    weights = [D_W, D_b]
    critic.apply_gradients(zip(tape.gradient(loss, weights), weights))
    for weight in weights:
        weight.assign(tf.clip_by_value(weight, -0.25, 0.25))


@tf.function
def train_generator(z):
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(score(tf.matmul(z, G_W)))
    generator.apply_gradients([(tape.gradient(loss, G_W), G_W)])


for _ in range(5):
    for _ in range(3):
        x = rng.normal(1, 0.2, (4, 2)).astype(np.float32)
        train_critic(x, rng.uniform(-1, 1, (4, 2)).astype(np.float32))
    train_generator(rng.uniform(-1, 1, (4, 2)).astype(np.float32))
