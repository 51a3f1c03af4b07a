"""A program that races, and the two orders that it may have."""

from __future__ import annotations

# What the average is made from, the weight before or after its update, nothing says.
REFERENCE = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
apart = tf.get_variable("apart", initializer=0.0)
v = tf.get_variable("v", initializer=1.0)
average = tf.get_variable("average", initializer=0.0)
copy = tf.get_variable("copy", initializer=0.0)
count = tf.assign_add(apart, 1.0)
loss = v * v
train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
follow = tf.assign(average, 0.5 * v)
take = tf.assign(copy, average + 1.0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(4):
        sess.run(count)
        sess.run([train, follow, loss])
        sess.run(take)
"""
FOLLOW = "follow = tf.assign(average, 0.5 * v)\n"
# The two orders that the reference may have, each said.
FIRST = REFERENCE.replace(FOLLOW, "").replace(
    "train =", FOLLOW + "with tf.control_dependencies([follow]):\n    train ="
)
LAST = REFERENCE.replace(
    FOLLOW,
    "with tf.control_dependencies([train]):\n"
    "    follow = tf.assign(average, 0.5 * v.read_value())\n",
)
