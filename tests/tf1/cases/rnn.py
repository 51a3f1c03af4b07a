"""``contrib.rnn`` and ``nn.rnn_cell``."""

from __future__ import annotations

import numpy as np


def _x(*shape, seed=3):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def _trained(tf, *outputs, **more):
    total = tf.add_n([tf.reduce_mean(tf.square(output - 0.3)) for output in outputs])
    return dict(more, outputs=list(outputs), loss=total)


def _dynamic(tf, cell, scope=None, **options):
    return tf.nn.dynamic_rnn(
        cell, tf.constant(_x(3, 4, 5)), dtype=tf.float32, scope=scope, **options
    )


def _flat(tf, state):
    """The tensors of a nested state."""
    if isinstance(state, (list, tuple)):
        return [tensor for part in state for tensor in _flat(tf, part)]
    return [state]


def _run(tf, cell, **options):
    outputs, state = _dynamic(tf, cell, **options)
    # The names of these are those of loops.
    return _trained(tf, *[tensor * 1.0 for tensor in [outputs, *_flat(tf, state)]])


def case_basic_rnn_cell(tf, contrib):
    return _run(tf, contrib.rnn.BasicRNNCell(4))


def case_basic_lstm_cell(tf, contrib):
    return _run(tf, contrib.rnn.BasicLSTMCell(4))


def case_basic_lstm_cell_options(tf, contrib):
    cell = contrib.rnn.BasicLSTMCell(4, forget_bias=0.5, state_is_tuple=False, activation=tf.sin)
    return _run(tf, cell)


def case_lstm_cell(tf, contrib):
    return _run(tf, contrib.rnn.LSTMCell(4))


def case_lstm_cell_options(tf, contrib):
    cell = contrib.rnn.LSTMCell(
        4,
        use_peepholes=True,
        cell_clip=0.4,
        initializer=tf.random_uniform_initializer(-0.5, 0.5),
        num_proj=3,
        proj_clip=0.2,
        forget_bias=0.3,
    )
    return _run(tf, cell, sequence_length=[2, 4, 3])


def case_gru_cell(tf, contrib):
    return _run(tf, contrib.rnn.GRUCell(4, kernel_initializer=tf.orthogonal_initializer()))


def case_stacked_with_dropout(tf, contrib):
    rnn = contrib.rnn
    cells = [
        rnn.DropoutWrapper(
            rnn.BasicLSTMCell(4), input_keep_prob=0.8, output_keep_prob=0.7, state_keep_prob=0.9
        )
        for _ in range(2)
    ]
    # TensorFlow 2 may draw for a later step first, where steps may be computed at the same time.
    return _run(tf, rnn.MultiRNNCell(cells), parallel_iterations=1)


def case_variational_dropout(tf, contrib):
    cell = contrib.rnn.DropoutWrapper(
        contrib.rnn.GRUCell(4),
        input_keep_prob=0.8,
        output_keep_prob=0.7,
        variational_recurrent=True,
        input_size=5,
        dtype=tf.float32,
        seed=4,
    )
    return _run(tf, cell, parallel_iterations=1)


def case_residual_and_device(tf, contrib):
    rnn = contrib.rnn
    cell = rnn.DeviceWrapper(rnn.ResidualWrapper(rnn.BasicLSTMCell(5)), "/cpu:0")
    return _run(tf, cell)


def case_static_rnn(tf, contrib):
    rnn = contrib.rnn
    inputs = tf.unstack(tf.constant(_x(3, 4, 5)), axis=1)
    cell = rnn.MultiRNNCell([rnn.LSTMCell(4), rnn.GRUCell(3)])
    outputs, state = rnn.static_rnn(cell, inputs, dtype=tf.float32)
    again, _ = rnn.static_rnn(
        rnn.BasicLSTMCell(4), inputs, dtype=tf.float32, scope="again", sequence_length=[2, 4, 3]
    )
    return _trained(tf, *outputs, *_flat(tf, state), *[output * 1.0 for output in again])


def case_static_bidirectional_rnn(tf, contrib):
    rnn = contrib.rnn
    inputs = tf.unstack(tf.constant(_x(3, 4, 5)), axis=1)
    outputs, forward, backward = rnn.static_bidirectional_rnn(
        rnn.BasicLSTMCell(4), rnn.BasicLSTMCell(3), inputs, dtype=tf.float32
    )
    return _trained(tf, *outputs, *_flat(tf, forward), *_flat(tf, backward))


def case_bidirectional_dynamic_rnn(tf, contrib):
    rnn = contrib.rnn
    outputs, states = tf.nn.bidirectional_dynamic_rnn(
        rnn.LSTMCell(4),
        rnn.LSTMCell(4),
        tf.constant(_x(3, 4, 5)),
        sequence_length=[2, 4, 3],
        dtype=tf.float32,
    )
    return _trained(tf, *[tensor * 1.0 for tensor in [*outputs, *_flat(tf, states)]])


