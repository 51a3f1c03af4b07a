"""Spectral normalisation: one round of power iteration per step, kept in a vector per layer.

Met in the discriminators of SN-GAN, SAGAN and BigGAN. The largest singular value is estimated with
the vector kept from the step before; the new vector is assigned before the step ends.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.1
EPSILON = 0.01
STEPS = 24
BATCH = 8

rng = np.random.RandomState(18)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]


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


x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
new_vectors = []
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
        u = tf.get_variable(
            "u", initializer=rng.randn(1, shape[0]).astype(np.float32), trainable=False
        )
    normalised, new_u = spectral_norm(w, u)
    new_vectors.append((u, new_u))
    output = tf.matmul(tf.nn.relu(output) if i else output, normalised) + b
loss = tf.reduce_mean(tf.square(output - y))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
with tf.control_dependencies([train_op]):
    power_ops = [tf.assign(u, new_u) for u, new_u in new_vectors]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(power_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
