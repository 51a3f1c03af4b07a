"""TensorFlow by its many names: its modules, and the names that people give to it."""

from __future__ import annotations

import re
import sys

V1 = "tensorflow.compat.v1"
"""What a module that re-exports TensorFlow 1 stands for."""

OTHER_FRAMEWORKS = frozenset(
    {
        *("chainer", "cupy", "dask", "flax", "jax", "keras", "mesh_tensorflow", "mxnet", "numpy"),
        *("oneflow", "optax", "paddle", "pandas", "polars", "scipy", "sklearn", "theano", "torch"),
        *("torch_geometric", "torch_scatter", "torch_sparse", "xarray"),
    }
) | frozenset(sys.stdlib_module_names)
"""Root modules known whose functions are not TensorFlow's, whatever they are called."""

TENSORFLOW_LIKE_NAMES = frozenset(
    {"tf", "tf1", "tfv1", "tf_v1", "tf_compat", "tensorflow", "state_ops"}
)
"""Names that people give to TensorFlow; a call through one is reported if not understood."""

# Each release has its modules under several names, nested into one another.
_SAME = re.compile(
    r"tensorflow(?:_core)?(?:\._api\.v[12](?:\.v2)?)?(?:\.compat\.v[12])*"
    r"(?:\.python\.keras\.api(?:\._v[12])?)?(?![^.])"
)


def public_module(module: str) -> str:
    """Return the one name for a TensorFlow module that goes by several.

    >>> public_module("tensorflow.compat.v2.compat.v1.train")
    'tensorflow.train'
    """
    match = _SAME.match(module)
    return module if match is None else "tensorflow" + module[match.end() :]


def is_tensorflow(qualified_name: str) -> bool:
    """Tell whether a qualified name lies within TensorFlow."""
    return qualified_name.partition(".")[0] in ("tensorflow", "tensorflow_core")


def tensorflow_member(qualified_name: str) -> str:
    """Return the name of a member of TensorFlow, such as ``train.Saver``; "" if it is none."""
    return public_module(qualified_name).partition(".")[2] if is_tensorflow(qualified_name) else ""


def tensorflow_or_keras_member(qualified_name: str) -> str:
    """Return the name of a member of TensorFlow or of Keras 3; "" if it is none."""
    return (
        qualified_name if qualified_name.startswith("keras.") else tensorflow_member(qualified_name)
    )
