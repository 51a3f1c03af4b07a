"""A generative adversarial network: three updates of the critic for one of the generator."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
rng = np.random.RandomState(12)
Z = tf.placeholder(tf.float32, [None, 2])
X = tf.placeholder(tf.float32, [None, 2])
D_W = tf.Variable([[0.3], [-0.1]], name="D_W")
D_b = tf.Variable([0.0], name="D_b")
G_W = tf.Variable([[1.0, 0.2], [0.1, 1.0]], name="G_W")
theta_D = [D_W, D_b]
theta_G = [G_W]
G_sample = tf.matmul(Z, G_W)
D_real = tf.matmul(X, D_W) + D_b
D_fake = tf.matmul(G_sample, D_W) + D_b
D_loss = tf.reduce_mean(D_real) - tf.reduce_mean(D_fake)
G_loss = -tf.reduce_mean(D_fake)
D_solver = tf.train.RMSPropOptimizer(learning_rate=0.05).minimize(-D_loss, var_list=theta_D)
G_solver = tf.train.GradientDescentOptimizer(0.05).minimize(G_loss, var_list=theta_G)
clip_D = [p.assign(tf.clip_by_value(p, -0.25, 0.25)) for p in theta_D]

sess = tf.Session()
sess.run(tf.global_variables_initializer())
for it in range(5):
    for _ in range(3):
        X_mb = rng.normal(1, 0.2, (4, 2))
        _, D_loss_curr, _ = sess.run(
            [D_solver, D_loss, clip_D[1].op.control_inputs],
            feed_dict={X: X_mb, Z: rng.uniform(-1, 1, (4, 2))},
        )
        sess.run(clip_D)
    _, G_loss_curr = sess.run([G_solver, G_loss], feed_dict={Z: rng.uniform(-1, 1, (4, 2))})
    print(it, repr(D_loss_curr), repr(G_loss_curr))
