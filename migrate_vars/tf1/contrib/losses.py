"""``tf.contrib.losses`` of TensorFlow 1.15: losses of predictions and, after them, of labels.

A loss is a weighted mean over the elements whose weight is not zero, and goes into a collection.
Weights may have fewer dimensions than what they weigh; then they count for the last ones.
"""

from __future__ import annotations

from typing import Any

import tensorflow.compat.v1 as tf

from .framework.arg_scope import add_arg_scope


def compute_weighted_loss(losses: Any, weights: Any = 1.0, scope: str | None = None) -> Any:
    """The weighted mean of losses, over the elements whose weight is not zero.

    Args:
        losses: Of any shape.
        weights: A number, or a tensor of the first dimensions of ``losses``.
        scope: The name scope.

    Raises:
        ValueError: If there are no weights, or their rank is not known or too large.
    """
    with tf.name_scope(scope, "weighted_loss", [losses, weights]):
        losses = tf.convert_to_tensor(losses)
        kind = losses.dtype
        losses = tf.cast(losses, tf.float32)
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        for name, tensor in (("losses", losses), ("weights", weights)):
            if tensor.shape.ndims is None:
                raise ValueError(f"{name}.get_shape().ndims cannot be None")
        rank, rank_of_losses = weights.shape.ndims, losses.shape.ndims
        if rank > 1 and weights.shape.as_list()[-1] == 1 and rank > rank_of_losses:
            weights, rank = tf.squeeze(weights, [-1]), rank - 1
        summed = tf.reduce_sum(losses, list(range(rank, rank_of_losses)))
        total = tf.reduce_sum(tf.multiply(summed, weights))
        mean = _mean(total, _number_present(losses, weights))
        mean = tf.cast(mean, kind)
        tf.add_to_collection(tf.GraphKeys.LOSSES, mean)
        return mean


def _number_present(losses: Any, weights: Any) -> Any:
    """How many elements have a weight that is not zero."""
    missing = losses.shape.ndims - weights.shape.ndims
    if missing > 0:
        weights = tf.reshape(weights, tf.concat([tf.shape(weights), [1] * missing], 0))
    return tf.reduce_sum(tf.cast(tf.not_equal(weights, 0.0), tf.float32) * tf.ones_like(losses))


def _mean(total: Any, number: Any) -> Any:
    safe = tf.where(tf.equal(number, 0), tf.ones_like(number), number)
    quotient = tf.div(total, safe)
    return tf.where(tf.greater(number, 0), quotient, tf.zeros_like(quotient), name="value")


def _checked(predictions: Any, labels: Any, weights: Any = 1.0) -> tuple[Any, Any]:
    if weights is None:
        raise ValueError("None values not supported.")
    predictions.shape.assert_is_compatible_with(labels.shape)
    return tf.cast(predictions, tf.float32), tf.cast(labels, tf.float32)


@add_arg_scope
def add_loss(loss: Any, loss_collection: str | None = tf.GraphKeys.LOSSES) -> None:
    """Puts a loss among the losses."""
    if loss_collection:
        tf.add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = tf.GraphKeys.LOSSES) -> list[Any]:
    """The losses, or those in a scope."""
    return list(tf.get_collection(loss_collection, scope))


def get_regularization_losses(scope: str | None = None) -> list[Any]:
    """The regularization losses, or those in a scope."""
    return list(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES, scope))


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss") -> Any:
    """The sum of the losses, and of the regularization losses, too, if asked for."""
    losses = get_losses()
    if add_regularization_losses:
        losses += get_regularization_losses()
    return tf.add_n(losses, name=name)


