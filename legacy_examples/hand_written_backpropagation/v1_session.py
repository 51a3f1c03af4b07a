"""Back-propagation written out by hand, every weight updated by `assign_sub`.

Met in teaching code and in research on other learning rules. The control dependencies matter: the
error of a layer is sent back through the weights of the layer above, so no weight may move before
all gradients are there.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(5, 8), (8, 8), (8, 8), (8, 2)]
LEARNING_RATE = 0.1
STEPS = 25
BATCH = 8

rng = np.random.RandomState(6)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :2] * inputs[:, :, 2:4]

x = tf.placeholder(tf.float32, [BATCH, 5])
y = tf.placeholder(tf.float32, [BATCH, 2])
weights, activations = [], [x]
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    weights.append((w, b))
    output = tf.matmul(activations[-1], w) + b
    activations.append(tf.tanh(output))
activations.pop()  # the last layer is linear
error = output - y
mean_squared_error = tf.reduce_mean(tf.square(error))

delta = error / BATCH
gradients = []
for i in reversed(range(len(LAYERS))):
    w, b = weights[i]
    gradients.append((w, tf.matmul(activations[i], delta, transpose_a=True)))
    gradients.append((b, tf.reduce_sum(delta, axis=0)))
    if i:
        slope = 1.0 - tf.square(activations[i])
        delta = tf.matmul(delta, w, transpose_b=True) * slope
with tf.control_dependencies([gradient for _, gradient in gradients]):
    train_op = tf.group(*[tf.assign_sub(v, LEARNING_RATE * gradient) for v, gradient in gradients])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_op, feed_dict=feed)
    print("mean squared error =", sess.run(mean_squared_error, feed_dict=feed))
