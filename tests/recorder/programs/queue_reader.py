"""Regression on records read from files through queues, filled by threads of their own."""

import os
import tempfile

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

folder = tempfile.mkdtemp()
names = []
for k in range(2):
    names.append(os.path.join(folder, "part-%d.csv" % k))
    with open(names[-1], "w") as f:
        for i in range(6):
            f.write("%g,%g,%g\n" % (0.1 * i, 0.5 - 0.1 * k, i + k))

filename_queue = tf.train.string_input_producer(names, num_epochs=4, shuffle=False)
reader = tf.TextLineReader()
_, value = reader.read(filename_queue)
col1, col2, col3 = tf.decode_csv(value, record_defaults=[[0.0], [0.0], [0.0]])
features, labels = tf.train.batch([tf.stack([col1, col2]), col3], batch_size=4)

w = tf.Variable([[0.5], [-0.5]], name="w")
bias = tf.Variable(0.0, name="bias")
loss = tf.reduce_mean(tf.square(tf.squeeze(tf.matmul(features, w), 1) + bias - labels))
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    step = 0
    try:
        while not coord.should_stop():
            _, loss_value = sess.run([train, loss])
            step += 1
            if step % 4 == 0:
                print(step, repr(loss_value))
    except tf.errors.OutOfRangeError:
        print("done after", step, "steps")
    finally:
        coord.request_stop()
    coord.join(threads)
    print(sess.run([w, bias]))
