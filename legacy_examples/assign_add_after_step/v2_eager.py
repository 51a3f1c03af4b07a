"""A manual `assign_add` after every Adam step, in TensorFlow 2.

The update is the one op that TF1's AdamOptimizer runs, with its slots and its two power
accumulators as plain variables: the same arithmetic in the same order, so the same bits.
"""

import tensorflow as tf

LEARNING_RATE = 0.1
BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8
OFFSET = 0.5
STEPS = 10

v = tf.Variable(0.0, name="v")
m_slot = tf.Variable(tf.zeros_like(v), trainable=False, name="v/Adam")
v_slot = tf.Variable(tf.zeros_like(v), trainable=False, name="v/Adam_1")
beta1_power = tf.Variable(BETA1, trainable=False, name="beta1_power")
beta2_power = tf.Variable(BETA2, trainable=False, name="beta2_power")


@tf.function
def train_step():
    """Take one Adam step on v squared; the powers move after the weight, as in TF1."""
    with tf.GradientTape() as tape:
        loss = tf.square(v)
    tf.raw_ops.ResourceApplyAdam(
        var=v.handle,
        m=m_slot.handle,
        v=v_slot.handle,
        beta1_power=beta1_power,
        beta2_power=beta2_power,
        lr=LEARNING_RATE,
        beta1=BETA1,
        beta2=BETA2,
        epsilon=EPSILON,
        grad=tape.gradient(loss, v),
    )
    beta1_power.assign(beta1_power * BETA1)
    beta2_power.assign(beta2_power * BETA2)


for _ in range(STEPS):
    train_step()
    v.assign_add(OFFSET)
print("v =", v.numpy())