def case_step_by_step(tf, contrib):
    rnn = contrib.rnn
    cell = rnn.MultiRNNCell([rnn.BasicLSTMCell(4) for _ in range(2)])
    state = cell.zero_state(3, tf.float32)
    outputs = []
    with tf.variable_scope("RNN"):
        for step in range(3):
            if step > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(tf.constant(_x(3, 5, seed=step)), state)
            outputs.append(output)
    sizes = [str(cell.state_size), cell.output_size, type(state).__name__]
    return dict(_trained(tf, *outputs), sizes=sizes)


def case_same_cell_twice(tf, contrib):
    cell = contrib.rnn.GRUCell(4)
    x = tf.constant(_x(3, 4, 5))
    with tf.variable_scope("a"):
        first, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    with tf.variable_scope("b"):
        second, _ = tf.nn.dynamic_rnn(cell, x * 2, dtype=tf.float32)
    return _trained(tf, first * 1.0, second * 1.0)


def case_under_scope_defaults(tf, contrib):
    with tf.variable_scope("net", initializer=tf.random_uniform_initializer(-0.3, 0.3, seed=5)):
        return _run(tf, contrib.rnn.BasicLSTMCell(4))


def case_own_cell(tf, contrib):
    class Cell(contrib.rnn.RNNCell):
        @property
        def state_size(self):
            return 4

        @property
        def output_size(self):
            return 4

        def __call__(self, inputs, state, scope=None):
            with tf.variable_scope(scope or "mine"):
                w = tf.get_variable("w", [9, 4])
                new = tf.tanh(tf.matmul(tf.concat([inputs, state], 1), w))
            return new, new

    return _run(tf, Cell())


def case_state_tuple(tf, contrib):
    state = contrib.rnn.LSTMStateTuple(tf.zeros([2, 3]), tf.ones([2, 3]))
    cell = contrib.rnn.BasicLSTMCell(3)
    output, new = cell(tf.constant(_x(2, 5)), state)
    return {"output": output, "c": new.c, "h": new.h, "dtype": new.dtype.name}


def case_names_of_nn(tf, contrib):
    cells = tf.nn.rnn_cell
    cell = cells.MultiRNNCell(
        [cells.DropoutWrapper(cells.LSTMCell(4), output_keep_prob=0.5), cells.BasicRNNCell(3)]
    )
    return _run(tf, cell, parallel_iterations=1)


def case_layer_norm_basic_lstm_cell(tf, contrib):
    return _run(tf, contrib.rnn.LayerNormBasicLSTMCell(4, norm_gain=0.9, norm_shift=0.1))


def case_layer_norm_basic_lstm_cell_with_dropout(tf, contrib):
    cell = contrib.rnn.LayerNormBasicLSTMCell(
        4, forget_bias=0.4, dropout_keep_prob=0.6, dropout_prob_seed=3
    )
    return _run(tf, cell, parallel_iterations=1)


def case_layer_norm_basic_lstm_cell_not_normalized(tf, contrib):
    return _run(tf, contrib.rnn.LayerNormBasicLSTMCell(4, layer_norm=False, activation=tf.sin))


def case_ugrnn_cell(tf, contrib):
    cell = contrib.rnn.UGRNNCell(4, initializer=tf.random_uniform_initializer(-0.5, 0.5))
    return _run(tf, contrib.rnn.MultiRNNCell([cell, contrib.rnn.UGRNNCell(3, forget_bias=0.2)]))


def case_nas_cell(tf, contrib):
    rnn = contrib.rnn
    return _run(tf, rnn.MultiRNNCell([rnn.NASCell(4), rnn.NASCell(4, num_proj=3, use_bias=True)]))


def case_lstm_block_cell(tf, contrib):
    rnn = contrib.rnn
    cells = [
        rnn.LSTMBlockCell(4),
        rnn.LSTMBlockCell(3, forget_bias=0.3, cell_clip=0.2, use_peephole=True),
    ]
    return _run(tf, rnn.MultiRNNCell(cells))


def case_gru_block_cell(tf, contrib):
    rnn = contrib.rnn
    return _run(tf, rnn.MultiRNNCell([rnn.GRUBlockCell(4), rnn.GRUBlockCellV2(num_units=3)]))


def case_coupled_input_forget_gate_lstm_cell(tf, contrib):
    rnn = contrib.rnn
    cells = [
        rnn.CoupledInputForgetGateLSTMCell(4, forget_bias=0.5),
        rnn.CoupledInputForgetGateLSTMCell(
            4,
            use_peepholes=True,
            num_proj=3,
            proj_clip=0.3,
            initializer=tf.random_uniform_initializer(-0.5, 0.5),
        ),
    ]
    return _run(tf, rnn.MultiRNNCell(cells))


def case_coupled_input_forget_gate_lstm_cell_normalized(tf, contrib):
    cell = contrib.rnn.CoupledInputForgetGateLSTMCell(
        6, layer_norm=True, use_peepholes=True, norm_gain=0.8, norm_shift=0.1, state_is_tuple=False
    )
    return _run(tf, cell)


