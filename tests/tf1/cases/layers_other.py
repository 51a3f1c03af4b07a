"""``contrib.layers``: dropout, flattening, encodings, embeddings; and ``contrib.framework``."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _trained(tf, *outputs, **more):
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in outputs])
    regularization = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
    return dict(more, outputs=list(outputs), loss=tf.add_n([total, *regularization]))


def _start(tf, x):
    return tf.get_variable("start", x.shape, initializer=tf.constant_initializer(x))


def case_dropout(tf, contrib):
    x = _start(tf, _x(4, 6))
    layers = contrib.layers
    found = [
        layers.dropout(x),
        layers.dropout(x, 0.8, scope="named"),
        layers.dropout(x, keep_prob=0.7, noise_shape=[4, 1], seed=3),
        layers.dropout(x, is_training=False, outputs_collections="out"),
        layers.dropout(x, 1.0),
    ]
    ends = contrib.slim.utils.convert_collection_to_dict("out")
    # The op that gives the result is another one.
    return dict(_trained(tf, *[found_ * 1.0 for found_ in found]), ends=ends)


def case_dropout_switched(tf, contrib):
    x, training = _start(tf, _x(4, 6)), tf.placeholder(tf.bool)
    keep = tf.placeholder(tf.float32)
    dropped = contrib.layers.dropout(x, keep, is_training=training)
    also = contrib.layers.dropout(x, 0.6, is_training=tf.logical_not(training))
    built = _trained(tf, dropped * 1.0, also * 1.0)
    built["feed"] = {training: True, keep: 0.75}
    return built


def case_flatten(tf, contrib):
    x = tf.placeholder(tf.float32, [None, 3, 4])
    y = tf.placeholder(tf.float32, [None, None, 4])
    layers = contrib.layers
    found = [
        layers.flatten(tf.constant(_x(2, 3, 4, 2)), outputs_collections="out"),
        layers.flatten(x, scope="named"),
        layers.flatten(y),
        layers.flatten(tf.constant(_x(2, 5))),
        layers.flatten(tf.placeholder_with_default(_x(2, 3, 2), [2, None, 2])),
    ]
    ends = contrib.slim.utils.convert_collection_to_dict("out")
    return {"found": found, "ends": ends, "feed": {x: _x(2, 3, 4), y: _x(2, 3, 4)}}


def case_flatten_errors(tf, contrib):
    return [
        _error(lambda: contrib.layers.flatten(tf.constant(_x(2)))),
        _error(lambda: contrib.layers.flatten(tf.placeholder(tf.float32))),
    ]


def case_encodings(tf, contrib):
    layers = contrib.layers
    labels = tf.constant([0, 2, 1])
    found = [
        layers.one_hot_encoding(labels, 3),
        layers.one_hot_encoding(tf.cast(labels, tf.int64), 4, 2.0, -1.0, outputs_collections="out"),
        layers.softmax(tf.constant(_x(4, 5))),
        layers.softmax(tf.constant(_x(2, 3, 5)), scope="named"),
        layers.unit_norm(tf.constant(_x(4, 5)), 1),
        layers.unit_norm(tf.constant(_x(2, 4, 5)), 1, epsilon=0.1),
        layers.maxout(tf.constant(_x(4, 6)), 3),
        layers.maxout(tf.constant(_x(2, 6, 4)), 2, axis=1, scope="named"),
        layers.images_to_sequence(tf.constant(_x(2, 3, 4, 2))),
        layers.sequence_to_images(tf.constant(_x(4, 6, 2)), 3),
        layers.sequence_to_images(tf.constant(_x(4, 6, 2)), 3, "channels_first"),
        layers.dense_to_sparse(tf.constant([[1, 0], [2, 3]])),
        layers.dense_to_sparse(tf.constant([[1, 0], [2, 3]]), eos_token=3).values,
    ]
    ends = contrib.slim.utils.convert_collection_to_dict("out")
    return {"found": found, "ends": ends}


def case_spatial_softmax(tf, contrib):
    x = _start(tf, _x(2, 5, 6, 3))
    layers = contrib.layers
    return _trained(
        tf,
        layers.spatial_softmax(x),
        layers.spatial_softmax(x, temperature=0.5),
        layers.spatial_softmax(x, name="named", variables_collections=["mine"]),
        layers.spatial_softmax(x, trainable=False),
    )


def case_scale_gradient(tf, contrib):
    x = _start(tf, _x(3, 2))
    return {"loss": tf.reduce_sum(contrib.layers.scale_gradient(x, 0.25) ** 2), "steps": 1}


def case_embeddings(tf, contrib):
    ids = tf.constant([[1, 0, 2], [2, 4, 4]])
    layers = contrib.layers
    l2 = layers.l2_regularizer(0.1)
    table = tf.get_variable("table", [5, 3])
    return _trained(
        tf,
        layers.embed_sequence(ids, 5, 3),
        layers.embed_sequence(ids, 5, 3, scope="named", regularizer=l2),
        layers.embed_sequence(ids, 5, 3, scope="named", reuse=True),
        layers.embed_sequence(ids, scope="named", reuse=True),
        layers.embed_sequence(ids, 5, 2, initializer=tf.random_uniform_initializer(-1, 1)),
        layers.embed_sequence(ids, 5, 2, trainable=False),
        layers.embed_sequence(ids, 5, 2, unique=True),
        layers.embedding_lookup_unique(table, ids),
        layers.bow_encoder(ids, 5, 3),
        layers.bow_encoder(ids, 5, 3, sparse_lookup=False),
        layers.bow_encoder(layers.dense_to_sparse(ids), 5, 3),
        layers.safe_embedding_lookup_sparse([table], layers.dense_to_sparse(ids)),
    )


def case_embedding_errors(tf, contrib):
    ids = tf.constant([[1, 0, 2], [2, 4, 4]])
    return [
        _error(lambda: contrib.layers.embed_sequence(ids)),
        _error(lambda: contrib.layers.embed_sequence(ids, 5)),
    ]


def case_variables(tf, contrib):
    framework = contrib.framework
    with tf.variable_scope("net"):
        a = framework.variable(
            "a", [2, 3], initializer=tf.zeros_initializer(), collections=["mine"], trainable=False
        )
        b = framework.model_variable(
            "b", [2, 3], regularizer=contrib.layers.l2_regularizer(0.1), collections=["mine"]
        )
        with framework.arg_scope([framework.variable], initializer=tf.constant_initializer(0.5)):
            c = framework.variable("c", [2])
            d = framework.model_variable("d", [2])
        with framework.arg_scope(
            [framework.model_variable, framework.variable], device="/cpu:0", trainable=False
        ):
            e = framework.model_variable("e", [2])
            f = contrib.layers.fully_connected(tf.constant(_x(2, 3)), 2)
    framework.local_variable(3, name="local")
    framework.global_variable([2.0], name="global")
    framework.create_global_step()
    names = [
        [variable.name for variable in found]
        for found in [
            framework.get_variables(),
            framework.get_variables("net"),
            framework.get_variables(suffix="b"),
            framework.get_model_variables(),
            framework.get_model_variables("net/fully"),
            framework.get_trainable_variables(),
            framework.get_local_variables(),
            framework.get_variables_by_name("d"),
            framework.get_variables_by_suffix("s"),
            framework.get_variables_to_restore(),
            framework.get_variables_to_restore(include=["net/b", "net/c"]),
            framework.get_variables_to_restore(exclude=["net/b", "global"]),
            framework.filter_variables(framework.get_variables(), ["c", "d"], ["^global"]),
            framework.filter_variables(framework.get_variables(), ["c"], reg_search=False),
            [framework.get_unique_variable("net/d")],
        ]
    ]
    framework.add_model_variable(a)
    framework.add_model_variable(a)
    more = [
        _error(lambda: framework.get_unique_variable("nothing")),
        _error(lambda: framework.get_variables_to_restore("net")),
        framework.get_variable_full_name(b),
        framework.get_or_create_global_step().name,
        framework.get_global_step().name,
        _error(framework.create_global_step),
        [variable.device for variable in (a, e)],
    ]
    return {"made": [b, c, d, e, f], "names": names, "more": more}


def case_assign_from_values(tf, contrib):
    framework = contrib.framework
    a = tf.get_variable("a", [2, 2])
    b = tf.get_variable("s/b", [3])
    values = {"a": np.arange(4.0), "s/b": np.ones(3)}
    op, feed = framework.assign_from_values(values)
    function = framework.assign_from_values_fn({"a": np.ones([2, 2])})
    with tf.Session() as session:
        session.run(op, feed)
        found = session.run([a, b])
        function(session)
        found.append(session.run(a))
    errors = [_error(lambda: framework.assign_from_values({"c": np.ones(3)}))]
    return {"found": found, "errors": errors, "feeds": sorted(each.name for each in feed)}


def case_checkpoints(tf, contrib):
    import os
    import tempfile

    framework = contrib.framework
    path = os.path.join(tempfile.mkdtemp(), "model")
    a = tf.get_variable("a", [2, 2], initializer=tf.constant_initializer(2.0))
    b = tf.get_variable("s/b", [3], initializer=tf.constant_initializer(3.0))
    other = tf.get_variable("other", [4], initializer=tf.zeros_initializer())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        tf.train.Saver([a, b]).save(session, path, write_meta_graph=False)
        session.run([a.assign(a * 0), b.assign(b * 0)])
        op, feed = framework.assign_from_checkpoint(path, [a])
        session.run(op, feed)
        found = [session.run([a, b, other])]
        framework.assign_from_checkpoint_fn(path, [b])(session)
        found.append(session.run([a, b, other]))
        session.run([a.assign(a * 0), b.assign(b * 0), other.assign(other * 0)])
        framework.assign_from_checkpoint_fn(path, {"a": other}, reshape_variables=True)(session)
        framework.assign_from_checkpoint_fn(path, [a, other], ignore_missing_vars=True)(session)
        found.append(session.run([a, b, other]))
    errors = [
        _error(lambda: framework.assign_from_checkpoint(path, {"nothing": a})),
        _error(lambda: framework.assign_from_checkpoint(path, {"s/b": a})),
        _error(lambda: framework.assign_from_checkpoint(path, {"a": other})),
        _error(lambda: framework.assign_from_checkpoint_fn(path, [])),
        framework.assign_from_checkpoint(path, {"no": a}, ignore_missing_vars=True)[1],
        framework.assign_from_checkpoint_fn(path, {"no": a}, ignore_missing_vars=True),
        [[name, list(shape)] for name, shape in framework.list_variables(path)],
        framework.load_variable(path, "a"),
        framework.load_checkpoint(path).has_tensor("s/b"),
    ]
    framework.init_from_checkpoint(path, {"a": a})
    return {"found": found, "errors": errors, "a": a}


def case_arg_scope(tf, contrib):
    framework = contrib.framework

    @framework.add_arg_scope
    def function(x, y=2, z=3):
        return [x, y, z]

    @framework.add_arg_scope
    def other(x, y=2):
        return [x, y]

    def reused(scope, **more):
        with framework.arg_scope(scope, **more):
            return function(1)

    found = []
    with framework.arg_scope([function], y=5):
        found.append([function(1), function(1, y=7), other(1)])
        with framework.arg_scope([function, other], y=6, z=8):
            found.append([function(1), _error(lambda: other(1))])
            with framework.arg_scope([function], z=0) as scope:
                found.append(function(1))
        found.append([function(1), _error(lambda: function(1, 2))])
    found += [function(1), reused(scope), function.__name__]
    with framework.arg_scope(scope):
        with framework.arg_scope([other], y=9):
            found.append([function(1), _error(lambda: other(1))])
    found += [
        _error(lambda: reused(scope, y=1)),
        _error(lambda: reused([len])),
        _error(lambda: reused("abc")),
        framework.has_arg_scope(function),
        framework.has_arg_scope(len),
        len(framework.current_arg_scope()),
    ]
    return found


def case_tensors(tf, contrib):
    framework = contrib.framework
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    fixed = tf.zeros([3, 2])
    switch = tf.placeholder(tf.bool)
    found = [
        framework.with_shape([3, 2], x),
        framework.with_same_shape(fixed, x),
        framework.with_shape([3, 2], fixed),
        framework.assert_scalar(tf.constant(1)),
        framework.assert_scalar_int(tf.constant(1)),
        list(framework.remove_squeezable_dimensions(tf.zeros([2, 1]), tf.zeros([2]))),
        framework.reduce_sum_n([tf.ones([2]), tf.ones([3, 2])]),
        framework.smart_cond(True, lambda: 1, lambda: 2),
        framework.smart_cond(tf.constant(False), lambda: 1, lambda: 2),
        framework.smart_cond(switch, lambda: x, lambda: x + 1),
        framework.smart_constant_value(tf.constant(True)),
        framework.smart_constant_value(switch),
    ]
    more = [
        _error(lambda: framework.with_shape([3, 3], fixed)),
        _error(lambda: framework.assert_scalar(fixed)),
        _error(lambda: framework.assert_scalar_int(tf.constant(1.0))),
        _error(lambda: framework.smart_cond(True, 1, 2)),
        _error(lambda: framework.smart_constant_value(3)),
        _error(lambda: framework.reduce_sum_n([])),
        framework.assert_same_float_dtype([fixed]).name,
        _error(lambda: framework.assert_same_float_dtype([fixed, tf.constant(1)])),
        framework.strip_name_scope("a/b", "a"),
        framework.prepend_name_scope("b", "a"),
        framework.is_tensor(fixed),
        framework.nest.flatten([1, [2, (3,)]]),
        framework.nest.is_sequence([1]),
        framework.nest.is_sequence(1),
        framework.nest.map_structure(lambda each: each + 1, {"a": [1, 2]}),
    ]
    with tf.name_scope("scope"):
        more.append(framework.get_name_scope())
    return {"found": found, "more": more, "feed": {x: _x(3, 2), switch: False}}


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
