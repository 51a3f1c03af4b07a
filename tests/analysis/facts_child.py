"""Checks, under TensorFlow 1.15 or 2, what the tables say of slices, Keras weights and callbacks.

It is started by its path, so its syntax is that of Python 3.7.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import tensorflow as tensorflow_module

tf = tensorflow_module.compat.v1
tf.enable_eager_execution()
tf.logging.set_verbosity(tf.logging.FATAL)
KEYWORDS = {"value": [1.0, 1.0], "name": "n", "use_locking": True}


def takes(make: Callable[[], Any]) -> dict[str, list[str]]:
    """Return the methods that write, and which keywords each takes."""
    made = make()
    found = {
        method: [keyword for keyword in KEYWORDS if accepts(make(), method, keyword)]
        for method in ("assign", "assign_add", "assign_sub")
        if hasattr(made, method)
    }
    return {**found, "scatter": [name for name in dir(made) if "scatter" in name]}


def accepts(target: Any, method: str, keyword: str) -> bool:
    """Tell whether a method takes a keyword."""
    positional = [] if keyword == "value" else [[1.0, 1.0]]
    try:
        getattr(target, method)(*positional, **{keyword: KEYWORDS[keyword]})
    except TypeError:
        return False
    return True


class Layer(tf.keras.layers.Layer):  # type: ignore[misc, name-defined]
    """A layer with a weight."""

    def __init__(self) -> None:
        """Make the weight."""
        super().__init__()
        self.c = self.add_weight(name="c", shape=(2,), initializer="zeros")


def given_to_functions() -> dict[str, bool]:
    """Return, by function, whether it passes on a variable as such."""
    seen: dict[str, bool] = {}

    def note(name: str, *arguments: Any) -> Any:
        is_variable = any(isinstance(x, tensorflow_module.Variable) for x in arguments)
        seen[name] = seen.get(name, False) or is_variable
        return arguments[0]

    v = tensorflow_module.Variable([1.0, 2.0])
    tf.while_loop(
        lambda i, x: note("while_loop", i, x) < 2,
        lambda i, x: (note("while_loop", i, x) + 1, x),
        [0, v],
    )
    tf.map_fn(lambda x: note("map_fn", x), v)
    tf.scan(lambda a, x: note("scan", a, x), v, initializer=v[0])
    tf.foldl(lambda a, x: note("foldl", a, x), v)
    tf.foldr(lambda a, x: note("foldr", a, x), v)
    tf.vectorized_map(lambda x: note("vectorized_map", x), v.read_value())
    tf.py_function(lambda x: note("py_function", x), [v], tf.float32)
    data = tensorflow_module.data.Dataset.from_tensor_slices(v.numpy())
    list(data.map(lambda x: note("map", x)))
    list(data.filter(lambda x: note("filter", x) > 0.0))
    list(data.flat_map(lambda x: data.map(lambda y: note("flat_map", x))))
    data.reduce(v, lambda s, x: note("reduce", s, x))
    return seen


if __name__ == "__main__":
    answer = {
        "slice": takes(lambda: tensorflow_module.Variable([0.0, 0.0, 0.0])[0:2]),
        "weight": takes(lambda: Layer().c),
        "given": given_to_functions(),
    }
    sys.stdout.write("FACTS " + json.dumps(answer) + "\n")