def case_attention_cell_wrapper(tf, contrib):
    rnn = contrib.rnn
    return _run(tf, rnn.AttentionCellWrapper(rnn.BasicLSTMCell(4), 3))


def case_attention_cell_wrapper_options(tf, contrib):
    rnn = contrib.rnn
    cell = rnn.AttentionCellWrapper(
        rnn.BasicLSTMCell(4), 2, attn_size=3, attn_vec_size=6, input_size=7
    )
    return _run(tf, cell)


def case_attention_cell_wrapper_of_one_tensor(tf, contrib):
    rnn = contrib.rnn
    return _run(tf, rnn.AttentionCellWrapper(rnn.GRUCell(4), 2, state_is_tuple=False))


def case_projection_wrappers(tf, contrib):
    rnn = contrib.rnn
    cell = rnn.OutputProjectionWrapper(
        rnn.InputProjectionWrapper(rnn.BasicLSTMCell(4), 3, activation=tf.tanh), 6
    )
    return _run(tf, cell)


def case_embedding_wrapper(tf, contrib):
    rnn = contrib.rnn
    cell = rnn.EmbeddingWrapper(rnn.GRUCell(4), 7, 5)
    symbols = tf.constant([[[1], [3], [6]], [[0], [1], [1]]])
    outputs, state = tf.nn.dynamic_rnn(cell, symbols, dtype=tf.float32)
    return _trained(tf, outputs * 1.0, state * 1.0)


def case_highway_wrapper(tf, contrib):
    rnn = contrib.rnn
    outputs, _ = _dynamic(tf, rnn.HighwayWrapper(rnn.GRUCell(5)), scope="a")
    more, _ = _dynamic(
        tf,
        rnn.HighwayWrapper(rnn.GRUCell(5), couple_carry_transform_gates=False, carry_bias_init=0.3),
        scope="b",
    )
    return _trained(tf, outputs * 1.0, more * 1.0)


def case_convolutional_cells(tf, contrib):
    rnn = contrib.rnn
    image = rnn.Conv2DLSTMCell(input_shape=[4, 4, 2], output_channels=3, kernel_shape=[3, 3])
    line = rnn.Conv1DLSTMCell(
        input_shape=[5, 2], output_channels=2, kernel_shape=[3], use_bias=False, forget_bias=0.5
    )
    volume = rnn.Conv3DLSTMCell(
        input_shape=[3, 3, 3, 1], output_channels=2, kernel_shape=[2, 3, 1], name="named"
    )
    found = []
    for cell, shape in ((image, [4, 4, 2]), (line, [5, 2]), (volume, [3, 3, 3, 1])):
        outputs, _ = tf.nn.dynamic_rnn(cell, tf.constant(_x(2, 3, *shape)), dtype=tf.float32)
        found.append(outputs * 1.0)
    return _trained(tf, *found)


def case_fused_cells(tf, contrib):
    rnn = contrib.rnn
    x = tf.constant(_x(4, 3, 5))
    lengths = [2, 4, 3]
    cells = [
        rnn.LSTMBlockFusedCell(4),
        rnn.TimeReversedFusedRNN(rnn.LSTMBlockFusedCell(3, use_peephole=True, forget_bias=0.5)),
        rnn.FusedRNNCellAdaptor(rnn.BasicLSTMCell(4), use_dynamic_rnn=True),
    ]
    found = []
    for cell in cells:
        outputs, state = cell(x, dtype=tf.float32, sequence_length=lengths)
        found += [outputs * 1.0, state.c * 1.0, state.h * 1.0]
    with tf.variable_scope("static"):
        outputs, _ = rnn.FusedRNNCellAdaptor(rnn.GRUCell(4))(x, dtype=tf.float32)
    found.append(outputs)
    outputs, _ = rnn.TimeReversedFusedRNN(cells[0])(x, dtype=tf.float32)
    found.append(outputs)
    return _trained(tf, *found)


def case_stack_bidirectional(tf, contrib):
    rnn = contrib.rnn
    x = tf.constant(_x(3, 4, 5))

    def cells():
        return [rnn.BasicLSTMCell(4), rnn.GRUCell(3)]

    outputs, forward, backward = rnn.stack_bidirectional_dynamic_rnn(
        cells(), cells(), x, dtype=tf.float32, sequence_length=[2, 4, 3]
    )
    found = [outputs * 1.0, forward[1] * 1.0, backward[1] * 1.0]
    more, forward, backward = rnn.stack_bidirectional_rnn(
        cells(), cells(), tf.unstack(x, axis=1), dtype=tf.float32, scope="static"
    )
    return _trained(tf, *found, *more, forward[1], backward[1])


def case_helpers(tf, contrib):
    x = tf.placeholder(tf.float32, [3, None, 2])
    turned = contrib.rnn.transpose_batch_time(x)
    sizes = contrib.rnn.best_effort_input_batch_size([tf.zeros([4, 3, 2])])
    return {"turned": turned, "size": sizes, "feed": {x: _x(3, 2, 2)}}
