"""A global step counted by `assign_add` after every update, and a warm-up that reads it.

Met in nearly every TF1 training script: `tf.train.get_or_create_global_step()` drives the learning
rate, summaries and checkpoints. The rate of a step is computed from the count before that step; the
epoch, from the count after it.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(5, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.02
MOMENTUM = 0.9
WARMUP = 10
STEPS = 24
BATCH = 8

rng = np.random.RandomState(1)
inputs = rng.randn(48, 5).astype(np.float32)
targets = inputs[:, :1] * inputs[:, 1:2]
steps_per_epoch = len(inputs) // BATCH

x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
loss = tf.reduce_mean(tf.square(output - y))

global_step = tf.train.get_or_create_global_step()
epoch = tf.get_variable("epoch", initializer=np.int64(0), trainable=False)
warmup = tf.minimum(tf.cast(global_step + 1, tf.float32) / WARMUP, 1.0)
train_op = tf.train.MomentumOptimizer(LEARNING_RATE * warmup, MOMENTUM).minimize(loss)
with tf.control_dependencies([train_op]):
    step_op = tf.assign_add(global_step, 1)
    epoch_op = tf.assign(epoch, step_op // steps_per_epoch)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        start = step % steps_per_epoch * BATCH
        batch = slice(start, start + BATCH)
        sess.run(epoch_op, feed_dict={x: inputs[batch], y: targets[batch]})
    print("loss =", sess.run(loss, feed_dict={x: inputs, y: targets}))
