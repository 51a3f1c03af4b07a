"""Losses of sequences, and models for several lengths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

_LEAST = 1e-12


def sequence_loss_by_example(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The weighted cross entropy of the steps of each example.

    Args:
        logits: Those of each step.
        targets: The symbols of each step.
        weights: How much each example counts in each step.
        average_across_timesteps: Whether to divide by the weights.
        softmax_loss_function: What takes the place of the cross entropy, of ``labels`` and
            ``logits``.
        name: The name scope.

    Raises:
        ValueError: If they are not of the same length.
    """
    _check(logits, targets, weights)
    values = [*logits, *targets, *weights]
    with tf.name_scope(name, "sequence_loss_by_example", values):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    labels=tf.reshape(target, [-1]), logits=logit
                )
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(loss * weight)
        total = tf.add_n(losses)
        if average_across_timesteps:
            total /= tf.add_n(weights) + _LEAST
        return total


def _check(logits: Sequence[Any], targets: Sequence[Any], weights: Sequence[Any]) -> None:
    if len(targets) != len(logits) or len(weights) != len(logits):
        raise ValueError(
            "Lengths of logits, weights, and targets must be the same "
            f"{len(logits)}, {len(weights)}, {len(targets)}."
        )


def sequence_loss(
    logits: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    average_across_timesteps: bool = True,
    average_across_batch: bool = True,
    softmax_loss_function: Callable[..., Any] | None = None,
    name: str | None = None,
) -> Any:
    """The sum, or the mean, of ``sequence_loss_by_example`` over examples."""
    values = [*logits, *targets, *weights]
    with tf.name_scope(name, "sequence_loss", values):
        losses = sequence_loss_by_example(
            logits,
            targets,
            weights,
            average_across_timesteps=average_across_timesteps,
            softmax_loss_function=softmax_loss_function,
        )
        cost = tf.reduce_sum(losses)
        if average_across_batch:
            return cost / tf.cast(tf.shape(targets[0])[0], cost.dtype)
        return cost


def model_with_buckets(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    targets: Sequence[Any],
    weights: Sequence[Any],
    buckets: Sequence[tuple[int, int]],
    seq2seq: Callable[[Any, Any], Any],
    softmax_loss_function: Callable[..., Any] | None = None,
    per_example_loss: bool = False,
    name: str | None = None,
) -> tuple[list[Any], list[Any]]:
    """A model for each of several lengths, all with the same variables.

    Args:
        encoder_inputs: The symbols of the first sequence.
        decoder_inputs: Those of the second.
        targets: Those that shall come out.
        weights: How much each counts.
        buckets: The lengths of the first and the second sequence.
        seq2seq: The model, of the inputs of encoder and decoder.
        softmax_loss_function: See ``sequence_loss_by_example``.
        per_example_loss: Whether there is a loss for each example.
        name: The name scope.

    Returns:
        The outputs and the losses, for each of ``buckets``.

    Raises:
        ValueError: If there is less than the longest of them takes.
    """
    longest = max(first for first, _ in buckets), max(second for _, second in buckets)
    if len(encoder_inputs) < longest[0]:
        raise ValueError(
            f"Length of encoder_inputs ({len(encoder_inputs)}) must be at least that of last "
            f"bucket ({longest[0]})."
        )
    for what, given in (("targets", targets), ("weights", weights)):
        if len(given) < longest[1]:
            raise ValueError(
                f"Length of {what} ({len(given)}) must be at least that of last bucket "
                f"({longest[1]})."
            )
    values = [*encoder_inputs, *decoder_inputs, *targets, *weights]
    all_outputs, losses = [], []
    loss_of = sequence_loss_by_example if per_example_loss else sequence_loss
    with tf.name_scope(name, "model_with_buckets", values):
        for number, (first, second) in enumerate(buckets):
            reuse = True if number > 0 else None
            with tf.variable_scope(tf.get_variable_scope(), reuse=reuse):
                outputs, _ = seq2seq(encoder_inputs[:first], decoder_inputs[:second])
                all_outputs.append(outputs)
                losses.append(
                    loss_of(
                        outputs,
                        targets[:second],
                        weights[:second],
                        softmax_loss_function=softmax_loss_function,
                    )
                )
    return all_outputs, losses
