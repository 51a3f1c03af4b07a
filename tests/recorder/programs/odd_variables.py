"""Variables of many kinds, and several ways to write them."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
with tf.variable_scope("parts", partitioner=tf.fixed_size_partitioner(3)):
    table = tf.get_variable(
        "table",
        initializer=lambda shape=None, dtype=None, partition_info=None: tf.ones(
            shape if shape is not None else [6, 2]
        ),
        shape=[6, 2],
        dtype=tf.float32,
    )
text = tf.Variable(["a", "b"], name="text")
flag = tf.Variable(False, name="flag")
count = tf.Variable(2**40, dtype=tf.int64, name="count")
half = tf.Variable(tf.constant([1.5, -2.0], tf.bfloat16), name="half")
stack = tf.Variable(
    np.zeros((0, 2), np.float32), validate_shape=False, name="stack", trainable=False
)
rows = tf.placeholder(tf.int32, [None])
looked_up = tf.nn.embedding_lookup(table, rows, partition_strategy="div")
train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(looked_up**2))
toggle = tf.assign(flag, tf.logical_not(flag))
tick = tf.assign_add(count, 1)
halve = tf.assign(half, half * tf.constant(0.5, tf.bfloat16))
word = tf.placeholder(tf.string, [2])
rename = tf.assign(text, word)
push = tf.assign(stack, tf.concat([stack, [[1.0, 2.0]]], 0), validate_shape=False)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(5):
        sess.run([train, tick], {rows: [i % 6, (2 * i) % 6]})
        sess.run(toggle)
        if i % 2:
            sess.run([halve, rename], {word: ["x%d" % i, "\u00e9"]})
        else:
            sess.run(push)
    count.load(7, sess)
    print(sess.run([text, flag, count, stack]), sess.run(tf.cast(half, tf.float32)))
    print(sess.run(table.as_tensor() if hasattr(table, "as_tensor") else table).tolist())
