"""The hand-written back-propagation as layers that update themselves, run eagerly."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(1)


def sigma(x):
    return tf.math.divide(tf.constant(1.0), tf.add(tf.constant(1.0), tf.exp(tf.negative(x))))


def sigmaprime(x):
    return tf.multiply(sigma(x), tf.subtract(tf.constant(1.0), sigma(x)))


class Layer:
    def __init__(self, number, rows, columns):
        self.w = tf.Variable(
            rng.normal(size=(rows, columns)).astype(np.float32), name=f"w_{number}"
        )
        self.b = tf.Variable(rng.normal(size=(1, columns)).astype(np.float32), name=f"b_{number}")

    def forward(self, below):
        self.below = below
        self.z = tf.add(tf.matmul(below, self.w), self.b)
        return sigma(self.z)

    def backward(self, d_a):
        self.d_z = tf.multiply(d_a, sigmaprime(self.z))
        return tf.matmul(self.d_z, tf.transpose(self.w))

    def update(self, eta):
        self.w.assign(self.w - eta * tf.matmul(tf.transpose(self.below), self.d_z))
        self.b.assign(self.b - eta * tf.reduce_mean(self.d_z, axis=[0]))


layers = [Layer(1, 6, 4), Layer(2, 4, 2)]
inputs = rng.uniform(-1, 1, (40, 6)).astype(np.float32)
targets = np.eye(2, dtype=np.float32)[(inputs.sum(axis=1) > 0).astype(int)]
for i in range(12):
    a = tf.constant(inputs[i * 3 : i * 3 + 3])
    for layer in layers:
        a = layer.forward(a)
    error = a - targets[i * 3 : i * 3 + 3]
    for layer in reversed(layers):
        error = layer.backward(error)
    for layer in layers:
        layer.update(tf.constant(0.5))
