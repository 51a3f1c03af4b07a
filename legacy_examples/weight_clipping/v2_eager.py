"""Weight clipping in a Wasserstein GAN, in TensorFlow 2.

The update is the one op that TF1's RMSPropOptimizer runs, with its slots as plain variables. The
mean square starts at 1 in TF1; Keras starts it at 0, which makes very different first steps.
"""

import numpy as np
import tensorflow as tf

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
    """Create the weights of one network, each with its two slots."""
    weights, slots = [], []
    for i, shape in enumerate(layers):
        w = (0.3 * rng.randn(*shape)).astype(np.float32)
        b = np.zeros(shape[1], np.float32)
        for name, value in ((f"{scope}/layer_{i}/w", w), (f"{scope}/layer_{i}/b", b)):
            ones, zeros = tf.ones_like(value), tf.zeros_like(value)
            weights.append(tf.Variable(value, name=name))
            mean_square = tf.Variable(ones, trainable=False, name=f"{name}/RMSProp")
            momentum = tf.Variable(zeros, trainable=False, name=f"{name}/RMSProp_1")
            slots.append((mean_square, momentum))
    return weights, slots


def network(x, weights):
    """Apply all layers."""
    for i in range(0, len(weights), 2):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[i]) + weights[i + 1]
    return x


generator, generator_slots = make_weights("generator", GENERATOR)
critic, critic_slots = make_weights("critic", CRITIC)


def compute_fake_score(noise):
    """Give the mean score that the critic gives to generated samples."""
    return tf.reduce_mean(network(network(noise, generator), critic))


def compute_critic_loss(real, noise):
    """Give the difference of the scores of generated and real samples, and the penalty."""
    real_scores = network(real, critic)
    loss = compute_fake_score(noise) - tf.reduce_mean(real_scores)
    return loss + DRIFT_PENALTY * tf.reduce_mean(tf.square(real_scores))


def apply_rmsprop(weights, slots, gradients):
    """Take one step of RMSProp."""
    for weight, (mean_square, momentum), gradient in zip(weights, slots, gradients, strict=True):
        tf.raw_ops.ResourceApplyRMSProp(
            var=weight.handle,
            ms=mean_square.handle,
            mom=momentum.handle,
            lr=LEARNING_RATE,
            rho=DECAY,
            momentum=0.0,
            epsilon=EPSILON,
            grad=gradient,
        )


@tf.function
def train_critic(real, noise):
    """Take one step with the critic, then clip its weights."""
    with tf.GradientTape() as tape:
        loss = compute_critic_loss(real, noise)
    apply_rmsprop(critic, critic_slots, tape.gradient(loss, critic))
    for weight in critic:
        weight.assign(tf.clip_by_value(weight, -CLIP, CLIP))


@tf.function
def train_generator(noise):
    """Take one step with the generator."""
    with tf.GradientTape() as tape:
        loss = -compute_fake_score(noise)
    apply_rmsprop(generator, generator_slots, tape.gradient(loss, generator))


for step in range(STEPS):
    for turn in range(CRITIC_STEPS):
        real, noise = real_data[step, turn], noise_data[step, turn]
        train_critic(real, noise)
    train_generator(noise)
print("critic loss =", compute_critic_loss(real, noise).numpy())
