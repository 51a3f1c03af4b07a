"""``contrib.seq2seq``."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _flat(state):
    """The tensors of a nested state."""
    if isinstance(state, (list, tuple)):
        return [tensor for part in state for tensor in _flat(part)]
    return [] if type(state).__name__ == "TensorArray" else [state]


def _trained(tf, contrib, decoder, more=(), **options):
    outputs, state, lengths = contrib.seq2seq.dynamic_decode(decoder, **options)
    found = [outputs.rnn_output, *_flat(state), *more]
    # They have the names of loops.
    found = [tf.identity(tf.cast(each, tf.float32), name=f"f{n}") for n, each in enumerate(found)]
    loss = tf.add_n([tf.reduce_mean(tf.square(each - 0.3)) for each in found])
    ids = [tf.identity(outputs.sample_id, name="ids"), tf.identity(lengths, name="lengths")]
    return {"found": found, "ids": ids, "loss": loss}


def _training(tf, contrib, cell, lengths=(4, 3), output_layer=None, state=None, **options):
    helper = contrib.seq2seq.TrainingHelper(tf.constant(_x(2, 4, 3)), list(lengths))
    start = cell.zero_state(2, tf.float32) if state is None else state
    decoder = contrib.seq2seq.BasicDecoder(cell, helper, start, output_layer)
    return _trained(tf, contrib, decoder, **options)


def _memory(tf):
    return tf.get_variable("memory", initializer=_x(2, 5, 6, seed=7)) * 1.0


def case_basic_decoder(tf, contrib):
    return _training(tf, contrib, contrib.rnn.BasicLSTMCell(4))


def case_basic_decoder_options(tf, contrib):
    cell = contrib.rnn.MultiRNNCell([contrib.rnn.GRUCell(4), contrib.rnn.BasicLSTMCell(4)])
    return _training(
        tf, contrib, cell, (4, 2), tf.layers.Dense(7, use_bias=False, name="projection"),
        impute_finished=True, output_time_major=True, scope="mine",
    )  # fmt: skip


def case_basic_decoder_bounded(tf, contrib):
    return _training(tf, contrib, contrib.rnn.GRUCell(4), maximum_iterations=2)


def case_luong_attention(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanism = seq2seq.LuongAttention(4, _memory(tf), [5, 3])
    cell = seq2seq.AttentionWrapper(contrib.rnn.BasicLSTMCell(4), mechanism, attention_layer_size=3)
    return _training(tf, contrib, cell)


def case_luong_attention_scaled(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanism = seq2seq.LuongAttention(4, _memory(tf), scale=True)
    cell = seq2seq.AttentionWrapper(
        contrib.rnn.BasicLSTMCell(4), mechanism, output_attention=False, name="mine"
    )
    return _training(tf, contrib, cell)


def case_bahdanau_attention(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanism = seq2seq.BahdanauAttention(5, _memory(tf), [2, 5])
    cell = seq2seq.AttentionWrapper(contrib.rnn.GRUCell(4), mechanism, attention_layer_size=3)
    return _training(tf, contrib, cell, impute_finished=True)


def case_bahdanau_attention_normalized(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanism = seq2seq.BahdanauAttention(5, _memory(tf), normalize=True)
    cell = seq2seq.AttentionWrapper(
        contrib.rnn.BasicLSTMCell(4), mechanism, cell_input_fn=lambda x, a: tf.concat([a, x], 1)
    )
    return _training(tf, contrib, cell)


def case_attention_history(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanism = seq2seq.LuongAttention(4, _memory(tf), [5, 3])
    cell = seq2seq.AttentionWrapper(
        contrib.rnn.GRUCell(4), mechanism, attention_layer_size=3, alignment_history=True
    )
    helper = seq2seq.TrainingHelper(tf.constant(_x(2, 4, 3)), [4, 3])
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    outputs, state, _ = seq2seq.dynamic_decode(decoder)
    history = tf.identity(state.alignment_history.stack(), name="history")
    return {"history": history, "loss": tf.reduce_mean(outputs.rnn_output)}


def case_two_mechanisms_and_an_initial_state(tf, contrib):
    seq2seq = contrib.seq2seq
    mechanisms = [
        seq2seq.LuongAttention(4, _memory(tf)),
        seq2seq.BahdanauAttention(3, tf.constant(_x(2, 3, 2, seed=9)), [3, 1]),
    ]
    cell = seq2seq.AttentionWrapper(contrib.rnn.GRUCell(4), mechanisms, attention_layer_size=[3, 2])
    start = cell.zero_state(2, tf.float32).clone(cell_state=tf.constant(_x(2, 4, seed=11)))
    return _training(tf, contrib, cell, state=start)


def _table(tf):
    return tf.get_variable("table", initializer=_x(7, 3, seed=13))


def case_greedy_embedding_helper(tf, contrib):
    seq2seq = contrib.seq2seq
    helper = seq2seq.GreedyEmbeddingHelper(_table(tf), [1, 2], 4)
    cell = contrib.rnn.BasicLSTMCell(4)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(7))
    return _trained(tf, contrib, decoder, maximum_iterations=6)


def case_sample_embedding_helper(tf, contrib):
    seq2seq = contrib.seq2seq
    table = _table(tf)
    helper = seq2seq.SampleEmbeddingHelper(
        lambda ids: tf.gather(table, ids), [1, 2], 4, softmax_temperature=0.5, seed=5
    )
    cell = contrib.rnn.GRUCell(4)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(7))
    built = _trained(tf, contrib, decoder, maximum_iterations=5)
    return dict(built, loss=built["loss"])


def case_scheduled_embedding_training_helper(tf, contrib):
    seq2seq = contrib.seq2seq
    helper = seq2seq.ScheduledEmbeddingTrainingHelper(
        tf.constant(_x(2, 4, 3)), [4, 3], _table(tf), 0.5, seed=5, scheduling_seed=6
    )
    cell = contrib.rnn.GRUCell(4)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32), tf.layers.Dense(7))
    return _trained(tf, contrib, decoder, parallel_iterations=1)


def case_custom_helper(tf, contrib):
    seq2seq = contrib.seq2seq
    helper = seq2seq.CustomHelper(
        lambda: (tf.tile([False], [2]), tf.ones([2, 3])),
        lambda time, outputs, state: tf.cast(tf.argmax(outputs, 1), tf.int32),
        lambda time, outputs, state, sample_ids: (
            tf.tile([time >= 2], [2]), outputs[:, :3], state
        ),
    )  # fmt: skip
    cell = contrib.rnn.GRUCell(4)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    return _trained(tf, contrib, decoder)


def case_inference_helper(tf, contrib):
    seq2seq = contrib.seq2seq
    helper = seq2seq.InferenceHelper(
        sample_fn=lambda outputs: outputs[:, :3],
        sample_shape=[3],
        sample_dtype=tf.float32,
        start_inputs=tf.ones([2, 3]),
        end_fn=lambda samples: tf.reduce_sum(samples, 1) > 100.0,
    )
    cell = contrib.rnn.GRUCell(4)
    decoder = seq2seq.BasicDecoder(cell, helper, cell.zero_state(2, tf.float32))
    return _trained(tf, contrib, decoder, maximum_iterations=3)


def case_sequence_loss(tf, contrib):
    seq2seq = contrib.seq2seq
    logits = tf.get_variable("logits", initializer=_x(2, 3, 5))
    targets = tf.constant([[1, 0, 4], [2, 2, 3]])
    weights = tf.constant([[1.0, 0.5, 0.0], [2.0, 1.0, 0.0]])

    def own(labels, logits):
        return tf.reduce_sum(tf.square(logits), 1) + tf.cast(labels, tf.float32)

    made = [
        seq2seq.sequence_loss(logits, targets, weights),
        seq2seq.sequence_loss(logits, targets, weights, average_across_timesteps=False),
        seq2seq.sequence_loss(logits, targets, weights, average_across_batch=False),
        seq2seq.sequence_loss(logits, targets, weights, False, False),
        seq2seq.sequence_loss(logits, targets, weights, False, False, True, True),
        seq2seq.sequence_loss(logits, targets, weights, False, False, True),
        seq2seq.sequence_loss(logits, targets, weights, softmax_loss_function=own, name="n"),
        seq2seq.sequence_loss(logits, targets, weights * 0),
    ]
    made = [tf.identity(each, name=f"f{number}") for number, each in enumerate(made)]
    return {"made": made, "loss": tf.add_n([tf.reduce_sum(each) for each in made])}


def case_tile_batch_and_hardmax(tf, contrib):
    seq2seq = contrib.seq2seq
    placeholder = tf.placeholder(tf.float32, [None, 2])
    tiled = seq2seq.tile_batch((tf.constant(_x(2, 3)), placeholder), 2)
    found = [*tiled, seq2seq.hardmax(tf.constant(_x(2, 3)))]
    return {
        "found": [tf.identity(each, name=f"f{n}") for n, each in enumerate(found)],
        "feed": {placeholder: _x(3, 2)},
    }


def case_errors(tf, contrib):
    seq2seq, cell = contrib.seq2seq, contrib.rnn.GRUCell(4)
    state = cell.zero_state(2, tf.float32)
    logits, targets, weights = tf.zeros([2, 3, 5]), tf.zeros([2, 3], tf.int32), tf.ones([2, 3])
    return [
        _error(lambda: seq2seq.BasicDecoder(cell, 3, state)),
        _error(lambda: seq2seq.TrainingHelper(tf.zeros([2, 3, 1]), 3)),
        _error(lambda: seq2seq.GreedyEmbeddingHelper(tf.zeros([2, 3]), 3, 1)),
        _error(lambda: seq2seq.GreedyEmbeddingHelper(tf.zeros([2, 3]), [3], [1])),
        _error(lambda: seq2seq.AttentionWrapper(cell, 3)),
        _error(lambda: seq2seq.sequence_loss(targets, targets, weights)),
        _error(lambda: seq2seq.sequence_loss(logits, targets, weights, True, False, True)),
    ]


def _error(function):
    try:
        return function()
    except Exception as error:
        return type(error).__name__
