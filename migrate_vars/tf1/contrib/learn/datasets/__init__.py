"""``tf.contrib.learn.datasets`` of TensorFlow 1.15, without the data that came with it."""

from __future__ import annotations

from typing import Any

from . import base as base
from . import mnist as mnist


def load_dataset(name: str, size: str = "small", test_with_fake_data: bool = False) -> Any:
    """Loads a data set by its name, of which only "mnist" is known.

    Raises:
        ValueError: If it is another one.
    """
    if name != "mnist":
        raise ValueError(
            f"contrib.learn.datasets: {name!r} came with TensorFlow 1; load it from a file with "
            "base.load_csv_with_header"
        )
    return mnist.load_mnist()
