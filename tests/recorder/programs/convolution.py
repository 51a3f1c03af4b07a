"""A small convolutional network with dropout, trained by Adam."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
tf.set_random_seed(11)


def weight_variable(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def bias_variable(shape):
    return tf.Variable(tf.constant(0.1, shape=shape))


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding="SAME")


x = tf.placeholder(tf.float32, shape=[None, 36])
y_ = tf.placeholder(tf.float32, shape=[None, 2])
keep_prob = tf.placeholder(tf.float32)
x_image = tf.reshape(x, [-1, 6, 6, 1])
W_conv1 = weight_variable([3, 3, 1, 4])
b_conv1 = bias_variable([4])
h_conv1 = tf.nn.relu(conv2d(x_image, W_conv1) + b_conv1)
h_pool1 = tf.nn.max_pool(h_conv1, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")
h_flat = tf.reshape(h_pool1, [-1, 36])
h_drop = tf.nn.dropout(h_flat, rate=1 - keep_prob)
W_fc = weight_variable([36, 2])
b_fc = bias_variable([2])
y_conv = tf.matmul(h_drop, W_fc) + b_fc
cross_entropy = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=y_conv))
train_step = tf.train.AdamOptimizer(1e-2).minimize(cross_entropy)
correct = tf.equal(tf.argmax(y_conv, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

rng = np.random.RandomState(5)
images = rng.uniform(size=(60, 36)).astype(np.float32)
classes = np.eye(2, dtype=np.float32)[(images[:, :18].sum(1) > images[:, 18:].sum(1)).astype(int)]
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(8):
        batch = images[i * 7 : i * 7 + 7], classes[i * 7 : i * 7 + 7]
        if i % 3 == 0:
            print(i, accuracy.eval(feed_dict={x: batch[0], y_: batch[1], keep_prob: 1.0}))
        train_step.run(feed_dict={x: batch[0], y_: batch[1], keep_prob: 0.5})
    print(repr(cross_entropy.eval({x: images, y_: classes, keep_prob: 1.0})))
