"""``tf.contrib.lookup`` of TensorFlow 1.15: tables, as TensorFlow keeps them for itself."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf
from tensorflow.python.ops import lookup_ops

FastHashSpec = lookup_ops.FastHashSpec
HasherSpec = lookup_ops.HasherSpec
HashTable: Any = lookup_ops.StaticHashTableV1
IdTableWithHashBuckets = lookup_ops.IdTableWithHashBuckets
InitializableLookupTableBase: Any = lookup_ops.InitializableLookupTableBaseV1
KeyValueTensorInitializer = tf.lookup.KeyValueTensorInitializer
LookupInterface = lookup_ops.LookupInterface
MutableDenseHashTable: Any = tf.lookup.experimental.DenseHashTable
MutableHashTable = lookup_ops.MutableHashTable
StrongHashSpec = lookup_ops.StrongHashSpec
TableInitializerBase = lookup_ops.TableInitializerBase
TextFileIdTableInitializer = lookup_ops.TextFileIdTableInitializer
TextFileIndex = tf.lookup.TextFileIndex
TextFileInitializer = tf.lookup.TextFileInitializer
TextFileStringTableInitializer = lookup_ops.TextFileStringTableInitializer
index_table_from_file = lookup_ops.index_table_from_file
index_to_string_table_from_file = lookup_ops.index_to_string_table_from_file
index_to_string_table_from_tensor = lookup_ops.index_to_string_table_from_tensor


def index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    dtype: Any = tf.string,
    name: str | None = None,
) -> Any:
    """A table from words to their places in a tensor; others go into buckets."""
    return lookup_ops.index_table_from_tensor(
        vocabulary_list=mapping,
        num_oov_buckets=num_oov_buckets,
        default_value=default_value,
        hasher_spec=hasher_spec,
        dtype=dtype,
        name=name,
    )


def string_to_index_table_from_file(
    vocabulary_file: str | None = None,
    num_oov_buckets: int = 0,
    vocab_size: int | None = None,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """A table from words to their lines in a file; others go into buckets."""
    return lookup_ops.index_table_from_file(
        vocabulary_file, num_oov_buckets, vocab_size, default_value, hasher_spec, name=name
    )


def string_to_index_table_from_tensor(
    mapping: Any,
    num_oov_buckets: int = 0,
    default_value: int = -1,
    hasher_spec: Any = FastHashSpec,
    name: str | None = None,
) -> Any:
    """A table from words to their places in a tensor; others go into buckets."""
    return index_table_from_tensor(mapping, num_oov_buckets, default_value, hasher_spec, name=name)


def string_to_index(
    tensor: Any, mapping: Any, default_value: int = -1, name: str | None = None
) -> Any:
    """The places of words in ``mapping``."""
    table = index_table_from_tensor(mapping, default_value=default_value)
    return table.lookup(tensor, name=name)


def index_to_string(
    tensor: Any, mapping: Any, default_value: str = "UNK", name: str | None = None
) -> Any:
    """The words at places of ``mapping``."""
    table = index_to_string_table_from_tensor(mapping, default_value=default_value)
    return table.lookup(tensor, name=name)
