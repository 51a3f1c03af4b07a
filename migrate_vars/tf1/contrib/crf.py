"""Conditional random fields over sequences, as in ``tf.contrib.crf`` of TensorFlow 1.15.

Potentials are [number, length, tags], transitions [from tag, to tag].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf


def crf_unary_score(tag_indices: Any, sequence_lengths: Any, inputs: Any) -> Any:
    """The sums of the potentials of tags."""
    chosen = tf.reduce_sum(
        inputs * tf.one_hot(tag_indices, tf.shape(inputs)[2], dtype=inputs.dtype), 2
    )
    return tf.reduce_sum(chosen * _mask(sequence_lengths, tag_indices, inputs.dtype), 1)


def _mask(sequence_lengths: Any, tag_indices: Any, dtype: Any) -> Any:
    return tf.sequence_mask(sequence_lengths, maxlen=tf.shape(tag_indices)[1], dtype=dtype)


def crf_binary_score(tag_indices: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The sums of the potentials of transitions from tag to tag."""
    transition_params = tf.convert_to_tensor(transition_params)
    tags = tf.cast(tag_indices, tf.int32)
    pairs = tf.stack([tags[:, :-1], tags[:, 1:]], axis=-1)
    chosen = tf.gather_nd(transition_params, pairs)
    mask = _mask(sequence_lengths, tag_indices, transition_params.dtype)[:, 1:]
    return tf.reduce_sum(chosen * mask, 1)


def crf_sequence_score(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The scores of sequences of tags, which are not normalized."""
    unary = crf_unary_score(tag_indices, sequence_lengths, inputs)
    return unary + crf_binary_score(tag_indices, sequence_lengths, transition_params)


def crf_multitag_sequence_score(
    inputs: Any, tag_bitmap: Any, sequence_lengths: Any, transition_params: Any
) -> Any:
    """The scores of all sequences of the tags that a bitmap allows, summed up."""
    bitmap = tf.cast(tag_bitmap, tf.bool)
    allowed = tf.where(bitmap, inputs, tf.fill(tf.shape(inputs), tf.cast(-np.inf, inputs.dtype)))
    norms = crf_log_norm(allowed, sequence_lengths, transition_params)
    # Of a single element, as in TensorFlow 1, even where the sequence has no length.
    single = tf.fill(tf.shape(norms), tf.equal(tf.shape(inputs)[1], 1))
    return tf.where(single, tf.reduce_logsumexp(allowed[:, 0], [1]), norms)


def crf_log_norm(inputs: Any, sequence_lengths: Any, transition_params: Any) -> Any:
    """The logarithms of the sums over all sequences of tags."""
    transitions = tf.expand_dims(tf.convert_to_tensor(transition_params), 0)

    def step(alphas: Any, potentials: Any) -> Any:
        return potentials + tf.reduce_logsumexp(tf.expand_dims(alphas, 2) + transitions, [1])

    alphas = _fold(step, inputs, sequence_lengths)
    norms = tf.reduce_logsumexp(alphas, [1])
    return tf.where(tf.less_equal(sequence_lengths, 0), tf.zeros_like(norms), norms)


def _fold(step: Callable[[Any, Any], Any], inputs: Any, sequence_lengths: Any) -> Any:
    """Goes through sequences from their second elements on, each as far as it is long."""
    lengths = tf.cast(sequence_lengths, tf.int32)
    rest = tf.transpose(inputs[:, 1:], [1, 0, 2])
    numbers = tf.range(1, tf.shape(inputs)[1])

    def advance(state: Any, element: Any) -> Any:
        number, potentials = element
        new = step(state, potentials)
        goes_on = tf.less(tf.fill(tf.shape(lengths), number), lengths)
        return tf.where(goes_on, new, state)

    return tf.foldl(advance, (numbers, rest), initializer=inputs[:, 0])


def crf_log_likelihood(
    inputs: Any, tag_indices: Any, sequence_lengths: Any, transition_params: Any = None
) -> tuple[Any, Any]:
    """The log-likelihoods of sequences of tags.

    Args:
        inputs: The potentials.
        tag_indices: The tags, [number, length].
        sequence_lengths: How long each sequence is.
        transition_params: The transitions; None for a variable ``transitions``.

    Returns:
        The log-likelihoods, and the transitions.
    """
    if transition_params is None:
        tags = inputs.shape.as_list()[2]
        transition_params = tf.get_variable("transitions", [tags, tags])
    scores = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return scores - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


def viterbi_decode(score: Any, transition_params: Any) -> tuple[list[Any], Any]:
    """The likeliest sequence of tags, with NumPy.

    Args:
        score: The potentials of one sequence, [length, tags].
        transition_params: The transitions.

    Returns:
        The tags, and their score.
    """
    trellis = np.zeros_like(score)
    backpointers = np.zeros_like(score, dtype=np.int32)
    trellis[0] = score[0]
    for place in range(1, score.shape[0]):
        before = np.expand_dims(trellis[place - 1], 1) + transition_params
        trellis[place] = score[place] + np.max(before, 0)
        backpointers[place] = np.argmax(before, 0)
    found = [np.argmax(trellis[-1])]
    for pointers in reversed(backpointers[1:]):
        found.append(pointers[found[-1]])
    return found[::-1], np.max(trellis[-1])


def crf_decode(potentials: Any, transition_params: Any, sequence_length: Any) -> tuple[Any, Any]:
    """The likeliest sequences of tags.

    Returns:
        The tags [number, length], with 0 where a sequence has ended, and their scores.
    """
    transitions = tf.expand_dims(tf.convert_to_tensor(transition_params), 0)
    lengths = tf.cast(sequence_length, tf.int32)
    number, steps = tf.shape(potentials)[0], tf.shape(potentials)[1]
    tags = tf.shape(potentials)[2]

    def forward(carry: Any, element: Any) -> Any:
        scores, _ = carry
        place, given = element
        before = tf.expand_dims(scores, 2) + transitions
        goes_on = tf.less(tf.fill([number], place), lengths)
        pointers = tf.cast(tf.argmax(before, 1), tf.int32)
        new = given + tf.reduce_max(before, [1])
        # Where a sequence has ended, a tag is followed by itself.
        same = tf.tile(tf.expand_dims(tf.range(tags), 0), [number, 1])
        return tf.where(goes_on, new, scores), tf.where(goes_on, pointers, same)

    first = potentials[:, 0]
    places = tf.range(1, steps)
    rest = tf.transpose(potentials[:, 1:], [1, 0, 2])
    start = (first, tf.zeros([number, tags], tf.int32))
    scores, pointers = tf.scan(forward, (places, rest), initializer=start)
    last = tf.concat([tf.expand_dims(first, 0), scores], 0)[-1]
    end = tf.cast(tf.argmax(last, 1), tf.int32)

    def backward(tag: Any, given: Any) -> Any:
        return tf.gather_nd(given, tf.stack([tf.range(number), tag], axis=1))

    path = tf.scan(backward, tf.reverse(pointers, [0]), initializer=end)
    decoded = tf.transpose(tf.reverse(tf.concat([tf.expand_dims(end, 0), path], 0), [0]))
    # A sequence of no length has its first tag all the same.
    kept = tf.sequence_mask(tf.maximum(lengths, 1), maxlen=steps, dtype=tf.int32)
    decoded *= kept
    decoded.set_shape(potentials.shape[:2])
    return decoded, tf.reduce_max(last, [1])
