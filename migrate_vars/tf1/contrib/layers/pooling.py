"""Pooling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .utils import collect_named_outputs, n_positive_integers


@add_arg_scope
def avg_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean over parts of images.

    Args:
        inputs: Of rank four.
        kernel_size: The size of the parts, one for both dimensions or one for each.
        stride: How far apart they are.
        padding: "SAME" or "VALID".
        data_format: "NHWC" or "NCHW".
        outputs_collections: Collections for the outputs.
        scope: The name scope.

    Raises:
        ValueError: If the data format is unknown.
    """
    return _pool(
        tf.nn.avg_pool,
        "AvgPool2D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def max_pool2d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The maximum over parts of images; the arguments are those of ``avg_pool2d``."""
    return _pool(
        tf.nn.max_pool,
        "MaxPool2D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def avg_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean over parts of volumes; the arguments are those of ``avg_pool2d``."""
    return _pool(
        tf.nn.avg_pool3d,
        "AvgPool3D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


@add_arg_scope
def max_pool3d(
    inputs: Any,
    kernel_size: Any,
    stride: Any = 2,
    padding: str = "VALID",
    data_format: str = "NDHWC",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The maximum over parts of volumes; the arguments are those of ``avg_pool2d``."""
    return _pool(
        tf.nn.max_pool3d,
        "MaxPool3D",
        inputs,
        kernel_size,
        stride,
        padding,
        data_format,
        outputs_collections,
        scope,
    )


def _pool(
    op: Any,
    name: str,
    inputs: Any,
    kernel_size: Any,
    stride: Any,
    padding: str,
    data_format: str,
    outputs_collections: Any,
    scope: Any,
) -> Any:
    dims = 2 if name.endswith("2D") else 3
    formats = ("NHWC", "NCHW") if dims == 2 else ("NDHWC", "NCDHW")
    if data_format not in formats:
        raise ValueError(f"data_format has to be either {formats[1]} or {formats[0]}.")
    with tf.name_scope(scope, name, [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if inputs.shape.ndims != dims + 2:
            raise ValueError(f"{name}: expected rank {dims + 2}, and got {inputs.shape}")
        sizes = n_positive_integers(dims, kernel_size)
        strides = n_positive_integers(dims, stride)
        first = data_format == formats[1]
        outputs = op(
            inputs,
            [1, 1, *sizes] if first else [1, *sizes, 1],
            [1, 1, *strides] if first else [1, *strides, 1],
            padding=padding.upper(),
            data_format=data_format,
        )
        return collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def pool(
    inputs: Any,
    kernel_size: Any,
    pooling_type: str,
    padding: str = "VALID",
    data_format: str | None = None,
    dilation_rate: Any = 1,
    stride: Any = 1,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The mean ("AVG") or the maximum ("MAX") over parts; see ``tf.nn.pool``.

    Raises:
        ValueError: If the rank is not known.
    """
    with tf.name_scope(scope, f"{pooling_type.lower()}_pool", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError("Rank of inputs must be known")
        if rank < 3:
            raise ValueError("Rank of inputs must be >= 3")
        dims = rank - 2

        def each(value: Any) -> Sequence[int]:
            return n_positive_integers(dims, value)

        outputs = tf.nn.pool(
            input=inputs,
            window_shape=each(kernel_size),
            pooling_type=pooling_type,
            padding=padding,
            data_format=data_format,
            dilation_rate=each(dilation_rate),
            strides=each(stride),
            name=sc,
        )
        return collect_named_outputs(outputs_collections, sc, outputs)
