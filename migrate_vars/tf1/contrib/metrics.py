"""``tf.contrib.metrics`` of TensorFlow 1.15; its streaming metrics are those of tf_slim."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from . import _packages

confusion_matrix = tf.confusion_matrix
set_difference = tf.sets.difference
set_intersection = tf.sets.intersection
set_size = tf.sets.size
set_union = tf.sets.union


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    module = _packages.import_module("tf_slim.metrics", "tf_slim", f"contrib.metrics.{name}")
    found = getattr(module, name, None)
    if found is None:
        raise AttributeError(f"migrate_vars.tf1.contrib.metrics has no {name}")
    return found
