"""Transposed convolutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .dense import normalized_and_activated
from .initializers import xavier_initializer
from .layer_variables import layer_variable
from .utils import collect_named_outputs, n_positive_integers


@add_arg_scope
def convolution2d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A transposed convolution of images; the arguments are as those of ``convolution``."""
    with tf.variable_scope(scope, "Conv2d_transpose", [inputs], reuse=reuse) as sc:
        outputs = _transpose(
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            data_format,
            biases_initializer=None if normalizer_fn else biases_initializer,
            biases_regularizer=biases_regularizer,
            weights_initializer=weights_initializer,
            weights_regularizer=weights_regularizer,
            trainable=trainable,
            collections=variables_collections,
        )
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


conv2d_transpose = convolution2d_transpose


@add_arg_scope
def convolution3d_transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NDHWC",
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = xavier_initializer(),
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """A transposed convolution of volumes; the arguments are as those of ``convolution``."""
    with tf.variable_scope(scope, "Conv3d_transpose", [inputs], reuse=reuse) as sc:
        outputs = _transpose(
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            data_format,
            biases_initializer=None if normalizer_fn else biases_initializer,
            biases_regularizer=biases_regularizer,
            weights_initializer=weights_initializer,
            weights_regularizer=weights_regularizer,
            trainable=trainable,
            collections=variables_collections,
        )
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


conv3d_transpose = convolution3d_transpose


def _transpose(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    *,
    biases_initializer: Any,
    biases_regularizer: Any,
    weights_initializer: Any,
    weights_regularizer: Any,
    trainable: bool,
    collections: Any,
) -> Any:
    dims = len(data_format) - 2
    formats = ("NHWC", "NCHW") if dims == 2 else ("NDHWC", "NCDHW")
    if data_format not in formats:
        raise ValueError(f"data_format has to be either {formats[1]} or {formats[0]}.")
    first = data_format == formats[1]
    inputs = tf.convert_to_tensor(inputs)
    if inputs.shape.ndims != dims + 2:
        raise ValueError(f"Inputs should have rank {dims + 2}. Received input shape {inputs.shape}")
    channels = inputs.shape.as_list()[1 if first else -1]
    if channels is None:
        raise ValueError("The channel dimension of the inputs should be defined. Found `None`.")
    sizes = n_positive_integers(dims, kernel_size)
    strides = n_positive_integers(dims, stride)
    padding = padding.upper()
    dtype = inputs.dtype.base_dtype
    weights = layer_variable(
        "weights",
        [*sizes, num_outputs, channels],
        dtype,
        weights_initializer,
        regularizer=weights_regularizer,
        regularized_as="kernel",
        trainable=trainable,
        collections=collections,
    )
    biases = None
    if biases_initializer:
        biases = layer_variable(
            "biases",
            [num_outputs],
            dtype,
            biases_initializer,
            regularizer=biases_regularizer,
            regularized_as="bias",
            trainable=trainable,
            collections=collections,
        )
    places = range(2, 2 + dims) if first else range(1, 1 + dims)
    shape = tf.shape(inputs)

    def length(known: Any, size: int, stride: int) -> Any:
        """How long a dimension gets, as a number or a tensor."""
        if known is None:
            return None
        known = known * stride
        return known + max(size - stride, 0) if padding == "VALID" else known

    lengths = [
        length(shape[place], size, stride)
        for place, size, stride in zip(places, sizes, strides, strict=True)
    ]
    static = [
        length(inputs.shape.as_list()[place], size, stride)
        for place, size, stride in zip(places, sizes, strides, strict=True)
    ]
    full = [shape[0], num_outputs, *lengths] if first else [shape[0], *lengths, num_outputs]
    known = [inputs.shape.as_list()[0]]
    known += [num_outputs, *static] if first else [*static, num_outputs]
    op = tf.nn.conv2d_transpose if dims == 2 else tf.nn.conv3d_transpose
    outputs = op(
        inputs,
        weights,
        tf.stack(full),
        [1, 1, *strides] if first else [1, *strides, 1],
        padding=padding,
        data_format=data_format,
    )
    outputs.set_shape(known)
    if biases is None:
        return outputs
    if first and dims == 3:
        # The op adds to the last dimensions of images only.
        shape = tf.shape(outputs)
        flat = tf.reshape(outputs, [shape[0], num_outputs, shape[2] * shape[3], shape[4]])
        summed = tf.reshape(tf.nn.bias_add(flat, biases, data_format="NCHW"), shape)
        summed.set_shape(known)
        return summed
    return tf.nn.bias_add(outputs, biases, data_format="NCHW" if first else "NHWC")
