"""``tf.contrib`` of TensorFlow 1.15, as far as it is known here.

Use it where TensorFlow 2 behaviour is switched off::

    import tensorflow.compat.v1 as tf
    from migrate_vars.tf1 import contrib

    tf.disable_v2_behavior()
    hidden = contrib.layers.fully_connected(inputs, 100)
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = (
    "crf",
    "data",
    "distributions",
    "eager",
    "framework",
    "layers",
    "learn",
    "legacy_seq2seq",
    "lookup",
    "losses",
    "metrics",
    "opt",
    "rnn",
    "seq2seq",
    "signal",
    "slim",
    "staging",
    "stateless",
    "summary",
    "tensorboard",
    "training",
    "util",
)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name.startswith("__"):
        raise AttributeError(name)
    raise AttributeError(
        f"tf.contrib.{name} is not part of migrate_vars.tf1: 'migrate-vars rewrite --to compat' "
        "says what to do"
    )


def __dir__() -> list[str]:
    return sorted(_MODULES)
