"""Embedding tables of which a step touches only the rows looked up, by `scatter_sub`.

Met in recommenders and word2vec: here a factorisation machine with one table and one bias per
field. An id that occurs twice in a batch has its row moved twice.
"""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

FIELDS = {"user": 20, "item": 15, "shop": 6, "hour": 12, "device": 4}
FACTORS = 4
LEARNING_RATE = 0.2
STEPS = 25
BATCH = 8

rng = np.random.RandomState(14)
data = {
    name: rng.randint(n_ids, size=(STEPS, BATCH)).astype(np.int32) for name, n_ids in FIELDS.items()
}
ratings = rng.randn(STEPS, BATCH).astype(np.float32)

ids, variables, rows = {}, {}, {}
for name, n_ids in FIELDS.items():
    ids[name] = tf.placeholder(tf.int32, [None])
    table = (0.3 * rng.randn(n_ids, FACTORS)).astype(np.float32)
    bias = np.zeros((n_ids, 1), np.float32)
    for kind, initial in (("table", table), ("bias", bias)):
        variable = tf.get_variable(f"{name}/{kind}", initializer=initial)
        variables[name, kind] = variable
        rows[name, kind] = tf.gather(variable, ids[name])

rating = tf.placeholder(tf.float32, [None])
factors = [rows[name, "table"] for name in FIELDS]
pairs = tf.square(tf.add_n(factors)) - tf.add_n([tf.square(factor) for factor in factors])
linear = tf.add_n([rows[name, "bias"] for name in FIELDS])
prediction = tf.squeeze(linear, axis=1) + 0.5 * tf.reduce_sum(pairs, axis=1)
loss = tf.reduce_mean(tf.square(prediction - rating))

keys = list(rows)
gradients = tf.gradients(loss, [rows[key] for key in keys])
with tf.control_dependencies(gradients):
    train_ops = [
        tf.scatter_sub(variables[key], ids[key[0]], LEARNING_RATE * gradients[i])
        for i, key in enumerate(keys)
    ]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {rating: ratings[step]}
        feed.update({ids[name]: data[name][step] for name in FIELDS})
        sess.run(train_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
