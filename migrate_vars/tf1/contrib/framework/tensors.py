"""Checks of tensors, and conditions, from ``tf.contrib.framework``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow.compat.v1 as tf


def smart_constant_value(pred: Any) -> Any:
    """The value of a condition, as far as it is known while the graph is built.

    Raises:
        TypeError: If it is neither a Boolean, 0, 1, nor a tensor.
    """
    if isinstance(pred, tf.Tensor):
        return tf.get_static_value(pred)
    if pred in {0, 1}:
        return bool(pred)
    if isinstance(pred, tf.Variable):
        return None
    raise TypeError(f"pred must be a Tensor, or a Python bool, or 1 or 0, and is {pred!r}")


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """As ``tf.cond``, without an op where the condition is known while the graph is built.

    Raises:
        TypeError: If one of the functions is none.
    """
    if not callable(true_fn) or not callable(false_fn):
        raise TypeError("`true_fn` and `false_fn` must be callable")
    known = smart_constant_value(pred)
    if known is None:
        return tf.cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return true_fn() if known else false_fn()


def smart_case(
    pred_fn_pairs: Any,
    default: Callable[[], Any] | None = None,
    exclusive: bool = False,
    name: str = "smart_case",
) -> Any:
    """As ``tf.case``, without ops where conditions are known while the graph is built."""
    pairs = list(pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs)
    open_pairs: list[Any] = []
    for pred, function in pairs:
        known = smart_constant_value(pred)
        if known and not open_pairs:
            return function()
        if known is None or known:
            open_pairs.append((pred, function))
    if not open_pairs and default is not None:
        return default()
    return tf.case(open_pairs, default=default, exclusive=exclusive, name=name)


def assert_scalar(tensor: Any, name: str | None = None, message: str | None = None) -> Any:
    """The tensor, which must be a scalar.

    Raises:
        ValueError: If it is none.
    """
    with tf.name_scope(name, "assert_scalar", [tensor]):
        tensor = tf.convert_to_tensor(tensor)
        if tensor.shape.ndims != 0:
            raise ValueError(
                f"{message or ''}Expected scalar shape for {tensor.name}, saw shape: "
                f"{tensor.shape}."
            )
        return tensor


def assert_scalar_int(tensor: Any, name: str | None = None) -> Any:
    """The tensor, which must be an integer scalar.

    Raises:
        ValueError: If it is none.
    """
    with tf.name_scope(name, "assert_scalar_int", [tensor]) as scope:
        tensor = tf.convert_to_tensor(tensor)
        if not tensor.dtype.is_integer:
            raise ValueError(
                f"Expected integer type for {tensor.name}, received type: {tensor.dtype}."
            )
        return assert_scalar(tensor, name=scope)


def assert_same_float_dtype(tensors: Sequence[Any] | None = None, dtype: Any = None) -> Any:
    """The floating point type of all these; see ``tf.debugging.assert_same_float_dtype``."""
    return tf.debugging.assert_same_float_dtype(tensors, dtype)


def with_shape(expected_shape: Any, tensor: Any) -> Any:
    """The tensor, with this shape, which is checked when it runs where it is not known before.

    Raises:
        ValueError: If it is known to have another shape.
    """
    tensor = tf.convert_to_tensor(tensor)
    if isinstance(expected_shape, tf.Tensor):
        actual = tf.shape(tensor, out_type=expected_shape.dtype)
        with tf.control_dependencies([_assert_shape(actual, expected_shape, tensor.name)]):
            return tf.identity(tensor)
    expected = tf.TensorShape(expected_shape)
    if not tensor.shape.is_compatible_with(expected):
        raise ValueError(
            f"Invalid shape for tensor {tensor.name}, expected {expected}, got {tensor.shape}."
        )
    if tensor.shape.is_fully_defined() or not expected.is_fully_defined():
        return tensor
    with tf.name_scope(f"{tensor.op.name}/"):
        wanted = tf.constant(expected.as_list(), tf.int32)
        with tf.control_dependencies([_assert_shape(tf.shape(tensor), wanted, tensor.name)]):
            checked = tf.identity(tensor)
    checked.set_shape(expected)
    return checked


def with_same_shape(expected_tensor: Any, tensor: Any) -> Any:
    """The tensor, with the shape of another one; see ``with_shape``."""
    expected = tf.convert_to_tensor(expected_tensor)
    if expected.shape.is_fully_defined():
        return with_shape(expected.shape, tensor)
    return with_shape(tf.shape(expected), tensor)


def _assert_shape(actual: Any, expected: Any, name: str) -> Any:
    same = tf.logical_and(
        tf.equal(tf.size(actual), tf.size(expected)), tf.reduce_all(tf.equal(actual, expected))
    )
    return tf.Assert(same, [f"Wrong shape for {name} [expected] [actual].", expected, actual])


def remove_squeezable_dimensions(
    predictions: Any, labels: Any, name: str | None = None
) -> tuple[Any, Any]:
    """Removes the last dimension of whichever has one more than the other, if it is 1."""
    with tf.name_scope(name, "remove_squeezable_dimensions", [predictions, labels]):
        predictions, labels = tf.convert_to_tensor(predictions), tf.convert_to_tensor(labels)
        ranks = predictions.shape.ndims, labels.shape.ndims
        if None in ranks:
            raise ValueError("remove_squeezable_dimensions: predictions or labels of unknown rank")
        if ranks[0] - ranks[1] == 1:
            predictions = tf.squeeze(predictions, [-1])
        elif ranks[1] - ranks[0] == 1:
            labels = tf.squeeze(labels, [-1])
        return predictions, labels


def reduce_sum_n(tensors: Sequence[Any], name: str | None = None) -> Any:
    """The sum of all elements of all tensors.

    Raises:
        ValueError: If there are no tensors.
    """
    if not tensors:
        raise ValueError("No tensors provided.")
    with tf.name_scope(name, "reduce_sum_n", tensors) as scope:
        sums = []
        for tensor in tensors:
            tensor = tf.convert_to_tensor(tensor)
            with tf.name_scope(f"{scope}{tensor.op.name}/"):
                sums.append(tf.reduce_sum(tensor, name="sum"))
        return sums[0] if len(sums) == 1 else tf.add_n(sums, name=scope)


def convert_to_tensor_or_sparse_tensor(value: Any, dtype: Any = None, name: Any = None) -> Any:
    """A tensor; see ``tf.convert_to_tensor_or_sparse_tensor``."""
    return tf.convert_to_tensor_or_sparse_tensor(value, dtype, name)


def get_name_scope() -> str:
    """The name scope in which ops are made."""
    return str(tf.get_default_graph().get_name_scope())


def get_placeholders(graph: Any) -> list[Any]:
    """The placeholders of a graph."""
    operations = [op for op in graph.get_operations() if op.type.startswith("Placeholder")]
    return [op.outputs[0] for op in operations if op.type in ("Placeholder", "PlaceholderV2")]


def get_graph_from_inputs(op_input_list: Sequence[Any], graph: Any = None) -> Any:
    """The graph that all of these are in.

    Raises:
        ValueError: If they are in several.
    """
    graphs = [graph] if graph is not None else []
    graphs += [item.graph for item in op_input_list if hasattr(item, "graph")]
    if any(found is not graphs[0] for found in graphs):
        raise ValueError("get_graph_from_inputs: not all are in the same graph")
    return graphs[0] if graphs else tf.get_default_graph()


def strip_name_scope(name: str, export_scope: str) -> str:
    """A name without its scope; that of a control input or of ``loc:@`` keeps its mark."""
    if not export_scope:
        return name
    for mark in ("^", "loc:@"):
        if name.startswith(mark):
            return mark + strip_name_scope(name[len(mark) :], export_scope)
    prefix = export_scope if export_scope.endswith("/") else export_scope + "/"
    return name[len(prefix) :] if name.startswith(prefix) else name


def prepend_name_scope(name: str, import_scope: str) -> str:
    """A name in a scope; that of a control input or of ``loc:@`` keeps its mark."""
    if not import_scope:
        return name
    for mark in ("^", "loc:@"):
        if name.startswith(mark):
            return mark + prepend_name_scope(name[len(mark) :], import_scope)
    return f"{import_scope.rstrip('/')}/{name}"
