"""A counter that is trained, and put back to zero by `assign` on every other step, in TensorFlow 2.

The counter is a float32; with an integer, as this pattern is usually published, there is no
gradient and nothing to train.
"""

import tensorflow as tf

LEARNING_RATE = 0.01
STEPS = 5

counter = tf.Variable(0.0, name="counter")


@tf.function
def train_step():
    """Take one step of gradient descent on twice the counter."""
    with tf.GradientTape() as tape:
        loss = 2.0 * counter
    counter.assign_sub(LEARNING_RATE * tape.gradient(loss, counter))


for step in range(STEPS):
    train_step()
    if step % 2 == 0:
        counter.assign(0.0)
    print("step", step, "counter =", counter.numpy())
