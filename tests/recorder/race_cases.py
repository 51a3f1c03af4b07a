"""Graphs with and without races, built alike from reference and from resource variables.

A plain script: under the recorder it initialises each graph and runs it once. With a number as its
argument it runs each graph that often, on several threads, and prints how many different outcomes
it saw; that is how the verdicts in ``test_race_finder.py`` were confirmed.
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.python.ops import lookup_ops
from tensorflow.python.ops.data_flow_ops import StagingArea

tf.disable_v2_behavior()
CASES: dict[str, Any] = {}


def case(function: Any) -> Any:
    """Puts a function into the table; it builds a graph and returns what to fetch."""
    CASES[function.__name__] = function
    return function


def variable(name: Any, value: Any = 1.0) -> Any:
    """A variable large enough for an op on it to take time."""
    return tf.get_variable(name, initializer=tf.fill([SIZE], value))


SIZE = 50000


def slow(tensor: Any) -> Any:
    """The tensor, after a while."""
    for _ in range(5):
        tensor = tf.sqrt(tf.square(tensor))
    return tensor


def sgd_on(v: Any, x: Any = 3.0) -> Any:
    """The half of a squared distance, and the op that makes it smaller."""
    loss = tf.reduce_sum(tf.square(v - x)) * 0.5
    return loss, tf.train.GradientDescentOptimizer(0.5).minimize(loss)


@case
def loss_beside_train() -> Any:
    """The loss is also computed for the gradient: one op, before the update."""
    v = variable("v")
    loss = tf.reduce_sum(v * v)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    return [train, loss]


@case
def product_beside_train() -> Any:
    """The loss reads the variable itself, once more, when nothing else does."""
    v = variable("v")
    loss = tf.reduce_sum(v * 3.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    return [train, loss]


@case
def loss_before_train() -> Any:
    v = variable("v")
    loss = tf.reduce_sum(v * 3.0)
    with tf.control_dependencies([loss]):
        train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.reduce_sum(v * 3.0))
    return [train, loss]


@case
def loss_after_train() -> Any:
    v = variable("v")
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.reduce_sum(v * 3.0))
    with tf.control_dependencies([train]):
        loss = tf.reduce_sum(v.read_value() * 3.0)
    return [train, loss]


@case
def accuracy_beside_train() -> Any:
    """The prediction is an ancestor of the update, the accuracy too has read before."""
    v = variable("v")
    prediction = v * 2.0
    accuracy = tf.reduce_mean(tf.cast(prediction > 1.0, tf.float32))
    loss = tf.reduce_sum(tf.square(prediction))
    return [tf.train.GradientDescentOptimizer(0.25).minimize(loss), accuracy]


@case
def two_assigns() -> Any:
    v = variable("v")
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, tf.assign(v, tf.fill([SIZE], 9.0)).op]


@case
def two_assigns_in_order() -> Any:
    v = variable("v")
    first = tf.assign(v, tf.fill([SIZE], 5.0))
    with tf.control_dependencies([first]):
        return [tf.assign(v, tf.fill([SIZE], 9.0)).op]


@case
def grouped_updates_of_one() -> Any:
    v = variable("v")
    return [tf.group(tf.assign(v, tf.fill([SIZE], 10.0)), tf.assign_add(v, tf.ones([SIZE])))]


@case
def grouped_updates_of_two() -> Any:
    v, w = variable("v"), variable("w")
    return [tf.group(tf.assign(v, tf.fill([SIZE], 10.0)), tf.assign_add(w, tf.ones([SIZE])))]


@case
def float_adds() -> Any:
    """(v + a) + b is not (v + b) + a, to the bit."""
    v = variable("v", 0.1)
    few, many = variable("few", 3.3), variable("many", 1000.0)
    return [tf.assign_add(v, slow(few)).op, tf.assign_add(v, slow(many)).op]


@case
def integer_adds() -> Any:
    n = tf.get_variable("v", initializer=tf.zeros([SIZE], tf.int64))
    return [
        tf.assign_add(n, tf.fill([SIZE], tf.constant(3, tf.int64)), use_locking=True).op,
        tf.assign_sub(n, tf.fill([SIZE], tf.constant(5, tf.int64)), use_locking=True).op,
    ]


@case
def assign_and_read() -> Any:
    v = variable("v")
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, v + 0.0]


@case
def assign_and_identity_chain() -> Any:
    v = variable("v")
    read = tf.identity(tf.reshape(tf.identity(v), [2, -1]))
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, read * 2.0]


@case
def read_before_consumed_after() -> Any:
    """What was read before the write is a reference's buffer, and a resource's copy."""
    v = variable("v")
    read = v.value() if "Resource" in type(v).__name__ else v.read_value()
    with tf.control_dependencies([read]):
        write = tf.assign(v, tf.fill([SIZE], 5.0))
    return [write.op, read * 2.0]


@case
def read_before_write() -> Any:
    v = variable("v")
    double = v * 2.0
    with tf.control_dependencies([double]):
        return [tf.assign(v, tf.fill([SIZE], 5.0)).op, double]


@case
def read_after_write() -> Any:
    v = variable("v")
    with tf.control_dependencies([tf.assign(v, tf.fill([SIZE], 5.0))]):
        return [tf.identity(v.read_value() * 2.0)]


@case
def built_before_depends_after() -> Any:
    """A control dependency does not move what was built outside of it."""
    v = variable("v")
    double = v * 2.0
    with tf.control_dependencies([tf.assign(v, tf.fill([SIZE], 5.0))]):
        return [tf.identity(double)]


@case
def fetched_with_assign() -> Any:
    v = variable("v")
    return [v, tf.assign(v, tf.fill([SIZE], 5.0)).op]


@case
def fetched_with_slow_assign() -> Any:
    v = variable("v")
    return [v, tf.assign(v, slow(tf.fill([SIZE], 5.0))).op]


@case
def fetched_with_train() -> Any:
    v = variable("v")
    loss, train = sgd_on(v)
    return [train, loss, v]


@case
def fetched_read_value() -> Any:
    v = variable("v")
    return [v.read_value(), tf.assign(v, tf.fill([SIZE], 5.0)).op]


@case
def fetched_result_of_assign() -> Any:
    v = variable("v")
    return [tf.assign_add(v, tf.fill([SIZE], 5.0))]


@case
def fetched_chain_of_assigns() -> Any:
    v = variable("v")
    first = tf.assign_add(v, tf.ones([SIZE]))
    with tf.control_dependencies([first]):
        return [first, tf.assign_add(v, tf.fill([SIZE], 10.0))]


@case
def update_uses_own_value() -> Any:
    v = variable("v")
    return [tf.assign(v, v * 2.0)]


@case
def swap() -> Any:
    v, w = variable("v", 1.0), variable("w", 2.0)
    return [tf.assign(v, w.read_value()).op, tf.assign(w, v.read_value()).op]


@case
def swap_of_copies() -> Any:
    v, w = variable("v", 1.0), variable("w", 2.0)
    x, y = v + 0.0, w + 0.0
    with tf.control_dependencies([x, y]):
        return [tf.assign(v, y).op, tf.assign(w, x).op]


@case
def train_grouped_with_average() -> Any:
    """`tf.group(train, ema)`: the average reads the weight before or after the update."""
    v = variable("v")
    _, train = sgd_on(v)
    average = variable("average", 0.0)
    return [tf.group(train, tf.assign_sub(average, 0.5 * (average - v)))]


@case
def average_after_train() -> Any:
    v = variable("v")
    _, train = sgd_on(v)
    average = variable("average", 0.0)
    with tf.control_dependencies([train]):
        return [tf.assign_sub(average, 0.5 * (average.read_value() - v.read_value()))]


@case
def average_class_after_train() -> Any:
    v = variable("v")
    _, train = sgd_on(v)
    ema = tf.train.ExponentialMovingAverage(0.5)
    with tf.control_dependencies([train]):
        return [ema.apply([v])]


@case
def average_class_beside_train() -> Any:
    v = variable("v")
    _, train = sgd_on(v)
    return [tf.group(train, tf.train.ExponentialMovingAverage(0.5).apply([v]))]


@case
def optimizer_slots() -> Any:
    v, w = variable("v"), variable("w")
    loss = tf.reduce_sum(tf.square(v * w))
    return [tf.train.AdamOptimizer(0.1).minimize(loss, tf.train.get_or_create_global_step()), loss]


@case
def rate_read_beside_step() -> Any:
    """The learning rate is computed from the counter that the same run increments."""
    v = variable("v")
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.5, step, 1, 0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(tf.reduce_sum(v * v), step)
    return [train, rate]


@case
def step_counted_beside_rate() -> Any:
    v = variable("v")
    step = tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.5, step, 1, 0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(tf.reduce_sum(v * v))
    return [train, tf.assign_add(step, 1).op]


@case
def gradient_after_assign() -> Any:
    v = variable("v")
    loss = tf.reduce_sum(v * v)
    with tf.control_dependencies([tf.assign(v, tf.fill([SIZE], 100.0))]):
        (gradient,) = tf.gradients(loss, [v])
        return [tf.identity(gradient)]


@case
def scatter_and_gather() -> Any:
    v = variable("v")
    return [tf.scatter_update(v, [0, 1], [7.0, 7.0]).op, tf.gather(v, tf.range(SIZE))]


@case
def gather_before_scatter() -> Any:
    v = variable("v")
    rows = tf.gather(v, [0, 1])
    return [tf.scatter_update(v, [0, 1], rows * 2.0).op, rows]


@case
def embedding_trained() -> Any:
    v = tf.get_variable("v", initializer=tf.ones([SIZE // 10, 10]))
    rows = tf.nn.embedding_lookup(v, [0, 1, 1])
    loss = tf.reduce_sum(rows * rows)
    return [tf.train.GradientDescentOptimizer(0.25).minimize(loss), loss]


@case
def opposite_branches() -> Any:
    v = variable("v")
    return [
        tf.cond(
            tf.reduce_sum(tf.ones([3])) > 0.0,
            lambda: tf.identity(tf.assign(v, tf.fill([SIZE], 5.0))),
            lambda: tf.identity(tf.assign(v, tf.fill([SIZE], 6.0))),
        )
    ]


@case
def opposite_branches_of_two_conditionals() -> Any:
    v = variable("v")
    go = tf.reduce_sum(tf.ones([3])) > 0.0
    write = tf.cond(
        go, lambda: tf.identity(tf.assign(v, tf.fill([SIZE], 5.0))), lambda: tf.zeros([SIZE])
    )
    read = tf.cond(go, lambda: tf.zeros([SIZE]), lambda: v * 2.0)
    return [write, read]


@case
def branch_against_outside() -> Any:
    v = variable("v")
    write = tf.cond(
        tf.reduce_sum(tf.ones([3])) > 0.0,
        lambda: tf.identity(tf.assign(v, tf.fill([SIZE], 5.0))),
        lambda: tf.zeros([SIZE]),
    )
    return [write, v * 3.0]


@case
def branch_that_a_fed_value_leaves_out() -> Any:
    """As of a layer that reads its moving averages, or else updates them."""
    v = variable("v")
    training = tf.placeholder(tf.bool, ())
    inside = tf.cond(training, lambda: tf.zeros([SIZE]), lambda: v * 3.0)
    outside = tf.cond(training, lambda: tf.zeros([SIZE]), lambda: v) * 3.0
    return [inside, outside, tf.assign(v, tf.fill([SIZE], 5.0)).op], {training: True}


@case
def branch_that_a_fed_value_takes() -> Any:
    v = variable("v")
    training = tf.placeholder(tf.bool, ())
    read = tf.cond(training, lambda: tf.zeros([SIZE]), lambda: v * 3.0)
    return [read, tf.assign(v, tf.fill([SIZE], 5.0)).op], {training: False}


@case
def branch_written_outside() -> Any:
    """A write that is built outside runs in any case, but before the branch that returns it."""
    v = variable("v")
    write = tf.assign(v, tf.fill([SIZE], 5.0))
    return [
        tf.cond(
            tf.reduce_sum(tf.ones([3])) > 0.0,
            lambda: tf.identity(write),
            lambda: tf.zeros([SIZE]),
        )
    ]


@case
def same_branch() -> Any:
    v = variable("v")

    def branch() -> Any:
        with tf.control_dependencies([tf.assign(v, tf.fill([SIZE], 5.0))]):
            return v.read_value() * 2.0

    return [tf.cond(tf.reduce_sum(tf.ones([3])) > 0.0, branch, lambda: tf.zeros([SIZE]))]


@case
def same_branch_in_no_order() -> Any:
    v = variable("v")

    def branch() -> Any:
        return [tf.identity(tf.assign(v, slow(tf.fill([SIZE], 5.0)))), v * 2.0]

    nothing = tf.zeros([SIZE])
    return list(tf.cond(tf.reduce_sum(tf.ones([3])) > 0, branch, lambda: [nothing, nothing]))


@case
def loop_in_order() -> Any:
    """Each round reads what it has written, before the condition of the next one is known."""
    v = variable("v")

    def body(i: Any, total: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            total = total + v.read_value()[0]
        with tf.control_dependencies([total]):
            return [i + 1, total]

    return tf.while_loop(lambda i, total: i < 3, body, [0, 0.0], parallel_iterations=10)


@case
def loop_rounds_overlap() -> Any:
    """The next round may write before this one has read."""
    v = variable("v")

    def body(i: Any, total: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return [i + 1, total + tf.reduce_sum(v.read_value())]

    return tf.while_loop(lambda i, total: i < 8, body, [0, 0.0], parallel_iterations=10)


@case
def loop_round_after_round() -> Any:
    """The same, but no round begins before the one before it is over."""
    v = variable("v")

    def body(i: Any, total: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return [i + 1, total + tf.reduce_sum(v.read_value())]

    return tf.while_loop(lambda i, total: i < 8, body, [0, 0.0], parallel_iterations=1)


@case
def loop_round_in_no_order() -> Any:
    v = variable("v")

    def body(i: Any, total: Any) -> Any:
        write = tf.assign_add(v, tf.ones([SIZE]))
        total = total + tf.reduce_sum(v)
        with tf.control_dependencies([write, total]):
            return [i + 1, total]

    return tf.while_loop(lambda i, total: i < 8, body, [0, 0.0])


@case
def loop_against_outside() -> Any:
    v = variable("v")

    def body(i: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return i + 1

    return [tf.while_loop(lambda i: i < 3, body, [0]), v * 2.0]


@case
def loop_before_read() -> Any:
    v = variable("v")

    def body(i: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return i + 1

    with tf.control_dependencies([tf.while_loop(lambda i: i < 3, body, [0])]):
        return [v.read_value() * 2.0]


@case
def loop_after_read() -> Any:
    v = variable("v")
    start = tf.cast(tf.reduce_sum(v), tf.int32) * 0

    def body(i: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return i + 1

    return [tf.while_loop(lambda i: i < 3, body, [start])]


@case
def loops_nested() -> Any:
    v = variable("v")

    def inner(j: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return j + 1

    def outer(i: Any, total: Any) -> Any:
        done = tf.while_loop(lambda j: j < 2, inner, [0])
        with tf.control_dependencies([done]):
            total = total + v.read_value()[0]
        with tf.control_dependencies([total]):
            return [i + 1, total]

    return tf.while_loop(lambda i, total: i < 3, outer, [0, 0.0])


@case
def loops_nested_overlap() -> Any:
    v = variable("v")

    def inner(j: Any) -> Any:
        with tf.control_dependencies([tf.assign_add(v, tf.ones([SIZE]))]):
            return j + 1

    def outer(i: Any, total: Any) -> Any:
        with tf.control_dependencies([tf.while_loop(lambda j: j < 2, inner, [0])]):
            return [i + 1, total + tf.reduce_sum(v.read_value())]

    return tf.while_loop(lambda i, total: i < 6, outer, [0, 0.0])


@case
def initialised_again_from_another() -> Any:
    """TensorFlow takes the other one's initial value, but only if that has none yet."""
    start = tf.placeholder_with_default(tf.fill([SIZE], 1.0), [SIZE])
    v = tf.get_variable("v", initializer=slow(start))
    tf.get_variable("w", initializer=v * 2.0)
    return [tf.global_variables_initializer()], {start: [7.0] * SIZE}


