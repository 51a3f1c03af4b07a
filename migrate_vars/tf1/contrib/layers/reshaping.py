"""Layers without variables: dropout, flattening, encodings and the like."""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.arg_scope import add_arg_scope
from .layer_variables import layer_variable
from .utils import collect_named_outputs, last_dimension, smart_cond


@add_arg_scope
def dropout(
    inputs: Any,
    keep_prob: Any = 0.5,
    noise_shape: Any = None,
    is_training: Any = True,
    outputs_collections: Any = None,
    scope: Any = None,
    seed: int | None = None,
) -> Any:
    """Sets elements to zero, each with the probability ``1 - keep_prob``, and scales the others.

    Args:
        inputs: The tensor.
        keep_prob: The probability that an element is kept, a number or a tensor.
        noise_shape: The shape of what is drawn; with 1 for dimensions that share it.
        is_training: Whether to do so, or to give the inputs; a Boolean or a tensor.
        outputs_collections: Collections for the outputs.
        scope: The variable scope, or its name.
        seed: The seed of the op.
    """
    with tf.variable_scope(scope, "Dropout", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        rate = 1 - keep_prob

        def dropped() -> Any:
            return tf.nn.dropout(inputs, noise_shape=noise_shape, seed=seed, rate=rate)

        outputs = smart_cond(is_training, dropped, lambda: tf.identity(inputs))
        return collect_named_outputs(outputs_collections, sc.name, outputs)


@add_arg_scope
def flatten(inputs: Any, outputs_collections: Any = None, scope: Any = None) -> Any:
    """Makes one dimension of all but the first.

    Raises:
        ValueError: If the rank is not known.
    """
    with tf.name_scope(scope, "Flatten", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if not inputs.shape.ndims:
            raise ValueError(f"flatten: the inputs have the shape {inputs.shape}")
        batch, *sizes = inputs.shape.as_list()
        known = None if None in sizes else _product(sizes)
        with tf.name_scope("flatten"):
            if batch is not None or known is not None:
                shape: Any = [batch or -1, -1 if batch is not None else known]
                if batch is None and known is None:
                    shape = [-1, -1]
                outputs = tf.reshape(inputs, shape)
            else:
                outputs = tf.reshape(inputs, tf.stack([tf.shape(inputs)[0], -1]))
        outputs.set_shape([batch, known])
        return collect_named_outputs(outputs_collections, sc, outputs)


def _product(sizes: list[int]) -> int:
    product = 1
    for size in sizes:
        product *= size
    return product


@add_arg_scope
def one_hot_encoding(
    labels: Any,
    num_classes: int,
    on_value: float = 1.0,
    off_value: float = 0.0,
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """One-hot rows of labels; see ``tf.one_hot``."""
    with tf.name_scope(scope, "OneHotEncoding", [labels, num_classes]) as sc:
        labels = tf.convert_to_tensor(labels)
        if labels.dtype.base_dtype == tf.int32:
            labels = tf.to_int64(labels)
        outputs = tf.one_hot(labels, num_classes, on_value=on_value, off_value=off_value)
        return collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def softmax(logits: Any, scope: Any = None) -> Any:
    """The softmax over the last dimension."""
    with tf.variable_scope(scope, "softmax", [logits]):
        size = last_dimension(logits.shape, min_rank=2)
        predictions = tf.nn.softmax(tf.reshape(logits, [-1, size]))
        predictions = tf.reshape(predictions, tf.shape(logits))
        predictions.set_shape(logits.shape)
        return predictions


@add_arg_scope
def unit_norm(inputs: Any, dim: int, epsilon: float = 1e-7, scope: Any = None) -> Any:
    """Divides by the norm along a dimension.

    Raises:
        ValueError: If the rank is not known, or there is no such dimension.
    """
    with tf.variable_scope(scope, "UnitNorm", [inputs]):
        rank = inputs.shape.ndims
        if not rank:
            raise ValueError("The input rank must be known.")
        if not 0 <= dim < rank:
            raise ValueError("dim must be positive but smaller than the input rank.")
        norms = tf.sqrt(epsilon + tf.reduce_sum(tf.square(inputs), dim, keepdims=True))
        multiples = [1] * rank
        multiples[dim] = tf.shape(inputs)[dim]
        return tf.div(inputs, tf.tile(norms, tf.stack(multiples)))


@add_arg_scope
def maxout(inputs: Any, num_units: int, axis: int = -1, scope: Any = None) -> Any:
    """The maximum over parts of a dimension, of which ``num_units`` remain.

    The parts are of elements that follow each other in memory, whichever dimension it is.

    Raises:
        ValueError: If its size is no multiple of that.
    """
    with tf.variable_scope(scope, "MaxOut", [inputs]):
        inputs = tf.convert_to_tensor(inputs)
        shape = inputs.shape.as_list()
        axis %= len(shape)
        size = shape[axis]
        if size % num_units:
            raise ValueError(f"number of features({size}) is not a multiple of num_units")
        shape[axis] = num_units
        sizes: list[Any] = [
            tf.shape(inputs)[place] if known is None else known for place, known in enumerate(shape)
        ]
        outputs = tf.reduce_max(tf.reshape(inputs, [*sizes, size // num_units]), -1)
        outputs.set_shape(shape)
        return outputs


@add_arg_scope
def spatial_softmax(
    features: Any,
    temperature: float | None = None,
    name: str | None = None,
    variables_collections: Any = None,
    trainable: bool = True,
    data_format: str = "NHWC",
) -> Any:
    """Where in the image each channel is, as the mean of coordinates from -1 to 1.

    Args:
        features: Images.
        temperature: The initial temperature of the softmax, which is a variable; None for 1.
        name: The variable scope.
        variables_collections: Collections for the variable.
        trainable: Whether the variable is trained.
        data_format: "NHWC" or "NCHW".

    Raises:
        ValueError: If the data format is unknown, or the number of channels is not known.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.variable_scope(name, "spatial_softmax"):
        first = data_format == "NCHW"
        channels = features.shape.as_list()[1 if first else 3]
        if channels is None:
            raise ValueError("spatial_softmax: the number of channels must be known")
        sizes = tf.shape(features)
        height, width = (sizes[2], sizes[3]) if first else (sizes[1], sizes[2])
        scale = layer_variable(
            "temperature",
            (),
            tf.float32,
            tf.constant_initializer(1.0 if temperature is None else temperature),
            trainable=trainable,
            collections=variables_collections,
        )
        with tf.name_scope("spatial_softmax_op"):
            rows, columns = tf.meshgrid(
                tf.lin_space(-1.0, 1.0, num=height),
                tf.lin_space(-1.0, 1.0, num=width),
                indexing="ij",
            )
            rows = tf.reshape(rows, [height * width])
            columns = tf.reshape(columns, [height * width])
            channelled = features if first else tf.transpose(features, [0, 3, 1, 2])
            flat = tf.reshape(channelled, [-1, height * width])
            attention = tf.nn.softmax(flat / scale)
            expected = [
                tf.reduce_sum(places * attention, [1], keepdims=True) for places in (rows, columns)
            ]
            outputs = tf.reshape(tf.concat(expected, 1), [-1, channels * 2])
        outputs.set_shape([None, channels * 2])
        return outputs


@add_arg_scope
def images_to_sequence(
    inputs: Any, data_format: str = "NHWC", outputs_collections: Any = None, scope: Any = None
) -> Any:
    """The columns of images as a sequence, [width, number * height, channels].

    Raises:
        ValueError: If the data format is unknown, or the rank is not four.
    """
    if data_format not in ("NCHW", "NHWC"):
        raise ValueError("data_format has to be either NCHW or NHWC.")
    with tf.name_scope(scope, "ImagesToSequence", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if inputs.shape.ndims != 4:
            raise ValueError(f"images_to_sequence: expected rank 4, and got {inputs.shape}")
        if data_format == "NCHW":
            inputs = tf.transpose(inputs, [0, 2, 3, 1])
        _, _, width, depth = inputs.shape.as_list()
        sizes = tf.shape(inputs)
        columns = tf.transpose(inputs, [2, 0, 1, 3])
        steps = width if width is not None else sizes[2]
        outputs = tf.reshape(columns, [steps, sizes[0] * sizes[1], depth])
        if None not in inputs.shape.as_list()[:2]:
            number, height = inputs.shape.as_list()[:2]
            outputs.set_shape([width, number * height, depth])
        return collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def sequence_to_images(
    inputs: Any,
    height: int,
    output_data_format: str = "channels_last",
    outputs_collections: Any = None,
    scope: Any = None,
) -> Any:
    """The images that ``images_to_sequence`` was given.

    Raises:
        ValueError: If the rank is not three.
    """
    with tf.name_scope(scope, "SequenceToImages", [inputs]) as sc:
        inputs = tf.convert_to_tensor(inputs)
        if inputs.shape.ndims != 3:
            raise ValueError(f"sequence_to_images: expected rank 3, and got {inputs.shape}")
        width, batch, depth = inputs.shape.as_list()
        number = -1 if batch is None else batch // height
        columns = tf.reshape(inputs, [width or -1, number, height, depth])
        first = output_data_format == "channels_first"
        outputs = tf.transpose(columns, [1, 3, 2, 0] if first else [1, 2, 0, 3])
        return collect_named_outputs(outputs_collections, sc, outputs)


@add_arg_scope
def dense_to_sparse(
    tensor: Any, eos_token: int = 0, outputs_collections: Any = None, scope: Any = None
) -> Any:
    """A sparse tensor of all elements but those that are ``eos_token``."""
    with tf.variable_scope(scope, "dense_to_sparse", [tensor]) as sc:
        tensor = tf.convert_to_tensor(tensor)
        indices = tf.where(tf.not_equal(tensor, tf.constant(eos_token, tensor.dtype)))
        outputs = tf.SparseTensor(
            indices, tf.gather_nd(tensor, indices), tf.shape(tensor, out_type=tf.int64)
        )
        return collect_named_outputs(outputs_collections, sc.name, outputs)


def scale_gradient(x: Any, scale: Any) -> Any:
    """A tensor whose gradient is multiplied by a number."""

    def scaled(x: Any, scale: Any) -> Any:
        return tf.identity(x), lambda gradient: (gradient * scale, tf.zeros_like(scale))

    return tf.custom_gradient(scaled)(x, tf.convert_to_tensor(scale))
