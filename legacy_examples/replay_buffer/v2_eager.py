"""A replay buffer kept in variables, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

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

cursor = tf.Variable(0, trainable=False, name="cursor")
size = tf.Variable(0, trainable=False, name="size")
buffers = {
    name: tf.Variable(
        np.zeros((CAPACITY, *values.shape[2:]), values.dtype),
        trainable=False,
        name=f"buffer/{name}",
    )
    for name, values in experience.items()
}
w = tf.Variable((0.3 * rng.randn(STATE, 3)).astype(np.float32), name="q/w")
b = tf.Variable(tf.zeros(3), name="q/b")


@tf.function
def add(transitions):
    """Write transitions at the cursor and move it on."""
    places = (cursor + tf.range(ADDED)) % CAPACITY
    for name, buffer in buffers.items():
        buffer.scatter_update(tf.IndexedSlices(transitions[name], places))
    cursor.assign((cursor + ADDED) % CAPACITY)
    size.assign(tf.minimum(size + ADDED, CAPACITY))


def compute_loss(draw):
    """Give the squared error of the transitions at the places drawn."""
    drawn = tf.cast(draw * tf.cast(size, tf.float32), tf.int32)
    batch = {name: tf.gather(buffer, drawn) for name, buffer in buffers.items()}
    best_next = tf.reduce_max(tf.matmul(batch["next_state"], w) + b, axis=1)
    goal = tf.stop_gradient(batch["reward"] + GAMMA * best_next)
    values = tf.matmul(batch["state"], w) + b
    chosen = tf.reduce_sum(values * tf.one_hot(batch["action"], 3), axis=1)
    return tf.reduce_mean(tf.square(goal - chosen))


@tf.function
def train_step(draw):
    """Take one step of gradient descent."""
    with tf.GradientTape() as tape:
        loss = compute_loss(draw)
    w_gradient, b_gradient = tape.gradient(loss, (w, b))
    w.assign_sub(LEARNING_RATE * w_gradient)
    b.assign_sub(LEARNING_RATE * b_gradient)


for step in range(STEPS):
    add({name: values[step] for name, values in experience.items()})
    draw = draws[step]
    train_step(draw)
print("loss =", compute_loss(draw).numpy())