@case
def initialised_again_with_average() -> Any:
    """The average begins with the variable's value: that of before, or the new one."""
    start = tf.placeholder_with_default(tf.fill([SIZE], 1.0), [SIZE])
    v = tf.get_variable("v", initializer=slow(start))
    tf.train.ExponentialMovingAverage(0.9).apply([v])
    return [tf.global_variables_initializer()], {start: [7.0] * SIZE}


@case
def read_if_initialised() -> Any:
    n = tf.get_variable("v", initializer=tf.zeros([SIZE], tf.int64))
    seen = tf.cond(tf.is_variable_initialized(n), n.read_value, lambda: n.initial_value)
    return [tf.assign_add(n, tf.ones([SIZE], tf.int64)).op, seen]


@case
def shape_of_written() -> Any:
    v = variable("v")
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, tf.shape(v), tf.size(v)]


@case
def sliced() -> Any:
    v = tf.get_variable("v", initializer=tf.ones([SIZE // 16, 16]))
    part = v[0:3]
    with tf.control_dependencies([part]):
        write = tf.assign(v, tf.fill([SIZE // 16, 16], 5.0))
    return [write.op, part * 2.0]


@case
def fed_over_read() -> Any:
    """What is fed is not read."""
    v = variable("v")
    double = v * 2.0
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, double + 1.0], {double: [0.0] * SIZE}


@case
def dead_write() -> Any:
    """A write that nothing fetches is not part of the run."""
    v = variable("v")
    tf.assign(v, tf.fill([SIZE], 5.0))
    return [v * 2.0, tf.assign_add(variable("w"), tf.ones([SIZE])).op]


@case
def in_function() -> Any:
    """A function's own order holds inside; outside, a call is one access."""
    v = variable("v")

    def call() -> Any:
        v.assign_add(tf.ones([SIZE]))
        return v + 0.0

    return [tf.function(call)(), v * 2.0]


@case
def in_function_alone() -> Any:
    v = variable("v")

    def call() -> Any:
        v.assign_add(tf.ones([SIZE]))
        return v + 0.0

    return [tf.function(call)()]


@case
def python_function_between() -> Any:
    """py_func is an op like any other."""
    v = variable("v")
    (seen,) = tf.py_func(lambda x: [x], [v], [tf.float32])
    return [tf.assign(v, tf.fill([SIZE], 5.0)).op, seen]


@case
def python_function_before() -> Any:
    v = variable("v")
    (seen,) = tf.py_func(lambda x: [x * 2.0], [v], [tf.float32])
    return [tf.assign(v, seen).op, seen]


# What is no variable: both kinds of variables are alike here, so only one of them is run.
SHARED: dict[str, Any] = {}


def shared(function: Any) -> Any:
    """Puts a function into both tables."""
    SHARED[function.__name__] = function
    return case(function)


def elements() -> Any:
    """An iterator, and what starts it."""
    data = tf.data.Dataset.range(1000).map(lambda x: tf.cast(x, tf.float32) * tf.ones([SIZE]))
    iterator = tf.data.make_initializable_iterator(data)
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.initializer)
    return iterator


@shared
def two_get_next() -> Any:
    iterator, v = elements(), variable("v")
    x, y = iterator.get_next(), iterator.get_next()
    return [tf.assign(v, x - 2.0 * y)]


@shared
def one_get_next_for_two() -> Any:
    x, v = elements().get_next(), variable("v")
    return [x, tf.assign(v, x * 2.0), x + 1.0]


@shared
def two_get_next_in_order() -> Any:
    iterator = elements()
    x = iterator.get_next()
    with tf.control_dependencies([x]):
        return [x, iterator.get_next()]


@shared
def two_get_next_of_two() -> Any:
    return [elements().get_next(), elements().get_next()]


@shared
def get_next_only_fetched() -> Any:
    iterator = elements()
    return [iterator.get_next(), iterator.get_next()]


@shared
def get_next_in_opposite_branches() -> Any:
    iterator = elements()
    go = tf.placeholder(tf.bool, ())
    return [tf.cond(go, iterator.get_next, lambda: iterator.get_next() * 2.0)], {go: True}


@shared
def get_next_while_it_starts() -> Any:
    iterator = elements()
    with tf.control_dependencies([iterator.initializer]):
        tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, iterator.get_next().op)
    with tf.control_dependencies([slow(variable("v"))]):
        return [iterator.get_next(), iterator.initializer]


def drawn_in_loop(parallel: Any = 10, waits: Any = False) -> Any:
    """A variable is given a sum in which each number that is drawn has another weight."""
    v = variable("v")

    def body(i: Any, total: Any) -> Any:
        drawn = tf.random_uniform([SIZE], seed=3)
        total = total + tf.cast(i, tf.float32) * drawn[0]
        with tf.control_dependencies([drawn] if waits else []):
            return [i + 1, total]

    loop = tf.while_loop(
        lambda i, total: i < 8, body, [0, 0.0], parallel_iterations=parallel, back_prop=False
    )
    return [tf.assign(v, loop[1] * tf.ones([SIZE]))]


@shared
def drawn_while_rounds_overlap() -> Any:
    return drawn_in_loop()


@shared
def drawn_round_after_round() -> Any:
    return drawn_in_loop(parallel=1)


@shared
def drawn_before_the_next_round() -> Any:
    return drawn_in_loop(waits=True)


@shared
def drawn_by_two_ops() -> Any:
    """Each has its own numbers."""
    v = variable("v")
    draws = [tf.random_uniform([SIZE], seed=3), tf.random_uniform([SIZE], seed=4)]
    return [tf.assign(v, draws[0] - draws[1])]


def queue_of(kind: Any, n: Any = 8) -> Any:
    """A queue, with some elements in it."""
    options = {"min_after_dequeue": 0, "seed": 3} if kind is tf.RandomShuffleQueue else {}
    queue = kind(50, dtypes=[tf.float32], shapes=[[SIZE]], **options)
    values = tf.range(float(n))[:, tf.newaxis] * tf.ones([1, SIZE])
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, queue.enqueue_many([values]))
    return queue


@shared
def two_dequeues() -> Any:
    queue = queue_of(tf.FIFOQueue)
    return [queue.dequeue(), queue.dequeue_many(2)]


@shared
def two_dequeues_in_order() -> Any:
    queue = queue_of(tf.FIFOQueue)
    first = queue.dequeue()
    with tf.control_dependencies([first]):
        return [first, queue.dequeue()]


@shared
def dequeue_beside_enqueue() -> Any:
    """The first element is the first one, whether or not another is put behind it."""
    queue = queue_of(tf.FIFOQueue)
    return [queue.dequeue(), queue.enqueue([slow(tf.fill([SIZE], 99.0))])]


@shared
def dequeue_beside_enqueue_into_nothing() -> Any:
    """It waits."""
    queue = tf.FIFOQueue(5, dtypes=[tf.float32], shapes=[[SIZE]])
    return [queue.dequeue(), queue.enqueue([slow(tf.fill([SIZE], 99.0))])]


@shared
def shuffled_dequeue_beside_enqueue() -> Any:
    queue = queue_of(tf.RandomShuffleQueue, 2)
    return [queue.dequeue(), queue.enqueue([tf.fill([SIZE], 99.0)])]


@shared
def two_enqueues() -> Any:
    queue = queue_of(tf.FIFOQueue, 1)
    puts = [queue.enqueue([slow(tf.fill([SIZE], x))]) for x in (5.0, 9.0)]
    with tf.control_dependencies(puts):
        return [queue.dequeue_many(3)]


@shared
def size_beside_enqueue() -> Any:
    queue = queue_of(tf.FIFOQueue)
    return [queue.size(), queue.enqueue([tf.fill([SIZE], 99.0)])]


def table() -> Any:
    """A table of one entry."""
    where = tf.contrib.lookup if hasattr(tf, "contrib") else lookup_ops
    table = where.MutableHashTable(tf.int64, tf.float32, 0.0)
    keys = tf.constant([1], tf.int64)
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, table.insert(keys, [1.0]))
    return table


def key(*numbers: Any) -> Any:
    """Keys of a table."""
    return tf.constant(numbers, tf.int64)


@shared
def lookup_beside_insert() -> Any:
    entries = table()
    return [entries.lookup(key(1)), entries.insert(key(1), [5.0])]


@shared
def lookup_after_insert() -> Any:
    entries = table()
    with tf.control_dependencies([entries.insert(key(1), [5.0])]):
        return [entries.lookup(key(1))]


@shared
def lookup_of_another_key() -> Any:
    entries = table()
    return [entries.lookup(key(1, 3)), entries.insert(key(2), [5.0])]


@shared
def two_lookups() -> Any:
    entries = table()
    return [entries.lookup(key(1)), entries.lookup(key(1)), entries.size()]


@shared
def two_inserts() -> Any:
    entries = table()
    puts = [entries.insert(key(1), [5.0]), entries.insert(key(1), [9.0])]
    with tf.control_dependencies(puts):
        return [entries.lookup(key(1))]


@shared
def inserts_of_other_keys() -> Any:
    entries = table()
    puts = [entries.insert(key(1), [5.0]), entries.insert(key(2), [9.0])]
    with tf.control_dependencies(puts):
        return [entries.lookup(key(1, 2))]


@shared
def size_beside_insert() -> Any:
    entries = table()
    return [entries.size(), entries.insert(key(2), [5.0])]


COUNTER: list[Any] = [0]


def count(x: Any) -> Any:
    """Counts its calls."""
    COUNTER[0] += 1
    return np.float32(COUNTER[0] % 2) + 0 * x


def called(function: Any, x: Any) -> Any:
    """Calls a function in the graph."""
    return tf.py_func(function, [x], tf.float32)


@shared
def two_calls_that_count() -> Any:
    x = tf.ones([SIZE])
    return [called(count, x) - 2.0 * called(count, slow(x))]


@shared
def two_calls_in_order() -> Any:
    first = called(count, tf.ones([SIZE]))
    with tf.control_dependencies([first]):
        return [first - called(count, tf.ones([SIZE]))]


@shared
def two_calls_of_one_generator() -> Any:
    numbers = itertools.cycle([1.0, 2.0])

    def draw(x: Any) -> Any:
        return np.float32(next(numbers)) + 0 * x

    return [called(draw, tf.ones([SIZE])) - 3.0 * called(draw, tf.ones([SIZE]))]


@shared
def two_calls_that_draw() -> Any:
    def draw(x: Any) -> Any:
        return np.float32(np.random.rand()) + 0 * x

    return [called(draw, tf.ones([SIZE])) - 3.0 * called(draw, tf.ones([SIZE]))]


@shared
def two_calls_of_a_pure_function() -> Any:
    data = [1.0, 2.0]

    def look(x: Any) -> Any:
        return np.float32(data[1]) * np.square(x)

    return [called(look, tf.ones([SIZE])) - 3.0 * called(look, tf.ones([SIZE]))]


@shared
def two_calls_that_count_apart() -> Any:
    def counts() -> Any:
        own = [0]

        def call(x: Any) -> Any:
            own[0] += 1
            return np.float32(own[0] > 0) + 0 * x

        return call

    return [called(counts(), tf.ones([SIZE])) - 3.0 * called(counts(), tf.ones([SIZE]))]


@shared
def two_stateful_random_ops() -> Any:
    """Each draws from a stream of its own."""
    return [tf.random_uniform([SIZE], seed=1) - 3.0 * tf.random_uniform([SIZE], seed=1)]


@shared
def staged() -> Any:
    """The usual way to work ahead: what is taken was put in a run before."""
    area = StagingArea([tf.float32], shapes=[[SIZE]])
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, area.put([tf.ones([SIZE])]))
    return [area.get(), area.put([tf.fill([SIZE], 5.0)])]


