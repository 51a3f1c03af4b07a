"""Monitored sessions: finalised graphs, hooks of both kinds, a checkpoint to go on from."""

import os
import tempfile

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()


class LogHook(tf.train.SessionRunHook):
    def __init__(self, fetches):
        self.fetches = fetches

    def before_run(self, run_context):
        return tf.train.SessionRunArgs(self.fetches)

    def after_run(self, run_context, run_values):
        print([repr(value) for value in run_values.results])


class ClipHook(tf.train.SessionRunHook):
    def __init__(self, variable):
        self.variable = variable

    def begin(self):
        self.clip = tf.assign(self.variable, tf.clip_by_value(self.variable, -1.0, 1.0))

    def after_run(self, run_context, run_values):
        run_context.session.run(self.clip)


def train(last_step, folder):
    with tf.Graph().as_default():
        global_step = tf.train.get_or_create_global_step()
        w = tf.get_variable("w", initializer=np.float32([0.9, -0.2]))
        loss = tf.reduce_sum(tf.square(w - [2.0, 0.5]))
        optimizer = tf.train.GradientDescentOptimizer(0.1)
        train_op = optimizer.minimize(loss, global_step=global_step)
        hooks = [tf.train.StopAtStepHook(last_step=last_step), LogHook([loss, w]), ClipHook(w)]
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=folder,
            hooks=hooks,
            save_checkpoint_secs=None,
            save_checkpoint_steps=2,
            save_summaries_steps=None,
            save_summaries_secs=None,
            log_step_count_steps=None,
        ) as session:
            while not session.should_stop():
                session.run(train_op)


checkpoints = os.path.join(tempfile.mkdtemp(), "checkpoints")
train(4, checkpoints)
train(7, checkpoints)
