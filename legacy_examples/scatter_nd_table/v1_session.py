"""Tabular Q-learning with traces: tables read by `gather_nd`, written by `scatter_nd_update`.

Met in tabular agents run side by side on the accelerator: one table per environment, all in one
variable, of which every step rewrites a single cell per environment. Visits are counted with
`scatter_nd_add`, and the step size falls with the count.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

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
q = tf.get_variable("q", initializer=rng.rand(*shape).astype(np.float32))
visits = tf.get_variable("visits", initializer=np.zeros(shape, np.float32))
trace = tf.get_variable("trace", initializer=np.zeros(shape, np.float32))

state = tf.placeholder(tf.int32, [ENVIRONMENTS])
action = tf.placeholder(tf.int32, [ENVIRONMENTS])
reward = tf.placeholder(tf.float32, [ENVIRONMENTS])
next_state = tf.placeholder(tf.int32, [ENVIRONMENTS])
environment = tf.range(ENVIRONMENTS)
cells = tf.stack([environment, state, action], axis=1)

visit_op = tf.scatter_nd_add(visits, cells, tf.ones([ENVIRONMENTS]))
decay_op = tf.assign(trace, TRACE_DECAY * trace)
mark_op = tf.scatter_nd_update(trace, cells, tf.ones([ENVIRONMENTS]))

next_q = tf.gather_nd(q, tf.stack([environment, next_state], axis=1))
error = reward + GAMMA * tf.reduce_max(next_q, axis=1) - tf.gather_nd(q, cells)
step_size = error / (1.0 + tf.gather_nd(visits, cells))
learn_op = tf.assign_add(q, tf.reshape(step_size, [-1, 1, 1]) * trace)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {
            state: visited[step],
            action: taken[step],
            reward: rewards[step],
            next_state: visited[step + 1],
        }
        sess.run([visit_op, decay_op], feed_dict=feed)
        sess.run(mark_op, feed_dict=feed)
        sess.run(learn_op, feed_dict=feed)
    print("mean q =", sess.run(tf.reduce_mean(q)))
