"""Programs that race, and the two orders that one may have."""

from __future__ import annotations

from pathlib import Path

from migrate_vars.equivalence.running.interpreters import Interpreter
from migrate_vars.equivalence.running.programs import Program, Run

# What the average is made from, the weight before or after its update, nothing says.
REFERENCE = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
apart = tf.get_variable("apart", initializer=0.0)
v = tf.get_variable("v", initializer=1.0)
average = tf.get_variable("average", initializer=0.0)
copy = tf.get_variable("copy", initializer=0.0)
count = tf.assign_add(apart, 1.0)
loss = v * v
train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
follow = tf.assign(average, 0.5 * v)
take = tf.assign(copy, average + 1.0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(4):
        sess.run(count)
        sess.run([train, follow, loss])
        sess.run(take)
"""
FOLLOW = "follow = tf.assign(average, 0.5 * v)\n"
# The two orders that the reference may have, each said.
FIRST = REFERENCE.replace(FOLLOW, "").replace(
    "train =", FOLLOW + "with tf.control_dependencies([follow]):\n    train ="
)
LAST = REFERENCE.replace(
    FOLLOW,
    "with tf.control_dependencies([train]):\n"
    "    follow = tf.assign(average, 0.5 * v.read_value())\n",
)
# Which of the two takes which number, nothing says.
TAKING = """
import tensorflow.compat.v1 as tf
tf.disable_v2_behavior()
queue = tf.FIFOQueue(100, [tf.float32], shapes=[[]])
fill = queue.enqueue_many([tf.range(40.0)])
apart = tf.get_variable("apart", initializer=0.0)
v = tf.get_variable("v", initializer=1.0)
count = tf.assign_add(apart, 1.0)
few = queue.dequeue()
many = tf.reduce_sum(queue.dequeue_many(2))
train = tf.assign_add(v, few - 0.5 * many)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(fill)
    for step in range(4):
        sess.run(count)
        sess.run(train)
"""


def run(interpreter: Interpreter, folder: Path, text: str, races: bool = False) -> Run:
    """Runs a program that is called ``train.py``."""
    script = folder / "train.py"
    script.write_text(text, "utf-8")
    run = interpreter.run(Program(script, "train.py", races=races))
    assert run.error == "", run.output
    return run
