"""A target network that is overwritten with the online network every few steps.

Met in DQN and its descendants: `[tf.assign(t, o) for ...]`, run once before training and then
every SYNC_EVERY steps, while gradients flow into the online network alone.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(4, 12), (12, 12), (12, 3)]
LEARNING_RATE = 0.05
GAMMA = 0.9
SYNC_EVERY = 7
STEPS = 30
BATCH = 8

rng = np.random.RandomState(2)
states = rng.randn(STEPS, BATCH, 4).astype(np.float32)
actions = rng.randint(3, size=(STEPS, BATCH))
rewards = rng.randn(STEPS, BATCH).astype(np.float32)
next_states = rng.randn(STEPS, BATCH, 4).astype(np.float32)
ended = (rng.rand(STEPS, BATCH) < 0.2).astype(np.float32)


def make_weights(scope):
    """Create the weights of one network."""
    weights = {}
    for i, shape in enumerate(LAYERS):
        w = (0.3 * rng.randn(*shape)).astype(np.float32)
        b = np.zeros(shape[1], np.float32)
        weights[f"w{i}"] = tf.get_variable(f"{scope}/layer_{i}/w", initializer=w)
        weights[f"b{i}"] = tf.get_variable(f"{scope}/layer_{i}/b", initializer=b)
    return weights


def q_values(x, weights):
    """Give the value of every action in each state."""
    for i in range(len(LAYERS)):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[f"w{i}"]) + weights[f"b{i}"]
    return x


online, target = make_weights("online"), make_weights("target")
state = tf.placeholder(tf.float32, [None, 4])
action = tf.placeholder(tf.int32, [None])
reward = tf.placeholder(tf.float32, [None])
next_state = tf.placeholder(tf.float32, [None, 4])
end = tf.placeholder(tf.float32, [None])

best_next = tf.reduce_max(q_values(next_state, target), axis=1)
goal = tf.stop_gradient(reward + GAMMA * (1.0 - end) * best_next)
chosen = tf.reduce_sum(q_values(state, online) * tf.one_hot(action, 3), axis=1)
loss = tf.reduce_mean(tf.square(goal - chosen))
optimizer = tf.train.GradientDescentOptimizer(LEARNING_RATE)
train_op = optimizer.minimize(loss, var_list=list(online.values()))
sync_op = tf.group(*[tf.assign(target[name], online[name]) for name in online])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(sync_op)
    for step in range(STEPS):
        feed = {
            state: states[step],
            action: actions[step],
            reward: rewards[step],
            next_state: next_states[step],
            end: ended[step],
        }
        sess.run(train_op, feed_dict=feed)
        if (step + 1) % SYNC_EVERY == 0:
            sess.run(sync_op)
    print("loss =", sess.run(loss, feed_dict=feed))
