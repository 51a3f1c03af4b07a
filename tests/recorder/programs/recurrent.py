"""A recurrent network unrolled by tf.scan, with its gradients clipped by their global norm."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

hidden, length = 4, 6
rng = np.random.RandomState(2)
inputs = tf.placeholder(tf.float32, [length, None, 2])
targets = tf.placeholder(tf.float32, [None, 1])
with tf.variable_scope("cell", initializer=tf.constant_initializer(0.2)):
    W_x = tf.get_variable("W_x", [2, hidden])
    W_h = tf.get_variable("W_h", initializer=(0.3 * rng.normal(size=(hidden, hidden))).astype("f"))
    b = tf.get_variable("b", [hidden])
W_out = tf.get_variable("W_out", initializer=rng.normal(size=(hidden, 1)).astype("f"))

states = tf.scan(
    lambda h, x: tf.nn.relu(tf.matmul(x, W_x) + tf.matmul(h, W_h) + b),
    inputs,
    initializer=tf.zeros([3, hidden]),
)
loss = tf.reduce_mean((tf.matmul(states[-1], W_out) - targets) ** 2)
tvars = tf.trainable_variables()
grads, norm = tf.clip_by_global_norm(tf.gradients(loss, tvars), 1.0)
global_step = tf.train.get_or_create_global_step()
train_op = tf.train.GradientDescentOptimizer(0.1).apply_gradients(zip(grads, tvars), global_step)


def run_epoch(session, data):
    total = 0.0
    for x, y in data:
        cost, _ = session.run([loss, train_op], {inputs: x, targets: y})
        total += cost
    return total


data = [(rng.normal(size=(length, 3, 2)), rng.normal(size=(3, 1))) for _ in range(3)]
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    for epoch in range(3):
        print(epoch, repr(run_epoch(session, data)), session.run(global_step))
