"""Layer normalization of gates."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from ..layers.normalization import layer_norm


def normalized(gate: Any, scope: str, gain: float, shift: float) -> Any:
    """A gate after layer normalization, with the variables ``gamma`` and ``beta`` of a scope."""
    shape = gate.shape[-1:]
    with tf.variable_scope(scope):
        tf.get_variable("gamma", shape=shape, initializer=tf.constant_initializer(gain))
        tf.get_variable("beta", shape=shape, initializer=tf.constant_initializer(shift))
    return layer_norm(gate, reuse=True, scope=scope)
