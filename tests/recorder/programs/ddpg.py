"""Deep deterministic policy gradient: actor, critic, and targets that follow them softly."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
TAU = 0.05
GAMMA = 0.9
rng = np.random.RandomState(6)


class DDPG(object):
    def __init__(self, s_dim, a_dim):
        self.memory = []
        self.sess = tf.Session()
        self.S = tf.placeholder(tf.float32, [None, s_dim], "s")
        self.S_ = tf.placeholder(tf.float32, [None, s_dim], "s_")
        self.R = tf.placeholder(tf.float32, [None, 1], "r")
        with tf.variable_scope("Actor"):
            self.a = self._build_a(self.S, scope="eval", trainable=True)
            a_ = self._build_a(self.S_, scope="target", trainable=False)
        with tf.variable_scope("Critic"):
            q = self._build_c(self.S, self.a, scope="eval", trainable=True)
            q_ = self._build_c(self.S_, a_, scope="target", trainable=False)
        self.ae_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Actor/eval")
        self.at_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Actor/target")
        self.ce_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Critic/eval")
        self.ct_params = tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope="Critic/target")
        self.soft_replace = [
            [tf.assign(ta, (1 - TAU) * ta + TAU * ea), tf.assign(tc, (1 - TAU) * tc + TAU * ec)]
            for ta, ea, tc, ec in zip(
                self.at_params, self.ae_params, self.ct_params, self.ce_params
            )
        ]
        q_target = self.R + GAMMA * q_
        td_error = tf.losses.mean_squared_error(labels=q_target, predictions=q)
        self.ctrain = tf.train.AdamOptimizer(0.02).minimize(td_error, var_list=self.ce_params)
        a_loss = -tf.reduce_mean(q)
        self.atrain = tf.train.AdamOptimizer(0.01).minimize(a_loss, var_list=self.ae_params)
        self.sess.run(tf.global_variables_initializer())

    def choose_action(self, s):
        return self.sess.run(self.a, {self.S: s[np.newaxis, :]})[0]

    def learn(self):
        self.sess.run(self.soft_replace)
        batch = [self.memory[i] for i in rng.choice(len(self.memory), size=4)]
        bs, ba, br, bs_ = (np.array(column, np.float32) for column in zip(*batch))
        self.sess.run(self.atrain, {self.S: bs})
        self.sess.run(self.ctrain, {self.S: bs, self.a: ba, self.R: br, self.S_: bs_})

    def _build_a(self, s, scope, trainable):
        with tf.variable_scope(scope):
            w = tf.get_variable("w", initializer=np.float32([[0.3], [-0.2]]), trainable=trainable)
            b = tf.get_variable(
                "b", [1], initializer=tf.constant_initializer(0.1), trainable=trainable
            )
            return tf.clip_by_value(tf.matmul(s, w) + b, -2.0, 2.0)

    def _build_c(self, s, a, scope, trainable):
        with tf.variable_scope(scope):
            w_s = tf.get_variable(
                "w1_s", initializer=np.float32([[0.1, 0.4], [0.2, -0.3]]), trainable=trainable
            )
            w_a = tf.get_variable(
                "w1_a", initializer=np.float32([[0.5, -0.1]]), trainable=trainable
            )
            net = tf.nn.relu(tf.matmul(s, w_s) + tf.matmul(a, w_a))
            w_q = tf.get_variable(
                "w_q", initializer=np.float32([[0.6], [0.2]]), trainable=trainable
            )
            return tf.matmul(net, w_q)


ddpg = DDPG(2, 1)
var = 0.5
for i in range(2):
    s = rng.uniform(-1, 1, 2).astype(np.float32)
    ep_reward = 0
    for j in range(9):
        a = np.clip(rng.normal(ddpg.choose_action(s), var), -2, 2)
        s_ = (0.9 * s + 0.1 * a).astype(np.float32)
        r = -np.abs(s_).sum()
        ddpg.memory.append((s, a, [r / 10], s_))
        if len(ddpg.memory) > 5:
            var *= 0.9995
            ddpg.learn()
        s = s_
        ep_reward += r
    print("episode", i, repr(float(ep_reward)), repr(var))
