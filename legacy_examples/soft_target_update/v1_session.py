"""Target networks that follow their online networks slowly, by Polyak averaging.

Met in DDPG, TD3 and SAC: after the critic and the actor have each taken a step,
`tf.assign(t, TAU * o + (1 - TAU) * t)` moves every target weight a little.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

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
            weights[f"w{i}"] = tf.get_variable(f"{kind}/{scope}/layer_{i}/w", initializer=w)
            weights[f"b{i}"] = tf.get_variable(f"{kind}/{scope}/layer_{i}/b", initializer=b)
    return online, target


def network(x, weights):
    """Apply two layers."""
    hidden = tf.nn.relu(tf.matmul(x, weights["w0"]) + weights["b0"])
    return tf.matmul(hidden, weights["w1"]) + weights["b1"]


actor, actor_target = make_weights("actor", ACTOR)
critic, critic_target = make_weights("critic", CRITIC)
state = tf.placeholder(tf.float32, [None, 4])
action = tf.placeholder(tf.float32, [None, 2])
reward = tf.placeholder(tf.float32, [None, 1])
next_state = tf.placeholder(tf.float32, [None, 4])

next_action = tf.tanh(network(next_state, actor_target))
next_value = network(tf.concat([next_state, next_action], axis=1), critic_target)
goal = tf.stop_gradient(reward + GAMMA * next_value)
value = network(tf.concat([state, action], axis=1), critic)
critic_loss = tf.reduce_mean(tf.square(goal - value))
own_action = tf.tanh(network(state, actor))
actor_loss = -tf.reduce_mean(network(tf.concat([state, own_action], axis=1), critic))

critic_op = tf.train.GradientDescentOptimizer(CRITIC_RATE).minimize(
    critic_loss, var_list=list(critic.values())
)
actor_op = tf.train.GradientDescentOptimizer(ACTOR_RATE).minimize(
    actor_loss, var_list=list(actor.values())
)
follow_ops = [
    tf.assign(target[name], TAU * online[name] + (1.0 - TAU) * target[name])
    for online, target in ((actor, actor_target), (critic, critic_target))
    for name in online
]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {
            state: states[step],
            action: actions[step],
            reward: rewards[step],
            next_state: next_states[step],
        }
        sess.run(critic_op, feed_dict=feed)
        sess.run(actor_op, feed_dict=feed)
        sess.run(follow_ops)
    print("critic loss =", sess.run(critic_loss, feed_dict=feed))
