"""MNIST, by the reader of the tutorials."""

from __future__ import annotations

from typing import Any

from ....examples.tutorials.mnist.input_data import DEFAULT_SOURCE_URL as DEFAULT_SOURCE_URL
from ....examples.tutorials.mnist.input_data import DataSet as DataSet
from ....examples.tutorials.mnist.input_data import read_data_sets as read_data_sets


def load_mnist(train_dir: str = "MNIST-data") -> Any:
    """Reads the four files of a folder, and downloads those that are not there."""
    return read_data_sets(train_dir)
