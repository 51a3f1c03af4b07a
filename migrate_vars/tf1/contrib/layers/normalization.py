"""Normalization over the elements of each example: layer, instance and group normalization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .layer_variables import layer_variable
from .utils import collect_named_outputs

_LAYER_EPSILON, _HALF_EPSILON = 1e-12, 1e-3


@add_arg_scope
def layer_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    activation_fn: Callable[..., Any] | None = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    begin_norm_axis: int = 1,
    begin_params_axis: int = -1,
    scope: Any = None,
) -> Any:
    """Normalizes each example, over all dimensions from one on.

    Args:
        inputs: Of known rank.
        center: Whether to add ``beta``.
        scale: Whether to multiply by ``gamma``.
        activation_fn: What is applied in the end.
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables, in a list for all, or a dictionary
            with lists for "beta" and "gamma".
        outputs_collections: Collections for the outputs.
        trainable: Whether the variables are trained.
        begin_norm_axis: The first dimension over which it is normalized.
        begin_params_axis: The first dimension in which the variables differ.
        scope: The variable scope, or its name.

    Raises:
        ValueError: If the rank is not known, it has no such dimension, or the sizes of those in
            which the variables differ are not known.
    """
    with tf.variable_scope(scope, "LayerNorm", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        shape = inputs.shape
        rank = shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank.")
        if begin_norm_axis < 0:
            begin_norm_axis += rank
        if begin_params_axis >= rank or begin_norm_axis >= rank:
            raise ValueError(
                f"begin_params_axis ({begin_params_axis}) and begin_norm_axis ({begin_norm_axis}) "
                f"must be < rank(inputs) ({rank})"
            )
        sizes = shape.as_list()[begin_params_axis:]
        if None in sizes:
            raise ValueError(
                f"Inputs {inputs.name}: shape(inputs)[{begin_params_axis}:] is not fully defined: "
                f"{sizes}"
            )

        def variable(name: str, initializer: Any) -> Any:
            return layer_variable(
                name,
                sizes,
                inputs.dtype.base_dtype,
                initializer,
                trainable=trainable,
                collections=variables_collections,
            )

        beta = variable("beta", tf.zeros_initializer()) if center else None
        gamma = variable("gamma", tf.ones_initializer()) if scale else None
        axes = list(range(begin_norm_axis, rank))
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=True)
        half = inputs.dtype.base_dtype == tf.float16
        outputs = tf.nn.batch_normalization(
            inputs,
            mean,
            variance,
            offset=beta,
            scale=gamma,
            variance_epsilon=_HALF_EPSILON if half else _LAYER_EPSILON,
        )
        outputs.set_shape(shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def instance_norm(
    inputs: Any,
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Normalizes each channel of each example.

    Args:
        inputs: Of known rank.
        center: Whether to add ``beta``.
        scale: Whether to multiply by ``gamma``.
        epsilon: What is added to the variance.
        activation_fn: What is applied in the end.
        param_initializers: Initializers for "beta" and "gamma".
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables.
        outputs_collections: Collections for the outputs.
        trainable: Whether the variables are trained.
        data_format: "NHWC" or "NCHW".
        scope: The variable scope, or its name.

    Raises:
        ValueError: If the data format is unknown, or rank or channels are not known.
    """
    inputs = tf.convert_to_tensor(inputs)
    shape, rank = inputs.shape, inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.variable_scope(scope, "InstanceNorm", [inputs], reuse=reuse) as sc:
        axis = 1 if data_format == "NCHW" else rank - 1
        size = shape.as_list()[axis]
        if size is None:
            raise ValueError(f"Inputs {inputs.name} has undefined channels dimension {size}.")
        initializers = param_initializers or {}

        def variable(name: str, initializer: Any) -> Any:
            made = layer_variable(
                name,
                [size],
                inputs.dtype.base_dtype,
                initializers.get(name, initializer),
                trainable=trainable,
                collections=variables_collections,
            )
            if data_format == "NHWC":
                return made
            return tf.reshape(made, [1, size, *[1] * (rank - 2)])

        beta = variable("beta", tf.zeros_initializer()) if center else None
        gamma = variable("gamma", tf.ones_initializer()) if scale else None
        axes = [place for place in range(1, rank) if place != axis]
        mean, variance = tf.nn.moments(inputs, axes, keep_dims=True)
        outputs = tf.nn.batch_normalization(
            inputs, mean, variance, beta, gamma, epsilon, name="instancenorm"
        )
        outputs.set_shape(shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def group_norm(
    inputs: Any,
    groups: int = 32,
    channels_axis: int = -1,
    reduction_axes: Sequence[int] = (-3, -2),
    center: bool = True,
    scale: bool = True,
    epsilon: float = 1e-6,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    scope: Any = None,
    mean_close_to_zero: bool = False,
) -> Any:
    """Normalizes groups of channels of each example.

    Args:
        inputs: Of known rank.
        groups: How many groups there are.
        channels_axis: The dimension of channels.
        reduction_axes: The dimensions over which it is normalized, beside those in a group.
        center: Whether to add ``beta``.
        scale: Whether to multiply by ``gamma``.
        epsilon: What is added to the variance.
        activation_fn: What is applied in the end.
        param_initializers: Initializers for "beta" and "gamma".
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables.
        outputs_collections: Collections for the outputs.
        trainable: Whether the variables are trained.
        scope: The variable scope, or its name.
        mean_close_to_zero: Whether to compute the variance from the sum of squares.

    Raises:
        ValueError: If the axes do not fit, or the channels cannot be grouped so.
    """
    inputs = tf.convert_to_tensor(inputs)
    rank = inputs.shape.ndims
    if rank is None:
        raise ValueError(f"Inputs {inputs.name} has undefined rank.")
    if not -rank <= channels_axis < rank:
        raise ValueError("Axis is out of bounds.")
    axis = channels_axis % rank
    reduced = []
    for each in reduction_axes:
        if not -rank <= each < rank:
            raise ValueError("Axis is out of bounds.")
        if each % rank == axis:
            raise ValueError("reduction_axes must be mutually exclusive with channels_axis")
        reduced.append(each % rank)
    channels = inputs.shape.as_list()[axis]
    if channels is None:
        raise ValueError(f"Inputs {inputs.name} has undefined channel dimension: {inputs.shape}.")
    if groups > channels:
        raise ValueError(f"Invalid groups {groups} for {channels} channels.")
    if channels % groups:
        raise ValueError(f"{channels} channels is not commensurate with {groups} groups.")
    dynamic = tf.shape(inputs)
    sizes = [
        dynamic[place] if known is None else known
        for place, known in enumerate(inputs.shape.as_list())
    ]
    spread = [1] * (rank + 1)
    spread[axis], spread[axis + 1] = groups, channels // groups
    grouped = tf.reshape(inputs, [*sizes[:axis], groups, channels // groups, *sizes[axis + 1 :]])
    # A group of channels is a dimension more, over which it is normalized, too.
    axes = sorted([each if each < axis else each + 1 for each in reduced] + [axis + 1])
    with tf.variable_scope(scope, "GroupNorm", [inputs], reuse=reuse) as sc:
        initializers = param_initializers or {}

        def variable(name: str, initializer: Any) -> Any:
            made = layer_variable(
                name,
                [channels],
                inputs.dtype.base_dtype,
                initializers.get(name, initializer),
                trainable=trainable,
                collections=variables_collections,
            )
            return tf.reshape(made, spread)

        beta = variable("beta", tf.zeros_initializer()) if center else None
        gamma = variable("gamma", tf.ones_initializer()) if scale else None
        if mean_close_to_zero:
            counts, means, squares, _ = tf.nn.sufficient_statistics(grouped, axes, keep_dims=True)
            mean, variance = tf.nn.normalize_moments(counts, means, squares, shift=None)
        else:
            mean, variance = tf.nn.moments(grouped, axes, keep_dims=True)
        gain = tf.rsqrt(variance + epsilon)
        offset = -mean * gain
        if gamma is not None:
            gain, offset = gain * gamma, offset * gamma
        if beta is not None:
            offset = offset + beta
        outputs = tf.reshape(grouped * gain + offset, sizes)
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)
