"""Lists the public names of TensorFlow, one module a line: its name, a colon, and what is in it.

``names_of_1_15.txt`` was made with it, under TensorFlow 1.15.5::

    python list_names.py > names_of_1_15.txt

Left out is what modules of ``contrib`` took from others with ``import *``, and what the flags and
the bindings to C++ are made of.
"""

from __future__ import annotations

import os
import sys
import types
import warnings
from typing import Any, Dict, List

_LEFT_OUT = frozenset(["compat", "python", "core", "tools", "include", "pywrap_tensorflow"])
_NOT_PUBLIC = ("flags.", "app.flags.", "contrib.quantization.", "contrib.graph_editor.",
               "contrib.tensor_forest.", "contrib.testing.", "contrib.grid_rnn.",
               "contrib.labeled_tensor.", "contrib.keras.", "contrib.tfprof.",
               "contrib.tensorboard.plugins.projector.", "contrib.slim.")  # fmt: skip
_OF_THE_FUTURE = frozenset(["absolute_import", "division", "print_function"])
_OURS = frozenset(["tensorflow", "tensorflow_core", "tensorflow_estimator", "keras", "tf_keras"])


def main() -> None:
    """Prints the names."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    import tensorflow as tf

    found: Dict[str, List[str]] = {}
    _walk(tf, "", found, [])
    for module in sorted(found):
        sys.stdout.write(":".join([module, " ".join(found[module])]) + "\n")


def _walk(module: Any, prefix: str, found: Dict[str, List[str]], around: List[int]) -> None:
    names = found.setdefault(prefix.rstrip("."), [])
    for name in sorted(set(dir(module))):
        if name.startswith("_") or name in _OF_THE_FUTURE or (not prefix and name in _LEFT_OUT):
            continue
        try:
            value = getattr(module, name)
        except Exception:
            continue
        is_module = isinstance(value, types.ModuleType) or "Lazy" in type(value).__name__
        full = prefix + name
        if not is_module:
            names.append(name)
            continue
        path = str(getattr(value, "__name__", ""))
        hidden = prefix.startswith("contrib") and ".python" in path
        if path.partition(".")[0] not in _OURS or hidden:
            continue
        names.append(name)
        if id(value) not in around and not (full + ".").startswith(_NOT_PUBLIC):
            _walk(value, full + ".", found, [*around, id(value)])


if __name__ == "__main__":
    main()
