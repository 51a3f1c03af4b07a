"""The softmax regression with a step function, fed by tf.data; its schedule is a function."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(0)
features = rng.uniform(-1, 1, (24, 5)).astype(np.float32)
labels = np.eye(3, dtype=np.float32)[features[:, :3].argmax(axis=1)]

W = tf.Variable(tf.zeros([5, 3]), name="W")
b = tf.Variable(tf.zeros([3]), name="b")
global_step = tf.Variable(0, trainable=False, name="global_step")
decay = tf.compat.v1.train.exponential_decay(0.5, global_step, 4, 0.9, staircase=True)
optimizer = tf.compat.v1.train.GradientDescentOptimizer(decay)


@tf.function
def train_step(x, y):
    with tf.GradientTape() as tape:
        logits = tf.matmul(x, W) + b
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
    gradients = tape.gradient(loss, [W, b])
    optimizer.apply_gradients(zip(gradients, [W, b]), global_step=global_step)
    return loss


dataset = tf.data.Dataset.from_tensor_slices((features, labels)).batch(8)
for epoch in range(4):
    for x, y in dataset:
        train_step(x, y)
print(W.numpy(), b.numpy(), global_step.numpy())
