"""Target networks that follow their online networks slowly, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

ACTOR = [(4, 10), (10, 2)]
CRITIC = [(6, 10), (10, 1)]
ACTOR_RATE = 0.02
CRITIC_RATE = 0.05
GAMMA = 0.9
TAU = 0.1
STEPS = 24
BATCH = 8

rng = np.random.RandomState(3)
states = rng.randn(STEPS, BATCH, 4).astype(np.float32)
actions = rng.uniform(-1, 1, size=(STEPS, BATCH, 2)).astype(np.float32)
rewards = rng.randn(STEPS, BATCH, 1).astype(np.float32)
next_states = rng.randn(STEPS, BATCH, 4).astype(np.float32)


def make_weights(scope, layers):
    """Create an online and a target network with the same initial weights."""
    online, target = {}, {}
    for i, shape in enumerate(layers):
        w = (0.3 * rng.randn(*shape)).astype(np.float32)
        b = np.zeros(shape[1], np.float32)
        for weights, kind in ((online, "online"), (target, "target")):
            weights[f"w{i}"] = tf.Variable(w, name=f"{kind}/{scope}/layer_{i}/w")
            weights[f"b{i}"] = tf.Variable(b, name=f"{kind}/{scope}/layer_{i}/b")
    return online, target


def network(x, weights):
    """Apply two layers."""
    hidden = tf.nn.relu(tf.matmul(x, weights["w0"]) + weights["b0"])
    return tf.matmul(hidden, weights["w1"]) + weights["b1"]


actor, actor_target = make_weights("actor", ACTOR)
critic, critic_target = make_weights("critic", CRITIC)


def compute_critic_loss(state, action, reward, next_state):
    """Give the squared error against what the target networks expect."""
    next_action = tf.tanh(network(next_state, actor_target))
    next_value = network(tf.concat([next_state, next_action], axis=1), critic_target)
    goal = tf.stop_gradient(reward + GAMMA * next_value)
    value = network(tf.concat([state, action], axis=1), critic)
    return tf.reduce_mean(tf.square(goal - value))


def compute_actor_loss(state):
    """Give minus the value that the critic sees in the actor's actions."""
    own_action = tf.tanh(network(state, actor))
    return -tf.reduce_mean(network(tf.concat([state, own_action], axis=1), critic))


@tf.function
def train_step(state, action, reward, next_state):
    """Train the critic, then the actor, then let both targets follow."""
    with tf.GradientTape() as tape:
        loss = compute_critic_loss(state, action, reward, next_state)
    for name, gradient in tape.gradient(loss, critic).items():
        critic[name].assign_sub(CRITIC_RATE * gradient)
    with tf.GradientTape() as tape:
        loss = compute_actor_loss(state)
    for name, gradient in tape.gradient(loss, actor).items():
        actor[name].assign_sub(ACTOR_RATE * gradient)
    for online, target in ((actor, actor_target), (critic, critic_target)):
        for name, variable in target.items():
            variable.assign(TAU * online[name] + (1.0 - TAU) * variable)


for step in range(STEPS):
    transition = (states[step], actions[step], rewards[step], next_states[step])
    train_step(*transition)
print("critic loss =", compute_critic_loss(*transition).numpy())
