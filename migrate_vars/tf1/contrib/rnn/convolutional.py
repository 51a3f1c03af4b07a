"""Convolutional LSTM cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from .base import LSTMStateTuple, RNNCell


class ConvLSTMCell(RNNCell):  # type: ignore[misc]
    """An LSTM cell whose products are convolutions."""

    def __init__(
        self,
        conv_ndims: int,
        input_shape: Sequence[int],
        output_channels: int,
        kernel_shape: Sequence[int],
        use_bias: bool = True,
        skip_connection: bool = False,
        forget_bias: float = 1.0,
        initializers: Any = None,
        name: str = "conv_lstm_cell",
    ) -> None:
        """Takes sizes; ``initializers`` is not used.

        Raises:
            ValueError: If the shape of inputs does not have a dimension more than the convolution.
        """
        super().__init__(name=name)
        if conv_ndims != len(input_shape) - 1:
            raise ValueError(f"Invalid input_shape {input_shape} for conv_ndims={conv_ndims}.")
        self._conv_ndims = conv_ndims
        self._input_shape = list(input_shape)
        self._output_channels = output_channels
        self._kernel_shape = list(kernel_shape)
        self._use_bias = use_bias
        self._forget_bias = forget_bias
        self._skip_connection = skip_connection
        total = output_channels + (input_shape[-1] if skip_connection else 0)
        place = self._input_shape[:-1]
        self._sizes = tf.TensorShape([*place, total]), tf.TensorShape([*place, output_channels])

    @property
    def output_size(self) -> Any:
        """The shape of outputs."""
        return self._sizes[0]

    @property
    def state_size(self) -> Any:
        """The shapes of memory and output."""
        return LSTMStateTuple(self._sizes[1], self._sizes[1])

    def call(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step."""
        cell, hidden = state
        gates = self._convolution([inputs, hidden])
        i, j, f, o = tf.split(value=gates, num_or_size_splits=4, axis=self._conv_ndims + 1)
        new_cell = tf.sigmoid(f + self._forget_bias) * cell
        new_cell += tf.sigmoid(i) * tf.tanh(j)
        output = tf.tanh(new_cell) * tf.sigmoid(o)
        if self._skip_connection:
            output = tf.concat([output, inputs], axis=-1)
        return output, LSTMStateTuple(new_cell, output)

    def _convolution(self, tensors: Sequence[Any]) -> Any:
        dims, size = self._conv_ndims, 4 * self._output_channels
        joined = tf.concat(tensors, axis=dims + 1)
        channels = joined.shape.as_list()[-1]
        dtype = joined.dtype
        kernel = tf.get_variable("kernel", [*self._kernel_shape, channels, size], dtype=dtype)
        if dims == 1:
            result = tf.nn.conv1d(joined, kernel, 1, padding="SAME")
        elif dims == 2:
            result = tf.nn.conv2d(joined, kernel, [1, 1, 1, 1], padding="SAME")
        else:
            result = tf.nn.conv3d(joined, kernel, [1, 1, 1, 1, 1], padding="SAME")
        if not self._use_bias:
            return result
        zeros = tf.constant_initializer(0.0, dtype=dtype)
        return result + tf.get_variable("biases", [size], dtype=dtype, initializer=zeros)


class Conv1DLSTMCell(ConvLSTMCell):
    """Of lines."""

    def __init__(self, name: str = "conv_1d_lstm_cell", **kwargs: Any) -> None:
        """Takes what ``ConvLSTMCell`` does."""
        super().__init__(conv_ndims=1, name=name, **kwargs)


class Conv2DLSTMCell(ConvLSTMCell):
    """Of images."""

    def __init__(self, name: str = "conv_2d_lstm_cell", **kwargs: Any) -> None:
        """Takes what ``ConvLSTMCell`` does."""
        super().__init__(conv_ndims=2, name=name, **kwargs)


class Conv3DLSTMCell(ConvLSTMCell):
    """Of volumes."""

    def __init__(self, name: str = "conv_3d_lstm_cell", **kwargs: Any) -> None:
        """Takes what ``ConvLSTMCell`` does."""
        super().__init__(conv_ndims=3, name=name, **kwargs)
