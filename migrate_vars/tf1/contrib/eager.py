"""``tf.contrib.eager`` of TensorFlow 1.15, without what became of Keras."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf
from tensorflow.python.eager import backprop

GradientTape = tf.GradientTape
TensorSpec = tf.TensorSpec
custom_gradient = tf.custom_gradient
defun = tf.function
enable_eager_execution = tf.enable_eager_execution
executing_eagerly = tf.executing_eagerly
function = tf.function
gradients_function = backprop.gradients_function
implicit_gradients = backprop.implicit_grad
implicit_value_and_gradients = backprop.implicit_val_and_grad
in_eager_mode = tf.executing_eagerly
make_template = tf.make_template
py_func = tf.py_function
value_and_gradients_function = backprop.val_and_grad_function


def Variable(initial_value: Any = None, *args: Any, **kwargs: Any) -> Any:  # noqa: N802
    """A variable that is a resource, as all are where eager execution is enabled."""
    return tf.Variable(initial_value, *args, **{"use_resource": True, **kwargs})


class Iterator:
    """Goes through a data set, eagerly."""

    def __init__(self, dataset: Any) -> None:
        """Takes the data set."""
        self._iterator = iter(dataset)

    def __iter__(self) -> Iterator:
        return self

    def __next__(self) -> Any:
        return next(self._iterator)

    def next(self) -> Any:
        """The next element."""
        return next(self._iterator)

    def get_next(self, name: str | None = None) -> Any:
        """The next element."""
        return self._iterator.get_next()


def num_gpus() -> int:
    """How many graphics processors there are."""
    return len(tf.config.list_logical_devices("GPU"))


def list_devices() -> list[str]:
    """The names of devices."""
    return [device.name for device in tf.config.list_logical_devices()]
