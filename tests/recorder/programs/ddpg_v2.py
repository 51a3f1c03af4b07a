"""The deterministic policy gradient with both updates and the soft copies in one function."""

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(6)
RATE = 0.05


def actor(scope):
    return [
        tf.Variable([[0.3], [-0.2]], name=f"Actor/{scope}/w"),
        tf.Variable([0.1], name=f"Actor/{scope}/b"),
    ]


def critic(scope):
    return [
        tf.Variable([[0.1, 0.4], [0.2, -0.3]], name=f"Critic/{scope}/w1_s"),
        tf.Variable([[0.5, -0.1]], name=f"Critic/{scope}/w1_a"),
        tf.Variable([[0.6], [0.2]], name=f"Critic/{scope}/w_q"),
    ]


def act(weights, s):
    return tf.clip_by_value(tf.matmul(s, weights[0]) + weights[1], -2.0, 2.0)


def judge(weights, s, a):
    return tf.matmul(tf.nn.relu(tf.matmul(s, weights[0]) + tf.matmul(a, weights[1])), weights[2])


pi, pi_target, q, q_target = actor("eval"), actor("target"), critic("eval"), critic("target")
critic_optimizer = tf.compat.v1.train.AdamOptimizer(0.02)
actor_optimizer = tf.compat.v1.train.AdamOptimizer(0.01)


@tf.function
def learn(s, a, r, s_):
    for target, online in list(zip(pi_target, pi)) + list(zip(q_target, q)):
        if len(target.shape) == 2 or True:
            if target is not q_target[-1]:  # zip stops at the shorter network
                target.assign((1 - RATE) * target + RATE * online)
    with tf.GradientTape() as tape:
        loss = -tf.reduce_mean(judge(q, s, act(pi, s)))
    actor_optimizer.apply_gradients(zip(tape.gradient(loss, pi), pi))
    with tf.GradientTape() as tape:
        wanted = r + 0.9 * judge(q_target, s_, act(pi_target, s_))
        loss = tf.compat.v1.losses.mean_squared_error(labels=wanted, predictions=judge(q, s, a))
    critic_optimizer.apply_gradients(zip(tape.gradient(loss, q), q))


memory = []
spread = 0.5
for episode in range(2):
    s = rng.uniform(-1, 1, 2).astype(np.float32)
    for _ in range(9):
        a = np.clip(rng.normal(act(pi, s[None])[0].numpy(), spread), -2, 2)
        s_ = (0.9 * s + 0.1 * a).astype(np.float32)
        memory.append((s, a, [-np.abs(s_).sum() / 10], s_))
        if len(memory) > 5:
            spread *= 0.9995
            batch = [memory[i] for i in rng.choice(len(memory), size=4)]
            learn(*(tf.constant(np.array(column, np.float32)) for column in zip(*batch)))
        s = s_
