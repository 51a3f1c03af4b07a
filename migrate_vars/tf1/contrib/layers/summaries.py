"""Summaries of tensors and collections."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.tensors import assert_scalar as _assert_scalar

_RELUS = ("Relu", "Softplus", "Relu6")


def summarize_tensor(tensor: Any, tag: str | None = None) -> Any:
    """A histogram of a tensor, or its value if it is a scalar.

    Args:
        tensor: The tensor or variable.
        tag: The name; None for that of the tensor with ``_summary``.
    """
    if tensor.shape.ndims == 0:
        return tf.summary.scalar(tag or f"{tensor.op.name}_summary", _assert_scalar(tensor))
    return tf.summary.histogram(tag or f"{tensor.op.name}_summary", tensor)


def summarize_activation(op: Any) -> Any:
    """A histogram of outputs; and the share of zeros, where the op gives some."""
    if op.op.type in _RELUS:
        zeros = tf.reduce_mean(
            tf.cast(tf.less(op.op.inputs[0], tf.cast(0.0, op.dtype)), tf.float32)
        )
        tf.summary.scalar(f"{op.op.name}/zeros", zeros)
    if op.op.type == "Relu6":
        sixes = tf.reduce_mean(
            tf.cast(tf.greater(op.op.inputs[0], tf.cast(6.0, op.dtype)), tf.float32)
        )
        tf.summary.scalar(f"{op.op.name}/sixes", sixes)
    return tf.summary.histogram(f"{op.op.name}/activation", op)


def summarize_tensors(
    tensors: Iterable[Any], summarizer: Callable[[Any], Any] = summarize_tensor
) -> list[Any]:
    """The summaries of several tensors."""
    return [summarizer(tensor) for tensor in tensors]


def summarize_collection(
    collection: str,
    name_filter: str | None = None,
    summarizer: Callable[[Any], Any] = summarize_tensor,
) -> list[Any]:
    """The summaries of what is in a collection, or of those whose names match."""
    found = tf.get_collection(collection)
    if name_filter is not None:
        found = [item for item in found if re.match(name_filter, item.op.name)]
    return summarize_tensors(found, summarizer)


def summarize_variables(name_filter: str | None = None, summarizer: Any = summarize_tensor) -> Any:
    """The summaries of all variables."""
    return summarize_collection(tf.GraphKeys.GLOBAL_VARIABLES, name_filter, summarizer)


def summarize_weights(name_filter: str | None = None, summarizer: Any = summarize_tensor) -> Any:
    """The summaries of what is in ``GraphKeys.WEIGHTS``."""
    return summarize_collection(tf.GraphKeys.WEIGHTS, name_filter, summarizer)


def summarize_biases(name_filter: str | None = None, summarizer: Any = summarize_tensor) -> Any:
    """The summaries of what is in ``GraphKeys.BIASES``."""
    return summarize_collection(tf.GraphKeys.BIASES, name_filter, summarizer)


def summarize_activations(
    name_filter: str | None = None, summarizer: Any = summarize_activation
) -> list[Any]:
    """The summaries of what is in ``GraphKeys.ACTIVATIONS``."""
    return summarize_collection(tf.GraphKeys.ACTIVATIONS, name_filter, summarizer)
