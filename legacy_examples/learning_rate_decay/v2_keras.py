"""A learning rate lowered after every epoch, with the Keras optimizer, which keeps it itself."""
# migrate-vars: drift <= 0

import numpy as np
import tensorflow as tf

LAYERS = [(6, 8), (8, 8), (8, 1)]
LEARNING_RATE = 0.08
DECAY = 0.7
MINIMUM = 0.02
EPOCHS = 6
BATCH = 8

rng = np.random.RandomState(0)
inputs = rng.randn(32, 6).astype(np.float32)
targets = inputs[:, :1] * inputs[:, 1:2]

weights = []
for i, shape in enumerate(LAYERS):
    w = tf.Variable((0.4 * rng.randn(*shape)).astype(np.float32), name=f"layer_{i}/w")
    b = tf.Variable(np.zeros(shape[1], np.float32), name=f"layer_{i}/b")
    weights.append((w, b))
variables = [variable for layer in weights for variable in layer]
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE)
optimizer.build(variables)


def compute_loss(x, y):
    """Give the mean squared error of the network."""
    for i, (w, b) in enumerate(weights):
        x = tf.matmul(tf.nn.relu(x) if i else x, w) + b
    return tf.reduce_mean(tf.square(x - y))


@tf.function
def train_step(x, y):
    """Take one step of gradient descent at the present learning rate."""
    with tf.GradientTape() as tape:
        loss = compute_loss(x, y)
    gradients = tape.gradient(loss, variables)
    optimizer.apply_gradients(zip(gradients, variables, strict=True))


for _ in range(EPOCHS):
    for start in range(0, len(inputs), BATCH):
        batch = slice(start, start + BATCH)
        train_step(inputs[batch], targets[batch])
    optimizer.learning_rate.assign(tf.maximum(optimizer.learning_rate * DECAY, MINIMUM))
print("loss =", compute_loss(inputs, targets).numpy())
