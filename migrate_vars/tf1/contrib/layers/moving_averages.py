"""Updates of moving averages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf


def assign_moving_average(
    variable: Any,
    value: Any,
    decay: Any,
    zero_debias: Callable[..., Any] | None = None,
    as_op: bool = False,
) -> Any:
    """Moves an average towards a value: ``variable -= (variable - value) * (1 - decay)``.

    Args:
        variable: The average.
        value: The value.
        decay: How much of the average is kept; a number or a tensor.
        zero_debias: What makes the two variables, ``biased`` and ``local_step``, that it takes to
            make up for the average having begun with zeros; None for not doing so.
        as_op: Whether to give the operation, not its result.
    """
    with tf.name_scope("AssignMovingAvg") as scope, tf.colocate_with(variable):
        dtype = variable.dtype.base_dtype
        rate = tf.convert_to_tensor(1.0 - decay, name="decay")
        if rate.dtype != dtype:
            rate = tf.cast(rate, dtype)
        value = tf.cast(value, dtype)
        if zero_debias is not None:
            delta = _debiased_delta(variable, value, rate, zero_debias)
        else:
            delta = (variable - value) * rate
        updated = tf.assign_sub(variable, delta, name=scope)
        return updated.op if as_op else updated


def _debiased_delta(variable: Any, value: Any, rate: Any, make_variable: Callable[..., Any]) -> Any:
    with tf.variable_scope(variable.op.name, values=[variable, value, rate]):
        dtype, zeros = variable.dtype.base_dtype, tf.zeros_initializer()
        biased = make_variable("biased", variable.shape, dtype, zeros, trainable=False)
        step = make_variable("local_step", [], dtype, zeros, trainable=False)
        with tf.colocate_with(biased):
            biased_now = tf.assign_sub(biased, (biased - value) * rate)
        step_now = tf.assign_add(step, 1)
        return variable - biased_now / (1 - tf.pow(1.0 - rate, step_now))
