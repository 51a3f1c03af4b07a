"""``tf.layers.batch_normalization``, which TensorFlow 2 has only with another Keras installed.

Its legacy code has the layers behind the other functions of ``tf.layers``, but not this one. The
computation and the names of the variables are those of TensorFlow 1.15: the fused op for images,
plain ops otherwise, and updates of the moving averages in ``GraphKeys.UPDATE_OPS``. Batch
renormalization, virtual batches and adjustments are not supported.

This module is imported by programs, as part of a view of TensorFlow 1 (see ``v1_view``).
"""

from __future__ import annotations

import functools
import inspect
from typing import Callable, Optional

import tensorflow.compat.v1 as tf
from tensorflow.python.framework import tensor_util
from tensorflow.python.keras.engine.input_spec import InputSpec
from tensorflow.python.keras.legacy_tf_layers import base

from .interfaces import Value

# TensorFlow 1.15 replaces a smaller epsilon of the fused op by this; TensorFlow 2 does not.
_LEAST_EPSILON = 1.001e-5
_UNKNOWN = "renorm", "virtual_batch_size", "adjustment"


class BatchNormalization(base.Layer):  # type: ignore[misc,unused-ignore]
    """The layer; see ``tf.layers.BatchNormalization`` of TensorFlow 1.15."""

    def __init__(
        self,
        axis: Value = -1,
        momentum: Value = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Value = tf.zeros_initializer(),  # noqa: B008
        gamma_initializer: Value = tf.ones_initializer(),  # noqa: B008
        moving_mean_initializer: Value = tf.zeros_initializer(),  # noqa: B008
        moving_variance_initializer: Value = tf.ones_initializer(),  # noqa: B008
        beta_regularizer: Value = None,
        gamma_regularizer: Value = None,
        beta_constraint: Value = None,
        gamma_constraint: Value = None,
        renorm: bool = False,
        renorm_clipping: Value = None,
        renorm_momentum: float = 0.99,
        fused: Optional[bool] = None,
        trainable: bool = True,
        virtual_batch_size: Optional[int] = None,
        adjustment: Value = None,
        name: Optional[str] = None,
        **kwargs: Value,
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        for each, value in zip(_UNKNOWN, (renorm, virtual_batch_size, adjustment)):
            if value:
                raise ValueError(
                    f"tf.layers.batch_normalization({each}=...) works under TensorFlow 1 only"
                )
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else [axis]
        self.momentum, self.epsilon = momentum, epsilon
        self._weights_to_make = [
            ("gamma", scale, gamma_initializer, gamma_regularizer, gamma_constraint),
            ("beta", center, beta_initializer, beta_regularizer, beta_constraint),
            ("moving_mean", True, moving_mean_initializer, None, None),
            ("moving_variance", True, moving_variance_initializer, None, None),
        ]
        self.fused = fused is None or fused
        self.gamma = self.beta = self.moving_mean = self.moving_variance = None

    def build(self, input_shape: Value) -> None:
        """Creates the variables."""
        shape = tf.TensorShape(input_shape)
        if not shape.ndims:
            raise ValueError("Input has undefined rank:", shape)
        if any(not -shape.ndims <= axis < shape.ndims for axis in self.axis):
            raise ValueError(f"Invalid axis: {self.axis}")
        self.axis = [axis % shape.ndims for axis in self.axis]
        sizes = {axis: tf.dimension_value(shape[axis]) for axis in self.axis}
        if None in sizes.values():
            raise ValueError("Input has undefined `axis` dimension. Input shape: ", shape)
        self.fused = self.fused and shape.ndims == 4 and self.axis in ([1], [3])
        self.input_spec = InputSpec(ndim=shape.ndims, axes=sizes)
        if len(self.axis) == 1:
            sizes_of_weights = [sizes[self.axis[0]]]
        else:
            sizes_of_weights = [sizes.get(number, 1) for number in range(shape.ndims)]
        partitioner = self._scope.partitioner if self._scope else None
        for name, wanted, initializer, regularizer, constraint in self._weights_to_make:
            moving = name.startswith("moving")
            if moving and partitioner:
                self._scope.set_partitioner(None)
            if wanted:
                weight = self.add_weight(
                    name,
                    sizes_of_weights,
                    dtype=self._dtype_of_weights,
                    initializer=initializer,
                    regularizer=regularizer,
                    constraint=constraint,
                    trainable=not moving,
                )
                setattr(self, name, weight)
        if partitioner:
            self._scope.set_partitioner(partitioner)
        self.built = True

    @property
    def _dtype_of_weights(self) -> Value:
        dtype = tf.as_dtype(self.dtype or tf.float32)
        return tf.float32 if dtype in (tf.float16, tf.bfloat16) else dtype

    def call(self, inputs: Value, training: Value = False) -> Value:
        """Normalizes with the statistics of the batch, or with the moving averages."""
        known = tensor_util.constant_value(training) if tf.is_tensor(training) else training
        if known is not None:
            known = bool(known)
        compute = self._fused if self.fused else self._plain
        outputs, updates = compute(inputs, training, known)
        for update in updates:
            self.add_update(update)
        return outputs

    def _fused(self, inputs: Value, training: Value, known: Optional[bool]) -> Value:
        channels, dtype = inputs.shape[self.axis[0]], self._dtype_of_weights
        gamma = tf.ones([channels], dtype) if self.gamma is None else self.gamma
        beta = tf.zeros([channels], dtype) if self.beta is None else self.beta
        normalize = functools.partial(
            tf.nn.fused_batch_norm,
            inputs,
            gamma,
            beta,
            epsilon=max(self.epsilon, _LEAST_EPSILON),
            data_format="NCHW" if self.axis == [1] else "NHWC",
        )
        moving = {"mean": self.moving_mean, "variance": self.moving_variance}
        outputs, mean, variance = _choose(
            training, known, normalize, lambda: normalize(is_training=False, **moving)
        )
        if known is False:
            return outputs, []
        momentum = _choose(training, known, lambda: self.momentum, lambda: 1.0)
        return outputs, [
            self._move_average(self.moving_mean, mean, momentum),
            self._move_average(self.moving_variance, variance, momentum),
        ]

    def _plain(self, inputs: Value, training: Value, known: Optional[bool]) -> Value:
        mean, variance = self.moving_mean, self.moving_variance
        updates = []
        if known is not False:
            others = [number for number in range(inputs.shape.ndims) if number not in self.axis]
            mean, variance = tf.nn.moments(
                tf.cast(inputs, self._dtype_of_weights), others, keep_dims=len(self.axis) > 1
            )
            mean = self._of_batch(training, known, mean, self.moving_mean)
            variance = self._of_batch(training, known, variance, self.moving_variance)
            updates = [
                self._updated(training, known, self.moving_mean, mean),
                self._updated(training, known, self.moving_variance, variance),
            ]
        parts = [self._broadcast(inputs, part) for part in (mean, variance, self.beta, self.gamma)]
        parts = [None if part is None else tf.cast(part, inputs.dtype) for part in parts]
        outputs = tf.nn.batch_normalization(inputs, *parts, self.epsilon)
        outputs.set_shape(inputs.shape)
        return outputs, updates

    def _of_batch(
        self, training: Value, known: Optional[bool], value: Value, average: Value
    ) -> Value:
        return _choose(training, known, lambda: value, lambda: tf.convert_to_tensor(average))

    def _updated(
        self, training: Value, known: Optional[bool], average: Value, value: Value
    ) -> Value:
        return _choose(
            training,
            known,
            lambda: self._move_average(average, value, self.momentum),
            lambda: tf.convert_to_tensor(average),
        )

    def _broadcast(self, inputs: Value, part: Value) -> Value:
        """A weight reshaped to broadcast, unless the last dimension is normalized."""
        ndims = inputs.shape.ndims
        if part is None or len(part.shape) == ndims or self.axis == [ndims - 1]:
            return part
        shape = [1] * ndims
        shape[self.axis[0]] = inputs.shape[self.axis[0]]
        return tf.reshape(part, shape)

    def _move_average(self, variable: Value, value: Value, momentum: Value) -> Value:
        with tf.name_scope("AssignMovingAvg") as scope, tf.colocate_with(variable):
            dtype = variable.dtype.base_dtype
            decay = tf.cast(tf.convert_to_tensor(1.0 - momentum, name="decay"), dtype)
            delta = (variable - tf.cast(value, dtype)) * decay
            return tf.assign_sub(variable, delta, name=scope)


def batch_normalization(inputs: Value, *args: Value, **kwargs: Value) -> Value:
    """Normalizes a batch; see ``tf.layers.batch_normalization`` of TensorFlow 1.15.

    Raises:
        TypeError: If the arguments are not those of TensorFlow 1.15.
        ValueError: If one of them is not supported.
    """
    given = _SIGNATURE.bind(inputs, *args, **kwargs).arguments
    training, name = given.pop("training", False), given.get("name")
    layer = BatchNormalization(
        **{key: value for key, value in given.items() if key not in ("inputs", "reuse")},
        _reuse=given.get("reuse"),
        _scope=name,
    )
    return layer.apply(inputs, training=training)


def _signature_of_function() -> inspect.Signature:
    """The layer's parameters in the function's order, and three more."""
    layer = inspect.signature(BatchNormalization).parameters
    names = list(layer)
    last = names.index("gamma_constraint") + 1
    keyword = inspect.Parameter.POSITIONAL_OR_KEYWORD
    training = inspect.Parameter("training", keyword, default=False)
    reuse = inspect.Parameter("reuse", keyword, default=None)
    return inspect.Signature(
        [
            inspect.Parameter("inputs", keyword),
            *(layer[name] for name in names[:last]),
            *(training, layer["trainable"], layer["name"], reuse),
            *(layer[name] for name in ("renorm", "renorm_clipping", "renorm_momentum", "fused")),
            *(layer[name] for name in ("virtual_batch_size", "adjustment")),
        ]
    )


_SIGNATURE = _signature_of_function()
batch_normalization.__signature__ = _SIGNATURE  # type: ignore[attr-defined]


def _choose(
    training: Value,
    known: Optional[bool],
    batch: Callable[[], Value],
    averages: Callable[[], Value],
) -> Value:
    """The result of one of two functions; decided at run time if ``known`` is None."""
    if known is None:
        return tf.cond(training, batch, averages)
    return batch() if known else averages()
