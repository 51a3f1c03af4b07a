"""Training inside tf.while_loop and tf.cond: the number of writes is decided at run time."""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
tf.enable_resource_variables()
n = tf.placeholder(tf.int32, [])
w = tf.get_variable("w", initializer=[1.0, -2.0])
total = tf.get_variable("total", initializer=0.0, trainable=False)
even = tf.get_variable("even", initializer=0, trainable=False)
odd = tf.get_variable("odd", initializer=0, trainable=False)


def body(i):
    with tf.control_dependencies([tf.assign_add(total, tf.cast(i, tf.float32))]):
        return i + 1


loop = tf.while_loop(lambda i: i < n, body, [tf.constant(0)], parallel_iterations=1)
with tf.control_dependencies([loop]):
    decay = tf.assign_sub(w, 0.1 * w * total)
with tf.control_dependencies([decay]):
    branch = tf.cond(
        tf.equal(n % 2, 0), lambda: tf.assign_add(even, n), lambda: tf.assign_add(odd, n)
    )
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(6):
        print(sess.run([branch, decay], {n: step % 4}))
