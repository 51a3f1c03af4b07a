"""A training loop around make_callable, for speed."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
a = tf.placeholder(tf.float32, [])
v = tf.get_variable("v", initializer=np.float32([1.0, 2.0, 3.0]), use_resource=True)
m = tf.get_variable("m", [3], initializer=tf.zeros_initializer(), trainable=False)
gradient = tf.gradients(tf.reduce_sum(v**2) * a, v)[0]
with tf.control_dependencies([tf.assign(m, 0.9 * m + 0.1 * gradient)]):
    train = tf.assign_sub(v, 0.1 * m.read_value())
reset = m.initializer
sess = tf.Session()
sess.run(tf.global_variables_initializer())
fed = sess.make_callable(train, feed_list=[a])
forget = sess.make_callable(reset)
look = sess.make_callable([v, m])
for i in range(9):
    print(fed(1.0 + i % 2).tolist())
    if i % 4 == 3:
        forget()
print(look())
