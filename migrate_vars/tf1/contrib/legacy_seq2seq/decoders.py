"""Decoders: from a state to a sequence of outputs, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..rnn.base import linear

LoopFunction = Callable[[Any, int], Any]


def embed_last_symbol(
    embedding: Any, output_projection: Any = None, update_embedding: bool = True
) -> LoopFunction:
    """A loop function: the embedding of the likeliest symbol is the next input.

    Args:
        embedding: The embeddings.
        output_projection: Weights and biases from outputs to symbols, unless outputs are such.
        update_embedding: Whether gradients go through it.
    """

    def next_input(previous: Any, _: int) -> Any:
        if output_projection is not None:
            previous = tf.nn.xw_plus_b(previous, output_projection[0], output_projection[1])
        embedded = tf.nn.embedding_lookup(embedding, tf.argmax(previous, 1))
        return embedded if update_embedding else tf.stop_gradient(embedded)

    return next_input


def _next_input(loop_function: LoopFunction | None, given: Any, previous: Any, number: int) -> Any:
    if loop_function is None or previous is None:
        return given
    with tf.variable_scope("loop_function", reuse=True):
        return loop_function(previous, number)


def rnn_decoder(
    decoder_inputs: Iterable[Any],
    initial_state: Any,
    cell: Any,
    loop_function: LoopFunction | None = None,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """Runs a cell from a state on.

    Args:
        decoder_inputs: The inputs, of which the length counts only, but for the first, where there
            is a loop function.
        initial_state: The state.
        cell: The cell.
        loop_function: From the last output and the number of the step to the next input.
        scope: The variable scope, or its name.

    Returns:
        The outputs, and the last state.
    """
    with tf.variable_scope(scope or "rnn_decoder"):
        state, outputs, previous = initial_state, [], None
        for number, given in enumerate(decoder_inputs):
            current = _next_input(loop_function, given, previous, number)
            if number > 0:
                tf.get_variable_scope().reuse_variables()
            output, state = cell(current, state)
            outputs.append(output)
            previous = output if loop_function is not None else None
    return outputs, state


def embedding_rnn_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    scope: Any = None,
) -> tuple[list[Any], Any]:
    """As ``rnn_decoder``, of symbols, of which it takes the embeddings.

    Args:
        decoder_inputs: The symbols.
        initial_state: The state.
        cell: The cell.
        num_symbols: How many symbols there are.
        embedding_size: The size of an embedding.
        output_projection: Weights and biases from outputs to symbols.
        feed_previous: Whether the likeliest symbol of each output is the next input.
        update_embedding_for_previous: Whether gradients go through these.
        scope: The variable scope, or its name.
    """
    with tf.variable_scope(scope or "embedding_rnn_decoder") as full:
        _check_projection(output_projection, num_symbols, None, full.dtype)
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_last_symbol(
                embedding, output_projection, update_embedding_for_previous
            )
        embedded = (tf.nn.embedding_lookup(embedding, each) for each in decoder_inputs)
        return rnn_decoder(embedded, initial_state, cell, loop_function=loop_function)


def _check_projection(
    output_projection: Any, num_symbols: int, size: int | None, dtype: Any
) -> None:
    if output_projection is None:
        return
    if size is not None:
        weights = tf.convert_to_tensor(output_projection[0], dtype=dtype)
        weights.shape.assert_is_compatible_with([size, num_symbols])
    biases = tf.convert_to_tensor(output_projection[1], dtype=dtype)
    biases.shape.assert_is_compatible_with([num_symbols])


def attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    output_size: int | None = None,
    num_heads: int = 1,
    loop_function: LoopFunction | None = None,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """As ``rnn_decoder``, with attention to states after each step.

    Args:
        decoder_inputs: The inputs.
        initial_state: The state.
        attention_states: What attention is paid to, [number, length, size].
        cell: The cell.
        output_size: The size of outputs; None for that of the cell.
        num_heads: How often attention is paid in each step.
        loop_function: From the last output and the number of the step to the next input.
        dtype: The type of the variables.
        scope: The variable scope, or its name.
        initial_state_attention: Whether the first step has attention to what the state asks for.

    Raises:
        ValueError: If there are no inputs, no heads, or the size of the states is not known.
    """
    if not decoder_inputs:
        raise ValueError("Must provide at least 1 input to attention decoder.")
    if num_heads < 1:
        raise ValueError("With less than 1 heads, use a non-attention decoder.")
    if attention_states.shape.as_list()[2] is None:
        raise ValueError(f"Shape[2] of attention_states must be known: {attention_states.shape}")
    output_size = cell.output_size if output_size is None else output_size
    with tf.variable_scope(scope or "attention_decoder", dtype=dtype) as full:
        dtype = full.dtype
        batch_size = tf.shape(decoder_inputs[0])[0]
        size = attention_states.shape.as_list()[2]
        attention = _Attention(attention_states, num_heads)
        attended = [tf.zeros(tf.stack([batch_size, size]), dtype=dtype) for _ in range(num_heads)]
        for each in attended:
            each.set_shape([None, size])
        if initial_state_attention:
            attended = attention(initial_state)
        state, outputs, previous = initial_state, [], None
        for number, given in enumerate(decoder_inputs):
            if number > 0:
                tf.get_variable_scope().reuse_variables()
            current = _next_input(loop_function, given, previous, number)
            input_size = current.shape.with_rank(2).as_list()[1]
            if input_size is None:
                raise ValueError(f"Could not infer input size from input: {current.name}")
            x = linear([current, *attended], input_size)
            cell_output, state = cell(x, state)
            if number == 0 and initial_state_attention:
                with tf.variable_scope(tf.get_variable_scope(), reuse=True):
                    attended = attention(state)
            else:
                attended = attention(state)
            with tf.variable_scope("AttnOutputProjection"):
                output = linear([tf.cast(cell_output, dtype), *attended], output_size)
            outputs.append(output)
            previous = output if loop_function is not None else None
    return outputs, state


class _Attention:
    """The attention of several heads to states, as the query asks for."""

    def __init__(self, states: Any, num_heads: int) -> None:
        known = states.shape.as_list()
        self._size = known[2]
        self._length = known[1] if known[1] is not None else tf.shape(states)[1]
        self._hidden = tf.reshape(states, [-1, self._length, 1, self._size])
        self._features, self._v = [], []
        for head in range(num_heads):
            k = tf.get_variable(
                f"AttnW_{head}", [1, 1, self._size, self._size], dtype=states.dtype.base_dtype
            )
            self._features.append(tf.nn.conv2d(self._hidden, k, [1, 1, 1, 1], "SAME"))
            self._v.append(
                tf.get_variable(f"AttnV_{head}", [self._size], dtype=states.dtype.base_dtype)
            )

    def __call__(self, query: Any) -> list[Any]:
        if tf.nest.is_nested(query):
            query = tf.concat(tf.nest.flatten(query), 1)
        found = []
        for head, (features, v) in enumerate(zip(self._features, self._v, strict=True)):
            with tf.variable_scope(f"Attention_{head}"):
                y = tf.reshape(linear(query, self._size), [-1, 1, 1, self._size])
                scores = tf.reduce_sum(v * tf.tanh(features + tf.cast(y, features.dtype)), [2, 3])
                weights = tf.cast(tf.nn.softmax(tf.cast(scores, tf.float32)), self._hidden.dtype)
                weighted = tf.reshape(weights, [-1, self._length, 1, 1]) * self._hidden
                found.append(tf.reshape(tf.reduce_sum(weighted, [1, 2]), [-1, self._size]))
        return found


def embedding_attention_decoder(
    decoder_inputs: Sequence[Any],
    initial_state: Any,
    attention_states: Any,
    cell: Any,
    num_symbols: int,
    embedding_size: int,
    num_heads: int = 1,
    output_size: int | None = None,
    output_projection: Any = None,
    feed_previous: bool = False,
    update_embedding_for_previous: bool = True,
    dtype: Any = None,
    scope: Any = None,
    initial_state_attention: bool = False,
) -> tuple[list[Any], Any]:
    """As ``attention_decoder``, of symbols; see ``embedding_rnn_decoder``."""
    output_size = cell.output_size if output_size is None else output_size
    _check_projection(output_projection, num_symbols, None, dtype)
    with tf.variable_scope(scope or "embedding_attention_decoder", dtype=dtype):
        embedding = tf.get_variable("embedding", [num_symbols, embedding_size])
        loop_function = None
        if feed_previous:
            loop_function = embed_last_symbol(
                embedding, output_projection, update_embedding_for_previous
            )
        embedded = [tf.nn.embedding_lookup(embedding, each) for each in decoder_inputs]
        return attention_decoder(
            embedded,
            initial_state,
            attention_states,
            cell,
            output_size=output_size,
            num_heads=num_heads,
            loop_function=loop_function,
            initial_state_attention=initial_state_attention,
        )
