"""REINFORCE: gradients collected over episodes in NumPy, fed back and applied together."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
rng = np.random.RandomState(9)


def discount_rewards(r, gamma=0.9):
    discounted = np.zeros_like(r)
    running = 0.0
    for t in reversed(range(r.size)):
        running = running * gamma + r[t]
        discounted[t] = running
    return discounted


class agent:
    def __init__(self, lr, s_size, a_size):
        self.state_in = tf.placeholder(shape=[None, s_size], dtype=tf.float32)
        w = tf.get_variable("policy/w", initializer=0.1 * np.ones((s_size, a_size), "f"))
        self.output = tf.nn.softmax(tf.matmul(self.state_in, w))
        self.reward_holder = tf.placeholder(shape=[None], dtype=tf.float32)
        self.action_holder = tf.placeholder(shape=[None], dtype=tf.int32)
        indexes = (
            tf.range(0, tf.shape(self.output)[0]) * tf.shape(self.output)[1] + self.action_holder
        )
        responsible = tf.gather(tf.reshape(self.output, [-1]), indexes)
        self.loss = -tf.reduce_mean(tf.log(responsible) * self.reward_holder)
        tvars = tf.trainable_variables()
        self.gradient_holders = []
        for idx, var in enumerate(tvars):
            self.gradient_holders.append(tf.placeholder(tf.float32, name=str(idx) + "_holder"))
        self.gradients = tf.gradients(self.loss, tvars)
        optimizer = tf.train.AdamOptimizer(learning_rate=lr)
        self.update_batch = optimizer.apply_gradients(zip(self.gradient_holders, tvars))


myAgent = agent(lr=0.05, s_size=3, a_size=2)
update_frequency = 3
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    gradBuffer = sess.run(tf.trainable_variables())
    for ix, grad in enumerate(gradBuffer):
        gradBuffer[ix] = grad * 0
    i = 0
    while i < 13:
        s = rng.uniform(size=3)
        history = []
        for j in range(5):
            a_dist = sess.run(myAgent.output, feed_dict={myAgent.state_in: [s]})
            a = int(rng.uniform() > a_dist[0][0])
            history.append([s, a, float(a == (s[0] > 0.5))])
            s = rng.uniform(size=3)
        states, actions, rewards = (np.array(column) for column in zip(*history))
        feed_dict = {
            myAgent.reward_holder: discount_rewards(rewards),
            myAgent.action_holder: actions,
            myAgent.state_in: states,
        }
        grads = sess.run(myAgent.gradients, feed_dict=feed_dict)
        for idx, grad in enumerate(grads):
            gradBuffer[idx] += grad
        if i % update_frequency == 0 and i != 0:
            feed_dict = dict(zip(myAgent.gradient_holders, gradBuffer))
            _ = sess.run(myAgent.update_batch, feed_dict=feed_dict)
            for ix, grad in enumerate(gradBuffer):
                gradBuffer[ix] = grad * 0
        i += 1
    print(sess.run(tf.trainable_variables()))
