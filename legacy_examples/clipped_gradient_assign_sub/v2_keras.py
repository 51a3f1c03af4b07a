"""A clipped gradient step, followed by a decay written by hand, with the Keras optimizer."""
# migrate-vars: drift <= 0

import tensorflow as tf

LEARNING_RATE = 0.01
CLIP = 0.5
DECAY = 0.1
EPOCHS = 10

v = tf.Variable(1.0, name="v")
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE, clipvalue=CLIP)
optimizer.build([v])


@tf.function
def train_step():
    """Take one step of gradient descent on v squared; Keras clips the gradient itself."""
    with tf.GradientTape() as tape:
        loss = tf.square(v)
    optimizer.apply_gradients([(tape.gradient(loss, v), v)])


for _ in range(EPOCHS):
    train_step()
    v.assign_sub(DECAY)
print("v =", v.numpy())
