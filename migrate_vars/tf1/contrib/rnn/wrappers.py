"""Cells around cells: attention, projections, embeddings and highways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from .base import RNNCell, linear


class AttentionCellWrapper(RNNCell):  # type: ignore[misc]
    """A cell with attention to its own last outputs."""

    def __init__(
        self,
        cell: Any,
        attn_length: int,
        attn_size: int | None = None,
        attn_vec_size: int | None = None,
        input_size: int | None = None,
        state_is_tuple: bool = True,
        reuse: bool | None = None,
    ) -> None:
        """Takes the cell and sizes.

        Raises:
            ValueError: If the state of the cell is a tuple and this one's shall not be, or the
                length is not positive.
        """
        super().__init__(_reuse=reuse)
        if isinstance(cell.state_size, (list, tuple)) and not state_is_tuple:
            raise ValueError(
                "Cell returns tuple of states, but the flag state_is_tuple is not set. State size "
                f"is: {cell.state_size}"
            )
        if attn_length <= 0:
            raise ValueError(f"attn_length should be greater than zero, got {attn_length}")
        self._cell = cell
        self._attn_length = attn_length
        self._attn_size = cell.output_size if attn_size is None else attn_size
        self._attn_vec_size = self._attn_size if attn_vec_size is None else attn_vec_size
        self._input_size = input_size
        self._state_is_tuple = state_is_tuple

    @property
    def state_size(self) -> Any:
        """Those of the cell's state, of the attention, and of the outputs it is paid to."""
        sizes = (self._cell.state_size, self._attn_size, self._attn_size * self._attn_length)
        return sizes if self._state_is_tuple else sum(sizes)

    @property
    def output_size(self) -> Any:
        """The size of the attention."""
        return self._attn_size

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        length, size = self._attn_length, self._attn_size
        if self._state_is_tuple:
            inner, attns, attn_states = state
        else:
            sizes = [self._cell.state_size, size, size * length]
            inner, attns, attn_states = tf.split(state, sizes, axis=1)
        attn_states = tf.reshape(attn_states, [-1, length, size])
        input_size = self._input_size or inputs.shape.as_list()[1]
        inputs = linear([inputs, attns], input_size)
        output, new_inner = self._cell(inputs, inner)
        query = tf.concat(tf.nest.flatten(new_inner), 1) if self._state_is_tuple else new_inner
        new_attns, new_attn_states = self._attention(query, attn_states)
        with tf.variable_scope("attn_output_projection"):
            output = linear([output, new_attns], size)
        new_attn_states = tf.concat([new_attn_states, tf.expand_dims(output, 1)], 1)
        new_attn_states = tf.reshape(new_attn_states, [-1, length * size])
        new_state = (new_inner, new_attns, new_attn_states)
        return output, new_state if self._state_is_tuple else tf.concat(list(new_state), 1)

    def _attention(self, query: Any, attn_states: Any) -> Any:
        length, size, vec_size = self._attn_length, self._attn_size, self._attn_vec_size
        with tf.variable_scope("attention"):
            k = tf.get_variable("attn_w", [1, 1, size, vec_size])
            v = tf.get_variable("attn_v", [vec_size])
            hidden = tf.reshape(attn_states, [-1, length, 1, size])
            features = tf.nn.conv2d(hidden, k, [1, 1, 1, 1], "SAME")
            y = tf.reshape(linear(query, vec_size), [-1, 1, 1, vec_size])
            weights = tf.nn.softmax(tf.reduce_sum(v * tf.tanh(features + y), [2, 3]))
            weighted = tf.reshape(weights, [-1, length, 1, 1]) * hidden
            new_attns = tf.reshape(tf.reduce_sum(weighted, [1, 2]), [-1, size])
            return new_attns, attn_states[:, 1:]


class InputProjectionWrapper(RNNCell):  # type: ignore[misc]
    """A cell whose inputs go through a dense layer first."""

    def __init__(
        self,
        cell: Any,
        num_proj: int,
        activation: Callable[[Any], Any] | None = None,
        input_size: int | None = None,
        reuse: bool | None = None,
    ) -> None:
        """Takes the cell and the size of the layer; ``input_size`` is not used."""
        super().__init__(_reuse=reuse)
        self._cell, self._num_proj, self._activation = cell, num_proj, activation

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        projected = linear(inputs, self._num_proj)
        if self._activation:
            projected = self._activation(projected)
        return self._cell(projected, state)


