"""Streaming metrics, updated batch by batch, read and reset at the end of every epoch.

Met wherever a loss or an accuracy is averaged over an evaluation set: totals and counts in local
variables (as `tf.metrics` keeps them), and assignments that put them back to zero. The best
accuracy so far outlives the reset.
"""
# migrate-vars: drift <= 1e-6

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

CLASSES = 3
LEARNING_RATE = 0.5
EPOCHS = 5
BATCH = 8

rng = np.random.RandomState(21)
inputs = rng.randn(40, 4).astype(np.float32)
classes = inputs[:, :CLASSES].argmax(axis=1).astype(np.int32)

x = tf.placeholder(tf.float32, [None, 4])
label = tf.placeholder(tf.int32, [None])
w = tf.get_variable("w", initializer=(0.1 * rng.randn(4, CLASSES)).astype(np.float32))
b = tf.get_variable("b", initializer=np.zeros(CLASSES, np.float32))
logits = tf.matmul(x, w) + b
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=label, logits=logits)
train_op = tf.train.GradientDescentOptimizer(LEARNING_RATE).minimize(tf.reduce_mean(losses))
prediction = tf.argmax(logits, axis=1, output_type=tf.int32)
hits = tf.cast(tf.equal(prediction, label), tf.float32)


def metric_variable(name, initial):
    """Create a local variable, as `tf.metrics` does."""
    return tf.get_variable(
        name, initializer=initial, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES]
    )


results, update_ops, reset_ops = {}, [], []
for name, batch_values in (("loss", losses), ("accuracy", hits)):
    total = metric_variable(f"{name}/total", 0.0)
    count = metric_variable(f"{name}/count", 0.0)
    results[name] = total / count
    update_ops.append(tf.assign_add(total, tf.reduce_sum(batch_values)))
    update_ops.append(tf.assign_add(count, tf.cast(tf.size(batch_values), tf.float32)))
    reset_ops += [tf.assign(total, 0.0), tf.assign(count, 0.0)]
confusion = metric_variable("confusion", np.zeros((CLASSES, CLASSES), np.int32))
update_ops.append(tf.assign_add(confusion, tf.confusion_matrix(label, prediction, CLASSES)))
reset_ops.append(tf.assign(confusion, tf.zeros_like(confusion)))
best = tf.get_variable("best_accuracy", initializer=0.0, trainable=False)
keep_best_op = tf.assign(best, tf.maximum(best, results["accuracy"]))

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    for epoch in range(EPOCHS):
        for start in range(0, len(inputs), BATCH):
            batch = slice(start, start + BATCH)
            feed = {x: inputs[batch], label: classes[batch]}
            sess.run(train_op, feed_dict=feed)
            sess.run(update_ops, feed_dict=feed)
        sess.run(keep_best_op)
        print("epoch", epoch, "loss =", sess.run(results["loss"]), "best =", sess.run(best))
        sess.run(reset_ops)
