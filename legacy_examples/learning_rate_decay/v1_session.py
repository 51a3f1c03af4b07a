"""A learning rate kept in a variable and lowered by `assign` after every epoch.

Met where Python decides when the rate falls (every epoch, or on a plateau) and the optimizer was
given the variable once, when the graph was built.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.08
DECAY = 0.7
MINIMUM = 0.02
EPOCHS = 6
BATCH = 8

rng = np.random.RandomState(0)
inputs = rng.randn(32, 6).astype(np.float32)
targets = inputs[:, :1] * inputs[:, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
loss = tf.reduce_mean(tf.square(output - y))

learning_rate = tf.get_variable("learning_rate", initializer=LEARNING_RATE, trainable=False)
train_op = tf.train.GradientDescentOptimizer(learning_rate).minimize(loss)
decay_op = tf.assign(learning_rate, tf.maximum(learning_rate * DECAY, MINIMUM))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(EPOCHS):
        for start in range(0, len(inputs), BATCH):
            batch = slice(start, start + BATCH)
            sess.run(train_op, feed_dict={x: inputs[batch], y: targets[batch]})
        sess.run(decay_op)
    print("loss =", sess.run(loss, feed_dict={x: inputs, y: targets}))