class OutputProjectionWrapper(RNNCell):  # type: ignore[misc]
    """A cell whose outputs go through a dense layer."""

    def __init__(
        self,
        cell: Any,
        output_size: int,
        activation: Callable[[Any], Any] | None = None,
        reuse: bool | None = None,
    ) -> None:
        """Takes the cell and the size of the layer.

        Raises:
            ValueError: If that is not positive.
        """
        super().__init__(_reuse=reuse)
        if output_size < 1:
            raise ValueError(f"Parameter output_size must be > 0: {output_size}.")
        self._cell, self._output_size, self._activation = cell, output_size, activation

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self._cell.state_size

    @property
    def output_size(self) -> int:
        """That of the layer."""
        return self._output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        output, new_state = self._cell(inputs, state)
        projected = linear(output, self._output_size)
        if self._activation:
            projected = self._activation(projected)
        return projected, new_state


class EmbeddingWrapper(RNNCell):  # type: ignore[misc]
    """A cell whose inputs are symbols, of which it takes the embeddings."""

    def __init__(
        self,
        cell: Any,
        embedding_classes: int,
        embedding_size: int,
        initializer: Any = None,
        reuse: bool | None = None,
    ) -> None:
        """Takes the cell, how many symbols there are, and the size of an embedding.

        Raises:
            ValueError: If one of them is not positive.
        """
        super().__init__(_reuse=reuse)
        if embedding_classes <= 0 or embedding_size <= 0:
            raise ValueError(
                "Both embedding_classes and embedding_size must be > 0: "
                f"{embedding_classes}, {embedding_size}."
            )
        self._cell = cell
        self._shape = [embedding_classes, embedding_size]
        self._initializer = initializer

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def call(self, inputs: Any, state: Any) -> Any:
        """One step."""
        with tf.device("/cpu:0"):
            initializer = self._initializer or tf.get_variable_scope().initializer
            if initializer is None:
                limit = 3**0.5  # variance 1
                initializer = tf.random_uniform_initializer(-limit, limit)
            dtype = tf.nest.flatten(state)[0].dtype
            table = tf.get_variable("embedding", self._shape, initializer=initializer, dtype=dtype)
            embedded = tf.nn.embedding_lookup(table, tf.reshape(inputs, [-1]))
        return self._cell(embedded, state)


class HighwayWrapper(RNNCell):  # type: ignore[misc]
    """A cell whose inputs go past it, by a gate that is learned."""

    def __init__(
        self,
        cell: Any,
        couple_carry_transform_gates: bool = True,
        carry_bias_init: float = 1.0,
    ) -> None:
        """Takes the cell, whether one gate is one minus the other, and the first bias."""
        super().__init__()
        self._cell = cell
        self._coupled = couple_carry_transform_gates
        self._carry_bias_init = carry_bias_init

    @property
    def state_size(self) -> Any:
        """That of the cell."""
        return self._cell.state_size

    @property
    def output_size(self) -> Any:
        """That of the cell."""
        return self._cell.output_size

    def zero_state(self, batch_size: Any, dtype: Any) -> Any:
        """That of the cell."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            return self._cell.zero_state(batch_size, dtype)

    def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
        """One step.

        Raises:
            ValueError: If inputs and outputs have not the same structure and shape.
        """
        outputs, new_state = self._cell(inputs, state, scope=scope)
        tf.nest.assert_same_structure(inputs, outputs)
        tf.nest.map_structure(
            lambda before, after: before.shape.assert_is_compatible_with(after.shape),
            inputs,
            outputs,
        )
        return tf.nest.map_structure(self._highway, inputs, outputs), new_state

    def _highway(self, before: Any, after: Any) -> Any:
        size = before.shape.as_list()[-1]
        weight = tf.get_variable("carry_w", [size, size])
        bias = tf.get_variable(
            "carry_b", [size], initializer=tf.constant_initializer(self._carry_bias_init)
        )
        carry = tf.sigmoid(tf.matmul(before, weight) + bias)
        if self._coupled:
            return (before - after) * carry + after
        weight = tf.get_variable("transform_w", [size, size])
        bias = tf.get_variable(
            "transform_b", [size], initializer=tf.constant_initializer(-self._carry_bias_init)
        )
        transform = tf.sigmoid(tf.matmul(before, weight) + bias)
        return before * carry + after * transform
