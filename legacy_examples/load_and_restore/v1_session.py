"""Weights kept in NumPy between steps, and loaded back when a step made things worse.

Met in early stopping, hyper-parameter search, federated averaging and population-based training:
`sess.run(variables)` takes the values out, `variable.load(value, session)` puts them back. After a
setback the learning rate falls, by an assignment that is fed its value.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(5, 8), (8, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.3
SETBACK = 0.7
STEPS = 24
BATCH = 16

rng = np.random.RandomState(23)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :1] - inputs[:, :, 1:2]
check_inputs = rng.randn(BATCH, 5).astype(np.float32)
check_targets = check_inputs[:, :1] - check_inputs[:, 1:2]

x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 1])
weights = {}
output = x
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights[name] = tf.get_variable(name, initializer=value)
    output = tf.nn.relu(output) if i else output
    output = tf.matmul(output, weights[f"layer_{i}/w"]) + weights[f"layer_{i}/b"]
loss = tf.reduce_mean(tf.square(output - y))

learning_rate = tf.get_variable("learning_rate", initializer=LEARNING_RATE, trainable=False)
new_rate = tf.placeholder(tf.float32, [])
set_rate_op = tf.assign(learning_rate, new_rate)
train_op = tf.train.GradientDescentOptimizer(learning_rate).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    check = {x: check_inputs, y: check_targets}
    best_loss, best = sess.run(loss, feed_dict=check), sess.run(weights)
    for step in range(STEPS):
        sess.run(train_op, feed_dict={x: inputs[step], y: targets[step]})
        check_loss = sess.run(loss, feed_dict=check)
        if check_loss < best_loss:
            best_loss, best = check_loss, sess.run(weights)
        else:
            for name, variable in weights.items():
                variable.load(best[name], sess)
            sess.run(set_rate_op, feed_dict={new_rate: SETBACK * sess.run(learning_rate)})
    print("loss =", best_loss, "learning rate =", sess.run(learning_rate))
