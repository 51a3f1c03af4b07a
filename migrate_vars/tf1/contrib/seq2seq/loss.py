"""The loss of sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf


def sequence_loss(
    logits: Any,
    targets: Any,
    weights: Any,
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    sum_over_timesteps: bool = False,
    sum_over_batch: bool = False,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross entropy of sequences.

    Args:
        logits: [number, length, symbols].
        targets: The symbols, [number, length].
        weights: How much each counts, [number, length].
        average_across_timesteps: Whether to average over time, by the weights.
        average_across_batch: Whether to average over sequences, by the weights.
        sum_over_timesteps: Whether to divide by how many weights over time are not zero.
        sum_over_batch: Whether to divide by how many over sequences are not zero.
        softmax_loss_function: What takes the place of the cross entropy, of ``labels`` and
            ``logits``.
        name: The name scope.

    Raises:
        ValueError: If a rank is another one, or there shall be both a mean and a sum.
    """
    for what, tensor, rank in (("Logits", logits, 3), ("Targets", targets, 2)):
        if len(tensor.shape) != rank:
            raise ValueError(f"{what} must be a tensor of rank {rank}: {tensor.shape}")
    if len(weights.shape) != 2:
        raise ValueError(f"Weights must be a tensor of rank 2: {weights.shape}")
    if (average_across_timesteps and sum_over_timesteps) or (
        average_across_batch and sum_over_batch
    ):
        raise ValueError("sequence_loss: an average and a sum over the same exclude each other")
    with tf.name_scope(name, "sequence_loss", [logits, targets, weights]):
        flat = tf.reshape(logits, [-1, tf.shape(logits)[2]])
        labels = tf.reshape(targets, [-1])
        if softmax_loss_function is None:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=flat)
        else:
            losses = softmax_loss_function(labels=labels, logits=flat)
        losses *= tf.reshape(weights, [-1])
        if average_across_timesteps and average_across_batch:
            return tf.div_no_nan(tf.reduce_sum(losses), tf.reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            count = tf.cast(tf.count_nonzero(weights), losses.dtype)
            return tf.div_no_nan(tf.reduce_sum(losses), count)
        losses = tf.reshape(losses, tf.shape(logits)[0:2])
        if average_across_timesteps or average_across_batch:
            axis = [0] if average_across_batch else [1]
            return tf.div_no_nan(tf.reduce_sum(losses, axis), tf.reduce_sum(weights, axis))
        if sum_over_timesteps or sum_over_batch:
            axis = [0] if sum_over_batch else [1]
            count = tf.cast(tf.count_nonzero(weights, axis=axis), losses.dtype)
            return tf.div_no_nan(tf.reduce_sum(losses, axis), count)
        return losses
