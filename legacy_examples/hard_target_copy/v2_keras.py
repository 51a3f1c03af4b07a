"""A target network that is overwritten every few steps, with the Keras optimizer."""
# migrate-vars: drift <= 0

import numpy as np
import tensorflow as tf

LAYERS = [(4, 12), (12, 12), (12, 3)]
LEARNING_RATE = 0.05
GAMMA = 0.9
SYNC_EVERY = 7
STEPS = 30
BATCH = 8

rng = np.random.RandomState(2)
states = rng.randn(STEPS, BATCH, 4).astype(np.float32)
actions = rng.randint(3, size=(STEPS, BATCH))
rewards = rng.randn(STEPS, BATCH).astype(np.float32)
next_states = rng.randn(STEPS, BATCH, 4).astype(np.float32)
ended = (rng.rand(STEPS, BATCH) < 0.2).astype(np.float32)


def make_weights(scope):
    """Create the weights of one network."""
    weights = {}
    for i, shape in enumerate(LAYERS):
        w = (0.3 * rng.randn(*shape)).astype(np.float32)
        b = np.zeros(shape[1], np.float32)
        weights[f"w{i}"] = tf.Variable(w, name=f"{scope}/layer_{i}/w")
        weights[f"b{i}"] = tf.Variable(b, name=f"{scope}/layer_{i}/b")
    return weights


def q_values(x, weights):
    """Give the value of every action in each state."""
    for i in range(len(LAYERS)):
        x = tf.matmul(tf.nn.relu(x) if i else x, weights[f"w{i}"]) + weights[f"b{i}"]
    return x


online, target = make_weights("online"), make_weights("target")
optimizer = tf.keras.optimizers.SGD(LEARNING_RATE)
optimizer.build(list(online.values()))


def compute_loss(state, action, reward, next_state, end):
    """Give the squared error against what the target network expects."""
    best_next = tf.reduce_max(q_values(next_state, target), axis=1)
    goal = tf.stop_gradient(reward + GAMMA * (1.0 - end) * best_next)
    chosen = tf.reduce_sum(q_values(state, online) * tf.one_hot(action, 3), axis=1)
    return tf.reduce_mean(tf.square(goal - chosen))


@tf.function
def train_step(*transition):
    """Take one step of gradient descent on the online network."""
    with tf.GradientTape() as tape:
        loss = compute_loss(*transition)
    gradients = tape.gradient(loss, online)
    optimizer.apply_gradients((gradients[name], variable) for name, variable in online.items())


def sync():
    """Overwrite the target network."""
    for name, variable in target.items():
        variable.assign(online[name])


sync()
for step in range(STEPS):
    transition = (states[step], actions[step], rewards[step], next_states[step], ended[step])
    train_step(*transition)
    if (step + 1) % SYNC_EVERY == 0:
        sync()
print("loss =", compute_loss(*transition).numpy())
