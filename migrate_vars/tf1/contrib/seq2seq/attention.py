"""Attention: what scores the parts of a memory, and the cell that pays it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow.compat.v1 as tf

from ..rnn.base import RNNCell


def _masked_memory(memory: Any, memory_sequence_length: Any) -> Any:
    """A memory with zeros where a sequence has ended."""
    memory = tf.nest.map_structure(lambda each: tf.convert_to_tensor(each, name="memory"), memory)
    if memory_sequence_length is None:
        return memory

    def masked(each: Any) -> Any:
        mask = tf.sequence_mask(
            memory_sequence_length,
            maxlen=tf.shape(tf.nest.flatten(memory)[0])[1],
            dtype=tf.nest.flatten(memory)[0].dtype,
        )
        shape = tf.concat([tf.shape(mask), tf.ones(tf.rank(each) - 2, tf.int32)], 0)
        product = each * tf.reshape(mask, shape)
        product.set_shape(each.shape)
        return product

    return tf.nest.map_structure(masked, memory)


class AttentionMechanism:
    """What says how much attention each part of a memory gets; to be subclassed."""

    @property
    def alignments_size(self) -> Any:
        """The length of the memory."""
        raise NotImplementedError

    @property
    def state_size(self) -> Any:
        """The size of the state."""
        raise NotImplementedError


class _Mechanism(AttentionMechanism):
    """A mechanism whose state is what it gave before."""

    _SCOPE = ""

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any,
        probability_fn: Callable[[Any], Any] | None,
        score_mask_value: Any,
        dtype: Any,
        custom_key_value_fn: Callable[..., Any] | None,
        name: str,
        queried: bool,
    ) -> None:
        dtype = tf.float32 if dtype is None else dtype
        memory_layer = tf.layers.Dense(num_units, name="memory_layer", use_bias=False, dtype=dtype)
        self._query_layer = None
        if queried:
            self._query_layer = tf.layers.Dense(
                num_units, name="query_layer", use_bias=False, dtype=dtype
            )
        self._num_units, self._name = num_units, name
        self._probability_fn = probability_fn or tf.nn.softmax
        self._mask_value = score_mask_value
        if score_mask_value is None:
            self._mask_value = tf.as_dtype(dtype).as_numpy_dtype(-np.inf)
        with tf.name_scope(None, "BaseAttentionMechanismInit", tf.nest.flatten(memory)):
            self._lengths = None
            if memory_sequence_length is not None:
                self._lengths = tf.convert_to_tensor(memory_sequence_length)
            self._values = _masked_memory(memory, self._lengths)
            self._keys = memory_layer(self._values)
            if custom_key_value_fn is not None:
                self._keys, self._values = custom_key_value_fn(self._keys, self._values)
            known = self._keys.shape.as_list()
            self._batch_size = known[0] if known[0] is not None else tf.shape(self._keys)[0]
            self._length = known[1] if known[1] is not None else tf.shape(self._keys)[1]

    @property
    def query_layer(self) -> Any:
        """The layer that queries go through, or None."""
        return self._query_layer

    @property
    def values(self) -> Any:
        """The memory."""
        return self._values

    @property
    def keys(self) -> Any:
        """The memory as it is compared with queries."""
        return self._keys

    @property
    def batch_size(self) -> Any:
        """The number of memories."""
        return self._batch_size

    @property
    def alignments_size(self) -> Any:
        """The length of the memory."""
        return self._length

    @property
    def state_size(self) -> Any:
        """The length of the memory."""
        return self._length

    def initial_alignments(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros."""
        zeros = tf.zeros(tf.stack([batch_size, self._length]), dtype)
        known = tf.get_static_value(tf.convert_to_tensor(batch_size))
        zeros.set_shape([known, self._length if isinstance(self._length, int) else None])
        return zeros

    def initial_state(self, batch_size: Any, dtype: Any) -> Any:
        """Zeros."""
        return self.initial_alignments(batch_size, dtype)

    def _probabilities(self, score: Any) -> Any:
        if self._lengths is not None:
            mask = tf.sequence_mask(self._lengths, maxlen=tf.shape(score)[1])
            score = tf.where(mask, score, self._mask_value * tf.ones_like(score))
        return self._probability_fn(score)

    def _score(self, query: Any) -> Any:
        raise NotImplementedError

    def __call__(self, query: Any, state: Any) -> tuple[Any, Any]:
        """How much attention each part gets, and the next state."""
        with tf.variable_scope(None, self._SCOPE, [query]):
            alignments = self._probabilities(self._score(query))
        return alignments, alignments


