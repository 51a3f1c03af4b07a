"""Layers of bidirectional networks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow.compat.v1 as tf


def stack_bidirectional_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Sequence[Any],
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Several layers of ``tf.nn.static_bidirectional_rnn``, each over the outputs of the last.

    Raises:
        ValueError: If there are not as many cells, and initial states, one way as the other.
    """
    _check(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (forward, backward) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with tf.variable_scope(f"cell_{number}") as cell_scope:
                inputs, state_fw, state_bw = tf.nn.static_bidirectional_rnn(
                    forward,
                    backward,
                    inputs,
                    initial_state_fw=_state(initial_states_fw, number),
                    initial_state_bw=_state(initial_states_bw, number),
                    sequence_length=sequence_length,
                    dtype=dtype,
                    scope=cell_scope,
                )
                states_fw.append(state_fw)
                states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def stack_bidirectional_dynamic_rnn(
    cells_fw: Sequence[Any],
    cells_bw: Sequence[Any],
    inputs: Any,
    initial_states_fw: Any = None,
    initial_states_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    parallel_iterations: int | None = None,
    time_major: bool = False,
    scope: Any = None,
    swap_memory: bool = False,
) -> tuple[Any, tuple[Any, ...], tuple[Any, ...]]:
    """Several layers of ``tf.nn.bidirectional_dynamic_rnn``, each over the outputs of the last.

    Raises:
        ValueError: If there are not as many cells, and initial states, one way as the other.
    """
    _check(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    states_fw, states_bw = [], []
    with tf.variable_scope(scope or "stack_bidirectional_rnn"):
        for number, (forward, backward) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with tf.variable_scope(f"cell_{number}"):
                outputs, (state_fw, state_bw) = tf.nn.bidirectional_dynamic_rnn(
                    forward,
                    backward,
                    inputs,
                    initial_state_fw=_state(initial_states_fw, number),
                    initial_state_bw=_state(initial_states_bw, number),
                    sequence_length=sequence_length,
                    parallel_iterations=parallel_iterations,
                    dtype=dtype,
                    swap_memory=swap_memory,
                    time_major=time_major,
                )
                inputs = tf.concat(outputs, 2)
                states_fw.append(state_fw)
                states_bw.append(state_bw)
    return inputs, tuple(states_fw), tuple(states_bw)


def _check(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> None:
    for name, cells in (("cells_fw", cells_fw), ("cells_bw", cells_bw)):
        if not isinstance(cells, list) or not cells:
            raise ValueError(f"{name} must be a list of cells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError("Forward and Backward cells must have the same depth.")
    for name, states, cells in (
        ("initial_states_fw", states_fw, cells_fw),
        ("initial_states_bw", states_bw, cells_bw),
    ):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells)):
            raise ValueError(f"{name} must be a list of state tensors (one per layer).")


def _state(states: Any, number: int) -> Any:
    return states[number] if states else None


def transpose_batch_time(x: Any) -> Any:
    """A tensor with its first two dimensions exchanged.

    Raises:
        ValueError: If it is known to have fewer.
    """
    rank = x.shape.ndims
    if rank is not None and rank < 2:
        raise ValueError(f"Expected input tensor {x} to have rank at least 2, but saw {x.shape}")
    found = tf.transpose(x, tf.concat(([1, 0], tf.range(2, tf.rank(x))), axis=0))
    if rank is not None:
        sizes = x.shape.as_list()
        found.set_shape([sizes[1], sizes[0], *sizes[2:]])
    return found


def best_effort_input_batch_size(flat_input: Sequence[Any]) -> Any:
    """The number of examples in time-major inputs; a number if it is known."""
    for given in flat_input:
        if given.shape.ndims is not None and given.shape.ndims >= 2:
            size = given.shape.as_list()[1]
            if size is not None:
                return size
    return tf.shape(flat_input[0])[1]
