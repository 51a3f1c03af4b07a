"""The MNIST reader of TensorFlow 1's tutorials, which TensorFlow 2 does not have.

Gives the same batches in the same order as under TensorFlow 1.15: all that it draws comes from
NumPy's global generator, which each data set seeds.  It reads the four files of a folder, and
downloads those that are not there.  TensorFlow is imported for its seed only.

The files' format: http://yann.lecun.com/exdb/mnist/ (of each, a header of big-endian integers).
"""

from __future__ import annotations

import gzip
import importlib
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

DEFAULT_SOURCE_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
_IMAGES, _LABELS = 2051, 2049
_VALIDATION_SIZE = 5000


class DataSet:
    """Images and labels, which are handed out in batches.

    Attributes:
        images: uint8, or float32 from 0 to 1; [number, 784], or [number, 28, 28, 1].
        labels: uint8 [number], or one-hot float64 [number, 10].
        epochs_completed: How often all of them have been handed out.
    """

    def __init__(
        self,
        images: Any,
        labels: Any,
        fake_data: bool = False,
        one_hot: bool = False,
        dtype: Any = np.float32,
        reshape: bool = True,
        seed: int | None = None,
    ) -> None:
        """Takes images, uint8 [number, rows, columns, 1], and labels; seeds NumPy's generator."""
        random_seed = importlib.import_module("tensorflow.python.framework.random_seed")
        first, second = random_seed.get_seed(seed)
        np.random.seed(first if seed is None else second)
        self._fake_label = [1] + [0] * 9 if one_hot else 0
        self.num_examples = 10000 if fake_data else len(images)
        if not fake_data:
            if reshape:
                images = images.reshape(len(images), -1)
            if np.dtype(getattr(dtype, "as_numpy_dtype", dtype)) == np.float32:
                images = np.multiply(images.astype(np.float32), 1.0 / 255.0)
        self.images, self.labels = images, labels
        self.epochs_completed = 0
        self._next = 0

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[Any, Any]:
        """The next images and labels; at the end of an epoch, the first of the next one follow."""
        if fake_data:
            return [[1] * 784] * batch_size, [self._fake_label] * batch_size
        start, self._next = self._next, self._next + batch_size
        if self.epochs_completed == 0 and start == 0 and shuffle:
            self._shuffle()
        if self._next <= self.num_examples:
            return self.images[start : self._next], self.labels[start : self._next]
        self.epochs_completed += 1
        rest: list[Any] = [self.images[start:], self.labels[start:]]
        if shuffle:
            self._shuffle()
        self._next -= self.num_examples
        first = self.images[: self._next], self.labels[: self._next]
        images, labels = (np.concatenate(pair, axis=0) for pair in zip(rest, first))  # noqa: B905 - 3.9
        return images, labels

    def _shuffle(self) -> None:
        order = np.arange(self.num_examples)
        np.random.shuffle(order)
        self.images, self.labels = self.images[order], self.labels[order]


class Datasets(NamedTuple):
    """What was read."""

    train: DataSet
    validation: DataSet
    test: DataSet


def read_data_sets(
    train_dir: str,
    fake_data: bool = False,
    one_hot: bool = False,
    dtype: Any = np.float32,
    reshape: bool = True,
    validation_size: int = _VALIDATION_SIZE,
    seed: int | None = None,
    source_url: str = DEFAULT_SOURCE_URL,
) -> Datasets:
    """Reads the four files of a folder; the arguments are those of TensorFlow 1.15.

    Raises:
        OSError: If a file is not there, and cannot be downloaded.
        ValueError: If a file is none of MNIST's, or holds fewer images than ``validation_size``.
    """
    if fake_data:
        fakes = [DataSet([], [], True, one_hot, dtype, seed=seed) for _ in Datasets._fields]
        return Datasets(*fakes)
    images = _read(train_dir, source_url, "train-images-idx3-ubyte.gz", _IMAGES)
    labels = _read(train_dir, source_url, "train-labels-idx1-ubyte.gz", _LABELS)
    test_images = _read(train_dir, source_url, "t10k-images-idx3-ubyte.gz", _IMAGES)
    test_labels = _read(train_dir, source_url, "t10k-labels-idx1-ubyte.gz", _LABELS)
    if one_hot:
        labels, test_labels = np.eye(10)[labels], np.eye(10)[test_labels]
    if not 0 <= validation_size <= len(images):
        raise ValueError(f"validation_size is {validation_size}, of {len(images)} images")
    cut = validation_size
    parts = (images[cut:], labels[cut:]), (images[:cut], labels[:cut]), (test_images, test_labels)
    return Datasets(*(DataSet(*part, dtype=dtype, reshape=reshape, seed=seed) for part in parts))


def maybe_download(filename: str, work_directory: str, source_url: str) -> str:
    """Downloads a file into a folder, if it is not there, and gives its path.

    Raises:
        OSError: If it cannot be downloaded.
    """
    folder = Path(work_directory)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / filename
    if not path.exists():
        part = folder / (filename + ".part")
        try:
            urllib.request.urlretrieve(source_url, part)
        except OSError as error:
            raise OSError(f"{path} is not there, and {source_url} failed: {error}") from error
        part.replace(path)
        print("Successfully downloaded", filename, path.stat().st_size, "bytes.")
    return str(path)


def _read(folder: str, source_url: str, name: str, magic: int) -> Any:
    path = maybe_download(name, folder, source_url + name)
    print("Extracting", path)
    with gzip.open(path) as file:
        data = file.read()
    found = int.from_bytes(data[:4], "big")
    if found != magic:
        raise ValueError(f"{path}: begins with {found} instead of {magic}")
    sizes = np.frombuffer(data, ">u4", 3 if magic == _IMAGES else 1, offset=4)
    if magic == _LABELS:
        return np.frombuffer(data, np.uint8, sizes[0], offset=8)
    count, rows, columns = sizes
    values = np.frombuffer(data, np.uint8, count * rows * columns, offset=16)
    return values.reshape(count, rows, columns, 1)
