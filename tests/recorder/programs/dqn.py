"""Deep Q-learning: experience replay, and a target network that is replaced every few steps."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


class Corridor:
    """A stub environment: walk right to be rewarded."""

    def __init__(self):
        self.position = 0

    def reset(self):
        self.position = 0
        return self._observe()

    def step(self, action):
        self.position = max(0, self.position + (1 if action == 1 else -1))
        done = self.position == 3
        return self._observe(), 1.0 if done else -0.1, done

    def _observe(self):
        return np.eye(4, dtype=np.float32)[self.position]


class DeepQNetwork:
    def __init__(self, n_actions, n_features, replace_target_iter=5, memory_size=16, batch_size=4):
        self.n_actions = n_actions
        self.n_features = n_features
        self.replace_target_iter = replace_target_iter
        self.memory_size = memory_size
        self.batch_size = batch_size
        self.learn_step_counter = 0
        self.memory_counter = 0
        self.rng = np.random.RandomState(8)
        self.memory = np.zeros((memory_size, n_features * 2 + 2), np.float32)
        self._build_net()
        t_params = tf.get_collection("target_net_params")
        e_params = tf.get_collection("eval_net_params")
        self.replace_target_op = [tf.assign(t, e) for t, e in zip(t_params, e_params)]
        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())
        self.cost_his = []

    def _layers(self, s, collections):
        initial = np.random.RandomState(4 if "eval_net_params" in collections else 5)
        w1 = tf.get_variable(
            "w1", initializer=initial.normal(0, 0.3, (4, 5)).astype("f"), collections=collections
        )
        b1 = tf.get_variable(
            "b1", [1, 5], initializer=tf.constant_initializer(0.1), collections=collections
        )
        w2 = tf.get_variable(
            "w2", initializer=initial.normal(0, 0.3, (5, 2)).astype("f"), collections=collections
        )
        return tf.matmul(tf.nn.relu(tf.matmul(s, w1) + b1), w2)

    def _build_net(self):
        self.s = tf.placeholder(tf.float32, [None, self.n_features], name="s")
        self.q_target = tf.placeholder(tf.float32, [None, self.n_actions], name="Q_target")
        with tf.variable_scope("eval_net"):
            self.q_eval = self._layers(self.s, ["eval_net_params", tf.GraphKeys.GLOBAL_VARIABLES])
        self.loss = tf.reduce_mean(tf.squared_difference(self.q_target, self.q_eval))
        with tf.variable_scope("train"):
            params = tf.get_collection("eval_net_params")
            self._train_op = tf.train.RMSPropOptimizer(0.01).minimize(self.loss, var_list=params)
        self.s_ = tf.placeholder(tf.float32, [None, self.n_features], name="s_")
        with tf.variable_scope("target_net"):
            self.q_next = self._layers(
                self.s_, ["target_net_params", tf.GraphKeys.GLOBAL_VARIABLES]
            )

    def store_transition(self, s, a, r, s_):
        self.memory[self.memory_counter % self.memory_size] = np.hstack((s, [a, r], s_))
        self.memory_counter += 1

    def choose_action(self, observation):
        if self.rng.uniform() < 0.4:
            q = self.sess.run(self.q_eval, feed_dict={self.s: observation[np.newaxis, :]})
            return int(np.argmax(q))
        return self.rng.randint(0, self.n_actions)

    def learn(self):
        if self.learn_step_counter % self.replace_target_iter == 0:
            self.sess.run(self.replace_target_op)
        stored = min(self.memory_counter, self.memory_size)
        batch = self.memory[self.rng.choice(stored, size=self.batch_size)]
        q_next, q_eval = self.sess.run(
            [self.q_next, self.q_eval],
            feed_dict={self.s_: batch[:, -self.n_features :], self.s: batch[:, : self.n_features]},
        )
        q_target = q_eval.copy()
        action = batch[:, self.n_features].astype(int)
        reward = batch[:, self.n_features + 1]
        q_target[np.arange(self.batch_size), action] = reward + 0.9 * np.max(q_next, axis=1)
        _, cost = self.sess.run(
            [self._train_op, self.loss],
            feed_dict={self.s: batch[:, : self.n_features], self.q_target: q_target},
        )
        self.cost_his.append(cost)
        self.learn_step_counter += 1


env = Corridor()
agent = DeepQNetwork(2, 4)
total_steps = 0
for episode in range(6):
    observation = env.reset()
    for t in range(8):
        action = agent.choose_action(observation)
        observation_, reward, done = env.step(action)
        agent.store_transition(observation, action, reward, observation_)
        if total_steps > 6 and total_steps % 2 == 0:
            agent.learn()
        observation = observation_
        total_steps += 1
        if done:
            break
print(total_steps, agent.learn_step_counter, [repr(c) for c in agent.cost_his])
