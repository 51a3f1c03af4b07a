"""A counter that is trained, and put back to zero by `assign` on every other step.

Met where Python decides when state starts anew: accumulated gradients, episode statistics,
periodic resets of a running sum.

The counter is a float32. This pattern is usually published with an integer variable
(`tf.Variable(0)`), but an integer has no gradient, so that form never trained anything: it fails
with `ValueError: No gradients provided for any variable` (a session refuses the integer loss
before that: `ValueError: Invalid type tf.int32`).
"""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LEARNING_RATE = 0.01
STEPS = 5

counter = tf.get_variable("counter", initializer=0.0)

loss = 2.0 * counter
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
reset_op = tf.assign(counter, 0.0)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        sess.run(train_op)
        if step % 2 == 0:
            sess.run(reset_op)
        print("step", step, "counter =", sess.run(counter))
