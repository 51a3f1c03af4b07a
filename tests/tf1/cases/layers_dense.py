"""``contrib.layers``: dense layers, regularizers, initializers."""

from __future__ import annotations

import functools

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _loss(tf, *outputs):
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in outputs])
    regularization = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return tf.add_n([total, *regularization]) if regularization else total


def _trained(tf, *outputs):
    return {"outputs": list(outputs), "loss": _loss(tf, *outputs)}


def case_fully_connected(tf, contrib):
    return _trained(tf, contrib.layers.fully_connected(tf.constant(_x(4, 5)), 3))


def case_fully_connected_twice_and_scopes(tf, contrib):
    x = tf.constant(_x(4, 5))
    with tf.variable_scope("net"):
        a = contrib.layers.fully_connected(x, 3)
        b = contrib.layers.fully_connected(a, 3, activation_fn=None)
        c = contrib.layers.fully_connected(b, 2, activation_fn=tf.nn.tanh, scope="out")
        d = contrib.layers.fully_connected(a, 2, activation_fn=tf.nn.tanh, scope="out", reuse=True)
    return _trained(tf, a, b, c, d)


def case_fully_connected_without_bias(tf, contrib):
    x = tf.constant(_x(4, 5))
    return _trained(tf, contrib.layers.fully_connected(x, 3, biases_initializer=None))


def case_fully_connected_of_rank_three(tf, contrib):
    return _trained(tf, contrib.layers.fully_connected(tf.constant(_x(4, 2, 5)), 3))


def case_fully_connected_of_placeholder(tf, contrib):
    x = tf.placeholder(tf.float32, [None, 5], name="x")
    built = _trained(tf, contrib.layers.fully_connected(x, 3))
    built["feed"] = {x: _x(4, 5)}
    return built


def case_fully_connected_with_regularizers(tf, contrib):
    x = tf.constant(_x(4, 5))
    l2, l1 = contrib.layers.l2_regularizer(0.1), contrib.layers.l1_regularizer(0.02)
    a = contrib.layers.fully_connected(x, 3, weights_regularizer=l2, biases_regularizer=l1)
    b = contrib.layers.fully_connected(a, 3, weights_regularizer=l2, scope="shared")
    c = contrib.layers.fully_connected(b, 3, weights_regularizer=l2, scope="shared", reuse=True)
    return _trained(tf, a, b, c)


def case_fully_connected_with_collections(tf, contrib):
    x = tf.constant(_x(4, 5))
    a = contrib.layers.fully_connected(
        x, 3, variables_collections=["mine"], outputs_collections="outs", scope="a"
    )
    b = contrib.layers.fully_connected(
        a, 3, variables_collections={"weights": ["w"], "biases": ["b"]}, outputs_collections="outs"
    )
    c = contrib.layers.fully_connected(
        a, 3, variables_collections=["mine"], outputs_collections=["outs"], scope="a2"
    )
    d = contrib.layers.fully_connected(
        x, 3, variables_collections=["mine"], outputs_collections="outs", scope="a", reuse=True
    )
    ends = contrib.slim.utils.convert_collection_to_dict("outs")
    return dict(_trained(tf, a, b, c, d), ends=dict(ends))


def case_fully_connected_not_trainable(tf, contrib):
    x = tf.constant(_x(4, 5))
    a = contrib.layers.fully_connected(x, 3, trainable=False)
    return _trained(tf, contrib.layers.fully_connected(a, 2))


def case_fully_connected_with_normalizer(tf, contrib):
    x = tf.constant(_x(6, 5))
    a = contrib.layers.fully_connected(x, 3, normalizer_fn=contrib.layers.batch_norm)
    b = contrib.layers.fully_connected(
        a,
        3,
        normalizer_fn=contrib.layers.batch_norm,
        normalizer_params={"is_training": False, "scale": True, "decay": 0.9},
    )
    c = contrib.layers.fully_connected(b, 4, normalizer_fn=contrib.layers.layer_norm)
    return _trained(tf, a, b, c)


