"""Momentum written by hand: one velocity variable per weight, moved by `assign`.

Met in papers' reference code from before an optimizer had the variant they needed. The weight moves
by the velocity that the assignment returns, so the order of the two writes is fixed.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 9), (9, 9), (9, 9), (9, 1)]
LEARNING_RATE = 0.02
MOMENTUM = 0.85
WEIGHT_DECAY = 0.01
STEPS = 24
BATCH = 8

rng = np.random.RandomState(7)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
loss = tf.reduce_mean(tf.square(output - y))

weights = tf.trainable_variables()
gradients = tf.gradients(loss, weights)
train_ops = []
with tf.control_dependencies(gradients):  # no weight moves before all gradients are there
    for i, weight in enumerate(weights):
        velocity = tf.get_variable(
            f"{weight.op.name}/velocity",
            initializer=np.zeros(weight.shape.as_list(), np.float32),
            trainable=False,
        )
        gradient = gradients[i] + WEIGHT_DECAY * weight
        velocity_op = tf.assign(velocity, MOMENTUM * velocity - LEARNING_RATE * gradient)
        train_ops.append(tf.assign_add(weight, velocity_op))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
