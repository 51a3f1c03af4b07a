"""Runs cases, each in a graph of its own, and writes down all that can be compared of them.

It runs under TensorFlow 1.15 and under 2.x with ``migrate_vars.tf1``::

    python run_cases.py CASES.py RESULTS.json ROOT

A case is a function ``case_...(tf, contrib)``, which builds a graph and gives what it built: a
tensor, an operation, or lists and dicts of these and of plain values.  What it gives as "loss" is
trained for some steps, with the ops in ``GraphKeys.UPDATE_OPS`` run before each.  What it gives as
"feed" is fed, and "steps" is how many steps there are.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from typing import Any, Dict, List

import numpy as np

STEPS = 3
RATE = 0.05


def main(cases: str, results: str, root: str) -> None:
    """Runs the cases of one file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, root)
    tf, contrib, random_seed = _tensorflow()
    tf.logging.set_verbosity(tf.logging.ERROR)
    spec = importlib.util.spec_from_file_location("cases", cases)
    module = importlib.util.module_from_spec(spec)  # type: ignore[arg-type,unused-ignore]
    spec.loader.exec_module(module)  # type: ignore[union-attr,unused-ignore]
    chosen = set(filter(None, os.environ.get("CASES", "").split(",")))
    found = {}
    for name in dir(module):
        if name.startswith("case_") and (not chosen or name[5:] in chosen):
            found[name[5:]] = _run(getattr(module, name), tf, contrib, random_seed)
    with open(results, "w") as file:
        json.dump(found, file)


def _tensorflow() -> Any:
    try:
        import tensorflow.contrib as contrib
    except ImportError:
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        import tensorflow.compat.v1 as tf

        from migrate_vars.tf1 import contrib

        tf.disable_v2_behavior()
    else:
        import tensorflow as tf
    from tensorflow.python.framework import random_seed

    return tf, contrib, random_seed


def _run(case: Any, tf: Any, contrib: Any, random_seed: Any) -> Dict[str, Any]:
    """What one case gives; every random op has a seed that says the how-manieth it is."""
    count = [0]

    def get_seed(seed: Any) -> Any:
        if seed is not None:
            return 1234, seed
        count[0] += 1
        return 4321, count[0]

    random_seed.get_seed = get_seed
    np.random.seed(1)
    graph = tf.Graph()
    try:
        with graph.as_default(), tf.Session(config=_config(tf)) as session:
            return _record(case(tf, contrib), tf, graph, session)
    except Exception as error:
        return {"error": type(error).__name__, "message": traceback.format_exc()}


def _config(tf: Any) -> Any:
    """One thread, and no rewriting of graphs, which takes longer than running them."""
    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    options = config.graph_options.rewrite_options
    options.disable_meta_optimizer = True
    return config


def _record(built: Any, tf: Any, graph: Any, session: Any) -> Dict[str, Any]:
    built = built if isinstance(built, dict) else {"output": built}
    feed = built.pop("feed", {})
    steps = built.pop("steps", STEPS)
    found: Dict[str, Any] = {
        "collections": _collections(tf, graph),
        "variables": [_variable(tf, variable) for variable in _variables(tf)],
        "built": _names(built),
    }
    gradients, train = [], None
    if "loss" in built:
        variables = tf.trainable_variables()
        gradients = [
            gradient if gradient is None else tf.convert_to_tensor(gradient)
            for gradient in tf.gradients(built["loss"], variables)
        ]
        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            optimizer = tf.train.GradientDescentOptimizer(RATE)
            if variables:
                train = optimizer.minimize(built["loss"], var_list=variables)
    session.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    session.run(tf.tables_initializer())
    found["initial"] = _values(session, _variables(tf))
    found["values"] = [_fetched(tf, session, built, feed)]
    found["gradients"] = _fetched(tf, session, gradients, feed)
    for _ in range(steps if train is not None else 0):
        session.run(train, feed)
        found["values"].append(_fetched(tf, session, built, feed))
    found["final"] = _values(session, _variables(tf))
    return found


def _variables(tf: Any) -> List[Any]:
    return [*tf.global_variables(), *tf.local_variables()]


def _variable(tf: Any, variable: Any) -> List[Any]:
    shape = variable.shape.as_list() if variable.shape.ndims is not None else None
    return [variable.name, shape, variable.dtype.base_dtype.name]


def _collections(tf: Any, graph: Any) -> Dict[str, List[str]]:
    found = {}
    for key in graph.get_all_collection_keys():
        if isinstance(key, str) and key != "__variable_store" and not key.startswith("_"):
            names = [_name(item) for item in graph.get_collection(key)]
            if names:
                found[key] = names
    return found


def _name(item: Any) -> str:
    return str(getattr(item, "name", None) or type(item).__name__)


def _is_fetch(item: Any) -> bool:
    return any(base.__name__ in ("Tensor", "Operation", "Variable", "SparseTensor",
                                 "RefVariable", "VariableV1", "ResourceVariable",
                                 "BaseResourceVariable", "SymbolicTensor")
               for base in type(item).__mro__)  # fmt: skip


def _names(built: Any) -> Any:
    """The structure, with names and shapes in the place of tensors."""
    if isinstance(built, dict):
        return {str(key): _names(value) for key, value in built.items()}
    if isinstance(built, (list, tuple)):
        return [_names(value) for value in built]
    if _is_fetch(built):
        shape = getattr(built, "shape", None)
        known = shape is not None and shape.ndims is not None
        static = shape.as_list() if shape is not None and known else None
        dtype = getattr(built, "dtype", None)
        name = "sparse" if type(built).__name__ == "SparseTensor" else built.name
        return [name, static, None if dtype is None else dtype.base_dtype.name]
    return type(built).__name__


def _fetched(tf: Any, session: Any, built: Any, feed: Any) -> Any:
    """The structure, with values in the place of tensors, all of one run."""
    fetches: List[Any] = []
    _map(built, lambda item: fetches.append(item) if _is_fetch(item) else None)
    values = iter(session.run(fetches, feed) if fetches else [])
    return _map(built, lambda item: _plain(next(values) if _is_fetch(item) else item))


def _map(built: Any, function: Any) -> Any:
    if isinstance(built, dict):
        return {str(key): _map(value, function) for key, value in sorted(built.items())}
    if isinstance(built, (list, tuple)):
        return [_map(value, function) for value in built]
    return function(built)


def _values(session: Any, variables: List[Any]) -> List[Any]:
    return [_plain(value) for value in session.run(variables)] if variables else []


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, (np.ndarray, np.generic)):
        return _plain(value.tolist())
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in sorted(value.items())}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return type(value).__name__


if __name__ == "__main__":
    main(*sys.argv[1:])
