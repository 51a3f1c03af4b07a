"""Runs each source in graph mode, with both kinds of variables, and eagerly; prints what happens.

It is started by its path with TensorFlow 1.15 or 2, so its syntax is that of Python 3.7.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tensorflow_module

tf = tensorflow_module.compat.v1
tf.enable_eager_execution()
tf.logging.set_verbosity(tf.logging.FATAL)


def observed(source: str, mode: str, initial: Any) -> list[Any]:
    """Return the result's type and value, the variable afterwards, and the ops of the graph."""
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    initial = np.array(initial)
    initial = initial.astype("float32" if initial.dtype.kind == "f" else "int32")
    if mode == "eager":
        variable = tf.Variable(initial)
        result = namespace["call"](variable)
        return [type(result).__name__, plain(result), plain(variable), []]
    with tf.Graph().as_default() as graph:
        resource = mode == "resource"
        variable = tf.get_variable("v", initializer=initial, use_resource=resource)
        result = namespace["call"](variable)
        with tf.Session(graph=graph) as session:
            session.run(variable.initializer)
            value = session.run(result)
            after = session.run(variable)
        ops = [[op.type, op.name] for op in graph.get_operations()]
    return [type(result).__name__, value.tolist(), after.tolist(), ops]


def plain(value: Any) -> Any:
    """Return the numbers of a tensor or a variable."""
    return np.array(value.numpy() if hasattr(value, "numpy") else value).tolist()


def attempt(source: str, mode: str, initial: Any) -> list[Any]:
    """Return what is observed, or the name of the error."""
    try:
        return observed(source, mode, initial)
    except Exception as error:
        return [type(error).__name__]


def main() -> None:
    """Answer for every source of the file that is named on the command line."""
    cases = json.loads(Path(sys.argv[1]).read_text())
    answers = [[attempt(source, *case[1:]) for source in case[0]] for case in cases]
    print("ANSWERS " + json.dumps(answers))


if __name__ == "__main__":
    main()
