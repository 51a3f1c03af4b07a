"""Summaries of tensors by their names, as in ``tf.contrib.slim.summaries``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import tensorflow.compat.v1 as tf


def _name(tensor: Any, name: str | None, prefix: str | None, postfix: str | None = None) -> str:
    found = name or tensor.op.name
    if prefix:
        found = f"{prefix}/{found}"
    return f"{found}/{postfix}" if postfix else found


def _printed(op: Any, tensor: Any, name: str, print_summary: bool) -> Any:
    """The summary, which prints the tensor, too, if it shall."""
    if print_summary:
        op = tf.Print(op, [tensor], name)
    tf.add_to_collection(tf.GraphKeys.SUMMARIES, op)
    return op


def add_histogram_summary(tensor: Any, name: str | None = None, prefix: str | None = None) -> Any:
    """A histogram, as ``prefix/name``."""
    return tf.summary.histogram(_name(tensor, name, prefix), tensor)


def add_image_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """Images, as ``prefix/name``; can be printed, too."""
    full = _name(tensor, name, prefix)
    return _printed(tf.summary.image(full, tensor, collections=[]), tensor, full, print_summary)


def add_scalar_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """A value, as ``prefix/name``; can be printed, too."""
    full = _name(tensor, name, prefix)
    return _printed(tf.summary.scalar(full, tensor, collections=[]), tensor, full, print_summary)


def add_zero_fraction_summary(
    tensor: Any, name: str | None = None, prefix: str | None = None, print_summary: bool = False
) -> Any:
    """The share of zeros, as ``prefix/name/Fraction_of_Zero_Values``; can be printed, too."""
    full = _name(tensor, name, prefix, "Fraction_of_Zero_Values")
    share = tf.nn.zero_fraction(tensor)
    return _printed(tf.summary.scalar(full, share, collections=[]), share, full, print_summary)


def add_histogram_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """The histograms of several tensors."""
    return [add_histogram_summary(tensor, prefix=prefix) for tensor in tensors]


def add_image_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """The images of several tensors."""
    return [add_image_summary(tensor, prefix=prefix) for tensor in tensors]


def add_scalar_summaries(
    tensors: Iterable[Any], prefix: str | None = None, print_summary: bool = False
) -> list[Any]:
    """The values of several tensors."""
    return [
        add_scalar_summary(tensor, prefix=prefix, print_summary=print_summary) for tensor in tensors
    ]


def add_zero_fraction_summaries(tensors: Iterable[Any], prefix: str | None = None) -> list[Any]:
    """The shares of zeros of several tensors."""
    return [add_zero_fraction_summary(tensor, prefix=prefix) for tensor in tensors]
