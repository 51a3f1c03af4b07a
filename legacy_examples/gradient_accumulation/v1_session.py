"""Gradients accumulated over micro-batches, applied together, and put back to zero.

Met where a batch does not fit in memory: three ops, run one after the other, add to the
accumulators, apply their mean through the optimizer and reset them.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.05
CLIP_NORM = 1.0
MICRO_BATCHES = 4
STEPS = 20
BATCH = 4

rng = np.random.RandomState(9)
inputs = rng.randn(STEPS, MICRO_BATCHES, BATCH, 6).astype(np.float32)
targets = inputs[..., :1] * inputs[..., 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
loss = tf.reduce_mean(tf.square(output - y))

optimizer = tf.train.GradientDescentOptimizer(LEARNING_RATE)
accumulate_ops, reset_ops, means = [], [], []
for gradient, weight in optimizer.compute_gradients(loss):
    zeros = np.zeros(weight.shape.as_list(), np.float32)
    total = tf.get_variable(f"{weight.op.name}/total", initializer=zeros, trainable=False)
    accumulate_ops.append(tf.assign_add(total, gradient))
    reset_ops.append(tf.assign(total, tf.zeros_like(total)))
    means.append((tf.clip_by_norm(total / MICRO_BATCHES, CLIP_NORM), weight))
apply_op = optimizer.apply_gradients(means)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        for micro in range(MICRO_BATCHES):
            feed = {x: inputs[step, micro], y: targets[step, micro]}
            sess.run(accumulate_ops, feed_dict=feed)
        sess.run(apply_op)
        sess.run(reset_ops)
    print("loss =", sess.run(loss, feed_dict=feed))