def case_fully_connected_errors(tf, contrib):
    x = tf.constant(_x(6, 5))
    return [
        _error(lambda: contrib.layers.fully_connected(x, 3.5)),
        _error(lambda: contrib.layers.fully_connected(tf.constant(_x(6)), 3)),
        _error(lambda: contrib.layers.fully_connected(tf.placeholder(tf.float32), 3)),
        _error(lambda: contrib.layers.fully_connected(tf.placeholder(tf.float32, [3, None]), 3)),
    ]


def case_fully_connected_under_scope_defaults(tf, contrib):
    x = tf.constant(_x(4, 5))
    with tf.variable_scope(
        "net",
        initializer=tf.constant_initializer(0.25),
        regularizer=contrib.layers.l2_regularizer(0.5),
    ):
        a = contrib.layers.fully_connected(x, 3)
        b = contrib.layers.fully_connected(x, 3, weights_initializer=None)
    return _trained(tf, a, b)


def case_fully_connected_under_reused_scope(tf, contrib):
    def net(x, reuse=None):
        with tf.variable_scope("net", reuse=reuse):
            h = contrib.layers.fully_connected(x, 3, activation_fn=tf.nn.elu)
            return contrib.layers.linear(h, 2)

    return _trained(tf, net(tf.constant(_x(4, 5))), net(tf.constant(_x(4, 5, seed=9)), True))


def case_fully_connected_with_numpy_dimension_and_double(tf, contrib):
    x = tf.constant(_x(4, 5).astype(np.float64))
    rows = tf.constant([[1, 2]])
    errors = [
        _error(lambda: contrib.layers.fully_connected(x, np.int64(3))),
        _error(lambda: contrib.layers.fully_connected(rows, 3)),
    ]
    return dict(_trained(tf, contrib.layers.fully_connected(x, 3)), errors=errors)


def case_fully_connected_partitioned(tf, contrib):
    x = tf.constant(_x(4, 6))
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        a = contrib.layers.fully_connected(x, 4, variables_collections=["mine"])
    return _trained(tf, a)


def case_custom_getter(tf, contrib):
    def getter(getter, name, *args, **kwargs):
        return getter(name + "_mine", *args, **kwargs)

    with tf.variable_scope("s", custom_getter=getter):
        a = contrib.layers.fully_connected(tf.constant(_x(4, 6)), 4)
    return _trained(tf, a)


def case_relu_relu6_elu_linear(tf, contrib):
    x = tf.constant(_x(4, 5))
    layers = contrib.layers
    return _trained(
        tf, layers.relu(x, 3), layers.relu6(x, 3), layers.elu(x, 3), layers.linear(x, 3)
    )


def case_stack_and_repeat(tf, contrib):
    x = tf.constant(_x(4, 5))
    layers = contrib.layers
    a = layers.stack(x, layers.fully_connected, [3, 4, 5], scope="fc")
    b = layers.repeat(a, 3, layers.fully_connected, 4, scope="again")
    c = layers.repeat(b, 2, layers.fully_connected, 4)
    d = layers.stack(c, layers.relu, [3, 2])
    image = tf.constant(_x(2, 8, 8, 2))
    e = layers.repeat(image, 2, layers.conv2d, 3, [3, 3], scope="conv1")
    f = layers.stack(image, layers.conv2d, [(3, [3, 3]), (2, [1, 1])], scope="core")
    return _trained(tf, a, b, c, d, e, f)


def case_legacy_fully_connected(tf, contrib):
    x = tf.constant(_x(4, 5))
    a = contrib.layers.legacy_fully_connected(
        x, 3, tf.nn.relu, weight_regularizer=contrib.layers.l2_regularizer(0.1)
    )
    b = contrib.layers.legacy_relu(tf.constant(_x(4, 2, 5)), 3, name="mine")
    c = contrib.layers.legacy_linear(b, 3, bias_init=None)
    return _trained(tf, a, b, c)


def case_bias_add(tf, contrib):
    x = tf.constant(_x(2, 4, 4, 3))
    a = contrib.layers.bias_add(x)
    b = contrib.layers.bias_add(
        a,
        tf.nn.relu,
        initializer=tf.constant_initializer(0.1),
        regularizer=contrib.layers.l1_regularizer(0.1),
        scope="named",
    )
    return _trained(tf, a, b)


