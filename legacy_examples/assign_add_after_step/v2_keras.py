"""A manual `assign_add` after every Adam step, with the Keras optimizer.

Keras evaluates the same formula in another order, and its default epsilon is 1e-7, not TF1's 1e-8.
With the epsilon kept, the weight drifts by 1.2e-6 of its size in 10 steps. The second moment drifts
by 1.5e-5: TF1 rounds beta2 to float32 before it takes 1 - beta2, Keras after.
"""
# migrate-vars: drift <= 1e-4

import tensorflow as tf

LEARNING_RATE = 0.1
EPSILON = 1e-8
OFFSET = 0.5
STEPS = 10

v = tf.Variable(0.0, name="v")
optimizer = tf.keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON)
optimizer.build([v])


@tf.function
def train_step():
    """Take one Adam step on v squared."""
    with tf.GradientTape() as tape:
        loss = tf.square(v)
    optimizer.apply_gradients([(tape.gradient(loss, v), v)])


for _ in range(STEPS):
    train_step()
    v.assign_add(OFFSET)
print("v =", v.numpy())