class LuongAttention(_Mechanism):
    """After Luong, Pham and Manning (2015): the scalar product of query and key."""

    _SCOPE = "luong_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        scale: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[..., Any] | None = None,
        name: str = "LuongAttention",
    ) -> None:
        """Takes the memory, and whether scores are scaled by a variable."""
        super().__init__(
            num_units, memory, memory_sequence_length, probability_fn, score_mask_value, dtype,
            custom_key_value_fn, name, queried=False,
        )  # fmt: skip
        self._scale = scale

    def _score(self, query: Any) -> Any:
        depth, units = query.shape.as_list()[-1], self._keys.shape.as_list()[-1]
        if depth != units:
            raise ValueError(
                f"LuongAttention: the query has {depth} units and the keys have {units}; set "
                "num_units to those of the cell"
            )
        score = tf.matmul(tf.expand_dims(query, 1), self._keys, transpose_b=True)
        score = tf.squeeze(score, [1])
        if self._scale:
            ones = tf.ones_initializer()
            score = score * tf.get_variable(
                "attention_g", dtype=query.dtype, initializer=ones, shape=()
            )
        return score


class BahdanauAttention(_Mechanism):
    """After Bahdanau, Cho and Bengio (2015): a hidden layer of query and key."""

    _SCOPE = "bahdanau_attention"

    def __init__(
        self,
        num_units: int,
        memory: Any,
        memory_sequence_length: Any = None,
        normalize: bool = False,
        probability_fn: Callable[[Any], Any] | None = None,
        score_mask_value: Any = None,
        dtype: Any = None,
        custom_key_value_fn: Callable[..., Any] | None = None,
        name: str = "BahdanauAttention",
    ) -> None:
        """Takes the memory, and whether the weights are normalized."""
        super().__init__(
            num_units, memory, memory_sequence_length, probability_fn, score_mask_value, dtype,
            custom_key_value_fn, name, queried=True,
        )  # fmt: skip
        self._normalize = normalize

    def _score(self, query: Any) -> Any:
        assert self._query_layer is not None
        processed = tf.expand_dims(self._query_layer(query), 1)
        units, dtype = self._keys.shape.as_list()[2] or tf.shape(self._keys)[2], query.dtype
        v = tf.get_variable("attention_v", [units], dtype=dtype)
        if not self._normalize:
            return tf.reduce_sum(v * tf.tanh(self._keys + processed), [2])
        g = tf.get_variable(
            "attention_g",
            dtype=dtype,
            initializer=tf.constant_initializer(math.sqrt(1.0 / units)),
            shape=(),
        )
        b = tf.get_variable("attention_b", [units], dtype=dtype, initializer=tf.zeros_initializer())
        normed = g * v * tf.rsqrt(tf.reduce_sum(tf.square(v)))
        return tf.reduce_sum(normed * tf.tanh(self._keys + processed + b), [2])


class AttentionWrapperState(NamedTuple):
    """The state of an ``AttentionWrapper``."""

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """The same with other parts."""

        def shaped(old: Any, new: Any) -> Any:
            if isinstance(old, tf.Tensor) and isinstance(new, tf.Tensor):
                new.set_shape(new.shape.merge_with(old.shape))
            return new

        replaced = self._replace(**kwargs)
        parts: AttentionWrapperState = tf.nest.map_structure(shaped, self, replaced)
        return parts


