"""A replay buffer kept in variables: a ring, written by `scatter_update`.

Met in agents that keep their experience next to the model (TF-Agents' `TFUniformReplayBuffer`,
Dopamine). Transitions go in at the cursor, which wraps around; batches are gathered at the places
drawn.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

CAPACITY = 20
ADDED = 6
STATE = 4
LEARNING_RATE = 0.05
GAMMA = 0.9
STEPS = 24
BATCH = 8

rng = np.random.RandomState(13)
experience = {
    "state": rng.randn(STEPS, ADDED, STATE).astype(np.float32),
    "action": rng.randint(3, size=(STEPS, ADDED)).astype(np.int32),
    "reward": rng.randn(STEPS, ADDED).astype(np.float32),
    "next_state": rng.randn(STEPS, ADDED, STATE).astype(np.float32),
}
draws = rng.rand(STEPS, BATCH).astype(np.float32)

added, buffers, write_ops = {}, {}, []
cursor = tf.get_variable("cursor", initializer=0, trainable=False)
size = tf.get_variable("size", initializer=0, trainable=False)
places = (cursor + tf.range(ADDED)) % CAPACITY
for name, values in experience.items():
    added[name] = tf.placeholder(values.dtype, values.shape[1:])
    empty = np.zeros((CAPACITY, *values.shape[2:]), values.dtype)
    buffers[name] = tf.get_variable(f"buffer/{name}", initializer=empty, trainable=False)
    write_ops.append(tf.scatter_update(buffers[name], places, added[name]))
with tf.control_dependencies(write_ops):
    add_op = tf.group(
        tf.assign(cursor, (cursor + ADDED) % CAPACITY),
        tf.assign(size, tf.minimum(size + ADDED, CAPACITY)),
    )

draw = tf.placeholder(tf.float32, [BATCH])
drawn = tf.cast(draw * tf.cast(size, tf.float32), tf.int32)
batch = {name: tf.gather(buffer, drawn) for name, buffer in buffers.items()}
w = tf.get_variable("q/w", initializer=(0.3 * rng.randn(STATE, 3)).astype(np.float32))
b = tf.get_variable("q/b", initializer=np.zeros(3, np.float32))
best_next = tf.reduce_max(tf.matmul(batch["next_state"], w) + b, axis=1)
goal = tf.stop_gradient(batch["reward"] + GAMMA * best_next)
values = tf.matmul(batch["state"], w) + b
chosen = tf.reduce_sum(values * tf.one_hot(batch["action"], 3), axis=1)
loss = tf.reduce_mean(tf.square(goal - chosen))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        sess.run(add_op, feed_dict={added[name]: experience[name][step] for name in added})
        feed = {draw: draws[step]}
        sess.run(train_op, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
