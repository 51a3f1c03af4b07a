"""Running mean and variance of observations and rewards, merged batch by batch.

Met in reinforcement learning (`RunningMeanStd` in OpenAI Baselines): the parallel form of Welford's
algorithm merges the moments of a batch into count, mean and variance. All three new values are
computed before any of the three variables is written.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

SIZES = {"position": 3, "velocity": 4, "reward": 1}
INITIAL_COUNT = 0.01
CLIP = 1.5
LEARNING_RATE = 0.05
STEPS = 20
BATCH = 8

rng = np.random.RandomState(12)
data = {
    name: (rng.randn(STEPS, BATCH, size) * (i + 2) + i - 1).astype(np.float32)
    for i, (name, size) in enumerate(SIZES.items())
}

raw, normalised, update_ops = {}, {}, []
for name, size in SIZES.items():
    x = tf.placeholder(tf.float32, [None, size])
    with tf.variable_scope(name):
        mean = tf.get_variable("mean", initializer=np.zeros(size, np.float32), trainable=False)
        variance = tf.get_variable(
            "variance", initializer=np.ones(size, np.float32), trainable=False
        )
        count = tf.get_variable("count", initializer=INITIAL_COUNT, trainable=False)

    batch_count = tf.cast(tf.shape(x)[0], tf.float32)
    batch_mean, batch_variance = tf.nn.moments(x, axes=[0])
    delta = batch_mean - mean
    new_count = count + batch_count
    new_mean = mean + delta * batch_count / new_count
    squares = variance * count + batch_variance * batch_count
    squares += tf.square(delta) * count * batch_count / new_count
    new_variance = squares / new_count
    with tf.control_dependencies([new_mean, new_variance, new_count]):
        update_ops.append(tf.assign(mean, new_mean))
        update_ops.append(tf.assign(variance, new_variance))
        update_ops.append(tf.assign(count, new_count))

    raw[name] = x
    normalised[name] = tf.clip_by_value((x - mean) / tf.sqrt(variance), -CLIP, CLIP)

features = tf.concat([normalised["position"], normalised["velocity"]], axis=1)
w = tf.get_variable("w", initializer=(0.3 * rng.randn(7, 1)).astype(np.float32))
b = tf.get_variable("b", initializer=np.zeros(1, np.float32))
loss = tf.reduce_mean(tf.square(tf.matmul(features, w) + b - normalised["reward"]))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {raw[name]: data[name][step] for name in SIZES}
        sess.run(update_ops, feed_dict=feed)
        sess.run(train_op, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
