"""An exponential moving average of every weight, taken under control dependencies of the step.

Met wherever averaged weights are evaluated or exported (Inception, EfficientNet, GANs, diffusion
models). `tf.control_dependencies([train_op])` makes the average see the weights after the step;
the decay starts low and rises with the number of updates.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 10), (10, 10), (10, 10), (10, 1)]
LEARNING_RATE = 0.05
DECAY = 0.6
STEPS = 25
BATCH = 8

rng = np.random.RandomState(4)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
weights, averages = [], []
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
        w_ema = tf.get_variable("w_ema", initializer=w.initialized_value(), trainable=False)
        b_ema = tf.get_variable("b_ema", initializer=b.initialized_value(), trainable=False)
    weights.append((w, b))
    averages.append((w_ema, b_ema))
num_updates = tf.get_variable("num_updates", initializer=0.0, trainable=False)


def compute_loss(layers):
    """Give the mean squared error of the network with these weights."""
    output = x
    for i, (w, b) in enumerate(layers):
        output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
    return tf.reduce_mean(tf.square(output - y))


train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(
    compute_loss(weights), var_list=tf.trainable_variables()
)
with tf.control_dependencies([train_op]):
    count = tf.assign_add(num_updates, 1.0)
    decay = tf.minimum(DECAY, count / (count + 9.0))
    average_ops = [
        tf.assign_sub(average, (average - weight) * (1.0 - decay))
        for i in range(len(LAYERS))
        for average, weight in ((averages[i][0], weights[i][0]), (averages[i][1], weights[i][1]))
    ]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(average_ops, feed_dict=feed)
    print("loss with averaged weights =", sess.run(compute_loss(averages), feed_dict=feed))
