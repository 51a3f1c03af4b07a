"""Graphs with and without races, built alike from reference and from resource variables.

A plain script: under the recorder it initialises each graph and runs it once. With a number as its
argument it runs each graph that often, on several threads, and prints how many different outcomes
it saw; that is how the verdicts in ``test_races.py`` were confirmed.
"""

from __future__ import annotations

import sys
from typing import Any

import tensorflow.compat.v1 as tf

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


def build(name: Any, kind: Any) -> Any:
    """Builds a case in a graph of its own and returns graph, fetches and feeds."""
    graph = tf.Graph()
    with graph.as_default(), tf.variable_scope(name + "_" + kind) as scope:
        scope.set_use_resource(kind == "resource")
        found = CASES[name]()
        fetches, feeds = found if isinstance(found, tuple) else (found, {})
        with tf.control_dependencies(None):
            return graph, fetches, feeds, tf.global_variables_initializer()


def main() -> None:
    """Runs every case, of the kinds that there are."""
    global SIZE
    only = sys.argv[2:]
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    if not times:
        SIZE = 160
    for name in only or CASES:
        for kind in ("reference", "resource"):
            if name.startswith("in_function") and kind == "reference":
                continue
            graph, fetches, feeds, initialise = build(name, kind)
            if times:
                print(name, kind, outcomes(graph, fetches, feeds, initialise, times), flush=True)
                continue
            with tf.Session(graph=graph) as sess:
                try:
                    sess.run(initialise)
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
            try:
                sess.run(initialise)
                values = [*sess.run(fetches, feeds), *sess.run(variables)]
                outcome: Any = tuple(value.tobytes() for value in values if value is not None)
            except tf.errors.OpError as error:
                outcome = type(error).__name__
        seen[outcome] = seen.get(outcome, 0) + 1
    return sorted(seen.values(), reverse=True)


if __name__ == "__main__":
    main()
