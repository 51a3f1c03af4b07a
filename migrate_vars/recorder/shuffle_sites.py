"""Tells where a program shuffles with ``tf.data``, whose order no seeds make equal in all releases.

Equal seeds give one order in the first epoch; those that follow differ between TensorFlow 1.15 and
2, and in 2 between an iterator that a session initialises again and a loop over the dataset.

Internals of TensorFlow that this relies on, alike in 1.15 and in 2.16 to 2.21: datasets that
shuffle ask ``data.util.random_seed.get_seed`` for seeds, as their class begins to exist.
"""

from __future__ import annotations

import functools
import sys

from .interfaces import Function, TensorFlowModule, Value
from .recording import Recording


def install_shuffles(recording: Recording, random_seed: TensorFlowModule) -> None:
    """Hooks the making of datasets that shuffle.

    Args:
        recording: Is told of each.
        random_seed: ``tensorflow.python.data.util.random_seed``.
    """
    original: Function = random_seed.get_seed

    @functools.wraps(original)
    def get_seed(seed: Value) -> Value:
        maker = sys._getframe(1)
        if "Shuffle" in type(maker.f_locals.get("self")).__name__ and not recording.busy:
            recording.shuffle(recording.user_code.position().site)
        return original(seed)

    random_seed.get_seed = get_seed
