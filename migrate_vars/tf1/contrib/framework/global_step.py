"""The global step, as ``tf.contrib.framework`` makes and finds it."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf


def create_global_step(graph: Any = None) -> Any:
    """Makes the global step; see ``tf.train.create_global_step``."""
    return tf.train.create_global_step(graph)


def get_global_step(graph: Any = None) -> Any:
    """The global step, or None; see ``tf.train.get_global_step``."""
    return tf.train.get_global_step(graph)


def get_or_create_global_step(graph: Any = None) -> Any:
    """The global step, which is made if there is none."""
    return tf.train.get_or_create_global_step(graph)


def assert_global_step(global_step_tensor: Any) -> None:
    """Checks that a tensor can be the global step; see ``tf.train.assert_global_step``."""
    tf.train.assert_global_step(global_step_tensor)


def assert_or_get_global_step(graph: Any = None, global_step_tensor: Any = None) -> Any:
    """The tensor, if it can be the global step; without one, the global step that there is."""
    if global_step_tensor is None:
        return tf.train.get_global_step(graph)
    tf.train.assert_global_step(global_step_tensor)
    return global_step_tensor
