"""Models from one sequence to another: an encoder and a decoder."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..rnn.wrappers import EmbeddingWrapper, OutputProjectionWrapper
from .decoders import (
    LoopFunction,
    embed_last_symbol,
    embedding_attention_decoder,
    embedding_rnn_decoder,
    rnn_decoder,
)

Decoded = tuple[Any, Any]


def basic_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> Decoded:
    """An encoder and a decoder with cells of one kind.

    Returns:
        The outputs of the decoder, and its last state.
    """
    with tf.variable_scope(scope or "basic_rnn_seq2seq"):
        _, state = tf.nn.static_rnn(copy.deepcopy(cell), encoder_inputs, dtype=dtype)
        return rnn_decoder(decoder_inputs, state, cell)


def tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    loop_function: LoopFunction | None = None,
    dtype: Any = tf.float32,
    scope: Any = None,
) -> Decoded:
    """An encoder and a decoder with the same variables."""
    with tf.variable_scope("combined_tied_rnn_seq2seq"):
        scope = scope or "tied_rnn_seq2seq"
        _, state = tf.nn.static_rnn(cell, encoder_inputs, dtype=dtype, scope=scope)
        tf.get_variable_scope().reuse_variables()
        return rnn_decoder(decoder_inputs, state, cell, loop_function=loop_function, scope=scope)


def _decoded(
    feed_previous: Any, state: Any, length: int, decode: Callable[..., Decoded]
) -> Decoded:
    """What a decoder gives where only a run knows whether it gets its own outputs.

    Args:
        feed_previous: Whether it does; a Boolean or a tensor.
        state: A state of the structure that the last one has.
        length: The number of outputs.
        decode: The decoder, of such a Boolean.
    """
    if isinstance(feed_previous, bool):
        return decode(feed_previous)

    def branch(value: bool) -> list[Any]:
        # Both share their variables.
        with tf.variable_scope(tf.get_variable_scope(), reuse=None if value else True):
            outputs, last = decode(value)
            return [*outputs, *tf.nest.flatten(last)]

    found = tf.cond(feed_previous, lambda: branch(True), lambda: branch(False))
    last = tf.nest.pack_sequence_as(state, found[length:])
    return found[:length], last


def embedding_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Decoded:
    """As ``basic_rnn_seq2seq``, of symbols.

    Args:
        encoder_inputs: The symbols of the first sequence.
        decoder_inputs: Those of the second.
        cell: The cell.
        num_encoder_symbols: How many symbols there are in the first.
        num_decoder_symbols: How many there are in the second.
        embedding_size: The size of an embedding.
        output_projection: Weights and biases from outputs to symbols; None for outputs that are
            such themselves.
        feed_previous: Whether the likeliest symbol of each output is the next input; a Boolean or a
            tensor.
        dtype: The type of the variables.
        scope: The variable scope, or its name.
    """
    with tf.variable_scope(scope or "embedding_rnn_seq2seq") as full:
        full.set_dtype(dtype) if dtype is not None else None
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        _, state = tf.nn.static_rnn(encoder, encoder_inputs, dtype=full.dtype)
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)

        def decode(fed: bool) -> Decoded:
            return embedding_rnn_decoder(
                decoder_inputs,
                state,
                cell,
                num_decoder_symbols,
                embedding_size,
                output_projection=output_projection,
                feed_previous=fed,
                update_embedding_for_previous=isinstance(feed_previous, bool),
            )

        return _decoded(feed_previous, state, len(decoder_inputs), decode)


def embedding_tied_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_decoder_symbols: int | None = None,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> Decoded:
    """As ``tied_rnn_seq2seq``, of symbols; see ``embedding_rnn_seq2seq``."""
    with tf.variable_scope(scope or "embedding_tied_rnn_seq2seq", dtype=dtype) as full:
        dtype = full.dtype
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size], dtype=dtype)
        encoded = [tf.nn.embedding_lookup(embedding, each) for each in encoder_inputs]
        given = [tf.nn.embedding_lookup(embedding, each) for each in decoder_inputs]
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols or num_symbols)

        def decode(fed: bool) -> Decoded:
            update = isinstance(feed_previous, bool)
            loop_function = embed_last_symbol(embedding, output_projection, update) if fed else None
            return tied_rnn_seq2seq(encoded, given, cell, loop_function=loop_function, dtype=dtype)

        state = cell.zero_state(1, dtype)  # for its structure
        return _decoded(feed_previous, state, len(decoder_inputs), decode)


def embedding_attention_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs: Sequence[Any],
    cell: Any,
    num_encoder_symbols: int,
    num_decoder_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_projection: Any = None,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> Decoded:
    """As ``embedding_rnn_seq2seq``, with attention to the outputs of the encoder."""
    with tf.variable_scope(scope or "embedding_attention_seq2seq", dtype=dtype) as full:
        dtype = full.dtype
        encoder = EmbeddingWrapper(copy.deepcopy(cell), num_encoder_symbols, embedding_size)
        outputs, state = tf.nn.static_rnn(encoder, encoder_inputs, dtype=dtype)
        tops = [tf.reshape(output, [-1, 1, cell.output_size]) for output in outputs]
        attention_states = tf.concat(tops, 1)
        output_size = None
        if output_projection is None:
            cell = OutputProjectionWrapper(cell, num_decoder_symbols)
            output_size = num_decoder_symbols

        def decode(fed: bool) -> Decoded:
            return embedding_attention_decoder(
                decoder_inputs,
                state,
                attention_states,
                cell,
                num_decoder_symbols,
                embedding_size,
                num_heads=num_heads,
                output_size=output_size,
                output_projection=output_projection,
                feed_previous=fed,
                update_embedding_for_previous=isinstance(feed_previous, bool),
                initial_state_attention=initial_state_attention,
            )

        return _decoded(feed_previous, state, len(decoder_inputs), decode)


def one2many_rnn_seq2seq(
    encoder_inputs: Sequence[Any],
    decoder_inputs_dict: Mapping[str, Sequence[Any]],
    enc_cell: Any,
    dec_cells_dict: Mapping[str, Any],
    num_encoder_symbols: int,
    num_decoder_symbols_dict: Mapping[str, int],
    embedding_size: int,
    feed_previous: Any = False,
    dtype: Any = None,
    scope: Any = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """One encoder and several decoders, by their names; see ``embedding_rnn_seq2seq``."""
    found_outputs, found_states = {}, {}
    with tf.variable_scope(scope or "one2many_rnn_seq2seq", dtype=dtype) as full:
        encoder = EmbeddingWrapper(enc_cell, num_encoder_symbols, embedding_size)
        _, state = tf.nn.static_rnn(encoder, encoder_inputs, dtype=full.dtype)
        for name, decoder_inputs in decoder_inputs_dict.items():
            number = num_decoder_symbols_dict[name]
            with tf.variable_scope(f"one2many_decoder_{name}"):
                cell = OutputProjectionWrapper(dec_cells_dict[name], number)

                def decode(
                    fed: bool, given: Any = decoder_inputs, cell: Any = cell, number: int = number
                ) -> Decoded:
                    return embedding_rnn_decoder(
                        given, state, cell, number, embedding_size, feed_previous=fed
                    )

                found_outputs[name], found_states[name] = _decoded(
                    feed_previous, state, len(decoder_inputs), decode
                )
    return found_outputs, found_states
