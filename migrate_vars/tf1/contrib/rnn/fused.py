"""Networks that go through a whole sequence at once; time comes first."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from .base import LSTMStateTuple
from .cells import LSTMBlockCell


class FusedRNNCell:
    """What such a network looks like."""

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs [time, number, size], and the last state."""
        raise NotImplementedError


class FusedRNNCellAdaptor(FusedRNNCell):
    """A cell, step by step."""

    def __init__(self, cell: Any, use_dynamic_rnn: bool = False) -> None:
        """Takes the cell, and whether to use a loop in the graph."""
        self._cell, self._use_dynamic_rnn = cell, use_dynamic_rnn

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs [time, number, size], and the last state."""
        is_list = isinstance(inputs, list)
        options = {
            "sequence_length": sequence_length,
            "initial_state": initial_state,
            "dtype": dtype,
            "scope": scope,
        }
        if self._use_dynamic_rnn:
            stacked = tf.stack(inputs) if is_list else inputs
            outputs, state = tf.nn.dynamic_rnn(self._cell, stacked, time_major=True, **options)
            return (tf.unstack(outputs) if is_list else outputs), state
        steps = inputs if is_list else tf.unstack(inputs)
        outputs, state = tf.nn.static_rnn(self._cell, steps, **options)
        return (outputs if is_list else tf.stack(outputs)), state


class TimeReversedFusedRNN(FusedRNNCell):
    """A network that goes backwards."""

    def __init__(self, cell: Any) -> None:
        """Takes the network."""
        self._cell = cell

    def _reverse(self, tensor: Any, lengths: Any) -> Any:
        if isinstance(tensor, list):
            return tensor[::-1]
        if lengths is None:
            return tf.reverse(tensor, [0])
        return tf.reverse_sequence(tensor, lengths, seq_axis=0, batch_axis=1)

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs [time, number, size], and the last state."""
        outputs, state = self._cell(
            self._reverse(inputs, sequence_length),
            initial_state=initial_state,
            dtype=dtype,
            sequence_length=sequence_length,
            scope=scope,
        )
        return self._reverse(outputs, sequence_length), state


class LSTMBlockFusedCell(FusedRNNCell):
    """An LSTM over a whole sequence, with the variables of ``LSTMBlockCell``."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        reuse: bool | None = None,
        dtype: Any = None,
        name: str = "lstm_fused_cell",
    ) -> None:
        """Takes sizes, bias, and how far the memory may go."""
        self._num_units = num_units
        self._cell = LSTMBlockCell(
            num_units, forget_bias, cell_clip, use_peephole, dtype, reuse, name
        )

    @property
    def num_units(self) -> int:
        """The number of units."""
        return self._num_units

    def __call__(
        self,
        inputs: Any,
        initial_state: Any = None,
        dtype: Any = None,
        sequence_length: Any = None,
        scope: Any = None,
    ) -> Any:
        """Outputs [time, number, size], and the last state."""
        is_list = isinstance(inputs, list)
        steps = inputs if is_list else tf.unstack(tf.convert_to_tensor(inputs))
        state = initial_state
        if state is None:
            if dtype is None:
                raise ValueError("Either initial_state or dtype needs to be specified")
            state = self._cell.zero_state(tf.shape(steps[0])[0], dtype)
        c, h = state
        outputs = []
        for number, step in enumerate(steps):
            output, (new_c, new_h) = self._cell(step, LSTMStateTuple(c, h))
            if sequence_length is not None:
                going_on = tf.expand_dims(tf.less(number, tf.convert_to_tensor(sequence_length)), 1)
                going_on = tf.logical_and(going_on, tf.ones_like(new_h, tf.bool))
                output = tf.where(going_on, output, tf.zeros_like(output))
                new_c, new_h = tf.where(going_on, new_c, c), tf.where(going_on, new_h, h)
            c, h = new_c, new_h
            outputs.append(output)
        return (outputs if is_list else tf.stack(outputs)), LSTMStateTuple(c, h)
