"""The linear regression as a class, trained eagerly."""

import numpy as np
import tensorflow as tf


class Model:
    def __init__(self):
        self.weight = tf.Variable(0.3, name="weight")
        self.bias = tf.Variable(-0.1, name="bias")
        self.samples = 4

    def loss(self, x, y):
        return tf.reduce_sum(tf.pow(x * self.weight + self.bias - y, 2)) / (2 * self.samples)


def train(model, xs, ys, epochs, rate=0.01):
    for epoch in range(epochs):
        for x, y in zip(xs, ys):
            with tf.GradientTape() as tape:
                loss = model.loss(x, y)
            d_weight, d_bias = tape.gradient(loss, [model.weight, model.bias])
            model.weight.assign_sub(rate * d_weight)
            model.bias.assign_sub(rate * d_bias)
        if epoch % 2:
            print(epoch, float(model.loss(xs, ys)))


train(
    Model(),
    np.array([3.3, 4.4, 5.5, 6.71], np.float32),
    np.array([1.7, 2.76, 2.09, 3.19], np.float32),
    epochs=6,
)
