"""Codebooks learned as moving averages of the vectors assigned to each code.

Met in VQ-VAE and, with several codebooks one after the other (here), in residual quantisers such as
SoundStream's: an online k-means. No gradient reaches the codebooks; counts and sums move by
`assign`, and the codes are their quotient. The encoder learns to stay near its codes.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LEVELS = 3
CODES = 6
DEPTH = 4
DECAY = 0.8
SMOOTHING = 0.05
LEARNING_RATE = 0.1
STEPS = 24
BATCH = 12

rng = np.random.RandomState(19)
inputs = rng.randn(STEPS, BATCH, 5).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 5])
w = tf.get_variable("encoder/w", initializer=(0.5 * rng.randn(5, DEPTH)).astype(np.float32))
b = tf.get_variable("encoder/b", initializer=np.zeros(DEPTH, np.float32))
encoded = tf.matmul(x, w) + b

residual = tf.stop_gradient(encoded)
levels = []
for i in range(LEVELS):
    with tf.variable_scope(f"level_{i}"):
        initial = rng.randn(CODES, DEPTH).astype(np.float32) / (i + 1)
        codebook = tf.get_variable("codebook", initializer=initial, trainable=False)
        total = tf.get_variable("total", initializer=initial, trainable=False)
        count = tf.get_variable("count", initializer=np.ones(CODES, np.float32), trainable=False)
    differences = tf.expand_dims(residual, 1) - tf.expand_dims(codebook, 0)
    code = tf.argmin(tf.reduce_sum(tf.square(differences), axis=2), axis=1)
    levels.append((codebook, total, count, residual, tf.one_hot(code, CODES)))
    residual -= tf.gather(codebook, code)
quantised = tf.stop_gradient(encoded) - residual

loss = tf.reduce_mean(tf.square(encoded - quantised))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
with tf.control_dependencies([train_op]):  # all codes are looked up before any of them moves
    update_ops = []
    for codebook, total, count, vectors, chosen in levels:
        sums = tf.matmul(chosen, vectors, transpose_a=True)
        new_total = tf.assign(total, DECAY * total + (1.0 - DECAY) * sums)
        new_count = tf.assign(count, DECAY * count + (1.0 - DECAY) * tf.reduce_sum(chosen, axis=0))
        new_codebook = new_total / tf.expand_dims(new_count + SMOOTHING, 1)
        update_ops.append(tf.assign(codebook, new_codebook))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step]}
        sess.run(update_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
