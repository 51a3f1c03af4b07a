"""Recurrent cells that ``tf.nn.rnn_cell`` does not have.

The cells with "Block" in their names had ops of their own; here they compute the same with others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from .base import LayerRNNCell, LSTMStateTuple, RNNCell, linear
from .layer_norm import normalized


class LayerNormBasicLSTMCell(RNNCell):  # type: ignore[misc]
    """An LSTM cell with layer normalization and dropout of what goes into its memory."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        input_size: int | None = None,
        activation: Callable[[Any], Any] = tf.tanh,
        layer_norm: bool = True,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
        dropout_keep_prob: Any = 1.0,
        dropout_prob_seed: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        """Takes sizes, biases, and how to normalize; ``input_size`` is not used."""
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._activation = activation
        self._forget_bias = forget_bias
        self._keep_prob = dropout_keep_prob
        self._seed = dropout_prob_seed
        self._layer_norm = layer_norm
        self._norm = {"gain": norm_gain, "shift": norm_shift}

    @property
    def state_size(self) -> Any:
        """That of memory and output."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, h = state
        gates = linear([inputs, h], 4 * self._num_units, use_bias=False)
        if not self._layer_norm:  # without an initializer of its own
            gates = tf.nn.bias_add(gates, tf.get_variable("bias", [4 * self._num_units]))
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=1)
        if self._layer_norm:
            i = normalized(i, "input", **self._norm)
            j = normalized(j, "transform", **self._norm)
            f = normalized(f, "forget", **self._norm)
            o = normalized(o, "output", **self._norm)
        g = self._activation(j)
        if not isinstance(self._keep_prob, float) or self._keep_prob < 1:
            g = tf.nn.dropout(g, rate=1 - self._keep_prob, seed=self._seed)
        new_c = c * tf.sigmoid(f + self._forget_bias) + tf.sigmoid(i) * g
        if self._layer_norm:
            new_c = normalized(new_c, "state", **self._norm)
        new_h = self._activation(new_c) * tf.sigmoid(o)
        return new_h, LSTMStateTuple(new_c, new_h)


class UGRNNCell(RNNCell):  # type: ignore[misc]
    """A recurrent cell with one gate between its state and what is new."""

    def __init__(
        self,
        num_units: int,
        initializer: Any = None,
        forget_bias: float = 1.0,
        activation: Callable[[Any], Any] = tf.tanh,
        reuse: bool | None = None,
    ) -> None:
        """Takes size, initializer, bias and activation."""
        super().__init__(_reuse=reuse)
        self._num_units = num_units
        self._initializer = initializer
        self._forget_bias = forget_bias
        self._activation = activation

    @property
    def state_size(self) -> int:
        """The number of units."""
        return self._num_units

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        with tf.variable_scope(tf.get_variable_scope(), initializer=self._initializer):
            both = linear([inputs, state], 2 * self._num_units)
        g, c = tf.split(axis=1, num_or_size_splits=2, value=both)
        gate = tf.sigmoid(g + self._forget_bias)
        new = gate * state + (1.0 - gate) * self._activation(c)
        return new, new


class NASCell(LayerRNNCell):  # type: ignore[misc]
    """The cell that was found in Zoph and Le, "Neural Architecture Search" (2016)."""

    def __init__(
        self,
        num_units: int,
        num_proj: int | None = None,
        use_bias: bool = False,
        reuse: bool | None = None,
        **kwargs: Any,
    ) -> None:
        """Takes sizes, and whether there is a bias."""
        super().__init__(_reuse=reuse, **kwargs)
        self._num_units, self._num_proj, self._use_bias = num_units, num_proj, use_bias

    @property
    def state_size(self) -> Any:
        """That of memory and output."""
        return LSTMStateTuple(self._num_units, self.output_size)

    @property
    def output_size(self) -> int:
        """The number of units, or that to which it is projected."""
        return self._num_units if self._num_proj is None else self._num_proj

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables."""
        size = tf.TensorShape(inputs_shape).as_list()[1]
        if size is None:
            raise ValueError(f"Expected inputs.shape[-1] to be known, saw shape: {inputs_shape}")
        units = 8 * self._num_units
        self._recurrent = self.add_variable("recurrent_kernel", [self.output_size, units])
        self._kernel = self.add_variable("kernel", [size, units])
        if self._use_bias:
            zeros = tf.zeros_initializer()
            self._bias = self.add_variable("bias", [units], initializer=zeros)
        if self._num_proj is not None:
            shape = [self._num_units, self._num_proj]
            self._projection = self.add_variable("projection_weights", shape)
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, m = state
        recurrent = tf.matmul(m, self._recurrent)
        if self._use_bias:
            recurrent = tf.nn.bias_add(recurrent, self._bias)
        a = tf.split(axis=1, num_or_size_splits=8, value=tf.matmul(inputs, self._kernel))
        b = tf.split(axis=1, num_or_size_splits=8, value=recurrent)
        first = [
            tf.sigmoid(a[0] + b[0]),
            tf.nn.relu(a[1] + b[1]),
            tf.sigmoid(a[2] + b[2]),
            tf.nn.relu(a[3] * b[3]),
            tf.tanh(a[4] + b[4]),
            tf.sigmoid(a[5] + b[5]),
            tf.tanh(a[6] + b[6]),
            tf.sigmoid(a[7] + b[7]),
        ]
        second = [
            tf.tanh(first[0] * first[1]),
            tf.tanh(first[2] + first[3]),
            tf.tanh(first[4] * first[5]),
            tf.sigmoid(first[6] + first[7]),
        ]
        new_c = tf.tanh(second[0] + c) * second[1]
        new_m = tf.tanh(new_c * tf.tanh(second[2] + second[3]))
        if self._num_proj is not None:
            new_m = tf.matmul(new_m, self._projection)
        return new_m, LSTMStateTuple(new_c, new_m)


