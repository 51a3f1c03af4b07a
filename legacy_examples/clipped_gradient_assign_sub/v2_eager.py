"""A clipped gradient step, followed by a decay written by hand, in TensorFlow 2."""

import tensorflow as tf

LEARNING_RATE = 0.01
CLIP = 0.5
DECAY = 0.1
EPOCHS = 10

v = tf.Variable(1.0, name="v")


@tf.function
def train_step():
    """Take one step of gradient descent on v squared, the gradient held in [-CLIP, CLIP]."""
    with tf.GradientTape() as tape:
        loss = tf.square(v)
    gradient = tf.clip_by_value(tape.gradient(loss, v), -CLIP, CLIP)
    v.assign_sub(LEARNING_RATE * gradient)


for _ in range(EPOCHS):
    train_step()
    v.assign_sub(DECAY)
print("v =", v.numpy())
