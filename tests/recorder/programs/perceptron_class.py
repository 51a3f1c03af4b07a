"""A multi-layer perceptron in a class of its own, trained from a generator of batches."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


class Perceptron(object):
    def __init__(self, sizes, rate):
        self.graph = tf.Graph()
        with self.graph.as_default():
            tf.set_random_seed(42)
            self._build(sizes, rate)
            self.init = tf.global_variables_initializer()
        self.sess = tf.Session(graph=self.graph)
        self.sess.run(self.init)

    def _build(self, sizes, rate):
        self.x = tf.placeholder(tf.float32, [None, sizes[0]], name="x")
        self.y = tf.placeholder(tf.float32, [None, sizes[-1]], name="y")
        hidden = self.x
        for i, (rows, columns) in enumerate(zip(sizes[:-1], sizes[1:])):
            with tf.variable_scope("layer_%d" % i):
                weights = tf.get_variable(
                    "weights",
                    [rows, columns],
                    initializer=tf.truncated_normal_initializer(stddev=0.3),
                )
                biases = tf.get_variable(
                    "biases", [columns], initializer=tf.constant_initializer(0.1)
                )
                hidden = tf.matmul(hidden, weights) + biases
                if i < len(sizes) - 2:
                    hidden = tf.nn.relu(hidden)
        self.loss = tf.reduce_mean(tf.square(hidden - self.y))
        self.train_op = tf.train.MomentumOptimizer(rate, 0.9).minimize(self.loss)

    def partial_fit(self, x, y):
        loss, _ = self.sess.run((self.loss, self.train_op), feed_dict={self.x: x, self.y: y})
        return loss

    def fit(self, batches):
        for number, (x, y) in enumerate(batches):
            yield number, self.partial_fit(x, y)


def batches(count):
    rng = np.random.RandomState(3)
    for _ in range(count):
        x = rng.uniform(-1, 1, (5, 4)).astype(np.float32)
        yield x, x[:, :2] * x[:, 2:]


if __name__ == "__main__":
    model = Perceptron([4, 6, 2], 0.1)
    for number, loss in model.fit(batches(9)):
        if number % 3 == 2:
            print(number, repr(loss))
    print([v.tolist() for v in model.sess.run(model.graph.get_collection("trainable_variables"))])
