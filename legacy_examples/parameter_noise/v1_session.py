"""A copy of the policy whose weights are perturbed, with noise of adaptive size.

Met in exploration by parameter noise (OpenAI Baselines' DQN and DDPG): `tf.assign(p, w + noise)`
for every weight, then the size of the noise rises or falls with the distance between what the two
policies do.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(5, 8), (8, 8), (8, 2)]
LEARNING_RATE = 0.05
INITIAL_STDDEV = 0.1
FACTOR = 1.25
WANTED_DISTANCE = 0.205
STEPS = 24
BATCH = 8

rng = np.random.RandomState(17)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)
targets = inputs[:, :, :2] * inputs[:, :, 2:4]

weights, perturbed = [], []
for i, shape in enumerate(LAYERS):
    w = (0.4 * rng.randn(*shape)).astype(np.float32)
    b = np.zeros(shape[1], np.float32)
    for name, value in ((f"layer_{i}/w", w), (f"layer_{i}/b", b)):
        weights.append(tf.get_variable(f"policy/{name}", initializer=value))
        perturbed.append(tf.get_variable(f"perturbed/{name}", initializer=value, trainable=False))
stddev = tf.get_variable("stddev", initializer=INITIAL_STDDEV, trainable=False)


def policy(x, variables):
    """Give the actions."""
    for i in range(0, len(variables), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, variables[i]) + variables[i + 1]
    return x


x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 2])
seed = tf.placeholder(tf.int32, [])
loss = tf.reduce_mean(tf.square(policy(x, weights) - y))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)

perturb_ops = []
for i, weight in enumerate(weights):
    noise = tf.random.stateless_normal(weight.shape, seed=[seed, i])
    perturb_ops.append(tf.assign(perturbed[i], weight + stddev * noise))

distance = tf.sqrt(tf.reduce_mean(tf.square(policy(x, weights) - policy(x, perturbed))))
adapt_op = tf.cond(
    distance < WANTED_DISTANCE,
    lambda: tf.assign(stddev, stddev * FACTOR),
    lambda: tf.assign(stddev, stddev / FACTOR),
)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step], seed: step}
        sess.run(perturb_ops, feed_dict=feed)
        sess.run(adapt_op, feed_dict=feed)
        sess.run(train_op, feed_dict=feed)
    print("stddev =", sess.run(stddev), "loss =", sess.run(loss, feed_dict=feed))
