"""The Q-learning agent in TensorFlow 2: networks are modules, learning is one function."""

import numpy as np
import tensorflow as tf

random = np.random.RandomState(8)


class Network(tf.Module):
    def __init__(self, name, seed):
        super().__init__(name=name)
        initial = np.random.RandomState(seed)
        with self.name_scope:
            self.w1 = tf.Variable(initial.normal(0, 0.3, (4, 5)).astype("f"), name="w1")
            self.b1 = tf.Variable(tf.fill([1, 5], 0.1), name="b1")
            self.w2 = tf.Variable(initial.normal(0, 0.3, (5, 2)).astype("f"), name="w2")

    def __call__(self, states):
        return tf.matmul(tf.nn.relu(tf.matmul(states, self.w1) + self.b1), self.w2)

    def copy(self, other):
        for mine, theirs in zip(self.variables, other.variables):
            mine.assign(theirs)


class Agent:
    def __init__(self):
        self.online = Network("eval_net", 4)
        self.target = Network("target_net", 5)
        self.optimizer = tf.compat.v1.train.RMSPropOptimizer(0.01)
        self.memory, self.learned = [], 0

    @tf.function
    def update(self, states, actions, rewards, following):
        best = tf.reduce_max(self.target(following), axis=1)
        with tf.GradientTape() as tape:
            values = self.online(states)
            rows = tf.range(tf.shape(actions)[0])
            wanted = tf.tensor_scatter_nd_update(
                tf.stop_gradient(values), tf.stack([rows, actions], 1), rewards + 0.9 * best
            )
            loss = tf.reduce_mean(tf.math.squared_difference(wanted, values))
        variables = [self.online.w1, self.online.b1, self.online.w2]
        self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))

    def learn(self):
        if self.learned % 5 == 0:
            self.target.copy(self.online)
        recent = random.choice(min(len(self.memory), 16), size=4)
        # a ring of 16, as an array would be
        kept = [self.memory[self._place(k)] for k in recent]
        states, actions, rewards, following = (np.array(column) for column in zip(*kept))
        self.update(
            tf.constant(states),
            tf.constant(actions, tf.int32),
            tf.constant(rewards, tf.float32),
            tf.constant(following),
        )
        self.learned += 1

    def _place(self, k):
        latest = (len(self.memory) - 1 - k) // 16 * 16 + k
        return latest


agent, steps = Agent(), 0
for episode in range(6):
    position = 0
    for _ in range(8):
        state = np.eye(4, dtype="f")[position]
        if random.uniform() < 0.4:
            action = int(np.argmax(agent.online(tf.constant(state[None]))))
        else:
            action = random.randint(0, 2)
        position = max(0, position + (1 if action == 1 else -1))
        done = position == 3
        agent.memory.append((state, action, 1.0 if done else -0.1, np.eye(4, dtype="f")[position]))
        if steps > 6 and steps % 2 == 0:
            agent.learn()
        steps += 1
        if done:
            break
