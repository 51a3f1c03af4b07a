"""Gradients accumulated over micro-batches, applied and put back to zero after each three."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
rng = np.random.RandomState(13)
x = tf.placeholder(tf.float32, [None, 3])
y = tf.placeholder(tf.float32, [None, 1])
w = tf.Variable(np.ones((3, 1), np.float32), name="w")
b = tf.Variable([0.5], name="b")
loss = tf.reduce_mean(tf.square(tf.matmul(x, w) + b - y))
opt = tf.train.GradientDescentOptimizer(0.1)
tvs = tf.trainable_variables()
accum_vars = [
    tf.Variable(tf.zeros_like(tv.initialized_value()), trainable=False, name="accum_" + tv.op.name)
    for tv in tvs
]
zero_ops = [tv.assign(tf.zeros_like(tv)) for tv in accum_vars]
gvs = opt.compute_gradients(loss, tvs)
accum_ops = [accum_vars[i].assign_add(gv[0]) for i, gv in enumerate(gvs)]
train_step = opt.apply_gradients([(accum_vars[i], gv[1]) for i, gv in enumerate(gvs)])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(4):
        sess.run(zero_ops)
        for j in range(3):
            sess.run(accum_ops, {x: rng.normal(size=(2, 3)), y: rng.normal(size=(2, 1))})
        sess.run(train_step)
    print(sess.run([w, b]))
