"""Returns accumulated by state inside a `tf.while_loop` that walks each episode backwards.

Met in Monte-Carlo evaluation and wherever a loop in the graph counts or sums into variables. The
control dependencies tie the writes to the next turn of the loop: without them they would not run.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

STATES = 6
GAMMA = 0.9
EPISODES = 24

rng = np.random.RandomState(20)
lengths = rng.randint(3, 9, size=EPISODES)
episodes = [
    (rng.randint(STATES, size=n).astype(np.int32), rng.randn(n).astype(np.float32)) for n in lengths
]

states = tf.placeholder(tf.int32, [None])
rewards = tf.placeholder(tf.float32, [None])
return_sum = tf.get_variable("return_sum", initializer=np.zeros(STATES, np.float32))
visits = tf.get_variable("visits", initializer=np.zeros(STATES, np.float32))
values = tf.get_variable("values", initializer=np.zeros(STATES, np.float32))
longest = tf.get_variable("longest", initializer=0)


def step_back(t, discounted):
    """Add the return from time t on to the state visited then."""
    discounted = rewards[t] + GAMMA * discounted
    add_return = tf.scatter_add(return_sum, states[t], discounted)
    add_visit = tf.scatter_add(visits, states[t], 1.0)
    with tf.control_dependencies([add_return, add_visit]):
        return t - 1, tf.identity(discounted)


length = tf.size(rewards)
accumulate_op = tf.while_loop(lambda t, _: t >= 0, step_back, [length - 1, 0.0])
improve_op = tf.group(
    tf.assign(values, return_sum / tf.maximum(visits, 1.0)),
    tf.assign(longest, tf.maximum(longest, length)),
)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for episode_states, episode_rewards in episodes:
        feed = {states: episode_states, rewards: episode_rewards}
        sess.run(accumulate_op, feed_dict=feed)
        sess.run(improve_op, feed_dict=feed)
    print("values =", sess.run(values))
