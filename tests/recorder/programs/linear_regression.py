"""Linear regression, one sample at a time, the cost evaluated every few epochs."""

import numpy
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

learning_rate = 0.01
training_epochs = 6
display_step = 2

train_X = numpy.asarray([3.3, 4.4, 5.5, 6.71], dtype=numpy.float32)
train_Y = numpy.asarray([1.7, 2.76, 2.09, 3.19], dtype=numpy.float32)
n_samples = train_X.shape[0]

X = tf.placeholder("float")
Y = tf.placeholder("float")
W = tf.Variable(0.3, name="weight")
b = tf.Variable(-0.1, name="bias")
pred = tf.add(tf.multiply(X, W), b)
cost = tf.reduce_sum(tf.pow(pred - Y, 2)) / (2 * n_samples)
optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(training_epochs):
        for x, y in zip(train_X, train_Y):
            sess.run(optimizer, feed_dict={X: x, Y: y})
        if (epoch + 1) % display_step == 0:
            c = sess.run(cost, feed_dict={X: train_X, Y: train_Y})
            print("epoch", epoch + 1, "cost", repr(c), "W", repr(W.eval()), "b", sess.run(b))
    print(sess.run(cost, feed_dict={X: train_X, Y: train_Y}), sess.run(W), sess.run(b))
