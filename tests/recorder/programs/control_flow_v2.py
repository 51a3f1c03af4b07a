"""The same as one tf.function with Python control flow, which AutoGraph turns into ops."""

import tensorflow as tf

w = tf.Variable([1.0, -2.0], name="w")
total = tf.Variable(0.0, name="total")
even = tf.Variable(0, name="even")
odd = tf.Variable(0, name="odd")


@tf.function
def train(n):
    i = tf.constant(0)
    while i < n:
        total.assign_add(tf.cast(i, tf.float32))
        i += 1
    w.assign_sub(0.1 * w * total)
    if n % 2 == 0:
        even.assign_add(n)
    else:
        odd.assign_add(n)


for step in range(6):
    train(tf.constant(step % 4))
