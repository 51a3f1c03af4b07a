"""Softmax regression on mini-batches, with a decaying learning rate and a global step."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

rng = np.random.RandomState(0)
features = rng.uniform(-1, 1, (24, 5)).astype(np.float32)
labels = np.eye(3, dtype=np.float32)[features[:, :3].argmax(axis=1)]
batch_size = 8

x = tf.placeholder(tf.float32, [None, 5])
y_ = tf.placeholder(tf.float32, [None, 3])
W = tf.Variable(tf.zeros([5, 3]), name="W")
b = tf.Variable(tf.zeros([3]), name="b")
y = tf.matmul(x, W) + b

loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y_, logits=y))
global_step = tf.Variable(0, trainable=False, name="global_step")
rate = tf.train.exponential_decay(0.5, global_step, 4, 0.9, staircase=True)
train_op = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=global_step)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(y, 1), tf.argmax(y_, 1)), tf.float32))

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for epoch in range(4):
    avg_cost = 0.0
    for i in range(len(features) // batch_size):
        batch_xs = features[i * batch_size : (i + 1) * batch_size]
        batch_ys = labels[i * batch_size : (i + 1) * batch_size]
        _, c, step = sess.run([train_op, loss, global_step], {x: batch_xs, y_: batch_ys})
        avg_cost += c / 3
    print(
        epoch,
        repr(avg_cost),
        accuracy.eval({x: features, y_: labels}, session=sess),
        rate.eval(session=sess),
    )
print(sess.run(W).tolist(), sess.run(global_step))
sess.close()
