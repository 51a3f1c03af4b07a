"""Batch normalization.

TensorFlow 1.15 has three ways of it, and so has this: the fused op with plain updates (for rows,
and wherever updates do not go into ``GraphKeys.UPDATE_OPS``), the layer of ``tf.layers``, and plain
ops.  They differ in the order of their variables, in what an update gives, and in rounding; and the
fused op multiplies the variance by ``n / (n - 1)`` before it goes into the moving average.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from ..framework.variables import model_variable
from .layer_variables import collect_variable, layer_variable
from .moving_averages import assign_moving_average
from .utils import collect_named_outputs, constant_value, smart_cond

_LEAST_EPSILON = 1.001e-5


@add_arg_scope
def batch_norm(
    inputs: Any,
    decay: float = 0.999,
    center: bool = True,
    scale: bool = False,
    epsilon: float = 0.001,
    activation_fn: Callable[..., Any] | None = None,
    param_initializers: dict[str, Any] | None = None,
    param_regularizers: dict[str, Any] | None = None,
    updates_collections: Any = tf.GraphKeys.UPDATE_OPS,
    is_training: Any = True,
    reuse: bool | None = None,
    variables_collections: Any = None,
    outputs_collections: Any = None,
    trainable: bool = True,
    batch_weights: Any = None,
    fused: bool | None = None,
    data_format: str = "NHWC",
    zero_debias_moving_mean: bool = False,
    scope: Any = None,
    renorm: bool = False,
    renorm_clipping: Any = None,
    renorm_decay: float = 0.99,
    adjustment: Any = None,
) -> Any:
    """Normalizes each channel by the mean and variance of the batch, or by moving averages.

    Args:
        inputs: Of known rank and number of channels.
        decay: How much of the moving averages an update keeps.
        center: Whether to add ``beta``.
        scale: Whether to multiply by ``gamma``.
        epsilon: What is added to the variance.
        activation_fn: What is applied in the end.
        param_initializers: Initializers for "beta", "gamma", "moving_mean", "moving_variance".
        param_regularizers: Regularizers for "beta" and "gamma".
        updates_collections: The collections for the updates of the moving averages; None to make
            them whenever the outputs are computed.
        is_training: Whether to normalize by the batch and to make updates; a Boolean or a tensor.
        reuse: Whether the variables are there already.
        variables_collections: Collections for the variables, in a list for all, or a dictionary
            with lists by their names.
        outputs_collections: Collections for the outputs.
        trainable: Whether ``beta`` and ``gamma`` are trained.
        batch_weights: How much each example counts.
        fused: Whether to use the fused op where it can be; None is for yes.
        data_format: "NHWC" or "NCHW".
        zero_debias_moving_mean: Whether the moving mean makes up for having begun with zeros.
        scope: The variable scope, or its name.
        renorm: Not supported.
        renorm_clipping: Not supported.
        renorm_decay: Not supported.
        adjustment: Not supported.

    Raises:
        NotImplementedError: If batch renormalization or an adjustment is asked for.
        ValueError: If the data format is unknown, or rank or channels are not known.
    """
    for name, value in (("renorm", renorm), ("adjustment", adjustment)):
        if value:
            raise NotImplementedError(
                f"contrib.layers.batch_norm({name}=...) works under TensorFlow 1 only"
            )
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.variable_scope(scope, "BatchNorm", [inputs], reuse=reuse) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rank = inputs.shape.ndims
        if rank is None:
            raise ValueError(f"Inputs {inputs.name} has undefined rank")
        axis = 1 if data_format == "NCHW" else rank - 1
        size = inputs.shape.as_list()[axis]
        if size is None:
            raise ValueError(
                f"Inputs {inputs.name} has undefined channels dimension: {inputs.shape}"
            )
        weights = _Weights(
            size, _dtype_of_weights(inputs), param_initializers, param_regularizers, trainable,
            variables_collections,
        )  # fmt: skip
        collected = updates_collections == tf.GraphKeys.UPDATE_OPS and not zero_debias_moving_mean
        can_be_fused = batch_weights is None and rank in (2, 4) and fused is not False
        if can_be_fused and (rank == 2 or not collected):
            compute: Callable[..., Any] = _fused
        elif batch_weights is None and collected:
            compute = _layer
        else:
            compute = _plain
        outputs = compute(
            inputs,
            weights,
            axis=axis,
            center=center,
            scale=scale,
            decay=decay,
            epsilon=epsilon,
            is_training=is_training,
            updates_collections=updates_collections,
            batch_weights=batch_weights,
            zero_debias=zero_debias_moving_mean,
            fused=can_be_fused,
        )
        outputs.set_shape(inputs.shape)
        if activation_fn is not None:
            outputs = activation_fn(outputs)
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def _dtype_of_weights(inputs: Any) -> Any:
    dtype = inputs.dtype.base_dtype
    return tf.float32 if dtype in (tf.float16, tf.bfloat16) else dtype


class _Weights:
    """Makes the variables."""

    def __init__(
        self,
        size: int,
        dtype: Any,
        initializers: dict[str, Any] | None,
        regularizers: dict[str, Any] | None,
        trainable: bool,
        collections: Any,
    ) -> None:
        self.size, self.dtype, self.trainable = size, dtype, trainable
        self._initializers = initializers or {}
        self._regularizers = regularizers or {}
        self._collections = collections

    def make(self, name: str, wanted: bool = True, collect: bool = True) -> Any:
        """The variable of this name, in its collections or not yet; None if it is not wanted."""
        if not wanted:
            return None
        one = name in ("gamma", "moving_variance")
        otherwise = tf.ones_initializer() if one else tf.zeros_initializer()
        return layer_variable(
            name,
            [self.size],
            self.dtype,
            self._initializers.get(name, otherwise),
            regularizer=self._regularizers.get(name),
            trainable=self.trainable and not name.startswith("moving"),
            collections=self._collections if collect else None,
        )

    def make_moving(self, collect: bool = True) -> tuple[Any, Any]:
        """The moving mean and variance, which are never split into parts."""
        with tf.variable_scope(tf.get_variable_scope()) as scope:
            scope.set_partitioner(None)
            mean = self.make("moving_mean", collect=collect)
            return mean, self.make("moving_variance", collect=collect)

    def collect(self, **variables: Any) -> None:
        """Puts variables into the collections that there are for their names."""
        for name, variable in variables.items():
            if variable is not None:
                collect_variable(variable, name, self._collections)


def _known(is_training: Any) -> Any:
    return constant_value(is_training) if is_training is not None else None


def _normalized(inputs: Any, weights: _Weights, axis: int, epsilon: float, *parts: Any) -> Any:
    """Plain ops; ``parts`` are mean, variance, beta and gamma."""
    rank = inputs.shape.ndims
    shape = [1] * rank
    shape[axis] = weights.size
    fitted = []
    for part in parts:
        if part is not None and axis != rank - 1:
            part = tf.reshape(part, shape)
        fitted.append(None if part is None else tf.cast(part, inputs.dtype))
    return tf.nn.batch_normalization(inputs, *fitted, epsilon)


def _layer(
    inputs: Any,
    weights: _Weights,
    *,
    axis: int,
    center: bool,
    scale: bool,
    decay: float,
    epsilon: float,
    is_training: Any,
    fused: bool,
    **_: Any,
) -> Any:
    """As ``tf.layers.batch_normalization`` does it."""
    gamma = weights.make("gamma", scale, collect=False)
    beta = weights.make("beta", center, collect=False)
    mean, variance = weights.make_moving(collect=False)
    weights.collect(moving_mean=mean, moving_variance=variance, beta=beta, gamma=gamma)
    known = _known(is_training)

    if fused:
        offset = tf.zeros([weights.size], weights.dtype) if beta is None else beta
        gain = tf.ones([weights.size], weights.dtype) if gamma is None else gamma
        outputs, batch_mean, batch_variance = _fused_op(
            inputs, gain, offset, mean, variance, epsilon, axis, is_training
        )
        if (known is not None and not known) or not weights.trainable:
            return outputs
        momentum = smart_cond(is_training, lambda: decay, lambda: 1.0)
        for average, value in ((mean, batch_mean), (variance, batch_variance)):
            update = assign_moving_average(average, value, momentum, as_op=True)
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
        return outputs

    if known is not None and not known:
        return _normalized(inputs, weights, axis, epsilon, mean, variance, beta, gamma)
    axes = [place for place in range(inputs.shape.ndims) if place != axis]
    moments = tf.nn.moments(tf.cast(inputs, weights.dtype), axes)
    used = []
    for average, value in zip((mean, variance), moments, strict=True):
        used.append(_chosen(is_training, value, average))
    if weights.trainable:
        for average, value in zip((mean, variance), used, strict=True):
            update = smart_cond(
                is_training,
                functools.partial(assign_moving_average, average, value, decay),
                functools.partial(tf.convert_to_tensor, average),
            )
            tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update.op)
    return _normalized(inputs, weights, axis, epsilon, *used, beta, gamma)


def _chosen(is_training: Any, value: Any, average: Any) -> Any:
    return smart_cond(is_training, lambda: value, lambda: tf.convert_to_tensor(average))


def _fused_op(
    inputs: Any,
    gamma: Any,
    beta: Any,
    moving_mean: Any,
    moving_variance: Any,
    epsilon: float,
    axis: int,
    is_training: Any,
) -> Any:
    """Outputs, mean and variance."""
    data_format = "NCHW" if axis == 1 and inputs.shape.ndims == 4 else "NHWC"
    epsilon = max(epsilon, _LEAST_EPSILON)  # TensorFlow 2 takes smaller ones, too

    def by_batch() -> Any:
        return tf.nn.fused_batch_norm(inputs, gamma, beta, epsilon=epsilon, data_format=data_format)

    def by_averages() -> Any:
        return tf.nn.fused_batch_norm(
            inputs,
            gamma,
            beta,
            mean=moving_mean,
            variance=moving_variance,
            epsilon=epsilon,
            is_training=False,
            data_format=data_format,
        )

    return smart_cond(is_training, by_batch, by_averages)


def _fused(
    inputs: Any,
    weights: _Weights,
    *,
    axis: int,
    center: bool,
    scale: bool,
    decay: float,
    epsilon: float,
    is_training: Any,
    updates_collections: Any,
    zero_debias: bool,
    **_: Any,
) -> Any:
    """The fused op, with plain updates."""
    rows = inputs.shape.ndims == 2
    if rows:
        images = tf.reshape(inputs, [-1, 1, 1, weights.size])
        axis = 3
    else:
        images = inputs
    beta = weights.make("beta") if center else tf.constant(0.0, weights.dtype, [weights.size])
    gamma = weights.make("gamma") if scale else tf.constant(1.0, weights.dtype, [weights.size])
    mean, variance = weights.make_moving()
    make_debiasing = tf.get_variable if zero_debias else None
    outputs, batch_mean, batch_variance = _fused_op(
        images, gamma, beta, mean, variance, epsilon, axis, is_training
    )
    known = _known(is_training)
    if known is None or known:

        def update() -> Any:
            return (
                assign_moving_average(mean, batch_mean, decay, make_debiasing),
                assign_moving_average(variance, batch_variance, decay),
            )

        def given() -> Any:
            with tf.control_dependencies(list(update())):
                return tf.identity(outputs)

        if updates_collections is None:
            outputs = smart_cond(is_training, given, lambda: outputs)
        else:
            updates = smart_cond(
                is_training, update, lambda: (tf.identity(mean), tf.identity(variance))
            )
            for each in updates:
                tf.add_to_collections(updates_collections, each)
    outputs.set_shape(images.shape)
    return tf.reshape(outputs, tf.shape(inputs)) if rows else outputs


def _plain(
    inputs: Any,
    weights: _Weights,
    *,
    axis: int,
    center: bool,
    scale: bool,
    decay: float,
    epsilon: float,
    is_training: Any,
    updates_collections: Any,
    batch_weights: Any,
    zero_debias: bool,
    **_: Any,
) -> Any:
    """Plain ops and updates."""
    rank = inputs.shape.ndims
    if batch_weights is not None:
        batch_weights = tf.convert_to_tensor(batch_weights)
        if batch_weights.shape[0:1].is_compatible_with(inputs.shape[0:1]) is False:
            raise ValueError(f"batch_weights: {batch_weights.shape} does not fit {inputs.shape}")
        # As many dimensions as the inputs have.
        batch_weights = tf.reshape(batch_weights, [-1, *[1] * (rank - 1)])
    beta, gamma = weights.make("beta", center), weights.make("gamma", scale)
    make_debiasing = model_variable if zero_debias else None
    moving = weights.make_moving()
    known = _known(is_training)
    if known is not None and not known:
        return _normalized(inputs, weights, axis, epsilon, *moving, beta, gamma)
    axes = [place for place in range(rank) if place != axis]
    if batch_weights is None:
        moments = tf.nn.moments(inputs, axes)
    else:
        moments = tf.nn.weighted_moments(inputs, axes, batch_weights)
    batch = tuple(tf.cast(moment, weights.dtype) for moment in moments)

    def update() -> Any:
        return (
            assign_moving_average(moving[0], batch[0], decay, make_debiasing),
            assign_moving_average(moving[1], batch[1], decay),
        )

    if updates_collections is None:

        def given() -> Any:
            with tf.control_dependencies(list(update())):
                return tf.identity(batch[0]), tf.identity(batch[1])

        used = smart_cond(is_training, given, lambda: moving)
    else:
        updates = smart_cond(is_training, update, lambda: moving)
        for each in updates:
            tf.add_to_collections(updates_collections, each)
        used = smart_cond(is_training, lambda: batch, lambda: moving)
    return _normalized(inputs, weights, axis, epsilon, *used, beta, gamma)
