"""Initializers that keep the variance of what flows through a layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

# A normal distribution that is cut at two standard deviations has about 1 / 1.3 of its variance.
_CUT = 1.3


def xavier_initializer(
    uniform: bool = True, seed: int | None = None, dtype: Any = tf.float32
) -> Callable[..., Any]:
    """After Glorot and Bengio (2010): variance 1 over the mean of inputs and outputs."""
    return variance_scaling_initializer(
        factor=1.0, mode="FAN_AVG", uniform=uniform, seed=seed, dtype=dtype
    )


xavier_initializer_conv2d = xavier_initializer


def variance_scaling_initializer(
    factor: float = 2.0,
    mode: str = "FAN_IN",
    uniform: bool = False,
    seed: int | None = None,
    dtype: Any = tf.float32,
) -> Callable[..., Any]:
    """Draws with the variance ``factor`` over the number of inputs, outputs, or their mean.

    Args:
        factor: The variance of what the layer gives for inputs of variance 1.
        mode: "FAN_IN" for the number of inputs, "FAN_OUT" for that of outputs, or "FAN_AVG".
        uniform: Whether to draw from a uniform distribution, not from a cut normal one.
        seed: The seed of the op.
        dtype: A floating point type.

    Raises:
        TypeError: If the type, here or when it initializes, is not a floating point type, or the
            mode is unknown.
    """
    if not dtype.is_floating:
        raise TypeError("Cannot create initializer for non-floating point type.")
    if mode not in ("FAN_IN", "FAN_OUT", "FAN_AVG"):
        raise TypeError(f"Unknown mode {mode} [FAN_IN, FAN_OUT, FAN_AVG]")

    def initialize(shape: Sequence[Any], dtype: Any = dtype, partition_info: Any = None) -> Any:
        if not dtype.is_floating:
            raise TypeError("Cannot create initializer for non-floating point type.")
        n = _fan(shape, mode)
        if uniform:
            limit = math.sqrt(3.0 * factor / n)
            return tf.random_uniform(shape, -limit, limit, dtype, seed=seed)
        return tf.truncated_normal(shape, 0.0, math.sqrt(_CUT * factor / n), dtype, seed=seed)

    return initialize


def _fan(shape: Sequence[Any], mode: str) -> float:
    """The number of connections by which the variance is divided."""
    sizes = [float(size) for size in shape]
    fan_in = sizes[-2] if len(sizes) > 1 else math.prod(sizes[-1:])
    fan_out = math.prod(sizes[-1:])
    receptive_field = math.prod(sizes[:-2])
    fan_in, fan_out = fan_in * receptive_field, fan_out * receptive_field
    return {"FAN_IN": fan_in, "FAN_OUT": fan_out, "FAN_AVG": (fan_in + fan_out) / 2.0}[mode]
