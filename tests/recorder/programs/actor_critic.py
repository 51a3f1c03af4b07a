"""Actor and critic as two classes that share one session, each with an update of its own."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
rng = np.random.RandomState(10)


class Actor(object):
    def __init__(self, sess):
        self.sess = sess
        self.s = tf.placeholder(tf.float32, [1, 3], "state")
        self.a = tf.placeholder(tf.int32, None, "act")
        self.td_error = tf.placeholder(tf.float32, None, "td_error")
        with tf.variable_scope("Actor"):
            w = tf.get_variable("w", initializer=np.float32([[0.1, 0.2], [0.0, -0.1], [0.3, 0.1]]))
            self.acts_prob = tf.nn.softmax(tf.matmul(self.s, w))
        with tf.variable_scope("exp_v"):
            exp_v = tf.reduce_mean(tf.log(self.acts_prob[0, self.a]) * self.td_error)
        with tf.variable_scope("train"):
            self.train_op = tf.train.AdamOptimizer(0.01).minimize(-exp_v)

    def learn(self, s, a, td):
        self.sess.run(self.train_op, {self.s: s[np.newaxis, :], self.a: a, self.td_error: td})

    def choose_action(self, s):
        probs = self.sess.run(self.acts_prob, {self.s: s[np.newaxis, :]})
        return int(rng.uniform() > probs[0, 0])


class Critic(object):
    def __init__(self, sess):
        self.sess = sess
        self.s = tf.placeholder(tf.float32, [1, 3], "state")
        self.v_ = tf.placeholder(tf.float32, [1, 1], "v_next")
        self.r = tf.placeholder(tf.float32, None, "r")
        with tf.variable_scope("Critic"):
            w = tf.get_variable("w", initializer=np.float32([[0.2], [-0.3], [0.5]]))
            self.v = tf.matmul(self.s, w)
        with tf.variable_scope("squared_TD_error"):
            self.td_error = self.r + 0.9 * self.v_ - self.v
            self.loss = tf.square(self.td_error)
        with tf.variable_scope("train"):
            self.train_op = tf.train.GradientDescentOptimizer(0.05).minimize(self.loss)

    def learn(self, s, r, s_):
        v_ = self.sess.run(self.v, {self.s: s_[np.newaxis, :]})
        td_error, _ = self.sess.run(
            [self.td_error, self.train_op], {self.s: s[np.newaxis, :], self.v_: v_, self.r: r}
        )
        return td_error


sess = tf.Session()
actor = Actor(sess)
critic = Critic(sess)
sess.run(tf.global_variables_initializer())
for i_episode in range(3):
    s = rng.uniform(size=3)
    t = 0
    while True:
        a = actor.choose_action(s)
        s_ = np.clip(s + (0.1 if a else -0.1), -1, 1)
        r = float(s_.sum())
        td_error = critic.learn(s, r, s_)
        actor.learn(s, a, td_error)
        s = s_
        t += 1
        if t >= 5:
            break
    print(i_episode, td_error)