def case_regularizers(tf, contrib):
    layers = contrib.layers
    weights = tf.constant(_x(3, 4))
    found = [
        layers.l1_regularizer(0.3)(weights),
        layers.l2_regularizer(0.3)(weights),
        layers.l1_l2_regularizer(0.3, 0.2)(weights),
        layers.l1_l2_regularizer()(weights),
        layers.sum_regularizer([layers.l1_regularizer(0.3), layers.l2_regularizer(0.1)])(weights),
        layers.l1_regularizer(0.3, scope="mine")(weights),
        layers.l1_regularizer(0.0)(weights),
        layers.l2_regularizer(0.0)(weights),
        layers.sum_regularizer([layers.l1_regularizer(0.3), None])(weights),
        layers.l1_l2_regularizer(0.3, 0.0)(weights),
    ]
    errors = [
        _error(lambda: layers.l1_regularizer(1)),
        _error(lambda: layers.l2_regularizer(2)),
        _error(lambda: layers.l2_regularizer(-0.1)),
        _error(lambda: layers.l1_l2_regularizer(1, 0.1)),
        _error(lambda: layers.l1_l2_regularizer(-1.0, 0.1)),
        layers.sum_regularizer([None]),
    ]
    return {"found": found, "errors": errors}


def case_apply_regularization(tf, contrib):
    a = tf.get_variable("a", [2, 3], initializer=tf.ones_initializer())
    b = tf.get_variable("b", [3], initializer=tf.ones_initializer())
    tf.add_to_collection(tf.GraphKeys.WEIGHTS, b)
    layers = contrib.layers
    first = layers.apply_regularization(layers.l2_regularizer(0.1), [a, b])
    second = layers.apply_regularization(layers.l1_regularizer(0.1))
    third = layers.apply_regularization(layers.l1_regularizer(0.0), [a])
    return {"loss": first + second + third, "parts": [first, second, third]}


def case_initializers(tf, contrib):
    layers = contrib.layers
    shapes = [[7, 5], [3, 3, 4, 5], [6], [2, 3, 3, 4, 5]]
    makers = [
        layers.xavier_initializer(),
        layers.xavier_initializer(uniform=False),
        layers.xavier_initializer(seed=3),
        layers.xavier_initializer_conv2d(),
        layers.variance_scaling_initializer(),
        layers.variance_scaling_initializer(factor=1.0, mode="FAN_AVG", uniform=True),
        layers.variance_scaling_initializer(factor=2.5, mode="FAN_OUT", seed=7),
        layers.variance_scaling_initializer(factor=1.43, mode="FAN_IN", uniform=True),
    ]
    for number, initializer in enumerate(makers):
        for place, shape in enumerate(shapes):
            tf.get_variable(f"v{number}_{place}", shape, initializer=initializer)
    direct = layers.xavier_initializer()([4, 3])
    double = layers.variance_scaling_initializer(dtype=tf.float64)([4, 3], tf.float64)
    whole = layers.xavier_initializer()([4, 3], tf.float32, partition_info=None)
    errors = [
        _error(lambda: layers.variance_scaling_initializer(mode="fan_in")),
        _error(lambda: layers.xavier_initializer(dtype=tf.int32)),
        _error(lambda: layers.variance_scaling_initializer()([3, 4], tf.int32)),
        _error(lambda: layers.variance_scaling_initializer()([], tf.float32)),
    ]
    return {"direct": direct, "double": double, "whole": whole, "errors": errors}


def case_initializers_partitioned(tf, contrib):
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        tf.get_variable("a", [6, 4], initializer=contrib.layers.xavier_initializer())
        tf.get_variable("b", [6, 4], initializer=contrib.layers.variance_scaling_initializer())


def case_partial_of_layer(tf, contrib):
    dense = functools.partial(contrib.layers.fully_connected, activation_fn=tf.nn.elu)
    with contrib.framework.arg_scope(
        [contrib.layers.fully_connected],
        weights_initializer=contrib.layers.variance_scaling_initializer(),
        weights_regularizer=contrib.layers.l2_regularizer(0.01),
    ):
        x = dense(tf.constant(_x(4, 5)), 3)
        return _trained(tf, dense(x, 2, activation_fn=None), x)


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
