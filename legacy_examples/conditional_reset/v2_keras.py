"""A counter that is trained, and put back to zero by `assign`, with the Keras optimizer."""
# migrate-vars: drift <= 0

import tensorflow as tf

LEARNING_RATE = 0.01
STEPS = 5

counter = tf.Variable(0.0, name="counter")
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE)
optimizer.build([counter])


@tf.function
def train_step():
    """Take one step of gradient descent on twice the counter."""
    with tf.GradientTape() as tape:
        loss = 2.0 * counter
    optimizer.apply_gradients([(tape.gradient(loss, counter), counter)])


for step in range(STEPS):
    train_step()
    if step % 2 == 0:
        counter.assign(0.0)
    print("step", step, "counter =", counter.numpy())
