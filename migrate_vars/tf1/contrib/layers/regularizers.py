"""Regularization losses of weights."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow.compat.v1 as tf

Regularizer = Callable[[Any], Any]


def l1_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """``scale`` times the sum of absolute values; a regularizer that gives None for 0.

    Raises:
        ValueError: If the scale is negative, or an integer.
    """
    return _norm(scale, scope, "l1_regularizer", lambda x: tf.reduce_sum(tf.abs(x)))


def l2_regularizer(scale: Any, scope: str | None = None) -> Regularizer:
    """``scale`` times half the sum of squares; a regularizer that gives None for 0.

    Raises:
        ValueError: If the scale is negative, or an integer.
    """
    return _norm(scale, scope, "l2_regularizer", tf.nn.l2_loss)


def _norm(scale: Any, scope: str | None, name: str, norm: Callable[[Any], Any]) -> Regularizer:
    if isinstance(scale, numbers.Integral):
        raise ValueError(f"scale cannot be an integer: {scale}")
    if isinstance(scale, numbers.Real):
        if scale < 0:
            raise ValueError(f"Setting a scale less than 0 on a regularizer: {scale}.")
        if scale == 0:
            tf.logging.info("Scale of 0 disables regularizer.")
            return lambda _: None

    def regularize(weights: Any) -> Any:
        with tf.name_scope(scope, name, [weights]) as full:
            factor = tf.convert_to_tensor(scale, dtype=weights.dtype.base_dtype, name="scale")
            return tf.multiply(factor, norm(weights), name=full)

    return regularize


def l1_l2_regularizer(
    scale_l1: Any = 1.0, scale_l2: Any = 1.0, scope: str | None = None
) -> Regularizer | None:
    """Both; see ``l1_regularizer`` and ``l2_regularizer``."""
    parts = [l1_regularizer(scale_l1), l2_regularizer(scale_l2)]
    return sum_regularizer(parts, scope=scope or "l1_l2_regularizer")


def sum_regularizer(
    regularizer_list: Iterable[Regularizer | None], scope: str | None = None
) -> Regularizer | None:
    """The sum of what several regularizers give; None if there are none."""
    parts = [regularizer for regularizer in regularizer_list if regularizer is not None]
    if not parts:
        return None

    def regularize(weights: Any) -> Any:
        with tf.name_scope(scope, "sum_regularizer", [weights]) as full:
            losses = [loss for loss in (part(weights) for part in parts) if loss is not None]
            return tf.add_n(losses, name=full) if losses else None

    return regularize


def apply_regularization(regularizer: Regularizer, weights_list: Any = None) -> Any:
    """The sum of the losses of weights, which is among the regularization losses, too.

    Args:
        regularizer: What gives the loss of one.
        weights_list: The weights; those in ``GraphKeys.WEIGHTS`` if there is no list.

    Raises:
        ValueError: If there are no weights, or a loss is not a scalar.
    """
    weights = weights_list or tf.get_collection(tf.GraphKeys.WEIGHTS)
    if not weights:
        raise ValueError("No weights to regularize.")
    with tf.name_scope("get_regularization_penalty", values=weights) as scope:
        losses = [regularizer(each) for each in weights]
        losses = [tf.constant(0.0) if loss is None else loss for loss in losses]
        for loss in losses:
            if loss.shape.ndims != 0:
                raise ValueError(f"regularizer must return a scalar Tensor, and not {loss.shape}")
        total = tf.add_n(losses, name=scope)
        tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, total)
        return total
