"""Streaming metrics, reset at the end of every epoch, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

CLASSES = 3
LEARNING_RATE = 0.5
EPOCHS = 5
BATCH = 8

rng = np.random.RandomState(21)
inputs = rng.randn(40, 4).astype(np.float32)
classes = inputs[:, :CLASSES].argmax(axis=1).astype(np.int32)

w = tf.Variable((0.1 * rng.randn(4, CLASSES)).astype(np.float32), name="w")
b = tf.Variable(tf.zeros(CLASSES), name="b")


class Mean:
    """Averages values over batches."""

    def __init__(self, name):
        """Create the variables."""
        self.total = tf.Variable(0.0, trainable=False, name=f"{name}/total")
        self.count = tf.Variable(0.0, trainable=False, name=f"{name}/count")

    def update(self, values):
        """Add the values of one batch."""
        self.total.assign_add(tf.reduce_sum(values))
        self.count.assign_add(tf.cast(tf.size(values), tf.float32))

    def result(self):
        """Give the mean since the last reset."""
        return self.total / self.count

    def reset(self):
        """Start anew."""
        self.total.assign(0.0)
        self.count.assign(0.0)


loss, accuracy = Mean("loss"), Mean("accuracy")
confusion = tf.Variable(tf.zeros((CLASSES, CLASSES), tf.int32), trainable=False, name="confusion")
best = tf.Variable(0.0, trainable=False, name="best_accuracy")


def predict(x, label):
    """Give the logits and the loss of every example."""
    logits = tf.matmul(x, w) + b
    return logits, tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits)


@tf.function
def train_step(x, label):
    """Take one step of gradient descent, then measure the new weights on the batch."""
    with tf.GradientTape() as tape:
        _, losses = predict(x, label)
        mean_loss = tf.reduce_mean(losses)
    w_gradient, b_gradient = tape.gradient(mean_loss, (w, b))
    w.assign_sub(LEARNING_RATE * w_gradient)
    b.assign_sub(LEARNING_RATE * b_gradient)

    logits, losses = predict(x, label)
    prediction = tf.argmax(logits, axis=1, output_type=tf.int32)
    loss.update(losses)
    accuracy.update(tf.cast(tf.equal(prediction, label), tf.float32))
    confusion.assign_add(tf.math.confusion_matrix(label, prediction, CLASSES))


for epoch in range(EPOCHS):
    for start in range(0, len(inputs), BATCH):
        batch = slice(start, start + BATCH)
        train_step(inputs[batch], classes[batch])
    best.assign(tf.maximum(best, accuracy.result()))
    print("epoch", epoch, "loss =", loss.result().numpy(), "best =", best.numpy())
    loss.reset()
    accuracy.reset()
    confusion.assign(tf.zeros_like(confusion))
