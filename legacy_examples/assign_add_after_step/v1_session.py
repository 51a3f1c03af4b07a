"""A manual `assign_add` after every Adam step.

Met where code nudges a weight on top of what the optimizer does: noise injection, warm restarts,
weight perturbation in evolution strategies. The nudge goes past the optimizer, whose slots must
not notice it.
"""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LEARNING_RATE = 0.1
OFFSET = 0.5
STEPS = 10

v = tf.get_variable("v", initializer=0.0)
offset = tf.placeholder(tf.float32, shape=[], name="offset")

loss = tf.square(v)
train_op = tf.train.AdamOptimizer(LEARNING_RATE).minimize(loss)
shift_op = tf.assign_add(v, offset)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(STEPS):
        sess.run(train_op)
        sess.run(shift_op, feed_dict={offset: OFFSET})
    print("v =", sess.run(v))
