"""Embedding tables cut into shards, in TensorFlow 2.

Outside of a parameter-server strategy, a sharded table is a list of variables; lookups take it as
it is.
"""

import numpy as np
import tensorflow as tf

TABLES = {"user": 20, "item": 13}
SHARDS = 3
FACTORS = 4
LEARNING_RATE = 0.5
SHRINKAGE = 0.02
MAX_NORM = 1.2
NORM_EVERY = 4
STEPS = 24
BATCH = 8

rng = np.random.RandomState(24)
data = {
    name: rng.randint(rows, size=(STEPS, BATCH)).astype(np.int32) for name, rows in TABLES.items()
}
ratings = rng.randn(STEPS, BATCH).astype(np.float32)

tables = {}
for name, rows in TABLES.items():
    initial = (0.6 * rng.randn(rows, FACTORS)).astype(np.float32)
    tables[name] = [
        tf.Variable(shard, name=f"{name}/part_{i}")
        for i, shard in enumerate(np.array_split(initial, SHARDS))
    ]
bias = tf.Variable(0.0, name="bias")
shards = [shard for table in tables.values() for shard in table]


def compute_loss(ids, rating):
    """Give the mean squared error of the products of rows."""
    found = {name: tf.nn.embedding_lookup(table, ids[name]) for name, table in tables.items()}
    prediction = tf.reduce_sum(found["user"] * found["item"], axis=1) + bias
    return tf.reduce_mean(tf.square(prediction - rating))


@tf.function
def train_step(ids, rating):
    """Take one step of gradient descent on the rows of this batch, then shrink all rows."""
    with tf.GradientTape() as tape:
        loss = compute_loss(ids, rating)
    *shard_gradients, bias_gradient = tape.gradient(loss, [*shards, bias])
    for shard, gradient in zip(shards, shard_gradients, strict=True):
        change = LEARNING_RATE * gradient.values
        shard.scatter_sub(tf.IndexedSlices(change, gradient.indices))
    bias.assign_sub(LEARNING_RATE * bias_gradient)
    for shard in shards:
        shard.assign_sub(SHRINKAGE * shard)


@tf.function
def limit_norms():
    """Scale down the rows that are too long."""
    for shard in shards:
        shard.assign(tf.clip_by_norm(shard, MAX_NORM, axes=[1]))


for step in range(STEPS):
    batch = {name: values[step] for name, values in data.items()}, ratings[step]
    train_step(*batch)
    if (step + 1) % NORM_EVERY == 0:
        limit_norms()
print("loss =", compute_loss(*batch).numpy())
