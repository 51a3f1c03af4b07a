"""The state of an LSTM carried from batch to batch in variables.

Met in language models trained by truncated back-propagation: the state after a batch is assigned
under control dependencies of the training step, and put back to zero at the start of every
sequence.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = 2
UNITS = 6
WINDOW = 4
WINDOWS = 6
LEARNING_RATE = 0.3
FORGET_BIAS = 1.0
EPOCHS = 4
BATCH = 3

rng = np.random.RandomState(25)
sequences = rng.randn(BATCH, WINDOWS * WINDOW + 1, UNITS).astype(np.float32)

x = tf.placeholder(tf.float32, [BATCH, WINDOW, UNITS])
y = tf.placeholder(tf.float32, [BATCH, WINDOW, UNITS])
steps = tf.unstack(x, axis=1)
state_ops, reset_ops = [], []
for i in range(LAYERS):
    with tf.variable_scope(f"lstm_{i}"):
        w = (0.3 * rng.randn(2 * UNITS, 4 * UNITS)).astype(np.float32)
        zeros = np.zeros((BATCH, UNITS), np.float32)
        w = tf.get_variable("w", initializer=w)
        b = tf.get_variable("b", initializer=np.zeros(4 * UNITS, np.float32))
        cell = tf.get_variable("cell", initializer=zeros, trainable=False)
        hidden = tf.get_variable("hidden", initializer=zeros, trainable=False)
    c, h = tf.identity(cell), tf.identity(hidden)
    outputs = []
    for step in steps:
        gates = tf.matmul(tf.concat([step, h], axis=1), w) + b
        entry, candidate, forget, exit_ = tf.split(gates, 4, axis=1)
        c = c * tf.sigmoid(forget + FORGET_BIAS) + tf.sigmoid(entry) * tf.tanh(candidate)
        h = tf.tanh(c) * tf.sigmoid(exit_)
        outputs.append(h)
    steps = outputs
    state_ops += [(cell, c), (hidden, h)]
    reset_ops += [tf.assign(cell, tf.zeros_like(cell)), tf.assign(hidden, tf.zeros_like(hidden))]
w = tf.get_variable("readout/w", initializer=(0.3 * rng.randn(UNITS, UNITS)).astype(np.float32))
b = tf.get_variable("readout/b", initializer=np.zeros(UNITS, np.float32))
output = tf.matmul(tf.concat(steps, axis=0), w) + b
loss = tf.reduce_mean(tf.square(output - tf.concat(tf.unstack(y, axis=1), axis=0)))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
with tf.control_dependencies([train_op]):
    carry_ops = [tf.assign(variable, value) for variable, value in state_ops]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(EPOCHS):
        sess.run(reset_ops)
        for start in range(0, WINDOWS * WINDOW, WINDOW):
            end = start + WINDOW
            feed = {x: sequences[:, start:end], y: sequences[:, start + 1 : end + 1]}
            sess.run(carry_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
