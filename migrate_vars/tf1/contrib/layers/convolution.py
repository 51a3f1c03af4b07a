"""Convolutions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .dense import normalized_and_activated
from .initializers import xavier_initializer
from .layer_variables import layer_variable
from .utils import collect_named_outputs, n_positive_integers, two_element_tuple

_FORMATS = (None, "NWC", "NCW", "NHWC", "NCHW", "NDHWC", "NCDHW")


@add_arg_scope
def convolution(
    inputs: Any,
    num_outputs: int,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str | None = None,
    rate: Any = 1,
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
    conv_dims: int | None = None,
) -> Any:
    """A convolution over one, two or three dimensions.

    Args:
        inputs: Of rank three, four or five.
        num_outputs: The number of filters.
        kernel_size: Its size, one for all dimensions or one for each.
        stride: How far apart the places are where it is applied.
        padding: "SAME" or "VALID".
        data_format: As "NHWC" or "NCHW", or None for the first kind.
        rate: How far apart the elements of the kernel are.
        activation_fn: What is applied in the end; None for a linear layer.
        normalizer_fn: What takes the place of biases, such as ``batch_norm``.
        normalizer_params: Its arguments.
        weights_initializer: An initializer.
        weights_regularizer: A regularizer.
        biases_initializer: An initializer; None for no biases.
        biases_regularizer: A regularizer.
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables, in a list for all, or a dictionary
            with lists for "weights" and "biases".
        outputs_collections: Collections for the outputs.
        trainable: Whether the variables are trained.
        scope: The variable scope, or its name.
        conv_dims: How many dimensions the convolution must have.

    Raises:
        ValueError: If the data format is unknown, the rank is another one, the number of channels
            is not known, or both a stride and a rate are not 1.
    """
    if data_format not in _FORMATS:
        raise ValueError(f"Invalid data_format: {data_format!r}")
    with tf.variable_scope(scope, "Conv", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank not in (3, 4, 5):
            raise ValueError(f"Convolution not supported for input with rank {rank}")
        if conv_dims is not None and conv_dims + 2 != rank:
            raise ValueError(f"Convolution expects input with rank {conv_dims + 2}, got {rank}")
        first = data_format is not None and data_format.startswith("NC")
        channels = _channels(inputs, first)
        sizes = n_positive_integers(rank - 2, kernel_size)
        strides = n_positive_integers(rank - 2, stride)
        rates = n_positive_integers(rank - 2, rate)
        dtype = inputs.dtype.base_dtype
        weights = layer_variable(
            "weights",
            [*sizes, channels, num_outputs],
            dtype,
            weights_initializer,
            regularizer=weights_regularizer,
            regularized_as="kernel",
            trainable=trainable,
            collections=variables_collections,
        )
        biases = None
        if not normalizer_fn and biases_initializer:
            biases = layer_variable(
                "biases",
                [num_outputs],
                dtype,
                biases_initializer,
                regularizer=biases_regularizer,
                regularized_as="bias",
                trainable=trainable,
                collections=variables_collections,
            )
        if max(strides) > 1 and max(rates) > 1:
            raise ValueError("`strides > 1` not supported in conjunction with `dilation_rate > 1`")
        outputs = _convolve(inputs, weights, strides, padding.upper(), rates, first)
        if biases is not None:
            outputs = _add_biases(outputs, biases, first)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _channels(inputs: Any, first: bool) -> int:
    size = inputs.shape.as_list()[1 if first else -1]
    if size is None:
        raise ValueError(
            "The channel dimension of the inputs should be defined. Found `None`: "
            f"{inputs.shape.as_list()}"
        )
    return int(size)


def _convolve(
    inputs: Any,
    weights: Any,
    strides: Sequence[int],
    padding: str,
    rates: Sequence[int],
    first: bool,
) -> Any:
    dims = len(strides)
    data_format = {
        1: ("NWC", "NCW"),
        2: ("NHWC", "NCHW"),
        3: ("NDHWC", "NCDHW"),
    }[dims][first]

    def convolve(given: Any, _: Any, padding: str) -> Any:
        if dims == 1:
            return tf.nn.conv1d(
                given, weights, strides[0], padding, data_format=data_format, name="conv1d"
            )
        full = [1, 1, *strides] if first else [1, *strides, 1]
        op = tf.nn.conv2d if dims == 2 else tf.nn.conv3d
        return op(given, weights, full, padding, data_format=data_format, name=f"Conv{dims}D")

    if max(rates) == 1:
        return convolve(inputs, None, padding)
    # As in TensorFlow 1: the op itself has no gradient for other rates on every CPU.
    return tf.nn.with_space_to_batch(
        inputs,
        list(rates),
        padding,
        convolve,
        filter_shape=weights.shape,
        data_format=data_format if first else None,
    )


def _add_biases(outputs: Any, biases: Any, first: bool) -> Any:
    rank = outputs.shape.ndims
    if not first or rank == 4:
        return tf.nn.bias_add(outputs, biases, data_format="NCHW" if first else "NHWC")
    return outputs + tf.reshape(biases, [1, -1, *[1] * (rank - 2)])


def _of_rank(dims: int, name: str) -> Callable[..., Any]:
    """``convolution`` of so many dimensions, under a name of its own."""

    def convolution_of_rank(
        inputs: Any,
        num_outputs: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: str = "SAME",
        data_format: str | None = None,
        rate: Any = 1,
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
        return convolution(
            inputs,
            num_outputs,
            kernel_size,
            stride,
            padding,
            data_format,
            rate,
            activation_fn,
            normalizer_fn,
            normalizer_params,
            weights_initializer,
            weights_regularizer,
            biases_initializer,
            biases_regularizer,
            reuse,
            variables_collections,
            outputs_collections,
            trainable,
            scope,
            conv_dims=dims,
        )

    convolution_of_rank.__name__ = convolution_of_rank.__qualname__ = name
    convolution_of_rank.__doc__ = f"``convolution`` of rank {dims + 2}."
    return add_arg_scope(convolution_of_rank)


convolution1d = conv1d = _of_rank(1, "convolution1d")
convolution2d = conv2d = _of_rank(2, "convolution2d")
convolution3d = conv3d = _of_rank(3, "convolution3d")


@add_arg_scope
def convolution2d_in_plane(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 1,
    padding: str = "SAME",
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
    """The same convolution of each channel; the arguments are as those of ``convolution``."""
    with tf.variable_scope(scope, "ConvInPlane", [inputs], reuse=reuse) as sc:
        dtype = inputs.dtype.base_dtype
        height, width = two_element_tuple(kernel_size)
        stride_h, stride_w = two_element_tuple(stride)
        channels = _channels(inputs, False)
        weights = layer_variable(
            "weights",
            [height, width, 1, 1],
            dtype,
            weights_initializer,
            regularizer=weights_regularizer,
            trainable=trainable,
            collections=variables_collections,
        )
        outputs = tf.nn.depthwise_conv2d(
            inputs, tf.tile(weights, [1, 1, channels, 1]), [1, stride_h, stride_w, 1], padding
        )
        if normalizer_fn is None and biases_initializer is not None:
            biases = layer_variable(
                "biases",
                [channels],
                dtype,
                biases_initializer,
                regularizer=biases_regularizer,
                trainable=trainable,
                collections=variables_collections,
            )
            outputs = tf.nn.bias_add(outputs, biases)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


conv2d_in_plane = convolution2d_in_plane


@add_arg_scope
def separable_convolution2d(
    inputs: Any,
    num_outputs: int | None,
    kernel_size: Any,
    depth_multiplier: int = 1,
    stride: Any = 1,
    padding: str = "SAME",
    data_format: str = "NHWC",
    rate: Any = 1,
    activation_fn: Callable[..., Any] | None = tf.nn.relu,
    normalizer_fn: Callable[..., Any] | None = None,
    normalizer_params: dict[str, Any] | None = None,
    weights_initializer: Any = xavier_initializer(),
    pointwise_initializer: Any = None,
    weights_regularizer: Any = None,
    biases_initializer: Any = tf.zeros_initializer(),
    biases_regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
) -> Any:
    """Convolutions of each channel, which are then mixed; without ``num_outputs``, they are not.

    Args:
        inputs: Of rank four.
        num_outputs: The number of filters that mix the channels, or None.
        kernel_size: The size of the kernels of the channels.
        depth_multiplier: How many there are for each channel.
        stride: How far apart the places are where they are applied.
        padding: "SAME" or "VALID".
        data_format: "NHWC" or "NCHW".
        rate: How far apart the elements of a kernel are.
        activation_fn: What is applied in the end; None for a linear layer.
        normalizer_fn: What takes the place of biases.
        normalizer_params: Its arguments.
        weights_initializer: An initializer.
        pointwise_initializer: The initializer of what mixes; ``weights_initializer`` if it is None.
        weights_regularizer: A regularizer.
        biases_initializer: An initializer; None for no biases.
        biases_regularizer: A regularizer.
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables.
        outputs_collections: Collections for the outputs.
        trainable: Whether the variables are trained.
        scope: The variable scope, or its name.

    Raises:
        ValueError: If the data format is unknown.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    first = data_format == "NCHW"
    with tf.variable_scope(scope, "SeparableConv2d", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        dtype = inputs.dtype.base_dtype
        channels = _channels(inputs, first)
        height, width = two_element_tuple(kernel_size)
        stride_h, stride_w = two_element_tuple(stride)
        strides = [1, 1, stride_h, stride_w] if first else [1, stride_h, stride_w, 1]
        rates = two_element_tuple(rate)

        def variable(name: str, shape: Sequence[int], initializer: Any, old: str) -> Any:
            biases = name == "biases"
            return layer_variable(
                name,
                shape,
                dtype,
                initializer,
                regularizer=biases_regularizer if biases else weights_regularizer,
                regularized_as=None if num_outputs is None else old,
                trainable=trainable,
                # Of one layer, all weights are in the collections of "weights".
                collections=_collections_of(variables_collections, name),
            )

        depthwise = variable(
            "depthwise_weights",
            [height, width, channels, depth_multiplier],
            weights_initializer,
            "depthwise_kernel",
        )
        has_biases = not normalizer_fn and biases_initializer is not None
        size = depth_multiplier * channels if num_outputs is None else num_outputs
        if num_outputs is None:
            outputs = tf.nn.depthwise_conv2d(
                inputs, depthwise, strides, padding, rate=rates, data_format=data_format
            )
            if has_biases:
                biases = variable("biases", [size], biases_initializer, "bias")
                outputs = tf.nn.bias_add(outputs, biases, data_format=data_format)
        else:
            pointwise = variable(
                "pointwise_weights",
                [1, 1, depth_multiplier * channels, num_outputs],
                pointwise_initializer or weights_initializer,
                "pointwise_kernel",
            )
            if has_biases:
                biases = variable("biases", [size], biases_initializer, "bias")
            outputs = tf.nn.separable_conv2d(
                inputs,
                depthwise,
                pointwise,
                strides,
                padding.upper(),
                rate=rates,
                data_format=data_format,
            )
            if has_biases:
                outputs = tf.nn.bias_add(outputs, biases, data_format=data_format)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _collections_of(variables_collections: Any, name: str) -> Any:
    if isinstance(variables_collections, dict):
        key = "biases" if name == "biases" else "weights"
        return variables_collections.get(key)
    return variables_collections


separable_conv2d = separable_convolution2d
