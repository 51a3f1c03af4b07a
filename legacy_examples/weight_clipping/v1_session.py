"""Weight clipping in a Wasserstein GAN: two optimizers, and a critic held in a box by `assign`.

Met in WGAN and its many copies: the critic takes several RMSProp steps for each step of the
generator, and all its weights are clipped after each of them. A small penalty keeps its scores from
drifting away.
"""
# migrate-vars: drift <= 1e-5

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

GENERATOR = [(3, 8), (8, 8), (8, 4)]
CRITIC = [(4, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.01
DECAY = 0.8
EPSILON = 1e-3
CLIP = 0.3
DRIFT_PENALTY = 0.01
CRITIC_STEPS = 3
STEPS = 20
BATCH = 8

rng = np.random.RandomState(10)
real_data = (rng.randn(STEPS, CRITIC_STEPS, BATCH, 4) + 1.0).astype(np.float32)
noise_data = rng.randn(STEPS, CRITIC_STEPS, BATCH, 3).astype(np.float32)


def make_weights(scope, layers):
    """Create the weights of one network."""
    weights = []
    for i, shape in enumerate(layers):
        with tf.variable_scope(f"{scope}/layer_{i}"):
            w = tf.get_variable("w", initializer=(0.3 * rng.randn(*shape)).astype(np.float32))
            b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
        weights += [w, b]
    return weights


def network(x, weights):
    """Apply all layers."""
    for i in range(0, len(weights), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[i]) + weights[i + 1]
    return x


generator = make_weights("generator", GENERATOR)
critic = make_weights("critic", CRITIC)
real = tf.placeholder(tf.float32, [None, 4])
noise = tf.placeholder(tf.float32, [None, 3])
fake_score = tf.reduce_mean(network(network(noise, generator), critic))
real_scores = network(real, critic)
critic_loss = fake_score - tf.reduce_mean(real_scores)
critic_loss += DRIFT_PENALTY * tf.reduce_mean(tf.square(real_scores))

critic_op = tf.train.RMSPropOptimizer(LEARNING_RATE, decay=DECAY, epsilon=EPSILON).minimize(
    critic_loss, var_list=critic
)
generator_op = tf.train.RMSPropOptimizer(LEARNING_RATE, decay=DECAY, epsilon=EPSILON).minimize(
    -fake_score, var_list=generator
)
clip_ops = [tf.assign(weight, tf.clip_by_value(weight, -CLIP, CLIP)) for weight in critic]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        for turn in range(CRITIC_STEPS):
            feed = {real: real_data[step, turn], noise: noise_data[step, turn]}
            sess.run(critic_op, feed_dict=feed)
            sess.run(clip_ops)
        sess.run(generator_op, feed_dict=feed)
    print("critic loss =", sess.run(critic_loss, feed_dict=feed))
