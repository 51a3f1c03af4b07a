"""Collections of outputs and variables, sizes, and conditions, as the layers use them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf

from ..framework.tensors import smart_cond as _smart_cond


def collect_named_outputs(collections: Any, alias: str, outputs: Any) -> Any:
    """Puts a tensor into collections, where it has a further name, and gives it."""
    if collections:
        append_tensor_alias(outputs, alias)
        tf.add_to_collections(collections, outputs)
    return outputs


def append_tensor_alias(tensor: Any, alias: str) -> Any:
    """Gives a tensor a further name, and gives it."""
    tensor.aliases = [*getattr(tensor, "aliases", []), alias.rstrip("/")]
    return tensor


def get_tensor_aliases(tensor: Any) -> list[str]:
    """The further names of a tensor; its own, if it has none."""
    given = getattr(tensor, "aliases", None)
    if given:
        return list(given)
    name = str(tensor.name)
    return [name[:-2] if name.endswith(":0") else name]


def gather_tensors_aliases(tensors: Iterable[Any]) -> list[str]:
    """The further names of all these tensors."""
    return [alias for tensor in tensors for alias in get_tensor_aliases(tensor)]


def convert_collection_to_dict(
    collection: str, clear_collection: bool = False
) -> OrderedDict[str, Any]:
    """The tensors of a collection by their further names; the collection can be emptied, too."""
    found = OrderedDict(
        (alias, tensor)
        for tensor in tf.get_collection(collection)
        for alias in get_tensor_aliases(tensor)
    )
    if clear_collection:
        tf.get_default_graph().clear_collection(collection)
    return found


def get_variable_collections(variables_collections: Any, name: str) -> Any:
    """The collections for a variable, if there is a list for all, or a dictionary of lists."""
    if isinstance(variables_collections, dict):
        return variables_collections.get(name)
    return variables_collections


def constant_value(value_or_tensor_or_var: Any, dtype: Any = None) -> Any:
    """The value of a tensor, as far as it is known while the graph is built, or None.

    Raises:
        ValueError: If it is None, or of another type.
    """
    value = value_or_tensor_or_var
    if value is None:
        raise ValueError("value_or_tensor_or_var cannot be None")
    if not isinstance(value, (tf.Tensor, tf.Variable)):
        return value
    if dtype and value.dtype.base_dtype != dtype:
        raise ValueError(f"It has the wrong type {value.dtype}, and not {dtype}")
    return None if isinstance(value, tf.Variable) else tf.get_static_value(value)


def static_cond(pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any]) -> Any:
    """What one of two functions gives.

    Raises:
        TypeError: If one of them is none.
    """
    if not callable(fn1) or not callable(fn2):
        raise TypeError("fn1 and fn2 must be callable.")
    return fn1() if pred else fn2()


def smart_cond(
    pred: Any, fn1: Callable[[], Any], fn2: Callable[[], Any], name: str | None = None
) -> Any:
    """As ``tf.cond``, without an op where the condition is known while the graph is built."""
    return _smart_cond(pred, fn1, fn2, name)


def last_dimension(shape: Any, min_rank: int = 1) -> int:
    """The size of the last dimension.

    Raises:
        ValueError: If it is not known, or there are not so many dimensions.
    """
    return _dimension(shape, -1, min_rank)


def channel_dimension(shape: Any, data_format: str, min_rank: int = 1) -> int:
    """The size of the dimension of channels: the second for "channels_first", else the last.

    Raises:
        ValueError: If it is not known, or there are not so many dimensions.
    """
    return _dimension(shape, 1 if data_format == "channels_first" else -1, min_rank)


def _dimension(shape: Any, axis: int, min_rank: int) -> int:
    shape = tf.TensorShape(shape)
    if shape.ndims is None:
        raise ValueError("dims of shape must be known but is None")
    if shape.ndims < min_rank:
        raise ValueError(f"rank of shape must be at least {min_rank} not: {shape.ndims}")
    size = shape.as_list()[axis]
    if size is None:
        raise ValueError(f"dimension {axis} of shape must be known but is None: {shape}")
    return int(size)


def two_element_tuple(int_or_tuple: Any) -> tuple[Any, Any]:
    """A number twice, or two numbers.

    Raises:
        ValueError: If it is neither.
    """
    if isinstance(int_or_tuple, int):
        return int_or_tuple, int_or_tuple
    if isinstance(int_or_tuple, tf.TensorShape):
        int_or_tuple = int_or_tuple.as_list()
    if not isinstance(int_or_tuple, (list, tuple)):
        raise ValueError("Must be an int, a list with 2 elements or a TensorShape of length 2")
    if len(int_or_tuple) != 2:
        raise ValueError(f"Must be a list with 2 elements: {int_or_tuple}")
    return int_or_tuple[0], int_or_tuple[1]


def n_positive_integers(n: int, value: Any) -> tuple[int, ...]:
    """A positive integer ``n`` times, or ``n`` of them.

    Raises:
        ValueError: If it is neither.
    """
    if n < 1:
        raise ValueError("n must be a positive integer")
    if isinstance(value, tf.TensorShape):
        value = value.as_list()
    if isinstance(value, Sequence) or hasattr(value, "__len__"):
        try:
            sizes = tuple(int(size) for size in value)
        except (TypeError, ValueError):
            sizes = ()
        if len(sizes) != n or any(size < 1 for size in sizes):
            raise ValueError(f"Expected sequence of {n} positive integers, but received {value!r}")
        return sizes
    if int(value) < 1:
        raise ValueError(f"expected positive integer, but received {value}")
    return (int(value),) * n
