"""Embedding tables of which a step touches only the rows looked up, in TensorFlow 2."""

import numpy as np
import tensorflow as tf

FIELDS = {"user": 20, "item": 15, "shop": 6, "hour": 12, "device": 4}
FACTORS = 4
LEARNING_RATE = 0.2
STEPS = 25
BATCH = 8

rng = np.random.RandomState(14)
data = {
    name: rng.randint(n_ids, size=(STEPS, BATCH)).astype(np.int32) for name, n_ids in FIELDS.items()
}
ratings = rng.randn(STEPS, BATCH).astype(np.float32)

tables, biases = {}, {}
for name, n_ids in FIELDS.items():
    table = (0.3 * rng.randn(n_ids, FACTORS)).astype(np.float32)
    tables[name] = tf.Variable(table, name=f"{name}/table")
    biases[name] = tf.Variable(tf.zeros((n_ids, 1)), name=f"{name}/bias")


def compute_loss(factors, row_biases, rating):
    """Give the mean squared error of a factorisation machine from the rows looked up."""
    factors = list(factors.values())
    pairs = tf.square(tf.add_n(factors)) - tf.add_n([tf.square(factor) for factor in factors])
    linear = tf.add_n(list(row_biases.values()))
    prediction = tf.squeeze(linear, axis=1) + 0.5 * tf.reduce_sum(pairs, axis=1)
    return tf.reduce_mean(tf.square(prediction - rating))


def look_up(variables, ids):
    """Gather the rows of a batch, field by field."""
    return {name: tf.gather(variable, ids[name]) for name, variable in variables.items()}


@tf.function
def train_step(ids, rating):
    """Take one step of gradient descent on the rows of this batch."""
    with tf.GradientTape() as tape:
        rows = look_up(tables, ids), look_up(biases, ids)
        loss = compute_loss(*rows, rating)
    gradients = tape.gradient(loss, rows)
    for variables, row_gradients in zip((tables, biases), gradients, strict=True):
        for name, variable in variables.items():
            change = LEARNING_RATE * row_gradients[name]
            variable.scatter_sub(tf.IndexedSlices(change, ids[name]))


for step in range(STEPS):
    ids, rating = {name: values[step] for name, values in data.items()}, ratings[step]
    train_step(ids, rating)
print("loss =", compute_loss(look_up(tables, ids), look_up(biases, ids), rating).numpy())
