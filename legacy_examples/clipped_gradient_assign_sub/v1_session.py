"""A clipped gradient step, followed by a decay written by hand with `assign_sub`.

Met where the gradient passes through user code between `compute_gradients` and
`apply_gradients`, and where weight decay stands outside the optimizer. The bound holds the
gradient back in the early epochs only, so that both branches of the clip take part.
"""

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LEARNING_RATE = 0.01
CLIP = 0.5
DECAY = 0.1
EPOCHS = 10

v = tf.get_variable("v", initializer=1.0)
decay = tf.placeholder(tf.float32, shape=[], name="decay")

loss = tf.square(v)
optimizer = tf.train.GradientDescentOptimizer(LEARNING_RATE)
gradients = optimizer.compute_gradients(loss, var_list=[v])
clipped = [(tf.clip_by_value(g, -CLIP, CLIP), variable) for g, variable in gradients]
train_op = optimizer.apply_gradients(clipped)
decay_op = tf.assign_sub(v, decay)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(EPOCHS):
        sess.run(train_op)
        sess.run(decay_op, feed_dict={decay: DECAY})
    print("v =", sess.run(v))
