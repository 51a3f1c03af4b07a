"""A network with one hidden layer whose back-propagation is written out by hand."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

rng = np.random.RandomState(1)
a_0 = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 2])

w_1 = tf.Variable(rng.normal(size=(6, 4)).astype(np.float32), name="w_1")
b_1 = tf.Variable(rng.normal(size=(1, 4)).astype(np.float32), name="b_1")
w_2 = tf.Variable(rng.normal(size=(4, 2)).astype(np.float32), name="w_2")
b_2 = tf.Variable(rng.normal(size=(1, 2)).astype(np.float32), name="b_2")


def sigma(x):
    return tf.div(tf.constant(1.0), tf.add(tf.constant(1.0), tf.exp(tf.negative(x))))


def sigmaprime(x):
    return tf.multiply(sigma(x), tf.subtract(tf.constant(1.0), sigma(x)))


z_1 = tf.add(tf.matmul(a_0, w_1), b_1)
a_1 = sigma(z_1)
z_2 = tf.add(tf.matmul(a_1, w_2), b_2)
a_2 = sigma(z_2)
diff = tf.subtract(a_2, y)

d_z_2 = tf.multiply(diff, sigmaprime(z_2))
d_b_2 = d_z_2
d_w_2 = tf.matmul(tf.transpose(a_1), d_z_2)
d_a_1 = tf.matmul(d_z_2, tf.transpose(w_2))
d_z_1 = tf.multiply(d_a_1, sigmaprime(z_1))
d_b_1 = d_z_1
d_w_1 = tf.matmul(tf.transpose(a_0), d_z_1)

eta = tf.constant(0.5)
step = [
    tf.assign(w_1, tf.subtract(w_1, tf.multiply(eta, d_w_1))),
    tf.assign(b_1, tf.subtract(b_1, tf.multiply(eta, tf.reduce_mean(d_b_1, axis=[0])))),
    tf.assign(w_2, tf.subtract(w_2, tf.multiply(eta, d_w_2))),
    tf.assign(b_2, tf.subtract(b_2, tf.multiply(eta, tf.reduce_mean(d_b_2, axis=[0])))),
]

acct_mat = tf.equal(tf.argmax(a_2, 1), tf.argmax(y, 1))
acct_res = tf.reduce_sum(tf.cast(acct_mat, tf.float32))

sess = tf.InteractiveSession()
sess.run(tf.global_variables_initializer())
inputs = rng.uniform(-1, 1, (40, 6)).astype(np.float32)
targets = np.eye(2, dtype=np.float32)[(inputs.sum(axis=1) > 0).astype(int)]
for i in range(12):
    start = i * 3
    sess.run(step, feed_dict={a_0: inputs[start : start + 3], y: targets[start : start + 3]})
    if i % 4 == 0:
        print(i, sess.run(acct_res, feed_dict={a_0: inputs, y: targets}))
print(w_1.eval().tolist(), b_2.eval().tolist())
