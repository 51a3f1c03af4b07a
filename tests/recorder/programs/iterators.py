"""Three kinds of tf.data iterators feed one model, one after the other."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

data = np.arange(12, dtype=np.float32).reshape(6, 2) / 10
training = tf.data.Dataset.from_tensor_slices(data).shuffle(6, seed=4).repeat().batch(2)
limit = tf.placeholder(tf.int64, [])
counted = tf.data.Dataset.range(limit).map(lambda i: tf.fill([2, 2], tf.cast(i, tf.float32) / 7))

once = tf.data.make_one_shot_iterator(training)
again = tf.data.make_initializable_iterator(counted)
handle = tf.placeholder(tf.string, [])
either = tf.data.Iterator.from_string_handle(
    handle, tf.data.get_output_types(training), tf.TensorShape([None, 2])
)
batch = either.get_next()
w = tf.get_variable("w", initializer=np.float32([[1.0], [2.0]]))
loss = tf.reduce_mean(tf.matmul(batch, w) ** 2)
seen = tf.get_variable("seen", [], tf.int32, tf.zeros_initializer(), trainable=False)
with tf.control_dependencies([tf.train.GradientDescentOptimizer(0.1).minimize(loss)]):
    train = tf.assign_add(seen, tf.shape(batch)[0])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    first, second = sess.run([once.string_handle(), again.string_handle()])
    for epoch in range(2):
        for _ in range(3):
            print(sess.run([train, loss], {handle: first}))
        sess.run(again.initializer, {limit: 2 + epoch})
        while True:
            try:
                print(sess.run([train, loss], {handle: second}))
            except tf.errors.OutOfRangeError:
                break
