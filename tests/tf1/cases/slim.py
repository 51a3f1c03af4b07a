"""``contrib.slim`` and ``contrib.losses``."""

from __future__ import annotations

import contextlib
import io

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _net(tf, contrib, x, training=True):
    slim = contrib.slim
    with slim.arg_scope(
        [slim.conv2d, slim.fully_connected],
        weights_initializer=slim.variance_scaling_initializer(),
        weights_regularizer=slim.l2_regularizer(0.01),
        normalizer_fn=slim.batch_norm,
    ):
        with slim.arg_scope([slim.batch_norm], is_training=training, decay=0.9, scale=True):
            with slim.arg_scope(
                [slim.conv2d, slim.max_pool2d, slim.fully_connected], outputs_collections="ends"
            ):
                net = slim.repeat(x, 2, slim.conv2d, 4, [3, 3], scope="conv1")
                net = slim.max_pool2d(net, [2, 2], scope="pool1")
                net = slim.flatten(net)
                net = slim.fully_connected(net, 6, scope="fc")
                return slim.fully_connected(
                    net, 3, activation_fn=None, normalizer_fn=None, scope="out"
                )


def case_net(tf, contrib):
    out = _net(tf, contrib, tf.constant(_x(3, 6, 6, 2)))
    contrib.slim.losses.softmax_cross_entropy(out, tf.one_hot([0, 2, 1], 3))
    loss = contrib.slim.losses.get_total_loss()
    ends = contrib.slim.utils.convert_collection_to_dict("ends")
    return {"out": out, "loss": loss, "ends": ends}


def case_model_analyzer(tf, contrib):
    analyzer = contrib.slim.model_analyzer
    _net(tf, contrib, tf.placeholder(tf.float32, [None, 6, 6, 2]))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        sizes = analyzer.analyze_vars(tf.trainable_variables(), print_info=True)
    with tf.Graph().as_default() as graph:
        tf.nn.relu(tf.placeholder(tf.float32, [None, 3]))
        tf.constant(_x(2, 3))
        with contextlib.redirect_stdout(printed):
            size = analyzer.analyze_ops(graph, print_info=True)
    described = analyzer.tensor_description(tf.trainable_variables()[0])
    # NumPy's integers print themselves otherwise.
    return [list(map(int, sizes)), int(size), described, printed.getvalue()]


def case_names_are_those_of_the_other_modules(tf, contrib):
    slim = contrib.slim
    with slim.arg_scope([contrib.layers.conv2d], activation_fn=None):
        x = slim.conv2d(tf.constant(_x(2, 4, 4, 2)), 3, 3)
    v = slim.variable("v", [2], initializer=tf.zeros_initializer())
    w = slim.model_variable("w", [2], regularizer=slim.l2_regularizer(0.1))
    return [x, v, w, [each.name for each in slim.get_model_variables()]]


def case_summaries(tf, contrib):
    summaries = contrib.slim.summaries
    x = tf.constant(_x(2, 3), name="x")
    image = tf.constant(_x(1, 2, 2, 3), name="image")
    made = [
        summaries.add_histogram_summary(x),
        summaries.add_histogram_summary(x, "named", prefix="before"),
        summaries.add_image_summary(image, prefix="before"),
        summaries.add_scalar_summary(tf.reduce_sum(x), "sum"),
        summaries.add_zero_fraction_summary(tf.nn.relu(x)),
    ]
    made += summaries.add_histogram_summaries([x, image], prefix="again")
    made += summaries.add_scalar_summaries([tf.reduce_mean(x)])
    made += summaries.add_zero_fraction_summaries([x])
    return [each.name for each in made]


def case_losses(tf, contrib):
    losses = contrib.losses
    p = tf.get_variable("p", [3, 4], initializer=tf.constant_initializer(_x(3, 4)))
    labels = tf.constant(np.eye(4, dtype=np.float32)[[0, 1, 3]])
    probabilities = tf.sigmoid(p)
    made = []
    for weights in (1.0, tf.constant([1.0, 0.0, 2.0]), 0.0):
        made += [
            losses.absolute_difference(p, labels, weights),
            losses.mean_squared_error(p, labels, weights=weights),
            losses.log_loss(probabilities, labels, weights=weights),
            losses.mean_pairwise_squared_error(p, labels, weights),
            losses.sigmoid_cross_entropy(p, labels, weights=weights, label_smoothing=0.2),
            losses.softmax_cross_entropy(p, labels, weights=weights, label_smoothing=0.2),
            losses.sparse_softmax_cross_entropy(p, tf.constant([0, 1, 3]), weights=weights),
            losses.sparse_softmax_cross_entropy(p, tf.constant([[0], [1], [3]]), weights=weights),
            losses.cosine_distance(p, labels, axis=1, weights=weights),
            losses.cosine_distance(p, labels, dim=1, weights=weights, scope="named"),
            losses.compute_weighted_loss(p, weights),
        ]
    columns = tf.constant([[1.0], [0.0], [2.0]])
    made += [
        losses.compute_weighted_loss(p, columns),
        losses.absolute_difference(p, labels, columns),
        losses.compute_weighted_loss(p, tf.ones([3, 4]) * tf.constant([1.0, 0, 0, 2])),
        losses.sparse_softmax_cross_entropy(p, tf.constant([0, 1, 3]), weights=columns),
    ]
    hinge = losses.hinge_loss(p, labels)
    losses.add_loss(tf.reduce_sum(hinge) * 0.01)
    losses.add_loss(tf.reduce_sum(hinge) * 0.01, None)
    total = losses.get_total_loss()
    return {
        "made": made,
        "hinge": hinge,
        "loss": total,
        "named": losses.get_losses("named"),
        "regularization": losses.get_regularization_losses(),
    }


def case_losses_errors(tf, contrib):
    losses = contrib.losses
    p, labels = tf.constant(_x(3, 4)), tf.constant(_x(3, 4))
    return [
        _error(lambda: losses.compute_weighted_loss(p, [1.0, 0.0, 2.0, 1.0])),
        _error(lambda: losses.compute_weighted_loss(p, tf.placeholder(tf.float32))),
        _error(lambda: losses.cosine_distance(p, labels)),
        _error(lambda: losses.mean_squared_error(p, labels[:2])),
        _error(lambda: losses.mean_squared_error(p, labels, weights=None)),
    ]


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
