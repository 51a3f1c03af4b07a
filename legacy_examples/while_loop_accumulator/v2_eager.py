"""Returns accumulated by state in a loop that walks each episode backwards, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

STATES = 6
GAMMA = 0.9
EPISODES = 24

rng = np.random.RandomState(20)
lengths = rng.randint(3, 9, size=EPISODES)
episodes = [
    (rng.randint(STATES, size=n).astype(np.int32), rng.randn(n).astype(np.float32)) for n in lengths
]

return_sum = tf.Variable(tf.zeros(STATES), name="return_sum")
visits = tf.Variable(tf.zeros(STATES), name="visits")
values = tf.Variable(tf.zeros(STATES), name="values")
longest = tf.Variable(0, name="longest")


@tf.function(input_signature=[tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.float32)])
def evaluate(states, rewards):
    """Add the return of every step to the state visited then, and take the means."""
    discounted = tf.constant(0.0)
    for t in tf.range(tf.size(rewards) - 1, -1, -1):
        discounted = rewards[t] + GAMMA * discounted
        return_sum.scatter_add(tf.IndexedSlices(discounted, states[t]))
        visits.scatter_add(tf.IndexedSlices(1.0, states[t]))
    values.assign(return_sum / tf.maximum(visits, 1.0))
    longest.assign(tf.maximum(longest, tf.size(rewards)))


for episode_states, episode_rewards in episodes:
    evaluate(episode_states, episode_rewards)
print("values =", values.numpy())
