"""Batch normalisation whose moving mean and variance are updated by `assign_sub`.

Met in every batch norm written before `tf.layers`: the updates go into the collection UPDATE_OPS,
and the training op depends on them. Training uses the statistics of the batch, evaluation the
moving ones.

The formula is written out so that no tensor has more than two uses. With `tf.nn.moments` the input
has three, and a session adds up the three gradients in another order than a `GradientTape` does:
enough to differ in the last bit.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 8), (8, 8), (8, 8)]
LEARNING_RATE = 0.05
MOMENTUM = 0.9
EPSILON = 1e-3
STEPS = 24
BATCH = 16

rng = np.random.RandomState(5)
inputs = (2.0 * rng.randn(STEPS, BATCH, 6) + 1.0).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

weights = []
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        layer = {
            "w": tf.get_variable("w", initializer=(0.5 * rng.randn(*shape)).astype(np.float32)),
            "gamma": tf.get_variable("gamma", initializer=np.ones(shape[1], np.float32)),
            "beta": tf.get_variable("beta", initializer=np.zeros(shape[1], np.float32)),
            "moving_mean": tf.get_variable(
                "moving_mean", initializer=np.zeros(shape[1], np.float32), trainable=False
            ),
            "moving_variance": tf.get_variable(
                "moving_variance", initializer=np.ones(shape[1], np.float32), trainable=False
            ),
        }
    weights.append(layer)
readout = tf.get_variable("readout", initializer=(0.3 * rng.randn(8, 1)).astype(np.float32))


def update_moving(moving, value):
    """Let a moving statistic follow that of the batch before the next training step ends."""
    update = tf.assign_sub(moving, (moving - value) * (1.0 - MOMENTUM))
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)


def compute_loss(x, y, training):
    """Give the mean squared error."""
    for layer in weights:
        x = tf.matmul(x, layer["w"])
        mean = tf.reduce_mean(x, axis=0) if training else layer["moving_mean"]
        centred = x - mean
        if training:
            variance = tf.reduce_mean(tf.square(centred), axis=0)
            update_moving(layer["moving_mean"], mean)
            update_moving(layer["moving_variance"], variance)
        else:
            variance = layer["moving_variance"]
        normalised = centred * tf.rsqrt(variance + EPSILON)
        x = tf.nn.relu(normalised * layer["gamma"] + layer["beta"])
    return tf.reduce_mean(tf.square(tf.matmul(x, readout) - y))


x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
loss = compute_loss(x, y, training=True)
with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
    train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
evaluation_loss = compute_loss(x, y, training=False)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_op, feed_dict=feed)
    print("evaluation loss =", sess.run(evaluation_loss, feed_dict=feed))
