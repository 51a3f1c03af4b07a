"""Records where ``tf.data`` shuffles, whose order is not reproducible across releases.

Equal seeds give the same order in the first epoch; later epochs differ between TensorFlow 1.15 and
2, and in 2 between an iterator that a session re-initialises and a loop over the dataset.

TensorFlow internals used, the same in 1.15 and in 2.16 to 2.21: datasets that shuffle call
``data.util.random_seed.get_seed`` while they are created.
"""

from __future__ import annotations

import functools
import sys

from .interfaces import Function, TensorFlowModule, Value
from .recording import Recording


def install_shuffles(recording: Recording, random_seed: TensorFlowModule) -> None:
    """Hooks the creation of datasets that shuffle.

    Args:
        recording: Receives the lines.
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
