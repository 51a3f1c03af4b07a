"""``contrib.layers``: batch, layer, instance and group normalization."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return 2 + np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _trained(tf, *outputs, **more):
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in outputs])
    regularization = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return dict(more, outputs=list(outputs), loss=tf.add_n([total, *regularization]))


def _batch_norm(tf, contrib, x, **options):
    # Something before it that is trained, so that gradients go through.
    start = tf.get_variable("start", x.shape[-1:], initializer=tf.constant_initializer(0.8))
    return contrib.layers.batch_norm(tf.constant(x) * start, **options)


def case_batch_norm_images(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2)))


def case_batch_norm_images_scaled(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2), scale=True, decay=0.9))


def case_batch_norm_images_not_training(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2), scale=True, is_training=False))


def case_batch_norm_images_in_place(tf, contrib):
    return _trained(
        tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2), decay=0.7, updates_collections=None)
    )


def case_batch_norm_images_other_collection(tf, contrib):
    x = _x(3, 4, 4, 2)
    return _trained(tf, _batch_norm(tf, contrib, x, decay=0.7, updates_collections="mine"))


def case_batch_norm_images_not_fused(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2), scale=True, fused=False))


def case_batch_norm_images_not_fused_in_place(tf, contrib):
    x = _x(3, 4, 4, 2)
    return _trained(
        tf, _batch_norm(tf, contrib, x, decay=0.8, fused=False, updates_collections=None)
    )


def case_batch_norm_images_fused(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 4, 4, 2), scale=True, fused=True))


def case_batch_norm_rows(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(5, 4), scale=True, decay=0.9))


def case_batch_norm_rows_in_place(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(5, 4), updates_collections=None, decay=0.5))


def case_batch_norm_rows_not_training(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(5, 4), is_training=False))


def case_batch_norm_rows_not_fused(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(5, 4), fused=False, decay=0.9))


def case_batch_norm_rank_three(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(3, 5, 4), scale=True, decay=0.9))


def case_batch_norm_rank_five(tf, contrib):
    return _trained(tf, _batch_norm(tf, contrib, _x(2, 3, 2, 2, 4), decay=0.9))


def case_batch_norm_rank_three_in_place(tf, contrib):
    x = _x(3, 5, 4)
    return _trained(tf, _batch_norm(tf, contrib, x, decay=0.9, updates_collections=None))


def _switched(tf, contrib, x, training, **options):
    switch = tf.placeholder(tf.bool, name="training")
    built = _trained(tf, _batch_norm(tf, contrib, x, is_training=switch, **options))
    built["feed"] = {switch: training}
    return built


def case_batch_norm_images_switched_on(tf, contrib):
    return _switched(tf, contrib, _x(3, 4, 4, 2), True, decay=0.9)


def case_batch_norm_images_switched_off(tf, contrib):
    return _switched(tf, contrib, _x(3, 4, 4, 2), False, decay=0.9)


def case_batch_norm_images_switched_on_in_place(tf, contrib):
    return _switched(tf, contrib, _x(3, 4, 4, 2), True, decay=0.9, updates_collections=None)


def case_batch_norm_images_switched_off_in_place(tf, contrib):
    return _switched(tf, contrib, _x(3, 4, 4, 2), False, decay=0.9, updates_collections=None)


def case_batch_norm_rows_switched_on(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), True, decay=0.9, scale=True)


def case_batch_norm_rows_switched_off(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), False, decay=0.9, scale=True)


def case_batch_norm_rows_switched_on_in_place(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), True, updates_collections=None, decay=0.9)


def case_batch_norm_rows_switched_off_in_place(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), False, updates_collections=None, decay=0.9)


def case_batch_norm_not_fused_switched_on(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), True, fused=False, decay=0.9)


def case_batch_norm_not_fused_switched_off(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), False, fused=False, decay=0.9)


def case_batch_norm_not_fused_switched_on_in_place(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), True, fused=False, decay=0.9, updates_collections=None)


def case_batch_norm_not_fused_switched_off_in_place(tf, contrib):
    return _switched(tf, contrib, _x(5, 4), False, fused=False, decay=0.9, updates_collections=None)


def case_batch_norm_switched_by_constant(tf, contrib):
    x = _x(5, 4)
    return _trained(
        tf,
        contrib.layers.batch_norm(tf.constant(x), is_training=tf.constant(True), scale=True),
        contrib.layers.batch_norm(tf.constant(x), is_training=tf.constant(False), scale=True),
    )


def case_batch_norm_zero_debias(tf, contrib):
    x = _x(5, 4)
    return _trained(tf, _batch_norm(tf, contrib, x, zero_debias_moving_mean=True, decay=0.9))


def case_batch_norm_zero_debias_not_fused(tf, contrib):
    x = _x(5, 4)
    options = {"zero_debias_moving_mean": True, "decay": 0.9, "fused": False, "scale": True}
    return _trained(tf, _batch_norm(tf, contrib, x, **options))


def case_batch_norm_zero_debias_in_place(tf, contrib):
    x = _x(5, 4)
    options = {"zero_debias_moving_mean": True, "decay": 0.9, "updates_collections": None}
    return _trained(tf, _batch_norm(tf, contrib, x, fused=False, **options))


def case_batch_norm_zero_debias_images(tf, contrib):
    x = _x(3, 4, 4, 2)
    return _trained(tf, _batch_norm(tf, contrib, x, zero_debias_moving_mean=True, decay=0.9))


def case_batch_norm_batch_weights(tf, contrib):
    weights = tf.constant([1.0, 2.0, 0.0, 1.0, 0.5])
    x = _x(5, 4)
    return _trained(tf, _batch_norm(tf, contrib, x, batch_weights=weights, decay=0.9, scale=True))


def case_batch_norm_batch_weights_switched_off(tf, contrib):
    weights = tf.constant([1.0, 2.0, 0.0, 1.0, 0.5])
    return _switched(tf, contrib, _x(5, 4), False, batch_weights=weights, decay=0.9)


def case_batch_norm_parameters(tf, contrib):
    initializers = {
        "beta": tf.constant_initializer(0.2),
        "gamma": tf.constant_initializer(1.3),
        "moving_mean": tf.constant_initializer(0.4),
        "moving_variance": tf.constant_initializer(0.6),
    }
    regularizers = {
        "beta": contrib.layers.l2_regularizer(0.3),
        "gamma": contrib.layers.l1_regularizer(0.3),
    }
    options = {"param_initializers": initializers, "scale": True, "epsilon": 0.01}
    return _trained(
        tf,
        _batch_norm(tf, contrib, _x(3, 4, 4, 2), **options),
        contrib.layers.batch_norm(tf.constant(_x(5, 4)), is_training=False, **options),
        contrib.layers.batch_norm(
            tf.constant(_x(5, 3, 4)), param_regularizers=regularizers, fused=False, **options
        ),
        contrib.layers.batch_norm(
            tf.constant(_x(2, 3, 3, 4)), param_regularizers=regularizers, **options
        ),
    )


def case_batch_norm_regularizers_of_rows(tf, contrib):
    regularizers = {"beta": contrib.layers.l2_regularizer(0.3)}
    x = tf.constant(_x(5, 4))
    return _error(lambda: contrib.layers.batch_norm(x, param_regularizers=regularizers))


def case_batch_norm_without_center(tf, contrib):
    return _trained(
        tf,
        _batch_norm(tf, contrib, _x(3, 4, 4, 2), center=False),
        contrib.layers.batch_norm(tf.constant(_x(5, 4)), center=False, scale=True),
        contrib.layers.batch_norm(tf.constant(_x(5, 3, 4)), center=False),
    )


def case_batch_norm_reused_with_collections(tf, contrib):
    x = tf.constant(_x(5, 4))
    collections = {
        "beta": ["betas"],
        "gamma": ["gammas"],
        "moving_mean": ["moving"],
        "moving_variance": ["moving"],
    }
    options = {"variables_collections": collections, "outputs_collections": "out", "scale": True}
    image = tf.constant(_x(3, 4, 4, 2))
    found = [
        contrib.layers.batch_norm(x, scope="bn", **options),
        contrib.layers.batch_norm(x, scope="bn", reuse=True, is_training=False, **options),
        contrib.layers.batch_norm(image, scope="images", activation_fn=tf.nn.relu, **options),
        contrib.layers.batch_norm(image, scope="images", reuse=True, **options),
        contrib.layers.batch_norm(image, scale=True, scope="all", variables_collections=["mine"]),
    ]
    # Not trained: where two share a variable, what is read and updated first is open.
    return {"found": found, "ends": contrib.slim.utils.convert_collection_to_dict("out")}


def case_batch_norm_not_trainable(tf, contrib):
    return _trained(
        tf,
        _batch_norm(tf, contrib, _x(3, 4, 4, 2), trainable=False, scale=True),
        contrib.layers.batch_norm(tf.constant(_x(5, 4)), trainable=False, scale=True),
        contrib.layers.batch_norm(tf.constant(_x(5, 3, 4)), trainable=False, scale=True),
    )


def case_batch_norm_of_placeholder(tf, contrib):
    x = tf.placeholder(tf.float32, [None, 4])
    image = tf.placeholder(tf.float32, [None, None, None, 2])
    built = _trained(
        tf, contrib.layers.batch_norm(x, activation_fn=tf.nn.relu), contrib.layers.batch_norm(image)
    )
    built["feed"] = {x: _x(5, 4), image: _x(3, 4, 4, 2)}
    return built


def case_batch_norm_small_epsilon(tf, contrib):
    # The variance is as small as epsilon, so that it counts.
    x = 1e-3 * _x(3, 4, 4, 2)
    return _trained(
        tf,
        _batch_norm(tf, contrib, x, epsilon=1e-6),
        contrib.layers.batch_norm(tf.constant(1e-3 * _x(5, 4)), epsilon=1e-6),
        contrib.layers.batch_norm(tf.constant(1e-3 * _x(5, 3, 4)), epsilon=1e-6),
    )


def case_batch_norm_partitioned(tf, contrib):
    with tf.variable_scope("p", partitioner=tf.fixed_size_partitioner(2)):
        return _trained(
            tf,
            contrib.layers.batch_norm(tf.constant(_x(5, 4)), scale=True),
            contrib.layers.batch_norm(tf.constant(_x(5, 3, 4)), scale=True),
        )


def case_batch_norm_half(tf, contrib):
    x = tf.constant(_x(3, 4, 4, 2).astype(np.float16))
    y = tf.constant(_x(3, 4, 2).astype(np.float16))
    z = tf.constant(_x(3, 4).astype(np.float16))
    found = [contrib.layers.batch_norm(each, scale=True) for each in (x, y, z)]
    return {"outputs": [tf.cast(each, tf.float32) for each in found]}


def case_batch_norm_errors(tf, contrib):
    batch_norm = contrib.layers.batch_norm
    return [
        _error(lambda: batch_norm(tf.placeholder(tf.float32))),
        _error(lambda: batch_norm(tf.placeholder(tf.float32, [3, None]))),
        _error(lambda: batch_norm(tf.zeros([3, 4]), data_format="CHWN")),
        _error(lambda: batch_norm(tf.zeros([3, 4, 2, 2]), data_format="NCHW", fused=False)),
        _error(lambda: batch_norm(tf.zeros([3, 4]), fused=True, batch_weights=tf.ones([3]))),
    ]


def case_layer_norm(tf, contrib):
    x = tf.constant(_x(3, 4, 4, 5))
    rows = tf.constant(_x(5, 4))
    found = [
        contrib.layers.layer_norm(x),
        contrib.layers.layer_norm(rows, activation_fn=tf.nn.relu, scope="rows"),
        contrib.layers.layer_norm(rows, scope="rows", reuse=True),
        contrib.layers.layer_norm(x, begin_norm_axis=-1, center=False),
        contrib.layers.layer_norm(x, begin_norm_axis=2, begin_params_axis=2, scale=False),
        contrib.layers.layer_norm(
            rows, trainable=False, variables_collections=["mine"], outputs_collections="out"
        ),
        contrib.layers.layer_norm(tf.constant(_x(3, 4, 5)), begin_norm_axis=1, begin_params_axis=1),
    ]
    return _trained(tf, *found, ends=contrib.slim.utils.convert_collection_to_dict("out"))


def case_layer_norm_small_variance(tf, contrib):
    return _trained(tf, contrib.layers.layer_norm(tf.constant(1e-6 * _x(5, 4))))


def case_layer_norm_of_placeholder(tf, contrib):
    x = tf.placeholder(tf.float32, [None, None, 4])
    built = _trained(tf, contrib.layers.layer_norm(x, begin_norm_axis=2))
    built["feed"] = {x: _x(3, 2, 4)}
    return built


def case_layer_norm_errors(tf, contrib):
    layer_norm = contrib.layers.layer_norm
    return [
        _error(lambda: layer_norm(tf.placeholder(tf.float32))),
        _error(lambda: layer_norm(tf.placeholder(tf.float32, [3, None]))),
        _error(lambda: layer_norm(tf.zeros([3, 4]), begin_norm_axis=2)),
        _error(lambda: layer_norm(tf.zeros([3, 4]), begin_params_axis=2)),
    ]


def case_instance_norm(tf, contrib):
    x = tf.constant(_x(3, 4, 4, 2))
    initializers = {"beta": tf.constant_initializer(0.2), "gamma": tf.constant_initializer(1.2)}
    found = [
        contrib.layers.instance_norm(x),
        contrib.layers.instance_norm(x, scope="named", activation_fn=tf.nn.relu, epsilon=0.1),
        contrib.layers.instance_norm(x, scope="named", reuse=True),
        contrib.layers.instance_norm(x, center=False, param_initializers=initializers),
        contrib.layers.instance_norm(x, scale=False, trainable=False, outputs_collections="out"),
        contrib.layers.instance_norm(tf.constant(_x(3, 2, 4, 4)), data_format="NCHW"),
    ]
    return _trained(tf, *found, ends=contrib.slim.utils.convert_collection_to_dict("out"))


def case_group_norm(tf, contrib):
    x = tf.constant(_x(2, 4, 4, 6))
    found = [
        contrib.layers.group_norm(x, groups=3),
        contrib.layers.group_norm(x, groups=2, scope="named", activation_fn=tf.nn.relu),
        contrib.layers.group_norm(x, groups=2, scope="named", reuse=True),
        contrib.layers.group_norm(x, groups=6, center=False, epsilon=0.1),
        contrib.layers.group_norm(x, groups=1, scale=False, outputs_collections="out"),
        contrib.layers.group_norm(x, groups=2, channels_axis=1, reduction_axes=[2, 3]),
        contrib.layers.group_norm(x, groups=2, mean_close_to_zero=True),
    ]
    return _trained(tf, *found, ends=contrib.slim.utils.convert_collection_to_dict("out"))


def case_group_norm_errors(tf, contrib):
    group_norm, x = contrib.layers.group_norm, tf.constant(_x(2, 4, 4, 6))
    return [
        _error(lambda: group_norm(x)),
        _error(lambda: group_norm(x, groups=4)),
        _error(lambda: group_norm(tf.placeholder(tf.float32))),
        _error(lambda: group_norm(x, groups=2, reduction_axes=(-3, -1))),
        _error(lambda: group_norm(x, groups=2, channels_axis=7)),
    ]


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
