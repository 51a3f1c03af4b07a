"""Decoders, and the loop that runs them."""

from __future__ import annotations

import contextlib
from typing import Any, NamedTuple

import tensorflow.compat.v1 as tf

from ..rnn.bidirectional import transpose_batch_time
from .helpers import Helper


class Decoder:
    """What ``dynamic_decode`` runs; to be subclassed."""

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        raise NotImplementedError

    @property
    def output_size(self) -> Any:
        """The sizes of what a step gives."""
        raise NotImplementedError

    @property
    def output_dtype(self) -> Any:
        """The types of what a step gives."""
        raise NotImplementedError

    @property
    def tracks_own_finished(self) -> bool:
        """Whether a sequence that has ended may go on again."""
        return False

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, the first inputs, and the first state."""
        raise NotImplementedError

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Outputs, the next state, the next inputs, and which have ended."""
        raise NotImplementedError

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Any) -> Any:
        """Outputs and state, after the last step."""
        raise NotImplementedError


class BasicDecoderOutput(NamedTuple):
    """What a step of ``BasicDecoder`` gives."""

    rnn_output: Any
    sample_id: Any


class BasicDecoder(Decoder):
    """Runs a cell, whose next inputs a helper chooses."""

    def __init__(
        self, cell: Any, helper: Any, initial_state: Any, output_layer: Any = None
    ) -> None:
        """Takes them.

        Raises:
            TypeError: If the helper is none, or the layer is none.
        """
        if not isinstance(helper, Helper):
            raise TypeError(f"helper must be a Helper, received: {type(helper)}")
        if output_layer is not None and not hasattr(output_layer, "compute_output_shape"):
            raise TypeError(f"output_layer must be a Layer, received: {type(output_layer)}")
        self._cell, self._helper = cell, helper
        self._initial_state, self._output_layer = initial_state, output_layer

    @property
    def batch_size(self) -> Any:
        """That of the helper."""
        return self._helper.batch_size

    def _rnn_output_size(self) -> Any:
        size = self._cell.output_size
        if self._output_layer is None:
            return size

        def after(one: Any) -> Any:
            before = tf.TensorShape([None]).concatenate(tf.TensorShape(one))
            return tf.TensorShape(self._output_layer.compute_output_shape(before))[1:]

        return tf.nest.map_structure(after, size)

    @property
    def output_size(self) -> BasicDecoderOutput:
        """The sizes of outputs and samples."""
        return BasicDecoderOutput(self._rnn_output_size(), self._helper.sample_ids_shape)

    @property
    def output_dtype(self) -> BasicDecoderOutput:
        """The types of outputs and samples."""
        dtype = tf.nest.flatten(self._initial_state)[0].dtype
        kinds = tf.nest.map_structure(lambda _: dtype, self._rnn_output_size())
        return BasicDecoderOutput(kinds, self._helper.sample_ids_dtype)

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, the first inputs, and the first state."""
        return (*self._helper.initialize(), self._initial_state)

    def step(self, time: Any, inputs: Any, state: Any, name: str | None = None) -> Any:
        """Outputs, the next state, the next inputs, and which have ended."""
        with tf.name_scope(name, "BasicDecoderStep", [time, inputs]):
            outputs, new_state = self._cell(inputs, state)
            if self._output_layer is not None:
                outputs = self._output_layer(outputs)
            samples = self._helper.sample(time=time, outputs=outputs, state=new_state)
            finished, next_inputs, next_state = self._helper.next_inputs(
                time=time, outputs=outputs, state=new_state, sample_ids=samples
            )
        return BasicDecoderOutput(outputs, samples), next_state, next_inputs, finished


def _is_array(item: Any) -> bool:
    return isinstance(item, tf.TensorArray)


def _shape(item: Any) -> list[Any]:
    return list(tf.TensorShape(item).as_list())


def dynamic_decode(
    decoder: Any,
    output_time_major: bool = False,
    impute_finished: bool = False,
    maximum_iterations: Any = None,
    parallel_iterations: int = 32,
    swap_memory: bool = False,
    scope: Any = None,
    **kwargs: Any,
) -> tuple[Any, Any, Any]:
    """Runs a decoder until all sequences have ended.

    Args:
        decoder: The decoder.
        output_time_major: Whether time comes first in the outputs.
        impute_finished: Whether sequences that have ended keep their state, and give zeros.
        maximum_iterations: The largest number of steps; None for no bound.
        parallel_iterations: As in ``tf.while_loop``.
        swap_memory: As in ``tf.while_loop``.
        scope: The variable scope, or its name.
        **kwargs: Not supported.

    Returns:
        The outputs, the last state, and how long the sequences are.

    Raises:
        NotImplementedError: If there are further arguments.
        ValueError: If the bound is no scalar.
    """
    if kwargs:
        raise NotImplementedError(f"dynamic_decode({next(iter(kwargs))}=...) is not supported")
    with tf.variable_scope(scope, "decoder") as full:
        if full.caching_device is None:
            full.set_caching_device(lambda op: op.device)
        if maximum_iterations is not None:
            maximum_iterations = tf.convert_to_tensor(
                maximum_iterations, dtype=tf.int32, name="maximum_iterations"
            )
            if maximum_iterations.shape.ndims != 0:
                raise ValueError("maximum_iterations must be a scalar")
        finished, inputs, state = decoder.initialize()
        zeros = tf.nest.map_structure(
            lambda size, dtype: tf.zeros(
                tf.concat([[decoder.batch_size], _shape(size)], 0)
                if _shape(size)
                else [decoder.batch_size],
                dtype=dtype,
            ),
            decoder.output_size,
            decoder.output_dtype,
        )
        if maximum_iterations is not None:
            finished = tf.logical_or(finished, maximum_iterations <= 0)
        lengths = tf.zeros_like(finished, dtype=tf.int32)
        known = tf.get_static_value(tf.convert_to_tensor(decoder.batch_size))
        arrays = tf.nest.map_structure(
            lambda size, dtype: tf.TensorArray(
                dtype=dtype,
                size=0,  # as long as the longest sequence, whatever the bound is
                dynamic_size=True,
                element_shape=tf.TensorShape([known, *_shape(size)]),
            ),
            decoder.output_size,
            decoder.output_dtype,
        )

        def condition(*loop: Any) -> Any:
            return tf.logical_not(tf.reduce_all(loop[4]))

        def body(
            time: Any, arrays: Any, state: Any, inputs: Any, finished: Any, lengths: Any
        ) -> Any:
            outputs, new_state, next_inputs, decoder_finished = decoder.step(time, inputs, state)
            if decoder.tracks_own_finished:
                next_finished = decoder_finished
            else:
                next_finished = tf.logical_or(decoder_finished, finished)
            lasting = tf.fill(tf.shape(lengths), time + 1)
            next_lengths = tf.where(tf.logical_not(finished), lasting, lengths)
            tf.nest.assert_same_structure(state, new_state)
            emitted = outputs
            if impute_finished:
                emitted = tf.nest.map_structure(
                    lambda new, zero: tf.where(finished, zero, new), outputs, zeros
                )
                new_state = tf.nest.map_structure(
                    lambda new, old: _kept(finished, new, old), new_state, state
                )
            written = tf.nest.map_structure(
                lambda array, value: array.write(time, value), arrays, emitted
            )
            if maximum_iterations is not None:
                next_finished = tf.logical_or(next_finished, time + 1 >= maximum_iterations)
            return time + 1, written, new_state, next_inputs, next_finished, next_lengths

        _, arrays, state, _, _, lengths = tf.while_loop(
            condition,
            body,
            loop_vars=(tf.constant(0, tf.int32), arrays, state, inputs, finished, lengths),
            parallel_iterations=parallel_iterations,
            maximum_iterations=maximum_iterations,
            swap_memory=swap_memory,
        )
        outputs = tf.nest.map_structure(lambda array: array.stack(), arrays)
        with contextlib.suppress(NotImplementedError):
            outputs, state = decoder.finalize(outputs, state, lengths)
        if not output_time_major:
            outputs = tf.nest.map_structure(transpose_batch_time, outputs)
    return outputs, state, lengths


def _kept(finished: Any, new: Any, old: Any) -> Any:
    """The old state of sequences that have ended; arrays and scalars have none for each."""
    if _is_array(new):
        return new
    new.set_shape(old.shape)
    return new if new.shape.ndims == 0 else tf.where(finished, old, new)
