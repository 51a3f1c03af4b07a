"""Dense layers, and layers over layers."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .initializers import xavier_initializer
from .layer_variables import layer_variable
from .utils import collect_named_outputs, last_dimension


@add_arg_scope
def fully_connected(
    inputs: Any,
    num_outputs: int,
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
    """A dense layer over the last dimension.

    Args:
        inputs: Of rank two or more, with a known last dimension.
        num_outputs: The number of units.
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

    Raises:
        ValueError: If the rank is less than two, or the last dimension is not known, or the number
            of units is not an integer.
    """
    if not isinstance(num_outputs, int):
        raise ValueError(f"num_outputs should be an int, and is a {type(num_outputs).__name__}.")
    with tf.variable_scope(scope, "fully_connected", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        dtype = inputs.dtype.base_dtype
        if not dtype.is_floating and not dtype.is_complex:
            raise TypeError(f"fully_connected: inputs are of the type {dtype.name}")
        size = last_dimension(inputs.shape, min_rank=2)
        weights = layer_variable(
            "weights",
            [size, num_outputs],
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
        rank = inputs.shape.ndims
        if rank == 2:
            outputs = tf.matmul(inputs, weights)
        else:
            outputs = tf.tensordot(inputs, weights, [[rank - 1], [0]])
            outputs.set_shape([*inputs.shape.as_list()[:-1], num_outputs])
        if biases is not None:
            outputs = tf.nn.bias_add(outputs, biases)
        outputs = normalized_and_activated(outputs, normalizer_fn, normalizer_params, activation_fn)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def normalized_and_activated(
    outputs: Any,
    normalizer_fn: Callable[..., Any] | None,
    normalizer_params: dict[str, Any] | None,
    activation_fn: Callable[..., Any] | None,
) -> Any:
    """The outputs of a layer after its normalizer and its activation, if it has them."""
    if normalizer_fn is not None:
        outputs = normalizer_fn(outputs, **(normalizer_params or {}))
    return outputs if activation_fn is None else activation_fn(outputs)


relu = functools.partial(fully_connected, activation_fn=tf.nn.relu)
relu6 = functools.partial(fully_connected, activation_fn=tf.nn.relu6)
elu = functools.partial(fully_connected, activation_fn=tf.nn.elu)
linear = functools.partial(fully_connected, activation_fn=None)


@add_arg_scope
def bias_add(
    inputs: Any,
    activation_fn: Callable[..., Any] | None = None,
    initializer: Any = tf.zeros_initializer(),
    regularizer: Any = None,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
    scope: Any = None,
) -> Any:
    """Adds a bias to each channel; the arguments are as those of ``fully_connected``.

    Raises:
        ValueError: If the data format is neither "NHWC" nor "NCHW", or "NCHW" is not of rank four,
            or the number of channels is not known.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.variable_scope(scope, "BiasAdd", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        axis = 1 if data_format == "NCHW" else -1
        if axis == 1 and inputs.shape.ndims != 4:
            raise ValueError("Data format NCHW only supports 4D Tensor")
        size = inputs.shape.as_list()[axis]
        if size is None:
            raise ValueError(f"`C` dimension must be known but is None: {inputs.shape}")
        biases = layer_variable(
            "biases",
            [size],
            inputs.dtype.base_dtype,
            initializer,
            regularizer=regularizer,
            trainable=trainable,
            collections=variables_collections,
        )
        outputs = tf.nn.bias_add(inputs, biases, data_format=data_format)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def repeat(
    inputs: Any, repetitions: int, layer: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    """Applies a layer several times, as ``scope/scope_1`` and so on.

    Args:
        inputs: What the first one gets.
        repetitions: How many there are.
        layer: The layer.
        *args: Its arguments.
        **kwargs: Its arguments; ``scope`` is that of all of them.
    """
    scope = kwargs.pop("scope", None)
    with tf.variable_scope(scope, "Repeat", [inputs]):
        outputs = tf.convert_to_tensor(inputs)
        name = scope if scope is not None else _layer_name(layer, "repeat")
        for number in range(1, repetitions + 1):
            outputs = layer(outputs, *args, **{**kwargs, "scope": f"{name}_{number}"})
        return outputs


def stack(inputs: Any, layer: Callable[..., Any], stack_args: Sequence[Any], **kwargs: Any) -> Any:
    """Applies a layer once for each of ``stack_args``, as ``scope/scope_1`` and so on.

    Args:
        inputs: What the first one gets.
        layer: The layer.
        stack_args: What each gets beside its inputs, one argument or several.
        **kwargs: What all of them get; ``scope`` is that of all of them.
    """
    scope = kwargs.pop("scope", None)
    with tf.variable_scope(scope, "Stack", [inputs]):
        outputs = tf.convert_to_tensor(inputs)
        name = scope if scope is not None else _layer_name(layer, "stack")
        for number, each in enumerate(stack_args, 1):
            some = each if isinstance(each, (list, tuple)) else [each]
            outputs = layer(outputs, *some, **{**kwargs, "scope": f"{name}_{number}"})
        return outputs


def _layer_name(layer: Any, otherwise: str) -> str:
    if hasattr(layer, "__name__"):
        return str(layer.__name__)
    if hasattr(layer, "func") and hasattr(layer.func, "__name__"):  # a partial
        return str(layer.func.__name__)
    return otherwise


@add_arg_scope
def legacy_fully_connected(
    x: Any,
    num_output_units: int,
    activation_fn: Callable[..., Any] | None = None,
    weight_init: Any = xavier_initializer(),
    bias_init: Any = tf.zeros_initializer(),
    name: Any = None,
    weight_collections: Sequence[str] = (tf.GraphKeys.WEIGHTS,),
    bias_collections: Sequence[str] = (tf.GraphKeys.BIASES,),
    output_collections: Sequence[str] = (tf.GraphKeys.ACTIVATIONS,),
    trainable: bool = True,
    weight_regularizer: Any = None,
    bias_regularizer: Any = None,
) -> Any:
    """A dense layer over the last dimension, with the variables ``weights`` and ``bias``.

    Raises:
        ValueError: If the rank is less than two, or the last dimension is not known.
    """
    with tf.variable_scope(name, "fully_connected", [x]):
        x = tf.convert_to_tensor(x)
        dims = x.shape.dims
        if dims is None:
            raise ValueError("dims of x must be known but is None")
        if len(dims) < 2:
            raise ValueError(f"rank of x must be at least 2 not: {len(dims)}")
        size = dims[-1].value
        if size is None:
            raise ValueError("last dimension of x must be known but is None")
        dtype = x.dtype.base_dtype
        weights = tf.get_variable(
            "weights",
            shape=[size, num_output_units],
            dtype=dtype,
            initializer=weight_init,
            collections=_with_global(weight_collections),
            regularizer=weight_regularizer,
            trainable=trainable,
        )
        flat = x if len(dims) <= 2 else tf.reshape(x, [-1, size])
        y = tf.matmul(flat, weights)
        if bias_init is not None:
            bias = tf.get_variable(
                "bias",
                shape=[num_output_units],
                dtype=dtype,
                initializer=bias_init,
                collections=_with_global(bias_collections),
                regularizer=bias_regularizer,
                trainable=trainable,
            )
            y = tf.nn.bias_add(y, bias)
        if len(dims) > 2:
            sizes = tf.unstack(tf.shape(x))
            sizes[-1] = num_output_units
            y = tf.reshape(y, tf.stack(sizes))
            y.set_shape([*x.shape.as_list()[:-1], num_output_units])
        outputs = y if activation_fn is None else activation_fn(y)
        for collection in output_collections or ():
            tf.add_to_collection(collection, outputs)
        return outputs


def _with_global(collections: Sequence[str]) -> list[str]:
    return list(dict.fromkeys([*(collections or ()), tf.GraphKeys.GLOBAL_VARIABLES]))


legacy_linear = functools.partial(legacy_fully_connected, activation_fn=None)
legacy_relu = functools.partial(legacy_fully_connected, activation_fn=tf.nn.relu)
