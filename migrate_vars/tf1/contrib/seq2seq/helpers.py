"""What chooses the next inputs of a decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from ..rnn.bidirectional import transpose_batch_time


def _embedding(embedding: Any) -> Callable[[Any], Any]:
    """A function from symbols to their embeddings, of a tensor or such a function."""
    if not callable(embedding):
        return lambda ids: tf.nn.embedding_lookup(embedding, ids)
    function: Callable[[Any], Any] = embedding
    return function


class Helper:
    """What chooses the next inputs; to be subclassed."""

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        raise NotImplementedError

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample."""
        return tf.TensorShape([])

    @property
    def sample_ids_dtype(self) -> Any:
        """The type of a sample."""
        return tf.int32

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, and the first inputs."""
        raise NotImplementedError

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is chosen by the outputs."""
        raise NotImplementedError

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the next state."""
        raise NotImplementedError


class CustomHelper(Helper):
    """Is made of three functions."""

    def __init__(
        self,
        initialize_fn: Callable[[], Any],
        sample_fn: Callable[..., Any],
        next_inputs_fn: Callable[..., Any],
        sample_ids_shape: Any = None,
        sample_ids_dtype: Any = None,
    ) -> None:
        """Takes the functions."""
        self._initialize, self._sample, self._next = initialize_fn, sample_fn, next_inputs_fn
        self._batch_size: Any = None
        self._ids_shape = tf.TensorShape(sample_ids_shape or [])
        self._ids_dtype = sample_ids_dtype or tf.int32

    @property
    def batch_size(self) -> Any:
        """The number of sequences, once it is initialized.

        Raises:
            ValueError: If it is not yet.
        """
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample."""
        return self._ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The type of a sample."""
        return self._ids_dtype

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, and the first inputs."""
        finished, inputs = self._initialize()
        if self._batch_size is None:
            self._batch_size = tf.size(finished)
        return finished, inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is chosen by the outputs."""
        return self._sample(time=time, outputs=outputs, state=state)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the next state."""
        return self._next(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


class TrainingHelper(Helper):
    """The next inputs are those that are given."""

    def __init__(
        self, inputs: Any, sequence_length: Any, time_major: bool = False, name: str | None = None
    ) -> None:
        """Takes them.

        Raises:
            ValueError: If the lengths are no vector.
        """
        with tf.name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            inputs = tf.convert_to_tensor(inputs) if not tf.nest.is_nested(inputs) else inputs
            self._inputs = inputs
            if not time_major:
                inputs = tf.nest.map_structure(transpose_batch_time, inputs)
            self._arrays = tf.nest.map_structure(_array, inputs)
            self._lengths = tf.convert_to_tensor(sequence_length, name="sequence_length")
            if self._lengths.shape.ndims != 1:
                raise ValueError(
                    "Expected sequence_length to be a vector, but received shape: "
                    f"{self._lengths.shape}"
                )
            self._zeros = tf.nest.map_structure(lambda given: tf.zeros_like(given[0, :]), inputs)
            self._batch_size = tf.size(self._lengths)

    @property
    def inputs(self) -> Any:
        """The inputs."""
        return self._inputs

    @property
    def sequence_length(self) -> Any:
        """How long the sequences are."""
        return self._lengths

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        return self._batch_size

    def _read(self, finished: Any, time: Any) -> Any:
        return tf.cond(
            tf.reduce_all(finished),
            lambda: self._zeros,
            lambda: tf.nest.map_structure(lambda array: array.read(time), self._arrays),
        )

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, and the first inputs."""
        with tf.name_scope(name, "TrainingHelperInitialize"):
            finished = tf.equal(0, self._lengths)
            return finished, self._read(finished, 0)

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """The likeliest symbols."""
        with tf.name_scope(name, "TrainingHelperSample", [time, outputs]):
            return tf.cast(tf.argmax(outputs, axis=-1), tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the state."""
        with tf.name_scope(name, "TrainingHelperNextInputs", [time, outputs]):
            finished = tf.greater_equal(time + 1, self._lengths)
            return finished, self._read(finished, time + 1), state


def _array(inputs: Any) -> Any:
    return tf.TensorArray(
        dtype=inputs.dtype, size=tf.shape(inputs)[0], element_shape=inputs.shape[1:]
    ).unstack(inputs)


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """The next inputs are those that are given, or the embeddings of samples."""

    def __init__(
        self,
        inputs: Any,
        sequence_length: Any,
        embedding: Any,
        sampling_probability: Any,
        time_major: bool = False,
        seed: int | None = None,
        scheduling_seed: int | None = None,
        name: str | None = None,
    ) -> None:
        """Takes them, and how often there shall be samples.

        Raises:
            ValueError: If that is neither a scalar nor a vector.
        """
        with tf.name_scope(name, "ScheduledEmbeddingSamplingWrapper", [embedding]):
            self._embedding_fn = _embedding(embedding)
            self._probability = tf.convert_to_tensor(
                sampling_probability, name="sampling_probability"
            )
            if self._probability.shape.ndims not in (0, 1):
                raise ValueError(
                    "sampling_probability must be either a scalar or a vector. saw shape: "
                    f"{self._probability.shape}"
                )
            self._seed, self._scheduling_seed = seed, scheduling_seed
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Samples, and -1 where the given inputs follow."""
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperSample"):
            chosen = tf.distributions.Bernoulli(probs=self._probability, dtype=tf.bool).sample(
                sample_shape=self.batch_size, seed=self._scheduling_seed
            )
            drawn = tf.distributions.Categorical(logits=outputs).sample(seed=self._seed)
            return tf.where(chosen, drawn, tf.fill([self.batch_size], -1))

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the state."""
        with tf.name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs"):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids)

            def sampled() -> Any:
                drawn = tf.cast(tf.where(sample_ids > -1), tf.int32)
                others = tf.cast(tf.where(sample_ids <= -1), tf.int32)
                embedded = self._embedding_fn(tf.gather_nd(sample_ids, drawn))
                shape = tf.shape(given)
                return tf.scatter_nd(drawn, embedded, shape) + tf.scatter_nd(
                    others, tf.gather_nd(given, others), shape
                )

            return finished, tf.cond(tf.reduce_all(finished), lambda: given, sampled), state


class GreedyEmbeddingHelper(Helper):
    """The next inputs are the embeddings of the likeliest symbols."""

    def __init__(self, embedding: Any, start_tokens: Any, end_token: Any) -> None:
        """Takes the embeddings, or a function to them, and how sequences begin and end.

        Raises:
            ValueError: If the beginnings are no vector, or the end is no scalar.
        """
        self._embedding_fn = _embedding(embedding)
        self._start_tokens = tf.convert_to_tensor(start_tokens, dtype=tf.int32, name="start_tokens")
        self._end_token = tf.convert_to_tensor(end_token, dtype=tf.int32, name="end_token")
        if self._start_tokens.shape.ndims != 1:
            raise ValueError("start_tokens must be a vector")
        if self._end_token.shape.ndims != 0:
            raise ValueError("end_token must be a scalar")
        self._batch_size = tf.size(start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        return self._batch_size

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, and the first inputs."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """The likeliest symbols.

        Raises:
            TypeError: If the outputs are not one tensor.
        """
        if not isinstance(outputs, tf.Tensor):
            raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
        return tf.argmax(outputs, axis=-1, output_type=tf.int32)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the state."""
        finished = tf.equal(sample_ids, self._end_token)
        following = tf.cond(
            tf.reduce_all(finished),
            lambda: self._start_inputs,
            lambda: self._embedding_fn(sample_ids),
        )
        return finished, following, state


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """The next inputs are the embeddings of symbols that are drawn."""

    def __init__(
        self,
        embedding: Any,
        start_tokens: Any,
        end_token: Any,
        softmax_temperature: Any = None,
        seed: int | None = None,
    ) -> None:
        """Takes what ``GreedyEmbeddingHelper`` does, and how to draw."""
        super().__init__(embedding, start_tokens, end_token)
        self._temperature, self._seed = softmax_temperature, seed

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """Symbols that are drawn.

        Raises:
            TypeError: If the outputs are not one tensor.
        """
        if not isinstance(outputs, tf.Tensor):
            raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
        logits = outputs if self._temperature is None else outputs / self._temperature
        return tf.distributions.Categorical(logits=logits).sample(seed=self._seed)


class InferenceHelper(Helper):
    """The next inputs are samples, or what a function makes of them."""

    def __init__(
        self,
        sample_fn: Callable[[Any], Any],
        sample_shape: Any,
        sample_dtype: Any,
        start_inputs: Any,
        end_fn: Callable[[Any], Any],
        next_inputs_fn: Callable[[Any], Any] | None = None,
    ) -> None:
        """Takes the functions, and the first inputs."""
        self._sample_fn, self._end_fn, self._next = sample_fn, end_fn, next_inputs_fn
        self._shape, self._dtype = tf.TensorShape(sample_shape), sample_dtype
        self._start_inputs = tf.convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = tf.shape(start_inputs)[0]

    @property
    def batch_size(self) -> Any:
        """The number of sequences."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> Any:
        """The shape of a sample."""
        return self._shape

    @property
    def sample_ids_dtype(self) -> Any:
        """The type of a sample."""
        return self._dtype

    def initialize(self, name: str | None = None) -> Any:
        """Which have ended, and the first inputs."""
        return tf.tile([False], [self._batch_size]), self._start_inputs

    def sample(self, time: Any, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is chosen by the outputs."""
        return self._sample_fn(outputs)

    def next_inputs(
        self, time: Any, outputs: Any, state: Any, sample_ids: Any, name: str | None = None
    ) -> Any:
        """Which have ended, the next inputs, and the state."""
        following = sample_ids if self._next is None else self._next(sample_ids)
        return self._end_fn(sample_ids), following, state
