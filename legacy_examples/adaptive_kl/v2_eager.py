"""A KL penalty whose coefficient is adapted after every round of training, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

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
        w = (0.5 * rng.randn(*shape)).astype(np.float32)
        b = np.zeros(shape[1], np.float32)
        weights.append(tf.Variable(w, trainable=trainable, name=f"{scope}/layer_{i}/w"))
        weights.append(tf.Variable(b, trainable=trainable, name=f"{scope}/layer_{i}/b"))
    return weights


def log_policy(x, weights):
    """Give the logarithm of each action's probability."""
    for i in range(0, len(weights), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[i]) + weights[i + 1]
    return tf.nn.log_softmax(x)


new, old = make_weights("new", trainable=True), make_weights("old", trainable=False)
beta = tf.Variable(INITIAL_BETA, trainable=False, name="beta")


def compute_kl(log_new, log_old):
    """Give the mean KL divergence of the new policy from the old one."""
    return tf.reduce_mean(tf.reduce_sum(tf.exp(log_old) * (log_old - log_new), axis=1))


@tf.function
def train_step(state, action, advantage):
    """Take one step of gradient descent on the surrogate loss with its penalty."""
    with tf.GradientTape() as tape:
        log_new, log_old = log_policy(state, new), log_policy(state, old)
        kl = compute_kl(log_new, log_old)
        ratio = tf.reduce_sum(tf.exp(log_new - log_old) * tf.one_hot(action, 3), axis=1)
        loss = beta * kl - tf.reduce_mean(ratio * advantage)
    for weight, gradient in zip(new, tape.gradient(loss, new), strict=True):
        weight.assign_sub(LEARNING_RATE * gradient)


for number in range(ROUNDS):
    for variable, weight in zip(old, new, strict=True):
        variable.assign(weight)
    for _ in range(EPOCHS):
        train_step(states[number], actions[number], advantages[number])
    kl = compute_kl(log_policy(states[number], new), log_policy(states[number], old))
    kl_error = tf.clip_by_value(kl / TARGET_KL - 1.0, -MAX_ERROR, MAX_ERROR)
    beta.assign(beta * (1.0 + GAIN * kl_error))
    print("round", number, "KL =", kl.numpy(), "beta =", beta.numpy())