class AttentionWrapper(RNNCell):  # type: ignore[misc]
    """A cell that pays attention to memories after each step."""

    def __init__(
        self,
        cell: Any,
        attention_mechanism: Any,
        attention_layer_size: Any = None,
        alignment_history: bool = False,
        cell_input_fn: Callable[[Any, Any], Any] | None = None,
        output_attention: bool = True,
        initial_cell_state: Any = None,
        name: str | None = None,
        attention_layer: Any = None,
        attention_fn: Callable[..., Any] | None = None,
        dtype: Any = None,
    ) -> None:
        """Takes the cell, and one mechanism or several.

        Args:
            cell: The cell.
            attention_mechanism: A mechanism, or a list of them.
            attention_layer_size: The size of the layer over output and context, or sizes; None for
                the context itself.
            alignment_history: Whether to keep what each step paid attention to.
            cell_input_fn: From inputs and attention to the inputs of the cell.
            output_attention: Whether to give the attention, not the output of the cell.
            initial_cell_state: The first state of the cell.
            name: Its name.
            attention_layer: A layer, or layers, in the place of ``attention_layer_size``.
            attention_fn: Not supported.
            dtype: Its type.

        Raises:
            NotImplementedError: If there is an ``attention_fn``.
            TypeError: If a mechanism is none.
            ValueError: If there are not as many layers as mechanisms.
        """
        super().__init__(name=name, dtype=dtype)
        if attention_fn is not None:
            raise NotImplementedError("AttentionWrapper(attention_fn=...) is not supported")
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        self._mechanisms = tuple(attention_mechanism) if self._is_multi else (attention_mechanism,)
        for mechanism in self._mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                raise TypeError(
                    "attention_mechanism must be an AttentionMechanism or a list of them, saw "
                    f"type: {type(mechanism).__name__}"
                )
        if attention_layer_size is not None and attention_layer is not None:
            raise ValueError("Only one of attention_layer_size and attention_layer should be set")
        self._layers_of_attention = self._layers_for(attention_layer_size, attention_layer, dtype)
        self._cell = cell
        self._cell_input_fn = cell_input_fn or _side_by_side
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        self._initial_cell_state = initial_cell_state
        if initial_cell_state is not None:
            self._initial_cell_state = tf.nest.map_structure(
                lambda part: tf.identity(part, name="check_initial_cell_state"), initial_cell_state
            )

    def _layers_for(self, sizes: Any, layers: Any, dtype: Any) -> Any:
        if sizes is not None:
            found = tuple(sizes) if isinstance(sizes, (list, tuple)) else (sizes,)
            self._size = sum(found)
            made: Any = tuple(
                tf.layers.Dense(size, name="attention_layer", use_bias=False, dtype=dtype)
                for size in found
            )
        elif layers is not None:
            made = tuple(layers) if isinstance(layers, (list, tuple)) else (layers,)
            self._size = sum(
                tf.TensorShape(
                    layer.compute_output_shape([None, self._depth(mechanism, layer)])
                ).as_list()[-1]
                for layer, mechanism in zip(made, self._mechanisms, strict=True)
            )
        else:
            self._size = sum(mechanism.values.shape.as_list()[-1] for mechanism in self._mechanisms)
            return None
        if len(made) != len(self._mechanisms):
            raise ValueError(
                "If provided, attention_layer_size must contain exactly one integer per "
                f"attention_mechanism, saw: {len(made)} vs {len(self._mechanisms)}"
            )
        return made

    @staticmethod
    def _depth(mechanism: Any, _: Any) -> Any:
        return mechanism.values.shape.as_list()[-1]

    def _one_or_all(self, items: Sequence[Any]) -> Any:
        found = tuple(items)
        return found if self._is_multi else found[0]

    @property
    def output_size(self) -> Any:
        """The size of the attention, or that of the cell's output."""
        return self._size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        """The sizes of the parts of the state."""
        sizes = self._one_or_all([each.alignments_size for each in self._mechanisms])
        return AttentionWrapperState(
            cell_state=self._cell.state_size,
            time=tf.TensorShape([]),
            attention=self._size,
            alignments=sizes,
            attention_state=self._one_or_all([each.state_size for each in self._mechanisms]),
            alignment_history=self._one_or_all(
                [
                    each.alignments_size if self._alignment_history else ()
                    for each in self._mechanisms
                ]
            ),
        )

    def zero_state(self, batch_size: Any, dtype: Any) -> AttentionWrapperState:
        """The first state."""
        with tf.name_scope(type(self).__name__ + "ZeroState", values=[batch_size]):
            if self._initial_cell_state is not None:
                cell_state = self._initial_cell_state
            else:
                cell_state = self._cell.zero_state(batch_size, dtype)
            cell_state = tf.nest.map_structure(
                lambda part: tf.identity(part, name="checked_cell_state"), cell_state
            )
            first = [each.initial_alignments(batch_size, dtype) for each in self._mechanisms]
            attention = tf.zeros(tf.stack([batch_size, self._size]), dtype)
            known = tf.get_static_value(tf.convert_to_tensor(batch_size))
            attention.set_shape([known, self._size])
            return AttentionWrapperState(
                cell_state=cell_state,
                time=tf.zeros([], dtype=tf.int32),
                attention=attention,
                alignments=self._one_or_all(first),
                attention_state=self._one_or_all(
                    [each.initial_state(batch_size, dtype) for each in self._mechanisms]
                ),
                alignment_history=self._one_or_all(
                    [
                        tf.TensorArray(
                            dtype, size=0, dynamic_size=True, element_shape=alignment.shape
                        )
                        if self._alignment_history
                        else ()
                        for alignment in first
                    ]
                ),
            )

    def call(self, inputs: Any, state: Any) -> tuple[Any, AttentionWrapperState]:
        """One step.

        Raises:
            TypeError: If the state is another one.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError(
                "Expected state to be instance of AttentionWrapperState. Received type "
                f"{type(state)} instead."
            )
        cell_inputs = self._cell_input_fn(inputs, state.attention)
        output, cell_state = self._cell(cell_inputs, state.cell_state)
        before = state.attention_state if self._is_multi else [state.attention_state]
        histories = state.alignment_history if self._is_multi else [state.alignment_history]
        attentions, alignments, states, written = [], [], [], []
        for number, mechanism in enumerate(self._mechanisms):
            alignment, new_state = mechanism(output, state=before[number])
            context = tf.matmul(tf.expand_dims(alignment, 1), mechanism.values)
            attention = tf.squeeze(context, [1])
            if self._layers_of_attention is not None:
                layer = self._layers_of_attention[number]
                attention = layer(tf.concat([output, attention], 1))
            attentions.append(attention)
            alignments.append(alignment)
            states.append(new_state)
            written.append(
                histories[number].write(state.time, alignment) if self._alignment_history else ()
            )
        attention = tf.concat(attentions, 1)
        new = AttentionWrapperState(
            time=state.time + 1,
            cell_state=cell_state,
            attention=attention,
            attention_state=self._one_or_all(states),
            alignments=self._one_or_all(alignments),
            alignment_history=self._one_or_all(written),
        )
        return (attention if self._output_attention else output), new


def _side_by_side(inputs: Any, attention: Any) -> Any:
    return tf.concat([inputs, attention], -1)


def hardmax(logits: Any, name: str | None = None) -> Any:
    """One for the largest of each row, and zero for the others."""
    with tf.name_scope(name, "Hardmax", [logits]):
        logits = tf.convert_to_tensor(logits, name="logits")
        depth = logits.shape.as_list()[-1]
        depth = tf.shape(logits)[-1] if depth is None else depth
        return tf.one_hot(tf.argmax(logits, -1), depth, dtype=logits.dtype)


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Each example several times, one after the other."""
    with tf.name_scope(name, "tile_batch", [*tf.nest.flatten(t), multiplier]):
        return tf.nest.map_structure(lambda each: _tiled(each, multiplier), t)


def _tiled(t: Any, multiplier: int) -> Any:
    t = tf.convert_to_tensor(t, name="t")
    if t.shape.ndims is None:
        raise ValueError("t must have statically known rank")
    shape, known = tf.shape(t), t.shape.as_list()
    multiples = [1] * (len(known) + 1)
    multiples[1] = multiplier
    tiled = tf.tile(tf.expand_dims(t, 1), multiples)
    tiled = tf.reshape(tiled, tf.concat(([shape[0] * multiplier], shape[1:]), 0))
    first = None if known[0] is None else known[0] * multiplier
    tiled.set_shape([first, *known[1:]])
    return tiled
