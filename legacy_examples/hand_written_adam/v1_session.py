"""Adam written by hand, with its two slots per weight and a step counter.

Met in code that needed AdamW, AMSGrad, LAMB or a per-layer rate before libraries had them. This one
decays the weights apart from the gradient (AdamW) and keeps the largest second moment (AMSGrad).
Epsilon is large enough to matter, as it is where gradients are small.
"""
# migrate-vars: drift <= 1e-5

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

LAYERS = [(6, 9), (9, 9), (9, 1)]
LEARNING_RATE = 0.01
BETA1 = 0.9
BETA2 = 0.95
EPSILON = 1e-3
WEIGHT_DECAY = 0.02
STEPS = 24
BATCH = 8

rng = np.random.RandomState(8)
inputs = rng.randn(STEPS, BATCH, 6).astype(np.float32)
targets = inputs[:, :, :1] * inputs[:, :, 1:2]

x = tf.placeholder(tf.float32, [None, 6])
y = tf.placeholder(tf.float32, [None, 1])
output = x
for i, shape in enumerate(LAYERS):
    with tf.variable_scope(f"layer_{i}"):
        w = tf.get_variable("w", initializer=(0.4 * rng.randn(*shape)).astype(np.float32))
        b = tf.get_variable("b", initializer=np.zeros(shape[1], np.float32))
    output = tf.matmul(tf.nn.relu(output) if i else output, w) + b
loss = tf.reduce_mean(tf.square(output - y))


def slot(weight, name):
    """Create a variable of zeros that goes with a weight."""
    zeros = np.zeros(weight.shape.as_list(), np.float32)
    return tf.get_variable(f"{weight.op.name}/{name}", initializer=zeros, trainable=False)


weights = tf.trainable_variables()
gradients = tf.gradients(loss, weights)
updates = tf.get_variable("updates", initializer=0.0, trainable=False)
train_ops = []
with tf.control_dependencies(gradients):  # no weight moves before all gradients are there
    t = tf.assign_add(updates, 1.0)
    rate = LEARNING_RATE * tf.sqrt(1.0 - BETA2**t) / (1.0 - BETA1**t)
    for i, weight in enumerate(weights):
        m, v, v_max = slot(weight, "m"), slot(weight, "v"), slot(weight, "v_max")
        new_m = tf.assign(m, BETA1 * m + (1.0 - BETA1) * gradients[i])
        new_v = tf.assign(v, BETA2 * v + (1.0 - BETA2) * tf.square(gradients[i]))
        new_v_max = tf.assign(v_max, tf.maximum(v_max, new_v))
        change = rate * new_m / (tf.sqrt(new_v_max) + EPSILON)
        change += LEARNING_RATE * WEIGHT_DECAY * weight
        train_ops.append(tf.assign_sub(weight, change))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(STEPS):
        feed = {x: inputs[step], y: targets[step]}
        sess.run(train_ops, feed_dict=feed)
    print("loss =", sess.run(loss, feed_dict=feed))
