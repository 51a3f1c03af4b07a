"""Embeddings of sequences."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.variables import model_variable


def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Any:
    """The embeddings of symbols.

    Args:
        ids: The symbols, [number, length].
        vocab_size: How many there are.
        embed_dim: The size of an embedding.
        unique: Whether each is looked up once only.
        initializer: An initializer.
        regularizer: A regularizer.
        trainable: Whether the variable is trained.
        scope: The variable scope, or its name.
        reuse: Whether the variable is there already.

    Raises:
        ValueError: If the sizes are missing, and the variable is not there already.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            f"Must specify vocab size and embedding dimension when not reusing. Got vocab_size="
            f"{vocab_size} and embed_dim={embed_dim}"
        )
    with tf.variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        embeddings = _embeddings([vocab_size, embed_dim], initializer, regularizer, trainable)
        if unique:
            return embedding_lookup_unique(embeddings, ids)
        return tf.nn.embedding_lookup(embeddings, ids)


def _embeddings(shape: list[int | None], initializer: Any, regularizer: Any, train: bool) -> Any:
    return model_variable(
        "embeddings",
        shape=None if None in shape else shape,
        initializer=initializer,
        regularizer=regularizer,
        trainable=train,
    )


def embedding_lookup_unique(
    params: Any, ids: Any, partition_strategy: str = "mod", name: str | None = None
) -> Any:
    """As ``tf.nn.embedding_lookup``, but each symbol is looked up once only."""
    with tf.name_scope(name, "EmbeddingLookupUnique", [params, ids]):
        ids = tf.convert_to_tensor(ids)
        shape = tf.shape(ids)
        flat = tf.reshape(ids, tf.reduce_prod(shape, keepdims=True))
        unique, places = tf.unique(flat)
        found = tf.nn.embedding_lookup(params, unique, partition_strategy)
        rows = tf.gather(found, places)
        outputs = tf.reshape(rows, tf.concat([shape, tf.shape(found)[1:]], 0))
        outputs.set_shape(ids.shape.concatenate(found.shape[1:]))
        return outputs


def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Any:
    """The mean of the embeddings of symbols; with ``sparse_lookup``, of those that are not 0.

    Raises:
        TypeError: If the symbols are a sparse tensor, and ``sparse_lookup`` is not set.
    """
    with tf.variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = _embeddings([vocab_size, embed_dim], initializer, regularizer, trainable)
        if not sparse_lookup:
            if isinstance(ids, tf.SparseTensor):
                raise TypeError("ids are expected to be dense Tensor, got: SparseTensor")
            return tf.reduce_mean(tf.nn.embedding_lookup(embeddings, ids), axis=1)
        if not isinstance(ids, tf.SparseTensor):
            indices = tf.where(tf.not_equal(ids, tf.constant(0, ids.dtype)))
            ids = tf.SparseTensor(
                indices, tf.gather_nd(ids, indices), tf.shape(ids, out_type=tf.int64)
            )
        return safe_embedding_lookup_sparse([embeddings], ids, combiner="mean", default_id=0)


def safe_embedding_lookup_sparse(
    embedding_weights: Any,
    sparse_ids: Any,
    sparse_weights: Any = None,
    combiner: str | None = None,
    default_id: int | None = None,
    name: str | None = None,
    partition_strategy: str = "div",
    max_norm: float | None = None,
) -> Any:
    """Embeddings of sparse rows; see ``tf.nn.safe_embedding_lookup_sparse``."""
    return tf.nn.safe_embedding_lookup_sparse(
        embedding_weights,
        sparse_ids,
        sparse_weights,
        combiner=combiner or "mean",
        default_id=default_id,
        name=name,
        partition_strategy=partition_strategy,
        max_norm=max_norm,
    )
