"""Gradual pruning: masks assigned from the weights' magnitudes, weights assigned times their mask.

Met in model compression (`tf.contrib.model_pruning`) and lottery-ticket code: every few steps the
smallest weights of each layer are masked, more of them each time; after every step the masked
weights go back to zero.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 10), (10, 10), (10, 10), (10, 1)]
LEARNING_RATE = 0.05
FINAL_SPARSITY = 0.8
PRUNE_EVERY = 4
STEPS = 24
BATCH = 8

rng = np.random.RandomState(16)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
sparsity = tf.placeholder(tf.float32, [])
output = x
prune_ops, mask_ops = [], []
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
        mask = tf.get_variable("mask", initializer=np.ones(shape, np.float32), trainable=False)
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b

    magnitude = tf.abs(w)
    ordered = tf.sort(tf.reshape(magnitude, [-1]))
    n_pruned = tf.cast(tf.round(sparsity * w.shape.num_elements()), tf.int32)
    prune_ops.append(tf.assign(mask, tf.cast(magnitude >= ordered[n_pruned], tf.float32)))
    mask_ops.append(tf.assign(w, w * mask))
loss = tf.reduce_mean(tf.square(output - y))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_op, feed_dict=feed)
        if (step + 1) % PRUNE_EVERY == 0:
            left = 1.0 - (step + 1) / STEPS
            sess.run(prune_ops, feed_dict={sparsity: FINAL_SPARSITY * (1.0 - left**3)})
        sess.run(mask_ops)
    print("loss =", sess.run(loss, feed_dict=feed))