@shared
def staged_twice() -> Any:
    area = StagingArea([tf.float32], shapes=[[SIZE]])
    put = area.put([tf.ones([SIZE])])
    with tf.control_dependencies([put]):
        more = area.put([tf.fill([SIZE], 5.0)])
    tf.add_to_collection(tf.GraphKeys.TABLE_INITIALIZERS, more)
    return [area.get(), area.get()]


@shared
def in_function_twice() -> Any:
    v = variable("v")
    add, scale = tf.ones([SIZE]), tf.fill([SIZE], 3.0)
    calls = [
        tf.function(lambda: v.assign_add(add).read_value()),
        tf.function(lambda: v.assign(v * scale).read_value()),
    ]
    return [call() for call in calls]


def build(name: Any, kind: Any) -> Any:
    """Builds a case in a graph of its own and returns graph, fetches and feeds."""
    graph = tf.Graph()
    with graph.as_default(), tf.variable_scope(name + "_" + kind) as scope:
        scope.set_use_resource(kind == "resource")
        found = CASES[name]()
        fetches, feeds = found if isinstance(found, tuple) else (found, {})
        with tf.control_dependencies(None):
            start = [tf.global_variables_initializer(), tf.tables_initializer()]
            return graph, fetches, feeds, start


def main() -> None:
    """Runs every case, of the kinds that there are."""
    global SIZE
    only = sys.argv[2:]
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    if not times:
        SIZE = 160
    for name in only or CASES:
        for kind in ("reference", "resource"):
            if kind == "reference" and (name in SHARED or name.startswith("in_function")):
                continue
            graph, fetches, feeds, initialise = build(name, kind)
            if times:
                print(name, kind, outcomes(graph, fetches, feeds, initialise, times), flush=True)
                continue
            with tf.Session(graph=graph) as sess:
                try:
                    for each in initialise:
                        sess.run(each)
                    sess.run(fetches, feeds)
                except tf.errors.OpError as error:
                    print(name, kind, type(error).__name__)


def outcomes(graph: Any, fetches: Any, feeds: Any, initialise: Any, times: Any) -> Any:
    """How often each outcome was seen, of values fetched and variables together."""
    seen: dict[Any, int] = {}
    with graph.as_default():
        variables = tf.global_variables()
    for number in range(times):
        config = tf.ConfigProto(
            inter_op_parallelism_threads=1 + number % 4,
            intra_op_parallelism_threads=1,
            use_per_session_threads=True,
        )
        config.graph_options.rewrite_options.disable_meta_optimizer = True
        # Another session each time: initialising again reads what was trained.
        with tf.Session(graph=graph, config=config) as sess:
            np.random.seed(3)
            try:
                for each in initialise:
                    sess.run(each)
                values = [*sess.run(fetches, feeds), *sess.run(variables)]
                outcome: Any = tuple(np.asarray(value).tobytes() for value in values)
            except tf.errors.OpError as error:
                outcome = type(error).__name__
        seen[outcome] = seen.get(outcome, 0) + 1
    return sorted(seen.values(), reverse=True)


if __name__ == "__main__":
    main()
