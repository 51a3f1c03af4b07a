"""``tf.contrib.data`` of TensorFlow 1.15, most of which is in ``tf.data.experimental``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

_experimental: Any = tf.data.experimental

Counter = _experimental.Counter
CsvDataset = _experimental.CsvDataset
Optional = _experimental.Optional
RandomDataset = _experimental.RandomDataset
Reducer = _experimental.Reducer
SqlDataset = _experimental.SqlDataset
TFRecordWriter = _experimental.TFRecordWriter
bucket_by_sequence_length = _experimental.bucket_by_sequence_length
choose_from_datasets = _experimental.choose_from_datasets
copy_to_device = _experimental.copy_to_device
dense_to_sparse_batch = _experimental.dense_to_sparse_batch
enumerate_dataset = _experimental.enumerate_dataset
get_next_as_optional = _experimental.get_next_as_optional
get_single_element = _experimental.get_single_element
group_by_reducer = _experimental.group_by_reducer
group_by_window = _experimental.group_by_window
ignore_errors = _experimental.ignore_errors
make_batched_features_dataset = _experimental.make_batched_features_dataset
make_csv_dataset = _experimental.make_csv_dataset
make_saveable_from_iterator = _experimental.make_saveable_from_iterator
map_and_batch = _experimental.map_and_batch
parallel_interleave = _experimental.parallel_interleave
parse_example_dataset = _experimental.parse_example_dataset
prefetch_to_device = _experimental.prefetch_to_device
rejection_resample = _experimental.rejection_resample
sample_from_datasets = _experimental.sample_from_datasets
scan = _experimental.scan
shuffle_and_repeat = _experimental.shuffle_and_repeat
unbatch = _experimental.unbatch
unique = _experimental.unique

Transformation = Callable[[Any], Any]


def batch_and_drop_remainder(batch_size: Any) -> Transformation:
    """As ``Dataset.batch``, without a last batch that is smaller."""
    return lambda dataset: dataset.batch(batch_size, drop_remainder=True)


def padded_batch_and_drop_remainder(
    batch_size: Any, padded_shapes: Any, padding_values: Any = None
) -> Transformation:
    """As ``Dataset.padded_batch``, without a last batch that is smaller."""
    return lambda dataset: dataset.padded_batch(
        batch_size, padded_shapes, padding_values=padding_values, drop_remainder=True
    )


def sloppy_interleave(
    map_func: Callable[..., Any], cycle_length: int, block_length: int = 1
) -> Transformation:
    """As ``parallel_interleave``, in whatever order elements come."""
    found: Transformation = parallel_interleave(
        map_func, cycle_length, block_length=block_length, sloppy=True
    )
    return found


def reduce_dataset(dataset: Any, reducer: Any) -> Any:
    """What a reducer makes of all elements."""
    grouped = dataset.apply(group_by_reducer(lambda *_: tf.constant(0, tf.int64), reducer))
    return get_single_element(grouped)


def assert_element_shape(expected_shapes: Any) -> Transformation:
    """Checks the shapes of elements, and sets those that were not known."""

    def checked(*elements: Any) -> Any:
        element = elements[0] if len(elements) == 1 else elements
        flat = tf.nest.flatten(element)
        shapes = [tf.TensorShape(shape) for shape in _flat_shapes(expected_shapes)]
        fitted = []
        for tensor, shape in zip(flat, shapes, strict=True):
            tensor = tf.ensure_shape(tensor, shape)
            fitted.append(tensor)
        return tf.nest.pack_sequence_as(element, fitted)

    return lambda dataset: dataset.map(checked)


def _flat_shapes(shapes: Any) -> Sequence[Any]:
    if isinstance(shapes, dict):
        return [shape for key in sorted(shapes) for shape in _flat_shapes(shapes[key])]
    if isinstance(shapes, tuple):
        return [shape for each in shapes for shape in _flat_shapes(each)]
    return [shapes]
