"""What cells are made from: the cells that TensorFlow has with tf_keras beside it."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf


def _rnn_cell() -> Any:
    try:
        return tf.nn.rnn_cell
    except (AttributeError, ImportError):
        raise ImportError(
            "contrib.rnn needs the package tf_keras (pip install tf_keras), and "
            "os.environ['TF_USE_LEGACY_KERAS'] = '1' before tensorflow is imported"
        ) from None


rnn_cell = _rnn_cell()
RNNCell: Any = rnn_cell.RNNCell
# What the cells of TensorFlow are made from; it has no public name.
LayerRNNCell: Any = rnn_cell.BasicLSTMCell.__mro__[1]
LSTMStateTuple: Any = rnn_cell.LSTMStateTuple


def linear(
    inputs: Any, size: int, kernel: Any = None, bias: Any = None, use_bias: bool = True
) -> Any:
    """The product with ``kernel``, and the sum with ``bias``, of the scope that this is called in.

    Args:
        inputs: A tensor, or several that are put side by side.
        size: The size of the result.
        kernel: An initializer.
        bias: An initializer; None for zeros.
        use_bias: Whether there is a bias.
    """
    joined = tf.concat(inputs, 1) if isinstance(inputs, (list, tuple)) else inputs
    dtype = joined.dtype.base_dtype
    weights = tf.get_variable("kernel", [joined.shape.as_list()[1], size], dtype, kernel)
    product = tf.matmul(joined, weights)
    if not use_bias:
        return product
    zeros = tf.constant_initializer(0.0, dtype=dtype)
    biases = tf.get_variable("bias", [size], dtype, zeros if bias is None else bias)
    return tf.nn.bias_add(product, biases)
