"""Finds which variables a part of TensorFlow or Keras creates for its own use.

They are recognised by the file that creates them. Metrics: those of Keras 3, of ``tf.keras`` in
TensorFlow 1.15, of ``tf_keras``, and ``tf.metrics``. Optimizers: those of ``tf.train``, whose slots
and counters are created in ``training/optimizer.py``, and those of all these versions of Keras.
Checkpoints count how often they are saved. Random number generators have a state. Moving averages
of variables (``ExponentialMovingAverage``) do not belong here: they are a result of training.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Callable, Iterator, Optional, Tuple

from .interfaces import Traceback

METRIC = "metric"
OPTIMIZER = "optimizer"
CHECKPOINT = "checkpoint"
RANDOM = "random"
#: All owners.
OWNERS = (METRIC, OPTIMIZER, CHECKPOINT, RANDOM)


def _paths(*paths: str) -> Tuple[str, ...]:
    return tuple(os.path.join(*path.split("/")) for path in paths)


_FILES = {
    METRIC: _paths(
        "keras/src/metrics/metric.py",
        "tensorflow_core/python/keras/metrics.py",
        "tf_keras/src/metrics/base_metric.py",
        "python/ops/metrics_impl.py",
    ),
    OPTIMIZER: _paths(
        "python/training/optimizer.py",
        "python/keras/optimizers.py",
        "python/keras/optimizer_v2/optimizer_v2.py",
        "keras/src/optimizers/base_optimizer.py",
        "tf_keras/src/optimizers/optimizer.py",
        "tf_keras/src/optimizers/optimizer_v1.py",
        "tf_keras/src/optimizers/legacy/optimizer_v2.py",
    ),
    CHECKPOINT: _paths("python/checkpoint/checkpoint.py", "python/training/tracking/util.py"),
    RANDOM: _paths("keras/src/random/seed_generator.py", "python/ops/stateful_random_ops.py"),
}


def owner_of(is_user_file: Callable[[str], bool], traceback: Optional[Traceback] = None) -> str:
    """What creates a variable for its own use.

    Only calls below the user's innermost line count: a model that is created while an optimizer
    computes the loss does not belong to the optimizer.

    Args:
        is_user_file: Whether a file is user code.
        traceback: The traceback of the variable's op; None for a variable that is being created
            now.

    Returns:
        One of ``OWNERS``, or "" for all others.
    """
    for path in _active() if traceback is None else _files(traceback):
        for owner, files in _FILES.items():
            if path.endswith(files):
                return owner
        if is_user_file(path):
            break
    return ""


def _active() -> Iterator[str]:
    """The files of the active calls, innermost first."""
    frame: Optional[FrameType] = sys._getframe(1)
    while frame is not None:
        yield frame.f_code.co_filename
        frame = frame.f_back


def _files(traceback: Traceback) -> Iterator[str]:
    """The files of a traceback, innermost first."""
    for frame in reversed(list(traceback)):
        # TensorFlow 1 has tuples of file, line, function and text.
        yield frame[0] if isinstance(frame, tuple) else frame.filename
