"""A KL penalty whose coefficient is adapted by `assign` after every round of training.

Met in PPO with a KL penalty and in RLHF (Ziegler et al., 2019): the old policy is a copy of the new
one, made at the start of a round; at its end, the coefficient rises or falls with the error of the
KL divergence, which is clipped.
"""
# migrate-vars: drift <= 1e-5

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(4, 8), (8, 8), (8, 3)]
LEARNING_RATE = 0.03
INITIAL_BETA = 1.0
TARGET_KL = 0.008
MAX_ERROR = 0.6
GAIN = 0.5
ROUNDS = 12
EPOCHS = 3
BATCH = 12

rng = np.random.RandomState(22)
states = rng.randn(ROUNDS, BATCH, 4).astype(np.float32)
actions = rng.randint(3, size=(ROUNDS, BATCH)).astype(np.int32)
advantages = rng.randn(ROUNDS, BATCH).astype(np.float32)


def make_weights(scope, trainable):
    """Create the weights of one policy."""
    weights = []
    for i, shape in enumerate(LAYERS):
        with tf.variable_scope(f"{scope}/layer_{i}"):
            w = (0.5 * rng.randn(*shape)).astype(np.float32)
            b = np.zeros(shape[1], np.float32)
            weights.append(tf.get_variable("w", initializer=w, trainable=trainable))
            weights.append(tf.get_variable("b", initializer=b, trainable=trainable))
    return weights


def log_policy(x, weights):
    """Give the logarithm of each action's probability."""
    for i in range(0, len(weights), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[i]) + weights[i + 1]
    return tf.nn.log_softmax(x)


new, old = make_weights("new", trainable=True), make_weights("old", trainable=False)
beta = tf.get_variable("beta", initializer=INITIAL_BETA, trainable=False)
state = tf.placeholder(tf.float32, [None, 4])
action = tf.placeholder(tf.int32, [None])
advantage = tf.placeholder(tf.float32, [None])

log_new, log_old = log_policy(state, new), log_policy(state, old)
kl = tf.reduce_mean(tf.reduce_sum(tf.exp(log_old) * (log_old - log_new), axis=1))
ratio = tf.reduce_sum(tf.exp(log_new - log_old) * tf.one_hot(action, 3), axis=1)
loss = beta * kl - tf.reduce_mean(ratio * advantage)
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
copy_ops = [tf.assign(variable, new[i]) for i, variable in enumerate(old)]
kl_error = tf.clip_by_value(kl / TARGET_KL - 1.0, -MAX_ERROR, MAX_ERROR)
adapt_op = tf.assign(beta, beta * (1.0 + GAIN * kl_error))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for number in range(ROUNDS):
        feed = {
            state: states[number],
            action: actions[number],
            advantage: advantages[number],
        }
        sess.run(copy_ops)
        for _ in range(EPOCHS):
            sess.run(train_op, feed_dict=feed)
        sess.run(adapt_op, feed_dict=feed)
        print("round", number, "KL =", sess.run(kl, feed_dict=feed), "beta =", sess.run(beta))
