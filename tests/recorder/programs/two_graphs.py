"""A teacher and a student, each in a graph and a session of its own."""

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
x = np.linspace(-1, 1, 8, dtype=np.float32)[:, np.newaxis]


def network(scope, start):
    with tf.variable_scope(scope):
        inputs = tf.placeholder(tf.float32, [None, 1])
        wanted = tf.placeholder(tf.float32, [None, 1])
        w = tf.get_variable("w", initializer=np.float32([[start]]))
        outputs = tf.matmul(inputs, w)
        loss = tf.reduce_mean(tf.square(outputs - wanted))
        return inputs, wanted, outputs, tf.train.AdagradOptimizer(0.3).minimize(loss)


teacher_graph, student_graph = tf.Graph(), tf.Graph()
with teacher_graph.as_default():
    t_in, t_wanted, t_out, t_train = network("teacher", 0.0)
    t_init = tf.global_variables_initializer()
with student_graph.as_default():
    s_in, s_wanted, s_out, s_train = network("student", 2.0)
    s_init = tf.global_variables_initializer()

with tf.Session(graph=teacher_graph) as teacher:
    teacher.run(t_init)
    for _ in range(4):
        teacher.run(t_train, {t_in: x, t_wanted: 3 * x})
    with tf.Session(graph=student_graph) as student:
        student.run(s_init)
        for step in range(5):
            soft = teacher.run(t_out, {t_in: x})
            student.run(s_train, {s_in: x, s_wanted: soft})
            if step == 2:
                teacher.run(t_train, {t_in: x, t_wanted: -x})
        print(student.run(s_out, {s_in: x}).ravel().tolist())