def absolute_difference(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """The mean of ``abs(predictions - labels)``."""
    with tf.name_scope(scope, "absolute_difference", [predictions, labels]) as full:
        predictions, labels = _checked(predictions, labels, weights)
        return compute_weighted_loss(tf.abs(predictions - labels), weights, scope=full)


def mean_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """The mean of ``square(predictions - labels)``."""
    with tf.name_scope(scope, "mean_squared_error", [predictions, labels]) as full:
        predictions, labels = _checked(predictions, labels, weights)
        losses = tf.math.squared_difference(predictions, labels)
        return compute_weighted_loss(losses, weights, scope=full)


def log_loss(
    predictions: Any,
    labels: Any = None,
    weights: Any = 1.0,
    epsilon: float = 1e-7,
    scope: str | None = None,
) -> Any:
    """The mean of the cross entropy of probabilities."""
    with tf.name_scope(scope, "log_loss", [predictions, labels]) as full:
        predictions, labels = _checked(predictions, labels, weights)
        ones = tf.multiply(labels, tf.log(predictions + epsilon))
        zeros = tf.multiply(1 - labels, tf.log(1 - predictions + epsilon))
        return compute_weighted_loss(-ones - zeros, weights, scope=full)


def hinge_loss(logits: Any, labels: Any = None, scope: str | None = None) -> Any:
    """``max(0, 1 - (2 labels - 1) logits)`` of each element; it is in no collection."""
    with tf.name_scope(scope, "hinge_loss", [logits, labels]):
        logits.shape.assert_is_compatible_with(labels.shape)
        signs = tf.subtract(2 * tf.cast(labels, tf.float32), 1.0)
        return tf.nn.relu(tf.subtract(1.0, tf.multiply(signs, logits)))


def sigmoid_cross_entropy(
    logits: Any,
    multi_class_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Any:
    """The mean sigmoid cross entropy; labels can be moved towards one half."""
    values = [logits, multi_class_labels, weights]
    with tf.name_scope(scope, "sigmoid_cross_entropy_loss", values) as full:
        logits.shape.assert_is_compatible_with(multi_class_labels.shape)
        labels = tf.cast(multi_class_labels, logits.dtype)
        if label_smoothing > 0:
            labels = labels * (1 - label_smoothing) + 0.5 * label_smoothing
        losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, scope=full)


def softmax_cross_entropy(
    logits: Any,
    onehot_labels: Any,
    weights: Any = 1.0,
    label_smoothing: float = 0,
    scope: str | None = None,
) -> Any:
    """The mean softmax cross entropy; labels can be moved towards all classes alike."""
    values = [logits, onehot_labels, weights]
    with tf.name_scope(scope, "softmax_cross_entropy_loss", values) as full:
        logits.shape.assert_is_compatible_with(onehot_labels.shape)
        labels = tf.cast(onehot_labels, logits.dtype)
        if label_smoothing > 0:
            classes = tf.cast(tf.shape(labels)[1], logits.dtype)
            labels = labels * (1.0 - label_smoothing) + label_smoothing / classes
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, scope=full)


def sparse_softmax_cross_entropy(
    logits: Any, labels: Any, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """The mean softmax cross entropy of classes."""
    with tf.name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels]) as full:
        labels = tf.reshape(labels, [tf.shape(labels)[0]])
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return compute_weighted_loss(losses, weights, scope=full)


def cosine_distance(
    predictions: Any,
    labels: Any = None,
    axis: int | None = None,
    weights: Any = 1.0,
    scope: str | None = None,
    dim: int | None = None,
) -> Any:
    """The mean of one minus the scalar product along an axis.

    Raises:
        ValueError: If there is no axis.
    """
    axis = dim if axis is None else axis
    if axis is None:
        raise ValueError("You must specify 'axis'.")
    with tf.name_scope(scope, "cosine_distance_loss", [predictions, labels]) as full:
        predictions, labels = _checked(predictions, labels)
        losses = 1 - tf.reduce_sum(tf.multiply(predictions, labels), axis=[axis])
        return compute_weighted_loss(losses, weights, scope=full)


def mean_pairwise_squared_error(
    predictions: Any, labels: Any = None, weights: Any = 1.0, scope: str | None = None
) -> Any:
    """The mean squared difference between the errors of pairs of elements of an example.

    Raises:
        ValueError: If the weights have more than one dimension.
    """
    with tf.name_scope(scope, "mean_pairwise_squared_error", [predictions, labels]):
        predictions, labels = _checked(predictions, labels, weights)
        weights = tf.cast(tf.convert_to_tensor(weights), tf.float32)
        rank = weights.shape.ndims
        if rank is None or rank > 1:
            raise ValueError(
                "mean_pairwise_squared_error: weights of more than one dimension are not "
                "supported; give one for each example"
            )
        errors = predictions - labels
        axes = list(range(1, errors.shape.ndims))
        shape = tf.concat([tf.shape(weights), [1] * (errors.shape.ndims - rank)], 0)
        present = tf.cast(tf.not_equal(tf.reshape(weights, shape), 0.0), tf.float32)
        number = tf.reduce_sum(present * tf.ones_like(errors), axes)
        squares = 2.0 * _quotient(tf.reduce_sum(tf.square(errors), axes), number)
        sums = 2.0 * _quotient(tf.square(tf.reduce_sum(errors, axes)), tf.square(number))
        each = squares - sums
        total = tf.reduce_sum(tf.reduce_sum(each, list(range(rank, 1))) * weights)
        mean = tf.where(tf.reduce_sum(number) > 0, total, tf.zeros_like(total), name="value")
        tf.add_to_collection(tf.GraphKeys.LOSSES, mean)
        return mean


def _quotient(numerator: Any, denominator: Any) -> Any:
    """A quotient, which is 0 where the denominator is."""
    positive = tf.greater(denominator, 0)
    safe = tf.where(positive, denominator, tf.ones_like(denominator))
    return tf.where(positive, numerator / safe, tf.zeros_like(numerator), name="value")
