"""Dynamic loss scaling for half precision, with `tf.cond` around every update.

Met in mixed-precision training before `tf.train.experimental` had it: float32 weights, float16
matrix products, a loss multiplied by a scale. If a gradient overflows, the step is left out and the
scale falls; after some good steps in a row it rises.
"""
# migrate-vars: drift <= 5e-3

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.05
INITIAL_SCALE = 2.0**17
FACTOR = 2.0
GROWTH_EVERY = 3
STEPS = 24
BATCH = 8

rng = np.random.RandomState(11)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    half = tf.cast(tf.nn.relu(output) if i else output, tf.float16)
    output = tf.cast(tf.matmul(half, tf.cast(w, tf.float16)), tf.float32) + b
loss = tf.reduce_mean(tf.square(output - y))

global_step = tf.train.get_or_create_global_step()
loss_scale = tf.get_variable("loss_scale", initializer=INITIAL_SCALE, trainable=False)
good_steps = tf.get_variable("good_steps", initializer=0, trainable=False)
skipped_steps = tf.get_variable("skipped_steps", initializer=0, trainable=False)
weights = tf.trainable_variables()
scale = tf.identity(loss_scale)
gradients = [gradient / scale for gradient in tf.gradients(loss * scale, weights)]
finite = tf.reduce_all([tf.reduce_all(tf.is_finite(gradient)) for gradient in gradients])


def apply():
    """Take the step, and let the scale grow after enough good ones."""
    updates = [tf.assign_sub(w, LEARNING_RATE * gradients[i]) for i, w in enumerate(weights)]
    count = good_steps + 1
    grow = tf.equal(count % GROWTH_EVERY, 0)
    updates.append(tf.assign(loss_scale, tf.where(grow, scale * FACTOR, scale)))
    updates.append(tf.assign(good_steps, tf.where(grow, 0, count)))
    with tf.control_dependencies(updates):
        return tf.constant(True)


def skip():
    """Leave the weights alone and lower the scale."""
    updates = [
        tf.assign(loss_scale, scale / FACTOR),
        tf.assign(good_steps, 0),
        tf.assign_add(skipped_steps, 1),
    ]
    with tf.control_dependencies(updates):
        return tf.constant(False)


train_op = tf.group(tf.assign_add(global_step, 1), tf.cond(finite, apply, skip))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_op, feed_dict=feed)
    print("skipped steps =", sess.run(skipped_steps), "loss =", sess.run(loss, feed_dict=feed))
