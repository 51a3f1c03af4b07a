"""Tabular Q-learning with traces, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

ENVIRONMENTS = 4
STATES = 5
ACTIONS = 3
GAMMA = 0.9
TRACE_DECAY = 0.8
STEPS = 30

rng = np.random.RandomState(15)
visited = rng.randint(STATES, size=(STEPS + 1, ENVIRONMENTS)).astype(np.int32)
taken = rng.randint(ACTIONS, size=(STEPS, ENVIRONMENTS)).astype(np.int32)
rewards = rng.randn(STEPS, ENVIRONMENTS).astype(np.float32)

shape = (ENVIRONMENTS, STATES, ACTIONS)
q = tf.Variable(rng.rand(*shape).astype(np.float32), name="q")
visits = tf.Variable(tf.zeros(shape), name="visits")
trace = tf.Variable(tf.zeros(shape), name="trace")


@tf.function
def train_step(state, action, reward, next_state):
    """Mark the cells visited, then move every cell by the error, as far as its trace says."""
    environment = tf.range(ENVIRONMENTS)
    cells = tf.stack([environment, state, action], axis=1)
    visits.scatter_nd_add(cells, tf.ones([ENVIRONMENTS]))
    trace.assign(TRACE_DECAY * trace)
    trace.scatter_nd_update(cells, tf.ones([ENVIRONMENTS]))

    next_q = tf.gather_nd(q, tf.stack([environment, next_state], axis=1))
    error = reward + GAMMA * tf.reduce_max(next_q, axis=1) - tf.gather_nd(q, cells)
    step_size = error / (1.0 + tf.gather_nd(visits, cells))
    q.assign_add(tf.reshape(step_size, [-1, 1, 1]) * trace)


for step in range(STEPS):
    train_step(visited[step], taken[step], rewards[step], visited[step + 1])
print("mean q =", tf.reduce_mean(q).numpy())