class LSTMBlockCell(LayerRNNCell):  # type: ignore[misc]
    """An LSTM cell whose gates are in another order than those of ``LSTMCell``."""

    def __init__(
        self,
        num_units: int,
        forget_bias: float = 1.0,
        cell_clip: float | None = None,
        use_peephole: bool = False,
        dtype: Any = None,
        reuse: bool | None = None,
        name: str = "lstm_cell",
    ) -> None:
        """Takes sizes, bias, and how far the memory may go."""
        super().__init__(_reuse=reuse, dtype=dtype, name=name)
        self._num_units = num_units
        self._forget_bias = forget_bias
        self._use_peephole = use_peephole
        self._cell_clip = -1 if cell_clip is None else cell_clip

    @property
    def state_size(self) -> Any:
        """That of memory and output."""
        return LSTMStateTuple(self._num_units, self._num_units)

    @property
    def output_size(self) -> int:
        """The number of units."""
        return self._num_units

    def build(self, inputs_shape: Any) -> None:
        """Makes the variables."""
        size = tf.TensorShape(inputs_shape).as_list()[1]
        if size is None:
            raise ValueError(f"Expecting inputs_shape[1] to be set: {inputs_shape}")
        units = self._num_units
        self._kernel = self.add_variable("kernel", [size + units, units * 4])
        zeros = tf.constant_initializer(0.0)
        self._bias = self.add_variable("bias", [units * 4], initializer=zeros)
        if self._use_peephole:
            self._w_i_diag = self.add_variable("w_i_diag", [units])
            self._w_f_diag = self.add_variable("w_f_diag", [units])
            self._w_o_diag = self.add_variable("w_o_diag", [units])
        self.built = True

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        c, h = state
        gates = tf.matmul(tf.concat([inputs, h], 1), self._kernel)
        gates = tf.nn.bias_add(gates, self._bias)
        i, j, f, o = tf.split(gates, 4, axis=1)
        if self._use_peephole:
            i, f = i + c * self._w_i_diag, f + c * self._w_f_diag
        new_c = tf.sigmoid(i) * tf.tanh(j) + tf.sigmoid(f + self._forget_bias) * c
        if self._cell_clip > 0:
            new_c = tf.clip_by_value(new_c, -self._cell_clip, self._cell_clip)
        if self._use_peephole:
            o += new_c * self._w_o_diag
        new_h = tf.sigmoid(o) * tf.tanh(new_c)
        return new_h, LSTMStateTuple(new_c, new_h)


class GRUBlockCell(LayerRNNCell):  # type: ignore[misc]
    """A GRU cell."""

    _NAMES = ("w_ru", "b_ru", "w_c", "b_c")

    def __init__(
        self,
        num_units: int | None = None,
        cell_size: int | None = None,
        reuse: bool | None = None,
        name: str = "gru_cell",
    ) -> None:
        """Takes the number of units, under one of two names.

        Raises:
            ValueError: If both are given, or none.
        """
        super().__init__(_reuse=reuse, name=name)
        if (cell_size is None) == (num_units is None):
            raise ValueError("Exactly one of num_units or cell_size must be provided.")
        self._cell_size: Any = num_units if cell_size is None else cell_size

    @property
    def state_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    @property
    def output_size(self) -> Any:
        """The number of units."""
        return self._cell_size

    def build(self, input_shape: Any) -> None:
        """Makes the variables."""
        size = tf.TensorShape(input_shape).as_list()[1]
        if size is None:
            raise ValueError("Expecting input_size to be set.")
        units = self._cell_size
        w_ru, b_ru, w_c, b_c = self._NAMES
        ones, zeros = tf.constant_initializer(1.0), tf.constant_initializer(0.0)
        self._w_ru = self.add_variable(w_ru, [size + units, units * 2])
        self._b_ru = self.add_variable(b_ru, [units * 2], initializer=ones)
        self._w_c = self.add_variable(w_c, [size + units, units])
        self._b_c = self.add_variable(b_c, [units], initializer=zeros)
        self.built = True

    def call(self, inputs: Any, h_prev: Any) -> Any:
        """One step."""
        gates = tf.matmul(tf.concat([inputs, h_prev], 1), self._w_ru)
        r, u = tf.split(tf.sigmoid(tf.nn.bias_add(gates, self._b_ru)), 2, axis=1)
        candidate = tf.matmul(tf.concat([inputs, r * h_prev], 1), self._w_c)
        c = tf.tanh(tf.nn.bias_add(candidate, self._b_c))
        new_h = u * h_prev + (1 - u) * c
        return new_h, new_h


