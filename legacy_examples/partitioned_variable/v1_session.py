"""Embedding tables cut into shards with a partitioner, and assigned to as a whole.

Met in parameter-server training, where no single server could hold a table. `tf.assign` takes a
partitioned variable and splits the value along its shards; the lookup and its sparse gradients find
the right shard by themselves.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

TABLES = {"user": 20, "item": 13}
SHARDS = 3
FACTORS = 4
LEARNING_RATE = 0.5
SHRINKAGE = 0.02
MAX_NORM = 1.2
NORM_EVERY = 4
STEPS = 24
BATCH = 8

rng = np.random.RandomState(24)
data = {
    name: rng.randint(rows, size=(STEPS, BATCH)).astype(np.int32) for name, rows in TABLES.items()
}
ratings = rng.randn(STEPS, BATCH).astype(np.float32)

ids, tables, found = {}, {}, {}
for name, rows in TABLES.items():
    ids[name] = tf.placeholder(tf.int32, [None])
    tables[name] = tf.get_variable(
        name,
        shape=[rows, FACTORS],
        initializer=tf.constant((0.6 * rng.randn(rows, FACTORS)).astype(np.float32)),
        partitioner=tf.fixed_size_partitioner(SHARDS),
    )
    found[name] = tf.nn.embedding_lookup(tables[name], ids[name], partition_strategy="div")
bias = tf.get_variable("bias", initializer=0.0)

rating = tf.placeholder(tf.float32, [None])
prediction = tf.reduce_sum(found["user"] * found["item"], axis=1) + bias
loss = tf.reduce_mean(tf.square(prediction - rating))
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(loss)
shrink_ops = [
    tf.assign_sub(table, SHRINKAGE * tf.convert_to_tensor(table)) for table in tables.values()
]
norm_ops = [
    tf.assign(table, tf.clip_by_norm(table, MAX_NORM, axes=[1])) for table in tables.values()
]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {ids[name]: data[name][step] for name in TABLES}
        feed[rating] = ratings[step]
        sess.run(train_op, feed_dict=feed)
        sess.run(shrink_ops)
        if (step + 1) % NORM_EVERY == 0:
            sess.run(norm_ops)
    print("loss =", sess.run(loss, feed_dict=feed))
