"""``contrib.legacy_seq2seq``."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _symbols(tf, length, symbols, seed=5):
    drawn = np.random.RandomState(seed).randint(0, symbols, (length, 2))
    return [tf.constant(each, tf.int32) for each in drawn]


def _inputs(tf, length, seed=6):
    return [tf.constant(each) for each in _x(length, 2, 5, seed=seed)]


def _flat(tf, state):
    if isinstance(state, (list, tuple)):
        return [tensor for part in state for tensor in _flat(tf, part)]
    return [state]


def _trained(tf, outputs, state=(), **more):
    found = [*outputs, *_flat(tf, state)]
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in found])
    return dict(more, outputs=found, loss=total)


def _cell(contrib, units=4):
    return contrib.rnn.BasicLSTMCell(units)


def _stack(contrib):
    return contrib.rnn.MultiRNNCell([_cell(contrib), contrib.rnn.GRUCell(3)])


def case_rnn_decoder(tf, contrib):
    cell = _cell(contrib)
    state = contrib.rnn.LSTMStateTuple(tf.constant(_x(2, 4)), tf.constant(_x(2, 4, seed=8)))
    outputs, last = contrib.legacy_seq2seq.rnn_decoder(_inputs(tf, 3), state, cell)
    return _trained(tf, outputs, last)


def case_rnn_decoder_with_loop_function(tf, contrib):
    w = tf.get_variable("w", [4, 5])

    def loop(previous, number):
        return tf.matmul(previous, w) * (number + 1.0)

    cell = _cell(contrib)
    outputs, last = contrib.legacy_seq2seq.rnn_decoder(
        _inputs(tf, 3), cell.zero_state(2, tf.float32), cell, loop_function=loop, scope="mine"
    )
    return _trained(tf, outputs, last)


def case_basic_rnn_seq2seq(tf, contrib):
    outputs, last = contrib.legacy_seq2seq.basic_rnn_seq2seq(
        _inputs(tf, 3), _inputs(tf, 4, seed=9), _stack(contrib)
    )
    return _trained(tf, outputs, last)


def case_tied_rnn_seq2seq(tf, contrib):
    outputs, last = contrib.legacy_seq2seq.tied_rnn_seq2seq(
        _inputs(tf, 3), _inputs(tf, 4, seed=9), _cell(contrib)
    )
    return _trained(tf, outputs, last)


def case_embedding_rnn_decoder(tf, contrib):
    found = []
    projection = (tf.get_variable("w", [4, 6]), tf.get_variable("b", [6]))
    for number, options in enumerate(
        [
            {},
            {"feed_previous": True, "output_projection": projection},
            {
                "feed_previous": True,
                "output_projection": projection,
                "update_embedding_for_previous": False,
            },
        ]
    ):
        cell = _cell(contrib)
        outputs, last = contrib.legacy_seq2seq.embedding_rnn_decoder(
            _symbols(tf, 3, 6),
            cell.zero_state(2, tf.float32),
            cell,
            6,
            3,
            scope=f"s{number}",
            **options,
        )
        found += [*outputs, *_flat(tf, last)]
    return _trained(tf, found)


def _model(tf, contrib, function, cell, feed_previous=False, symbols=(7, 6), **options):
    outputs, last = function(
        _symbols(tf, 3, 6), _symbols(tf, 4, 6, 7), cell, *symbols, 3,
        feed_previous=feed_previous, **options,
    )  # fmt: skip
    # Where only a run knows, their names are those of conditions.
    return _trained(
        tf, [output * 1.0 for output in outputs], [each * 1 for each in _flat(tf, last)]
    )


def case_embedding_rnn_seq2seq(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_rnn_seq2seq
    return _model(tf, contrib, function, _stack(contrib))


def case_embedding_rnn_seq2seq_fed(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_rnn_seq2seq
    return _model(tf, contrib, function, _cell(contrib), feed_previous=True)


def case_embedding_rnn_seq2seq_projected(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_rnn_seq2seq
    projection = (tf.get_variable("w", [4, 6]), tf.get_variable("b", [6]))
    return _model(
        tf, contrib, function, _cell(contrib), True, output_projection=projection, scope="mine"
    )


def case_embedding_rnn_seq2seq_switched(tf, contrib):
    switch = tf.placeholder(tf.bool)
    function = contrib.legacy_seq2seq.embedding_rnn_seq2seq
    return dict(_model(tf, contrib, function, _cell(contrib), switch), feed={switch: True})


def case_embedding_tied_rnn_seq2seq(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq
    return _model(tf, contrib, function, _cell(contrib), symbols=(7,))


def case_embedding_tied_rnn_seq2seq_fed(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq
    return _model(tf, contrib, function, _cell(contrib), True, symbols=(7,))


def case_embedding_tied_rnn_seq2seq_switched(tf, contrib):
    switch = tf.placeholder(tf.bool)
    function = contrib.legacy_seq2seq.embedding_tied_rnn_seq2seq
    built = _model(tf, contrib, function, _cell(contrib), switch, symbols=(7,))
    return dict(built, feed={switch: True})


def case_attention_decoder(tf, contrib):
    states = tf.constant(_x(2, 3, 4))
    found = []
    for number, options in enumerate(
        [
            {},
            {"num_heads": 2, "output_size": 3},
            {"initial_state_attention": True},
            {"loop_function": lambda previous, _: tf.concat([previous, previous[:, :1]], 1)},
        ]
    ):
        cell = _cell(contrib)
        outputs, last = contrib.legacy_seq2seq.attention_decoder(
            _inputs(tf, 3),
            cell.zero_state(2, tf.float32),
            states,
            cell,
            scope=f"s{number}",
            **options,
        )
        found += [*outputs, *_flat(tf, last)]
    return _trained(tf, found)


def case_embedding_attention_decoder(tf, contrib):
    states = tf.constant(_x(2, 3, 4))
    cell = _cell(contrib)
    outputs, last = contrib.legacy_seq2seq.embedding_attention_decoder(
        _symbols(tf, 3, 6), cell.zero_state(2, tf.float32), states, cell, 6, 3, feed_previous=False
    )
    return _trained(tf, outputs, last)


def case_embedding_attention_seq2seq(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_attention_seq2seq
    return _model(tf, contrib, function, _cell(contrib), num_heads=2)


def case_embedding_attention_seq2seq_fed(tf, contrib):
    function = contrib.legacy_seq2seq.embedding_attention_seq2seq
    return _model(tf, contrib, function, _stack(contrib), True, initial_state_attention=True)


def case_embedding_attention_seq2seq_switched(tf, contrib):
    switch = tf.placeholder(tf.bool)
    function = contrib.legacy_seq2seq.embedding_attention_seq2seq
    return dict(_model(tf, contrib, function, _cell(contrib), switch), feed={switch: False})


def case_one2many_rnn_seq2seq(tf, contrib):
    outputs, last = contrib.legacy_seq2seq.one2many_rnn_seq2seq(
        _symbols(tf, 3, 6),
        {"a": _symbols(tf, 2, 5), "b": _symbols(tf, 3, 4)},
        _cell(contrib),
        {"a": _cell(contrib), "b": _cell(contrib)},
        7,
        {"a": 6, "b": 5},
        3,
    )
    return _trained(tf, [*outputs["a"], *outputs["b"]], [last["a"], last["b"]])


def case_losses(tf, contrib):
    seq2seq = contrib.legacy_seq2seq
    w = tf.get_variable("w", [3, 2, 5])
    logits, targets = tf.unstack(w), _symbols(tf, 3, 5)
    weights = [tf.constant(each) for each in np.abs(_x(3, 2))]

    def own(labels, logits):
        return tf.reduce_sum(tf.square(logits), 1) + tf.cast(labels, tf.float32)

    made = [
        seq2seq.sequence_loss(logits, targets, weights),
        seq2seq.sequence_loss(logits, targets, weights, average_across_timesteps=False),
        seq2seq.sequence_loss(logits, targets, weights, average_across_batch=False),
        seq2seq.sequence_loss(logits, targets, weights, softmax_loss_function=own, name="named"),
        seq2seq.sequence_loss_by_example(logits, targets, weights),
        seq2seq.sequence_loss_by_example(logits, targets, weights, False),
    ]
    return {"made": made, "loss": tf.add_n([tf.reduce_sum(each) for each in made])}


def case_model_with_buckets(tf, contrib):
    seq2seq = contrib.legacy_seq2seq
    weights = [tf.constant(each) for each in np.abs(_x(4, 2))]
    found = []
    for per_example in (False, True):
        with tf.variable_scope("per_example" if per_example else "mean"):
            outputs, losses = seq2seq.model_with_buckets(
                _symbols(tf, 3, 6),
                _symbols(tf, 4, 6),
                _symbols(tf, 4, 6),
                weights,
                [(2, 3), (3, 4)],
                lambda first, second: seq2seq.embedding_attention_seq2seq(
                    first, second, _cell(contrib), 7, 6, 3
                ),
                per_example_loss=per_example,
            )
            found.append([*outputs[0], *outputs[1], *losses])
    losses = [tf.reduce_sum(each) for part in found for each in part[-2:]]
    return {"found": found, "loss": tf.add_n(losses)}


def case_errors(tf, contrib):
    seq2seq = contrib.legacy_seq2seq
    ones = [tf.ones([2])]
    cell = _cell(contrib)
    state = cell.zero_state(2, tf.float32)
    return [
        _error(lambda: seq2seq.sequence_loss([tf.zeros([2, 5])], [], ones)),
        _error(lambda: seq2seq.model_with_buckets([], [], [], [], [(1, 1)], None)),
        _error(lambda: seq2seq.attention_decoder([], state, tf.zeros([2, 3, 4]), cell)),
        _error(
            lambda: seq2seq.attention_decoder(
                _inputs(tf, 1), state, tf.zeros([2, 3, 4]), cell, num_heads=0
            )
        ),
    ]


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
