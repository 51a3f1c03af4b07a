"""The variables of a layer: their names, collections and regularization."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.variables import model_variable
from .utils import get_variable_collections


def layer_variable(
    name: str,
    shape: Sequence[Any],
    dtype: Any,
    initializer: Any,
    *,
    regularizer: Callable[[Any], Any] | None = None,
    regularized_as: str | None = None,
    trainable: bool = True,
    collections: Any = None,
) -> Any:
    """Gets or makes a variable of a layer.

    Args:
        name: Its name, by which ``collections`` is looked up, too, if that is a dictionary.
        shape: Its shape.
        dtype: Its type.
        initializer: What initialises it.
        regularizer: What gives its regularization loss, once, however often it is shared.
        regularized_as: The name under which the loss is computed, if not ``name``.
        trainable: Whether it is trained.
        collections: Further collections that it is in.
    """
    known = {id(variable) for variable in tf.global_variables()}
    variable = model_variable(
        name, shape=shape, dtype=dtype, initializer=initializer, trainable=bool(trainable)
    )
    parts = parts_of(variable)
    if regularizer is not None:
        for part in parts:
            if id(part) in known:
                continue
            with tf.name_scope(f"{regularized_as or name}/Regularizer"):
                loss = regularizer(part)
            if loss is not None:
                tf.add_to_collection(tf.GraphKeys.REGULARIZATION_LOSSES, loss)
    collect_variable(variable, name, collections)
    return variable


def collect_variable(variable: Any, name: str, collections: Any) -> None:
    """Puts a variable into the collections that there are for its name, where it is not yet."""
    for collection in get_variable_collections(collections, name) or []:
        there = {id(item) for item in tf.get_collection(collection)}
        for part in parts_of(variable):
            if id(part) not in there:
                tf.add_to_collection(collection, part)


def parts_of(variable: Any) -> list[Any]:
    """The parts of a partitioned variable, or the variable."""
    if type(variable).__name__ == "PartitionedVariable":
        return list(variable)
    return [variable]
