"""``contrib.layers``: ``optimize_loss`` and summaries."""

from __future__ import annotations

import functools

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _optimize(tf, contrib, optimizer, learning_rate=0.1, step=True, **options):
    """Trains some steps, and gives what it printed in summaries, and what the variables became."""
    if step:
        step = tf.train.get_or_create_global_step()
    w = tf.get_variable("w", [3, 2], initializer=tf.constant_initializer(_x(3, 2)))
    table = tf.get_variable("table", [5, 2], initializer=tf.constant_initializer(_x(5, 2)))
    hidden = tf.matmul(tf.constant(_x(4, 3)), w) * tf.gather(table, [0, 3, 3, 1])
    unused = tf.get_variable("unused", [2], initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(tf.square(hidden - 0.5)) + tf.reduce_sum(unused * 0)
    train = contrib.layers.optimize_loss(loss, step or None, learning_rate, optimizer, **options)
    merged = tf.summary.merge_all()
    found = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            found.append(session.run(train))
            if merged is not None:
                found.append(_summaries(tf, session.run(merged)))
        found.append(session.run(tf.global_variables()))
    return {"train": train.name, "found": found}


def _summaries(tf, text):
    summary = tf.Summary.FromString(text)
    return {
        value.tag: value.simple_value
        if value.HasField("simple_value")
        else [value.histo.min, value.histo.max, value.histo.sum, value.histo.num]
        for value in summary.value
    }


def case_sgd(tf, contrib):
    return _optimize(tf, contrib, "SGD")


def case_adam_clipped(tf, contrib):
    return _optimize(tf, contrib, "Adam", clip_gradients=0.1)


def case_momentum_decayed(tf, contrib):
    decay = functools.partial(tf.train.exponential_decay, decay_steps=2, decay_rate=0.5)
    return _optimize(
        tf, contrib, "Momentum", learning_rate_decay_fn=lambda rate, step: decay(rate, step)
    )


def case_class_with_all_summaries(tf, contrib):
    return _optimize(
        tf,
        contrib,
        tf.train.AdagradOptimizer,
        summaries=contrib.layers.OPTIMIZER_SUMMARIES,
        clip_gradients=0.5,
        name="mine",
    )


def case_object(tf, contrib):
    return _optimize(tf, contrib, tf.train.RMSPropOptimizer(0.01), None, step=False)


def case_function(tf, contrib):
    return _optimize(
        tf,
        contrib,
        lambda rate: tf.train.FtrlOptimizer(rate),
        tf.constant(0.2),
        gradient_multipliers={"w:0": 0.5},
        increment_global_step=False,
    )


def case_function_of_nothing(tf, contrib):
    return _optimize(tf, contrib, lambda: tf.train.AdamOptimizer(0.05), None, summaries=["loss"])


def case_noise_and_own_clipping(tf, contrib):
    def clip(pairs):
        return [(tf.clip_by_value(gradient, -0.1, 0.1), variable) for gradient, variable in pairs]

    return _optimize(tf, contrib, "RMSProp", gradient_noise_scale=0.01, clip_gradients=clip)


def case_update_ops(tf, contrib):
    counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer(), trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(counter, 1.0))
    return _optimize(tf, contrib, "Ftrl")


def case_other_update_ops_and_variables(tf, contrib):
    counter = tf.get_variable("counter", [], initializer=tf.zeros_initializer(), trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(counter, 1.0))
    mine = tf.get_variable("mine", [], initializer=tf.ones_initializer())
    other = tf.assign_add(counter, 5.0)
    loss = tf.square(mine)
    step = tf.train.create_global_step()
    train = contrib.layers.optimize_loss(
        loss, step, 0.1, "SGD", update_ops=[other], variables=[mine]
    )
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(train)
        session.run(train)
        return session.run(tf.global_variables())


def case_errors(tf, contrib):
    def failing(*arguments, **options):
        with tf.Graph().as_default():
            try:
                return _optimize(tf, contrib, *arguments, **options)
            except Exception as error:
                return type(error).__name__

    return [
        failing("SGD", "a"),
        failing("SGD", 1),
        failing("SGD", -1.0),
        failing("SGD", None),
        failing("Nothing"),
        failing(3),
        failing(tf.train.AdamOptimizer, None),
        failing(lambda rate: rate),
        failing("SGD", clip_gradients="x"),
        failing("SGD", clip_gradients=1),
        failing("SGD", summaries=["nothing"]),
        failing("SGD", step=False, learning_rate_decay_fn=lambda rate, step: rate),
        sorted(contrib.layers.OPTIMIZER_CLS_NAMES),
    ]


def case_summaries(tf, contrib):
    layers = contrib.layers
    x = tf.constant(_x(3, 4), name="x")
    a = tf.nn.relu(x)
    b = tf.nn.relu6(x * 9)
    tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, a)
    tf.add_to_collection(tf.GraphKeys.ACTIVATIONS, b)
    w = tf.get_variable("w", [2], initializer=tf.ones_initializer())
    tf.add_to_collection(tf.GraphKeys.WEIGHTS, w)
    tf.add_to_collection(tf.GraphKeys.BIASES, tf.get_variable("b", [], trainable=False))
    made = [
        layers.summarize_tensor(x),
        layers.summarize_tensor(tf.reduce_sum(x), "sum"),
        layers.summarize_tensor(tf.reduce_sum(x)),
        layers.summarize_activation(a),
        layers.summarize_activation(x),
        layers.summarize_tensors([x, a]),
        layers.summarize_activations(),
        layers.summarize_collection("activations", name_filter="Relu6"),
        contrib.slim.summarize_variables(),
        contrib.slim.summarize_weights(),
        contrib.slim.summarize_biases(),
    ]
    names = [[each.name for each in (item if isinstance(item, list) else [item])] for item in made]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        return {"names": names, "found": _summaries(tf, session.run(tf.summary.merge_all()))}