class GRUBlockCellV2(GRUBlockCell):
    """A GRU cell whose variables are called as those of ``GRUCell``."""

    _NAMES = ("gates/kernel", "gates/bias", "candidate/kernel", "candidate/bias")


class CoupledInputForgetGateLSTMCell(RNNCell):  # type: ignore[misc]
    """An LSTM cell that takes in as much as it forgets."""

    def __init__(
        self,
        num_units: int,
        use_peepholes: bool = False,
        initializer: Any = None,
        num_proj: int | None = None,
        proj_clip: float | None = None,
        num_unit_shards: int = 1,
        num_proj_shards: int = 1,
        forget_bias: float = 1.0,
        state_is_tuple: bool = True,
        activation: Callable[[Any], Any] = tf.tanh,
        reuse: bool | None = None,
        layer_norm: bool = False,
        norm_gain: float = 1.0,
        norm_shift: float = 0.0,
    ) -> None:
        """Takes sizes, biases, and how to normalize; ``initializer`` is not used.

        Raises:
            NotImplementedError: If variables shall be in several parts.
        """
        super().__init__(_reuse=reuse)
        if num_unit_shards != 1 or num_proj_shards != 1:
            raise NotImplementedError(
                "CoupledInputForgetGateLSTMCell: num_unit_shards and num_proj_shards are not "
                "supported; use a partitioner"
            )
        self._num_units, self._num_proj = num_units, num_proj
        self._use_peepholes = use_peepholes
        self._proj_clip = proj_clip
        self._forget_bias = forget_bias
        self._state_is_tuple = state_is_tuple
        self._activation = activation
        self._layer_norm = layer_norm
        self._norm = {"gain": norm_gain, "shift": norm_shift}

    @property
    def state_size(self) -> Any:
        """That of memory and output."""
        sizes = self._num_units, self.output_size
        return LSTMStateTuple(*sizes) if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> int:
        """The number of units, or that to which it is projected."""
        return self._num_proj or self._num_units

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        units, dtype = self._num_units, inputs.dtype
        if self._state_is_tuple:
            c, m = state
        else:
            c, m = tf.split(state, [units, self.output_size], axis=1)
        size = inputs.shape.as_list()[1]
        if size is None:
            raise ValueError("Could not infer input size from inputs.get_shape()[-1]")
        kernel = tf.get_variable("W_0", [size + self.output_size, 3 * units], dtype)
        bias = tf.get_variable("B", [3 * units], dtype, tf.zeros_initializer())
        gates = tf.matmul(tf.concat([inputs, m], 1), kernel)
        if not self._layer_norm:  # which has the bias, too, but does not use it
            gates = tf.nn.bias_add(gates, bias)
        j, f, o = tf.split(value=gates, num_or_size_splits=3, axis=1)
        if self._layer_norm:
            j = normalized(j, "transform", **self._norm)
            f = normalized(f, "forget", **self._norm)
            o = normalized(o, "output", **self._norm)
        f = f + self._forget_bias
        if self._use_peepholes:
            w_f = tf.get_variable("W_F_diag", [units], dtype)
            w_o = tf.get_variable("W_O_diag", [units], dtype)
            f = f + w_f * c
        forget = tf.sigmoid(f)
        new_c = forget * c + (1 - forget) * self._activation(j)
        if self._layer_norm:
            new_c = normalized(new_c, "state", **self._norm)
        if self._use_peepholes:
            o = o + w_o * new_c
        new_m = tf.sigmoid(o) * self._activation(new_c)
        if self._num_proj is not None:
            new_m = tf.matmul(new_m, tf.get_variable("W_P_0", [units, self._num_proj], dtype))
            if self._proj_clip is not None:
                new_m = tf.clip_by_value(new_m, -self._proj_clip, self._proj_clip)
        if self._state_is_tuple:
            return new_m, LSTMStateTuple(new_c, new_m)
        return new_m, tf.concat([new_c, new_m], 1)
