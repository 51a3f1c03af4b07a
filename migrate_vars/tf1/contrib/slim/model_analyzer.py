"""What a model is made of, as ``tf.contrib.slim.model_analyzer`` prints it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

_RULE = "---------"


def tensor_description(var: Any) -> str:
    """Type and shape of a tensor or variable, as in ``(float32 2x3)``."""
    shape = var.shape.as_list()
    sizes = "x".join("?" if size is None else str(size) for size in shape)
    return f"({var.dtype.name} {sizes})"


def _size(tensor: Any) -> int:
    """The number of elements; 0 if it is not known."""
    shape = tensor.shape
    if shape.ndims is None or not shape.is_fully_defined():
        return 0
    return math.prod(shape.as_list())


def analyze_ops(graph: Any, print_info: bool = False) -> int:
    """The number of elements of all outputs of all operations of a graph."""
    if print_info:
        print(_RULE)
        print("Operations: name -> (type shapes) [size]")
        print(_RULE)
    total = 0
    for op in graph.get_operations():
        size, described = 0, []
        for output in op.outputs:
            size += _size(output)
            described.append(tensor_description(output) if output.shape.ndims is not None else "()")
        total += size
        if print_info:
            print(op.name, "\t->", ", ".join(described), f"[{size}]")
    return total


def analyze_vars(variables: Iterable[Any], print_info: bool = False) -> tuple[int, int]:
    """The numbers of elements and of bytes of variables."""
    if print_info:
        print(_RULE)
        print("Variables: name (type shape) [size]")
        print(_RULE)
    total, total_bytes = 0, 0
    for variable in variables:
        size = _size(variable)
        total += size
        total_bytes += size * variable.dtype.size
        if print_info:
            print(
                variable.name,
                tensor_description(variable),
                f"[{size}, bytes: {size * variable.dtype.size}]",
            )
    if print_info:
        print("Total size of variables:", total)
        print("Total bytes of variables:", total_bytes)
    return total, total_bytes
