"""Saves, goes back to what was saved, starts anew, and saves again."""

import os
import tempfile

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
path = os.path.join(tempfile.mkdtemp(), "model")
v = tf.Variable([1.0, 2.0], name="v")
steps = tf.Variable(0, name="steps", trainable=False)
loss = tf.reduce_sum(tf.square(v))
train = tf.train.MomentumOptimizer(0.1, 0.5).minimize(loss, global_step=steps)
saver = tf.train.Saver(max_to_keep=2)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    sess.run(init)
    best = float("inf")
    for i in range(10):
        _, value = sess.run([train, loss])
        if i in (2, 5):
            saver.save(sess, path, global_step=i)
        if i == 4:
            saver.restore(sess, path + "-2")
        if i == 7:
            sess.run(v.initializer)
        best = min(best, value)
    print(repr(best), sess.run([v, steps]))
with tf.Session() as sess:
    saver.restore(sess, tf.train.latest_checkpoint(os.path.dirname(path)))
    for i in range(3):
        sess.run(train)
    print(sess.run([v, steps]), tf.report_uninitialized_variables().eval().tolist())
