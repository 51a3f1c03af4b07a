"""``contrib.layers``: convolutions and pooling."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _trained(tf, *outputs, **more):
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in outputs])
    regularization = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return dict(more, outputs=list(outputs), loss=tf.add_n([total, *regularization]))


def case_conv2d(tf, contrib):
    x = tf.constant(_x(2, 8, 8, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv2d(x, 4, [3, 3]),
        layers.conv2d(x, 4, 5, stride=2, padding="VALID"),
        layers.conv2d(x, 4, [3, 2], stride=[1, 2], activation_fn=None),
        layers.conv2d(x, 4, 3, scope="named"),
        layers.conv2d(x, 4, 3, scope="named", reuse=True),
        layers.convolution2d(x, 2, 1, biases_initializer=None, activation_fn=tf.nn.sigmoid),
        layers.convolution(x, 2, 3, padding="same"),
    )


def case_conv2d_rate(tf, contrib):
    x = tf.constant(_x(2, 9, 9, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv2d(x, 4, 3, rate=2),
        layers.conv2d(x, 4, 3, rate=2, padding="VALID", activation_fn=None),
        layers.conv2d(x, 4, 3, rate=[2, 3], activation_fn=None, biases_initializer=None),
    )


def case_conv2d_rate_of_placeholder(tf, contrib):
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    built = _trained(tf, contrib.layers.conv2d(x, 4, 3, rate=2))
    built["feed"] = {x: _x(2, 9, 9, 3)}
    return built


def case_conv2d_regularized_and_collected(tf, contrib):
    x = tf.constant(_x(2, 8, 8, 3))
    l1, l2 = contrib.layers.l1_regularizer(0.01), contrib.layers.l2_regularizer(0.02)
    named = {"variables_collections": {"weights": ["w"], "biases": ["b"]}}
    with tf.variable_scope("net"):
        found = [
            contrib.layers.conv2d(
                x, 4, 3, weights_regularizer=l2, biases_regularizer=l1, outputs_collections="out"
            ),
            contrib.layers.conv2d(x, 4, 3, outputs_collections="out", scope="c", **named),
            contrib.layers.max_pool2d(x, 2, outputs_collections="out", scope="pool"),
            contrib.layers.conv2d_transpose(
                x, 4, 3, weights_regularizer=l2, biases_regularizer=l1, **named
            ),
            contrib.layers.separable_conv2d(
                x, 4, 3, 2, weights_regularizer=l2, biases_regularizer=l1, **named
            ),
            contrib.layers.separable_conv2d(
                x, None, 3, 2, weights_regularizer=l2, biases_regularizer=l1, **named
            ),
            contrib.layers.conv2d_in_plane(
                x, 3, weights_regularizer=l2, biases_regularizer=l1, **named
            ),
            contrib.layers.conv1d(
                x[:, 0], 4, 3, weights_regularizer=l2, biases_regularizer=l1, **named
            ),
        ]
    return _trained(tf, *found, ends=contrib.slim.utils.convert_collection_to_dict("out"))


def case_conv2d_normalized(tf, contrib):
    x = tf.constant(_x(2, 8, 8, 3))
    layers = contrib.layers
    with contrib.framework.arg_scope(
        [layers.conv2d, layers.fully_connected, layers.conv2d_transpose, layers.separable_conv2d],
        normalizer_fn=layers.batch_norm,
        normalizer_params={"decay": 0.9, "scale": True},
        weights_regularizer=layers.l2_regularizer(0.01),
    ):
        a = layers.conv2d(x, 4, 3)
        b = layers.max_pool2d(a, 2)
        c = layers.conv2d_transpose(b, 3, 3, stride=2)
        d = layers.separable_conv2d(c, 4, 3, 1)
        e = layers.fully_connected(layers.flatten(d), 5)
    return _trained(tf, a, b, c, d, e)


def case_conv2d_of_placeholder(tf, contrib):
    x = tf.placeholder(tf.float32, [None, None, None, 3])
    built = _trained(
        tf,
        contrib.layers.conv2d(x, 4, 3, stride=2),
        contrib.layers.conv2d_transpose(x, 4, 3, stride=2),
        contrib.layers.conv2d_transpose(x, 4, 3, stride=2, padding="VALID"),
        contrib.layers.avg_pool2d(x, 2),
    )
    built["feed"] = {x: _x(2, 6, 6, 3)}
    return built


def case_conv1d_conv3d(tf, contrib):
    line, volume = tf.constant(_x(2, 9, 3)), tf.constant(_x(1, 5, 5, 5, 2))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv1d(line, 4, 3),
        layers.conv1d(line, 4, 3, stride=2, padding="VALID"),
        layers.convolution1d(line, 4, 3, rate=2),
        layers.conv3d(volume, 3, [3, 2, 3]),
        layers.conv3d(volume, 3, 3, stride=2, padding="VALID"),
        layers.convolution(volume, 2, 2, activation_fn=None),
        layers.convolution(line, 2, 2, biases_initializer=None, activation_fn=None),
    )


def case_conv2d_transpose(tf, contrib):
    x = tf.constant(_x(2, 5, 6, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv2d_transpose(x, 4, 3),
        layers.conv2d_transpose(x, 4, [3, 5], stride=[2, 3]),
        layers.conv2d_transpose(x, 4, 5, stride=2, padding="VALID", activation_fn=None),
        layers.convolution2d_transpose(x, 4, 2, 3, "VALID"),
        layers.conv2d_transpose(x, 4, 3, scope="named", activation_fn=tf.nn.sigmoid),
        layers.conv2d_transpose(x, 4, 3, scope="named", reuse=True, biases_initializer=None),
    )


def case_conv3d_transpose(tf, contrib):
    x = tf.constant(_x(1, 3, 4, 3, 2))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv3d_transpose(x, 3, 3, stride=2),
        layers.convolution3d_transpose(x, 3, [3, 2, 1], padding="VALID", activation_fn=None),
    )


def case_separable_conv2d(tf, contrib):
    x = tf.constant(_x(2, 8, 8, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.separable_conv2d(x, 4, 3, 2),
        layers.separable_conv2d(x, 4, [3, 3], 1, stride=2, activation_fn=None),
        layers.separable_conv2d(x, None, 3, 2),
        layers.separable_convolution2d(x, None, 3, stride=2, biases_initializer=None),
        layers.separable_conv2d(x, 4, 3, 1, rate=2),
        layers.separable_conv2d(x, None, 3, 1, rate=2, normalizer_fn=layers.batch_norm),
        layers.separable_conv2d(
            x, 4, 3, 1, pointwise_initializer=tf.constant_initializer(0.1), scope="named"
        ),
        layers.separable_conv2d(x, 4, 3, 1, scope="named", reuse=True),
    )


def case_conv2d_in_plane(tf, contrib):
    x = tf.constant(_x(2, 6, 6, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.conv2d_in_plane(x, [3, 1]),
        layers.convolution2d_in_plane(x, 3, stride=2, padding="VALID", biases_initializer=None),
        layers.conv2d_in_plane(x, 3, normalizer_fn=layers.batch_norm, activation_fn=None),
    )


def case_pooling(tf, contrib):
    x, volume = tf.constant(_x(2, 7, 7, 3)), tf.constant(_x(1, 5, 5, 5, 2))
    layers = contrib.layers
    found = [
        layers.max_pool2d(x, 2),
        layers.max_pool2d(x, [3, 2], stride=[2, 1], padding="SAME"),
        layers.avg_pool2d(x, 3, stride=1),
        layers.avg_pool2d(x, [2, 2], 2, "SAME", outputs_collections="out", scope="named"),
        layers.max_pool3d(volume, 2),
        layers.avg_pool3d(volume, [2, 1, 2], stride=1, padding="SAME", outputs_collections="out"),
        contrib.slim.pool(x, 2, "MAX"),
        contrib.slim.pool(x, [2, 3], "AVG", stride=2, padding="SAME", outputs_collections="out"),
        contrib.slim.pool(x, 2, "MAX", dilation_rate=2),
    ]
    return {"found": found, "ends": contrib.slim.utils.convert_collection_to_dict("out")}


def case_channels_first_shapes(tf, contrib):
    # Not run: there are no such kernels for processors.  Their weights are not compared.
    zeros = {"weights_initializer": tf.zeros_initializer()}
    image = tf.placeholder(tf.float32, [2, 3, 8, 8])
    volume = tf.placeholder(tf.float32, [2, 3, 8, 8, 8])
    line = tf.placeholder(tf.float32, [2, 3, 8])
    layers = contrib.layers
    found = [
        layers.conv2d(image, 4, 3, data_format="NCHW", stride=2, **zeros),
        layers.conv1d(line, 4, 3, data_format="NCW", **zeros),
        layers.conv3d(volume, 4, 3, data_format="NCDHW", activation_fn=None, **zeros),
        layers.conv2d_transpose(image, 4, 3, 2, data_format="NCHW", activation_fn=None, **zeros),
        layers.conv3d_transpose(volume, 4, 3, 2, data_format="NCDHW", padding="VALID", **zeros),
        layers.separable_conv2d(image, 4, 3, 1, data_format="NCHW", **zeros),
        layers.max_pool2d(image, 2, data_format="NCHW"),
        layers.avg_pool3d(volume, 2, data_format="NCDHW"),
        layers.bias_add(image, data_format="NCHW"),
        layers.batch_norm(image, data_format="NCHW"),
        layers.spatial_softmax(image, data_format="NCHW"),
    ]
    return [tensor.shape.as_list() for tensor in found]


def case_convolution_errors(tf, contrib):
    x = tf.constant(_x(2, 8, 8, 3))
    layers = contrib.layers
    return [
        _error(lambda: layers.conv2d(x[0], 4, 3)),
        _error(lambda: layers.conv1d(x, 4, 3)),
        _error(lambda: layers.convolution(x[0, 0], 4, 3)),
        _error(lambda: layers.conv2d(x, 4, 3, data_format="CHWN")),
        _error(lambda: layers.conv2d(x, 4, 3, stride=2, rate=2)),
        _error(lambda: layers.conv2d(x, 4, [3, 3, 3])),
        _error(lambda: layers.conv2d(tf.placeholder(tf.float32, [2, 8, 8, None]), 4, 3)),
        _error(lambda: layers.conv2d_transpose(x, 4, 3, data_format="CHWN")),
        _error(lambda: layers.max_pool2d(x, 2, data_format="CHWN")),
        _error(lambda: layers.separable_conv2d(x, 4, 3, 1, data_format="CHWN")),
        _error(lambda: contrib.slim.pool(x[0, 0], 2, "MAX")),
    ]


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
